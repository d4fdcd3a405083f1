"""Fusion of words and meaning, and the quote that shows why."""

from __future__ import annotations

from app.base.places import narrow
from app.base.values import ChunkId, FileId, Place
from app.library.excerpt import excerpt
from app.library.search import fuse


def side(*entries: tuple[int, int, float]) -> dict[ChunkId, tuple[FileId, float]]:
    """(chunk, file, score) as one ranking."""
    return {ChunkId(chunk): (FileId(file), score) for chunk, file, score in entries}


def test_file_that_both_sides_like_comes_first() -> None:
    ranked = fuse(side((1, 1, 9.0), (2, 2, 8.0), (3, 3, 1.0)), side((3, 3, 0.9), (2, 2, 0.8), (1, 1, 0.1)))
    assert [file.file_id for file in ranked] == [2, 1, 3]
    assert all(0.0 <= file.score <= 1.0 for file in ranked)


def test_missing_score_counts_as_nothing() -> None:
    ranked = fuse(side((1, 1, 5.0), (2, 2, 1.0)), side((3, 3, 0.9), (4, 4, 0.1)))
    assert {file.file_id: file.score for file in ranked} == {1: 0.5, 3: 0.5, 2: 0.0, 4: 0.0}


def test_one_side_alone_counts_in_full() -> None:
    assert fuse(side((1, 1, 3.0)), {})[0].score == 1.0
    assert fuse({}, {}) == []


def test_best_chunk_of_a_file_leads() -> None:
    ranked = fuse(side((1, 1, 1.0), (2, 1, 5.0), (9, 2, 3.0)), {})
    assert ranked[0].chunks == (2, 1)


def test_only_chunk_with_a_rare_word_leads_those_that_are_merely_near() -> None:
    ranked = fuse(side((7, 1, 6.0)), side((1, 1, 0.9), (2, 1, 0.8), (3, 2, 0.1)))
    assert ranked[0].chunks == (7, 1, 2)


def test_words_count_for_the_chunks_of_the_file_that_scores_least_by_them() -> None:
    ranked = fuse(side((1, 1, 9.0), (7, 2, 6.0), (8, 2, 1.0)), side((5, 2, 0.5), (6, 2, 0.2), (7, 2, 0.4), (3, 3, 0.9)))
    of_second = next(file for file in ranked if file.file_id == 2)
    assert of_second.chunks[0] == 7


def test_excerpt_is_verbatim_and_its_lines_are_counted() -> None:
    text = "# Trip\n\nWe left early.\n\nThe ferry to Naxos costs 40 euros.\n\nWe came home.\n" + "Filler text. " * 60
    place = Place(kind="line", first=10, last=30, label="lines 10–30", start=1000, end=1000 + len(text))
    quote, where = excerpt(text, place, ["ferry", "naxos"])
    assert "The ferry to Naxos costs 40 euros." in quote
    assert text[where.start - 1000 : where.end - 1000] == quote
    assert where.first == 10 + text[: where.start - 1000].count("\n")


def test_narrow_keeps_pages() -> None:
    place = Place(kind="page", first=12, last=12, label="page 12", start=0, end=10)
    assert narrow(place, "0123456789", 2, 5) == Place(kind="page", first=12, last=12, label="page 12", start=2, end=5)
