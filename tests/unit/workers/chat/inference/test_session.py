"""What a session keeps, drops and gives up, against a fresh one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.workers.chat.inference.llama import Llama
from app.workers.chat.inference.model import Model
from app.workers.chat.inference.sampler import Sampler
from app.workers.chat.inference.session import InferenceSession, StopByte
from tests.support.gguf_models import TINY, write_hybrid_model, write_random_model, write_windowed_model
from tests.unit.workers.chat.conftest import Load

FIRST = [7 + (n * 37) % 500 for n in range(400)]


def _continue(model: Model, tokens: list[int], count: int = 12) -> tuple[int, list[int]]:
    """(tokens reused, the likeliest continuation) of a prompt."""
    session, written = model.session, []
    reused = session.reuse(tokens)
    assert session.read(tokens, lambda _: None) == "done"
    with Sampler(model.api, model.vocabulary, temperature=0, seed=0) as sampler:
        for _ in range(count):
            written.append(sampler.draw(session.handle))
            assert session.append(written[-1]) == "done"
    return reused, written


WRITERS = {"full": write_random_model, "windowed": write_windowed_model, "hybrid": write_hybrid_model}


def _open(kind: str, load: Load, folder: Path) -> Model:
    """A model of that kind; "narrow" is windowed and keeps its window alone."""
    if kind != "narrow":
        return load(WRITERS[kind](folder / "m.gguf"))
    model = load(write_windowed_model(folder / "m.gguf"))
    model.session.close()
    model.session = InferenceSession(model.api, model._handle, context=2048, threads=1, gpu=False, full_window=False)
    return model


def _logits(model: Model) -> list[float]:
    return list(model.api.llama_get_logits_ith(model.session.handle, -1)[: TINY.vocabulary])


@pytest.mark.parametrize(("kind", "keeps"), [("full", True), ("windowed", True), ("hybrid", False)])
def test_common_beginning_is_kept_only_where_it_is_right(kind: str, keeps: bool, load: Load, tmp_path: Path) -> None:
    path = WRITERS[kind](tmp_path / "m.gguf")
    other = [*FIRST[:250], *reversed(FIRST[250:])]
    _, fresh = _continue(load(path), other)
    used = load(path)
    assert _continue(used, FIRST)[0] == 0
    reused, written = _continue(used, other)
    assert reused == (250 if keeps else 0)
    assert written == fresh


@pytest.mark.parametrize("kind", ["hybrid", "narrow"])
def test_cache_that_cannot_be_cut_goes_back_to_where_a_prompt_ended(kind: str, load: Load, tmp_path: Path) -> None:
    model = _open(kind, load, tmp_path)
    question, other = [*FIRST, *range(30, 90)] * 2, [*FIRST, *range(90, 30, -1)] * 2
    _continue(model, FIRST, 0)
    assert _continue(model, question, 200)[0] == len(FIRST)
    assert _continue(model, other, 0)[0] == len(FIRST)
    went_back = _logits(model)
    model.session.reuse([1, 2])
    model.session.read(FIRST, lambda _: None)
    model.session.read(other, lambda _: None)
    assert went_back == pytest.approx(_logits(model), abs=1e-3)  # slices may differ; a wrong cache is off by 4


@pytest.mark.parametrize("kind", ["full", "windowed", "narrow", "hybrid"])
def test_logits_after_a_restored_state_are_those_before_it_bit_for_bit(kind: str, load: Load, tmp_path: Path) -> None:
    model, other = _open(kind, load, tmp_path), _open(kind, load, tmp_path)
    longer = [*FIRST, 5, 6, 7]
    model.session.read(FIRST, lambda _: None)
    data = model.session.export()
    assert len(data) == model.session.export_bytes()
    model.session.read(longer, lambda _: None)
    before = _logits(model)
    for session in (other.session, model.session):
        assert session.restore(FIRST, bytearray(data))
        assert session.reuse(longer) == len(FIRST)
    other.session.read(longer, lambda _: None)
    assert _logits(other) == before


def test_state_that_does_not_fit_leaves_an_empty_session_that_works(load: Load, tmp_path: Path) -> None:
    model, other = load(write_random_model(tmp_path / "m.gguf")), load(write_hybrid_model(tmp_path / "h.gguf"))
    fresh = _continue(model, FIRST)[1]
    other.session.read(FIRST, lambda _: None)
    data = model.session.export()
    for tokens, bad in ((FIRST, other.session.export()), (FIRST, data[:1000]), (FIRST, bytearray()), ([1, 2], data)):
        assert not model.session.restore(tokens, bad)
        assert not model.session.tokens
    assert _continue(model, FIRST) == (0, fresh)


@pytest.mark.parametrize("kind", WRITERS)
def test_longer_prompt_goes_on_from_what_was_read(kind: str, load: Load, tmp_path: Path) -> None:
    model = load(WRITERS[kind](tmp_path / "m.gguf"))
    _, written = _continue(model, FIRST)
    assert _continue(model, [*FIRST, *written, 5, 6, 7])[0] == len(FIRST) + len(written)


def test_same_prompt_again_reads_one_token(load: Load, tmp_path: Path) -> None:
    model = load(write_random_model(tmp_path / "m.gguf"))
    first = _continue(model, FIRST)[1]
    assert _continue(model, FIRST) == (len(FIRST) - 1, first)


def test_every_slice_that_was_read_is_recorded(load: Load, tmp_path: Path) -> None:
    session = load(write_random_model(tmp_path / "m.gguf")).session
    session.reuse(FIRST)
    session.read(FIRST[:100], lambda _: None)
    session.read(FIRST, lambda _: None)
    starts = [one.position for one in session.slices]
    assert starts == [100, *(one.position + one.tokens for one in session.slices[:-1])]
    assert sum(one.tokens for one in session.slices) == len(FIRST) - 100
    assert all(one.ms > 0 for one in session.slices)


def test_stopped_reading_keeps_what_was_read(load: Load, tmp_path: Path) -> None:
    model = load(write_random_model(tmp_path / "m.gguf"))
    prompt = FIRST * 4
    model.session.reuse(prompt)
    presses: list[Callable[[], None]] = []
    with model.session.stop.armed(presses.append):
        assert model.session.read(prompt, lambda done: presses[0]() if done > 64 else None) == "stopped"
    reused, written = _continue(model, prompt)
    assert 64 < reused < len(prompt)
    assert written == _continue(load(tmp_path / "m.gguf"), prompt)[1]


@pytest.mark.parametrize("kind", WRITERS)
def test_aborted_slice_leaves_no_trace(kind: str, load: Load, tmp_path: Path) -> None:
    model = load(WRITERS[kind](tmp_path / "m.gguf"))
    fresh = _continue(load(tmp_path / "m.gguf"), FIRST)[1]
    model.session.reuse(FIRST)
    model.session.read(FIRST[:100], lambda _: None)
    with model.session.stop.armed(lambda press: press()):
        assert model.session._decode(FIRST[100:300]) == "stopped"
    assert _continue(model, FIRST)[1] == fresh


def test_full_context_is_said_to_be_full(load: Load, tmp_path: Path) -> None:
    model = load(write_random_model(tmp_path / "m.gguf"))
    prompt = [5] * (model.session.context - 1)
    model.session.reuse(prompt)
    assert model.session.read(prompt, lambda _: None) == "done"
    assert model.session.append(5) == "done"
    assert model.session.append(5) == "full"


def _is_pressed(stop: StopByte) -> bool:
    return stop.pressed


def test_late_cry_to_stop_does_not_stop_the_next_request(llama: Llama) -> None:
    stop = StopByte(llama.api)
    presses: list[Callable[[], None]] = []
    with stop.armed(presses.append):
        assert not _is_pressed(stop)
        thread = threading.Thread(target=presses[0])
        thread.start()
        thread.join()
        assert _is_pressed(stop)
    assert not _is_pressed(stop)
    with stop.armed(lambda _: None):
        presses[0]()
        assert not _is_pressed(stop)
    presses[0]()
    assert not _is_pressed(stop)


def test_request_that_was_cancelled_before_it_began_is_stopped(llama: Llama) -> None:
    stop = StopByte(llama.api)
    with stop.armed(lambda press: press()):
        assert _is_pressed(stop)
