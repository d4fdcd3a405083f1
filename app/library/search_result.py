"""What is found as a person sees it: a hit a file with its quote, and what that rests on."""

from __future__ import annotations

import time
from collections.abc import Sequence

from app.base.preview import WHOLE
from app.base.values import ChunkId, Coverage, FileShare, Hit, SearchResult
from app.language.matching import AskedWords
from app.library.excerpt import excerpt
from app.library.finding import Finding, UnreadHit
from app.library.ordering import Gathered


def search_result(text: str, finding: Finding, limit: int, began: float) -> SearchResult:
    """A finding as the answer to a search for `text`: at most `limit` hits. began: by `time.perf_counter`."""
    words = finding.ranking.words
    shown = AskedWords(word.text for word in words.looked_for)
    hits = [_hit(one, shown) for one in finding.files]
    merged = _merged(hits, finding, listed=not finding.question.words)[:limit] if finding.unread else hits
    took_ms = round((time.perf_counter() - began) * 1000, 2)
    return SearchResult(
        query=text, took_ms=took_ms, hits=tuple(merged), coverage=_coverage(finding),
        filters=finding.filters, corrections=words.corrections, certain=finding.certain, notes=finding.notes,
        weight=finding.ranking.weight,
    )  # fmt: skip


def _hit(one: Gathered, shown: AskedWords) -> Hit:
    passage = one.passage
    quote, place = excerpt(passage.text, passage.place, shown)
    return Hit(
        path=passage.path, place=place, quote=quote, score=one.file.score, chunk_id=passage.chunk_id, alike=one.alike
    )


def _merged(hits: Sequence[Hit], finding: Finding, *, listed: bool) -> list[Hit]:
    """Hits with those of files without text among them: each before what holds less of what was asked for.

    listed: by date alone; then those without text come last.
    """
    merged: list[Hit] = []
    left = list(finding.unread)
    ceiling = 1.0
    for hit, share in zip(hits, finding.shares, strict=True):
        while left and not listed and left[0].share > share:
            merged.append(_unread_hit(left.pop(0), ceiling))
        merged.append(hit)
        ceiling = hit.score
    return merged + [_unread_hit(one, ceiling) for one in left]


def _unread_hit(one: UnreadHit, score: float) -> Hit:
    return Hit(path=one.file.path, place=WHOLE, quote="", score=score, chunk_id=ChunkId(0), unread=one.file.why)


def _coverage(finding: Finding) -> Coverage:
    read = {one.passage.path: round(len(one.passage.text) / max(1, one.passage.file_chars), 4) for one in finding.files}
    return Coverage(
        matching=finding.matching, read=len(read), waiting=finding.ranking.waiting,
        by_meaning=finding.ranking.by_meaning,
        files=tuple(FileShare(path=path, share=share) for path, share in read.items()),
    )  # fmt: skip
