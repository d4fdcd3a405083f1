"""Words and meaning made one order of files: scores scaled by min-max over the best hundred of each, and added.

Measured on scifact, Cranfield and cosqa beside reciprocal rank fusion. On Cranfield and XQuAD neither z-scores, scales
from a theoretical minimum, more or fewer files nor a file's further chunks added to its best one were better on all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from app.base.values import ChunkId, FileId

CANDIDATES = 100

Side = Mapping[ChunkId, tuple[FileId, float]]
"""What one side found: each chunk with its file and its score, larger is better."""


class Ranked(msgspec.Struct, frozen=True):
    """A file found: its score, 0 to 1, and its chunks that matched, best first."""

    file_id: FileId
    score: float
    chunks: tuple[ChunkId, ...]


def fuse(by_words: Side, by_meaning: Side, words_weight: float, unembedded: Collection[ChunkId] = ()) -> list[Ranked]:
    """Files best first; ties by id.

    words_weight: how much words count, 0 to 1; meaning has the rest. With one side empty the other counts alone.
    unembedded: chunks of `by_words` that have no vector yet. They are judged by their words alone, so that nothing
    falls behind for being new.

    Each side gives a file the score of its best chunk; its best hundred files are scaled to 0..1 (min-max); a file that
    a side does not have scores 0 there. A file's chunks are best first, too, scaled among all chunks; of equals, one
    that holds the words leads.
    """
    if not by_words or not by_meaning:
        words_weight = 1.0 if by_words else 0.0
    words, meaning = _Scaled(by_words), _Scaled(by_meaning)
    near = dict(meaning.files)
    for chunk in unembedded:
        file_id, score = by_words[chunk]
        if file_id in words.files:
            near[file_id] = max(near.get(file_id, 0.0), words.file_score(score))
    totals = {
        file_id: words_weight * words.files.get(file_id, 0.0) + (1 - words_weight) * near.get(file_id, 0.0)
        for file_id in words.files.keys() | near.keys()
    }
    chunk_scores: dict[FileId, dict[ChunkId, float]] = {file_id: {} for file_id in totals}
    for side, weight in ((words, words_weight), (meaning, 1 - words_weight)):
        for chunk, (file_id, score) in side.found.items():
            if file_id in side.files:
                of_file = chunk_scores[file_id]
                alone = side is words and chunk in unembedded
                of_file[chunk] = of_file.get(chunk, 0.0) + (1.0 if alone else weight) * side.chunk_score(score)
    order = sorted(totals, key=lambda file_id: (-totals[file_id], file_id))
    return [
        Ranked(
            file_id, round(totals[file_id], 6),
            tuple(sorted(chunk_scores[file_id], key=lambda c: (-chunk_scores[file_id][c], c not in by_words, c))),
        )
        for file_id in order
    ]  # fmt: skip


class _Scaled:
    """A side's scores as 0 to 1. found: all its chunks. files: its best hundred, by the best chunk of each."""

    def __init__(self, found: Side) -> None:
        self.found = found
        best = best_of_files(found)
        kept = {file_id: best[file_id] for file_id in sorted(best, key=lambda f: (-best[f], f))[:CANDIDATES]}
        self._low, self._high = _ends(kept.values())
        self._low_chunk = min((score for _, score in found.values()), default=0.0)
        self.files = {file_id: self.file_score(score) for file_id, score in kept.items()}

    def file_score(self, score: float) -> float:
        """Among files; 1 where all are alike, 0 for what is below the hundred."""
        return max(0.0, (score - self._low) / (self._high - self._low)) if self._high > self._low else 1.0

    def chunk_score(self, score: float) -> float:
        """Among chunks: the one file with a rare word holds others, too."""
        low = self._low_chunk
        return (score - low) / (self._high - low) if self._high > low else 1.0


def best_of_files(found: Side) -> dict[FileId, float]:
    """The score of each file's best chunk."""
    best: dict[FileId, float] = {}
    for file_id, score in found.values():
        best[file_id] = max(score, best.get(file_id, score))
    return best


def _ends(scores: Iterable[float]) -> tuple[float, float]:
    ordered = sorted(scores)
    return (ordered[0], ordered[-1]) if ordered else (0.0, 0.0)
