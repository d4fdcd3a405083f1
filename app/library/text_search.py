"""Every place where a text, or what a regular expression describes, stands in what was read: nothing is ranked."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence

import msgspec

from app.base.places import narrow
from app.base.values import READABLE_STATES, ChunkId, Place
from app.language.text_match import SearchTimedOut, TextPattern
from app.store.file_chunks import FileChunks, chunks_of, readable_files
from app.store.index import IndexStore
from app.store.scope import Scope

EACH = 5  # places shown of one file


class TextHit(msgspec.Struct, frozen=True):
    """A place that holds what was looked for. text: its line, or what of it stands around that."""

    path: str
    sha256: str
    title: str
    heading: str
    file_chars: int
    chunk_id: ChunkId
    place: Place
    text: str


class TextHits(msgspec.Struct, frozen=True):
    """What was found. hits: by path, at most EACH of a file. places: in all; files: that hold it; searched: files that
    were looked through. unsearched: files for which there was no time left."""

    hits: tuple[TextHit, ...] = ()
    places: int = 0
    files: int = 0
    searched: int = 0
    unsearched: int = 0


def find_text(index: IndexStore, pattern: TextPattern, scope: Scope, limit: int, seconds: float) -> TextHits:
    """At most `limit` places, newest files first. seconds: to look for at most. Raises Problem store.*."""
    until = time.monotonic() + seconds
    hits: list[TextHit] = []
    places = files = searched = 0
    every = readable_files(index, scope, READABLE_STATES)
    for file_id in every:
        file = chunks_of(index, file_id)
        text = "" if file is None else "".join(file.texts)
        found: list[tuple[int, int]] = []
        whole = _take(pattern.lines(text, until), found)
        if found and file is not None:
            files, places = files + 1, places + len(found)
            hits += [_hit(file, text, start, end) for start, end in found[:EACH] if len(hits) < limit]
        if not whole or time.monotonic() > until:
            searched += whole
            break
        searched += 1
    return TextHits(tuple(hits[:limit]), places, files, searched, len(every) - searched)


def _take(lines: Iterator[tuple[int, int]], found: list[tuple[int, int]]) -> bool:
    """Collect what is found; whether there was time to look through it all."""
    try:
        found.extend(lines)
    except SearchTimedOut:
        return False
    return True


def _hit(file: FileChunks, text: str, start: int, end: int) -> TextHit:
    """The hit on a stretch of a file's text, at the place of the chunk in which it begins."""
    starts = _starts(file.texts)
    at = bisect_right(starts, start) - 1
    inner = start - starts[at]
    return TextHit(
        path=file.path, sha256=file.sha256, title=file.title, heading=file.headings[at], file_chars=len(text),
        chunk_id=file.ids[at], text=text[start:end],
        place=narrow(file.places[at], text[starts[at] :], inner, inner + end - start),
    )  # fmt: skip


def _starts(texts: Sequence[str]) -> list[int]:
    starts, total = [], 0
    for text in texts:
        starts.append(total)
        total += len(text)
    return starts
