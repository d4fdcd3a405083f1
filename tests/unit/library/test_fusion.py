"""Fusion of words and meaning."""

from __future__ import annotations

from app.base.values import ChunkId, FileId
from app.library.fusion import fuse


def side(*entries: tuple[int, int, float]) -> dict[ChunkId, tuple[FileId, float]]:
    """(chunk, file, score) as one ranking."""
    return {ChunkId(chunk): (FileId(file), score) for chunk, file, score in entries}


def test_file_that_both_sides_like_comes_first() -> None:
    ranked = fuse(side((1, 1, 9.0), (2, 2, 8.0), (3, 3, 1.0)), side((3, 3, 0.9), (2, 2, 0.8), (1, 1, 0.1)), 0.5)
    assert [file.file_id for file in ranked] == [2, 1, 3]
    assert all(0.0 <= file.score <= 1.0 for file in ranked)


def test_missing_score_counts_as_nothing() -> None:
    ranked = fuse(side((1, 1, 5.0), (2, 2, 1.0)), side((3, 3, 0.9), (4, 4, 0.1)), 0.5)
    assert {file.file_id: file.score for file in ranked} == {1: 0.5, 3: 0.5, 2: 0.0, 4: 0.0}


def test_one_side_alone_counts_in_full() -> None:
    assert fuse(side((1, 1, 3.0)), {}, 0.5)[0].score == 1.0
    assert fuse({}, {}, 0.5) == []


def test_best_chunk_of_a_file_leads() -> None:
    ranked = fuse(side((1, 1, 1.0), (2, 1, 5.0), (9, 2, 3.0)), {}, 0.5)
    assert ranked[0].chunks == (2, 1)


def test_only_chunk_with_a_rare_word_leads_those_that_are_merely_near() -> None:
    ranked = fuse(side((7, 1, 6.0)), side((1, 1, 0.9), (2, 1, 0.8), (3, 2, 0.1)), 0.5)
    assert ranked[0].chunks == (7, 1, 2)


def test_words_count_for_the_chunks_of_the_file_that_scores_least_by_them() -> None:
    words = side((1, 1, 9.0), (7, 2, 6.0), (8, 2, 1.0))
    ranked = fuse(words, side((5, 2, 0.5), (6, 2, 0.2), (7, 2, 0.4), (3, 3, 0.9)), 0.5)
    of_second = next(file for file in ranked if file.file_id == 2)
    assert of_second.chunks[0] == 7


def test_weight_shifts_between_what_words_and_what_meaning_like() -> None:
    words, meaning = side((1, 1, 9.0), (2, 2, 1.0)), side((2, 2, 0.9), (1, 1, 0.1))
    assert fuse(words, meaning, 0.6)[0].file_id == 1
    assert fuse(words, meaning, 0.4)[0].file_id == 2


def test_file_without_vectors_is_judged_by_its_words_alone() -> None:
    words = side((1, 1, 9.0), (2, 2, 8.0), (3, 3, 1.0))
    meaning = side((2, 2, 0.9), (3, 3, 0.1))
    assert fuse(words, meaning, 0.3)[0].file_id == 2, "its vectors are there, and it is near to nothing"
    assert [file.file_id for file in fuse(words, meaning, 0.3, unembedded={ChunkId(1)})] == [1, 2, 3]


def test_file_whose_rest_has_vectors_does_not_fall_behind() -> None:
    words = side((1, 1, 9.0), (2, 2, 8.0), (3, 3, 1.0))
    meaning = side((2, 2, 0.9), (4, 1, 0.2), (3, 3, 0.1))
    ranked = fuse(words, meaning, 0.3, unembedded={ChunkId(1)})
    assert ranked[0].file_id == 1
    assert ranked[0].chunks == (1, 4)


def test_chunk_without_vectors_is_weighed_like_its_file() -> None:
    words = side((1, 1, 9.0), (2, 1, 8.0), (3, 2, 1.0))
    meaning = side((2, 1, 0.5), (4, 2, 0.9), (3, 2, 0.1))
    assert fuse(words, meaning, 0.3)[0].chunks[0] != 1
    of_first = next(f for f in fuse(words, meaning, 0.3, unembedded={ChunkId(1)}) if f.file_id == 1)
    assert of_first.chunks[0] == 1
