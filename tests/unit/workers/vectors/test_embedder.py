"""The converted model gives the original's vectors, whatever text it is given.

reference/texts.json holds 200 texts (prose, other scripts, code, oddities, texts far longer than the window);
reference/vectors.npy what the original weights give for them, computed by packaging/make_embedder.py in float64.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.base.errors import Cancelled
from app.workers.vectors.embedder import MOST_CHARS, THREADS, Embedder
from app.workers.vectors.model import Model

REFERENCE = Path(__file__).parent / "reference"


@pytest.fixture(scope="module")
def embedder() -> Iterator[Embedder]:
    embedder = Embedder(Model.bundled())
    yield embedder
    embedder.close()


def test_vectors_are_those_of_the_original_weights(embedder: Embedder) -> None:
    texts = json.loads((REFERENCE / "texts.json").read_text(encoding="utf-8"))
    original = np.load(REFERENCE / "vectors.npy")
    vectors = embedder.embed(texts)
    assert vectors.dtype == np.float32
    assert vectors.shape == original.shape == (200, 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert (vectors * original).sum(axis=1).min() >= 0.9999


def test_only_the_window_counts(embedder: Embedder) -> None:
    word = "lighthouse"  # one token
    room = embedder.model.window - 2
    full, over, under = embedder.embed([" ".join([word] * count) for count in (room, 10 * room, room - 1)])
    np.testing.assert_allclose(full, over, atol=1e-6)
    assert np.abs(full - under).max() > 1e-6


def test_texts_without_words_have_vectors_too(embedder: Embedder) -> None:
    vectors = embedder.embed(["", " ", "\n", "\x00", "\u200b"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, 384)


def test_endless_text_is_cut_before_it_is_tokenized(embedder: Embedder) -> None:
    text = "x " * 20_000_000
    np.testing.assert_array_equal(embedder.embed_one(text), embedder.embed_one(text[:MOST_CHARS]))


def test_a_text_has_the_same_vector_alone_and_among_others(embedder: Embedder) -> None:
    texts = [f"Note {number} on the harbour." for number in range(9)]
    among = embedder.embed(texts)
    for text, vector in zip(texts, among, strict=True):
        np.testing.assert_array_equal(embedder.embed_one(text), vector)


def test_check_ends_the_work(embedder: Embedder) -> None:
    done = threading.Semaphore(3)

    def check() -> None:
        if not done.acquire(blocking=False):
            raise Cancelled

    with pytest.raises(Cancelled):
        embedder.embed([f"Text {number}." for number in range(1000)], check)


def test_environment_says_how_many_texts_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(THREADS, "3")
    embedder = Embedder(Model.bundled())
    assert embedder.threads == 3
    embedder.close()


def test_words_that_are_known_whole_take_few_tokens(embedder: Embedder) -> None:
    assert embedder.letters_a_token("Where does the ferry to the island leave?") > 3.5
    assert 1.5 < embedder.letters_a_token("Wann läuft die Kündigungsfrist der Wohnung ab?") < 3
    assert embedder.letters_a_token("Πότε φεύγει το πλοίο για το νησί;") < 1.5
    assert embedder.letters_a_token("渡轮什么时候离开") < 1.2
    assert embedder.letters_a_token("AB-1234/5") < 2
    assert embedder.letters_a_token("") == 0
