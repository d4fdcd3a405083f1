"""Search by words and by meaning, fused: half and half of min-max scores over the best hundred of each."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from app.base.values import ChunkId, Coverage, FileId, FileShare, Hit, SearchResult
from app.library.excerpt import excerpt
from app.store.index import IndexedPassage, IndexStore
from app.store.lexical import (
    Scope,
    chunks_of_texts,
    count_waiting,
    match_words,
    passages,
    telling_terms,
    text_ids_in,
)  # fmt: skip

CANDIDATES = 100
CHUNK_CANDIDATES = 300
QUERY_CHARS = 2000
MATCHING_SHARE = 0.25
NEAR = 0.35
SCOPED_IDS = 20_000


class Meaning(Protocol):
    """Asks the vectors worker."""

    def begin(self, text: str, limit: int, ids: list[int] | None) -> Waiting | None:
        """Start asking; None if vectors cannot be asked now."""
        ...


class Waiting(Protocol):
    """A question to the vectors worker under way."""

    def result(self) -> list[tuple[int, float]] | None:
        """(text id, cosine similarity), best first; None if it came to nothing."""
        ...


class Ranked(msgspec.Struct, frozen=True):
    """A file found: its score, 0 to 1, and its chunks that matched, best first."""

    file_id: FileId
    score: float
    chunks: tuple[ChunkId, ...]


class Ranking(msgspec.Struct, frozen=True):
    """Files best first. matching: how many scored at least a quarter of the best and hold one of the words or are
    near in meaning (a file that is merely nearest of all is no match). by_meaning: vectors took part.

    words: the query's, lower case. similarity: cosine to the query of the chunks that vectors found.
    """

    files: tuple[Ranked, ...]
    matching: int
    waiting: int
    by_meaning: bool
    words: tuple[str, ...]
    similarity: dict[ChunkId, float]


def rank(index: IndexStore, meaning: Meaning | None, query: str, scope: Scope) -> Ranking:
    """The files that a question finds, by words and, where vectors are there, by meaning.

    Source of the fusion: measured on scifact, Cranfield and cosqa beside reciprocal rank fusion.
    """
    query = query[:QUERY_CHARS]
    ids = text_ids_in(index, scope, SCOPED_IDS) if scope.paths else None
    under_way = None
    if meaning is not None and query.strip() and not (ids is not None and not ids):
        under_way = meaning.begin(query, CHUNK_CANDIDATES, ids)
    terms = telling_terms(index, query)
    by_words = {
        match.chunk_id: (match.file_id, match.score) for match in match_words(index, terms, scope, CHUNK_CANDIDATES)
    }
    near = under_way.result() if under_way is not None else None
    by_meaning: dict[ChunkId, tuple[FileId, float]] = {}
    if near:
        holders = chunks_of_texts(index, [text_id for text_id, _ in near], scope)
        for text_id, cosine in near:
            for chunk_id, file_id in holders.get(text_id, ()):
                by_meaning[chunk_id] = (file_id, cosine)
    files = fuse(by_words, by_meaning)
    best = files[0].score if files else 0.0
    matching = sum(
        1
        for file in files
        if file.score >= MATCHING_SHARE * best
        and any(chunk in by_words or by_meaning[chunk][1] >= NEAR for chunk in file.chunks)
    )
    words = tuple(dict.fromkeys(word for term in terms for word in term.strip('"').split()))
    similarity = {chunk_id: cosine for chunk_id, (_, cosine) in by_meaning.items()}
    return Ranking(tuple(files), matching, count_waiting(index, scope), near is not None, words, similarity)


def fuse(
    by_words: Mapping[ChunkId, tuple[FileId, float]], by_meaning: Mapping[ChunkId, tuple[FileId, float]]
) -> list[Ranked]:
    """Files best first; ties by id.

    Each side gives a file the score of its best chunk; its best hundred files are scaled to 0..1 (min-max); a file that
    a side does not have scores 0 there; the mean of both is the score. With one side empty the other counts alone.
    A file's chunks are best first, too, scaled among all chunks; of equals, one that holds the words leads.
    """
    sides = [side for side in (by_words, by_meaning) if side]
    totals: dict[FileId, float] = {}
    chunk_scores: dict[FileId, dict[ChunkId, float]] = {}
    for side in sides:
        best: dict[FileId, float] = {}
        for file_id, score in side.values():
            best[file_id] = max(score, best.get(file_id, score))
        kept = dict(sorted(best.items(), key=lambda item: (-item[1], item[0]))[:CANDIDATES])
        low, high = min(kept.values()), max(kept.values())
        for file_id, score in kept.items():
            totals[file_id] = totals.get(file_id, 0.0) + _scaled(score, low, high) / len(sides)
        low = min(score for _, score in side.values())  # of chunks: the one file with a rare word holds others, too
        for chunk_id, (file_id, score) in side.items():
            if file_id in kept:
                of_file = chunk_scores.setdefault(file_id, {})
                of_file[chunk_id] = of_file.get(chunk_id, 0.0) + _scaled(score, low, high)
    order = sorted(totals, key=lambda file_id: (-totals[file_id], file_id))
    return [
        Ranked(
            file_id, round(totals[file_id], 6),
            tuple(sorted(chunk_scores[file_id], key=lambda c: (-chunk_scores[file_id][c], c not in by_words, c))),
        )
        for file_id in order
    ]  # fmt: skip


def _scaled(score: float, low: float, high: float) -> float:
    """A score as 0 to 1; 1 where all are alike."""
    return (score - low) / (high - low) if high > low else 1.0


def search(index: IndexStore, meaning: Meaning | None, query: str, scope: Scope, limit: int) -> SearchResult:
    """One hit a file, best first, each with a quote and its place. limit: files, 1 to 200."""
    began = time.perf_counter()
    ranking = rank(index, meaning, query, scope)
    top = ranking.files[:limit]
    found = passages(index, [file.chunks[0] for file in top])
    hits: list[Hit] = []
    for file in top:
        passage = found.get(file.chunks[0])
        if passage is None:
            continue  # the file changed between two questions to SQLite
        quote, place = excerpt(passage.text, passage.place, ranking.words)
        hits.append(Hit(path=passage.path, place=place, quote=quote, score=file.score, chunk_id=passage.chunk_id))
    took_ms = (time.perf_counter() - began) * 1000
    return SearchResult(
        query=query, took_ms=round(took_ms, 2), hits=tuple(hits), coverage=_coverage(ranking, found.values())
    )


def _coverage(ranking: Ranking, read: Iterable[IndexedPassage]) -> Coverage:
    shares: dict[str, float] = {}
    for passage in read:
        shares[passage.path] = round(len(passage.text) / max(1, passage.file_chars), 4)
    return Coverage(
        matching=ranking.matching, read=len(shares), waiting=ranking.waiting, by_meaning=ranking.by_meaning,
        files=tuple(FileShare(path=path, share=share) for path, share in shares.items()),
    )  # fmt: skip
