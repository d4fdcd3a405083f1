"""How much words count against meaning, and why."""

from __future__ import annotations

from collections.abc import Sequence

from app.base.values import ChunkId, FileId
from app.library.fusion import Side
from app.library.words_weight import LEAST, MOST, weigh

KNOWN, SPELLED = 4.2, 1.0
CLEAR = [0.7, *(0.3 for _ in range(20))]
ALIKE = [0.86 - n / 1000 for n in range(21)]
FLAT = [6.0, 5.9, 5.8, 5.7]


def side(scores: Sequence[float]) -> Side:
    """A file a score."""
    return {ChunkId(n): (FileId(n), score) for n, score in enumerate(scores)}


def test_meaning_leads_where_nothing_speaks_for_the_words() -> None:
    weight = weigh(side(FLAT), side(CLEAR), KNOWN)
    assert weight.words < LEAST + 0.05
    assert weight.why == "nothing speaks for the words in particular"


def test_words_lead_where_one_file_alone_holds_them() -> None:
    weight = weigh(side([8.0, 0.8, 0.7]), side(CLEAR), KNOWN)
    assert weight.words > 0.6
    assert "one file" in weight.why
    assert weigh(side([8.0]), side(CLEAR), KNOWN).words >= weight.words


def test_file_that_holds_the_words_in_many_chunks_is_still_one() -> None:
    many: Side = {ChunkId(n): (FileId(1), 8.0 - n / 10) for n in range(9)}
    assert weigh(many, side(CLEAR), KNOWN).words > 0.6


def test_words_decide_in_a_language_that_the_embedder_spells() -> None:
    weight = weigh(side(FLAT), side(ALIKE), SPELLED)
    assert weight.words > 0.85
    assert "does not know" in weight.why
    half_known = weigh(side(FLAT), side(CLEAR), 2.4).words
    assert weigh(side(FLAT), side(CLEAR), KNOWN).words < half_known < weigh(side(FLAT), side(CLEAR), SPELLED).words


def test_words_gain_where_all_files_are_as_near() -> None:
    weight = weigh(side(FLAT), side(ALIKE), KNOWN)
    assert weight.words > weigh(side(FLAT), side(CLEAR), KNOWN).words + 0.2
    assert "alike" in weight.why


def test_weight_stays_within_bounds_whatever_comes() -> None:
    scores = ([0.0], [-1.0, -2.0], [1e-9, 1e-9], FLAT, [1e9, -1e9])
    for words in scores:
        for cosines in ([0.0], [-1.0], [1.0, -1.0], ALIKE, CLEAR):
            for letters in (0.0, 1.5, 9e9):
                assert LEAST <= weigh(side(words), side(cosines), letters).words <= MOST
