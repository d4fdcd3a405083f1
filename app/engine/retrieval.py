"""The library as the assistant sees it: ranked passages, folders and files."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence

from app.assistant.ports import (
    AskedWord,
    Entry,
    FileQuery,
    FoundFile,
    FoundFiles,
    Grepped,
    Listing,
    Passage,
    Retrieved,
)  # fmt: skip
from app.base.values import ALL_STATES, PENDING_STATES, READABLE_STATES, UNREAD_STATES, Document
from app.language.text_match import TextPattern
from app.library.library import Library
from app.store.scope import Scope

EACH = 4
NAMED = 3
"""Files without text that an answer names because their names say what was asked for."""


class IndexRetriever:
    """Searches the index for the assistant."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def passages(
        self,
        query: str,
        scope: Sequence[str],
        limit: int,
        *,
        without: Sequence[str] = (),
    ) -> Retrieved:
        """At most `limit` passages, best files first, at most four of a file."""
        finding = self._library.find(query, scope, limit, without)
        chosen = self._library.passages(finding, limit, EACH)
        ranking = finding.ranking
        named = [(hit.file.path, hit.file.why) for hit in finding.unread[:NAMED]]
        asked = ranking.words.words
        return Retrieved(
            passages=tuple(
                Passage(
                    path=p.path, sha256=p.sha256, place=p.place, text=p.text, heading=p.heading, title=p.title,
                    score=score, similarity=max(0.0, ranking.similarity.get(p.chunk_id, 0.0)), chunk_id=p.chunk_id,
                    file_chars=p.file_chars, sender=p.sender, sent_at=p.sent_at, dated=p.dated, dated_by=p.dated_by,
                )
                for p, score in chosen
            ),
            matching=finding.matching,
            searched=self._library.readable(scope),
            waiting=ranking.waiting,
            by_meaning=ranking.by_meaning,
            unread=tuple(dict([*((path, why) for path in scope if (why := self._unread(path))), *named]).items()),
            filters=finding.filters,
            words=finding.question.words,
            certain=finding.certain,
            said=tuple(note for note in finding.notes if note != finding.missing),
            asked=tuple(AskedWord(text=word.text, rarity=_rarity(word.chunks, ranking.words.total)) for word in asked),
            corrections=ranking.words.corrections,
            weight=ranking.weight,
        )  # fmt: skip

    def _unread(self, path: str) -> str:
        """Why a file that the scope names has no text; "" if it has, if it is still waiting, or if it is a folder."""
        rows = self._library.files([], path, 1)
        if not rows:
            if os.path.isdir(path):
                return ""
            return "It is in no folder that Familiar reads." if os.path.exists(path) else "It is not there."
        row = rows[0]
        if row.path != path or row.state in (*READABLE_STATES, *PENDING_STATES):
            return ""
        return f"{row.reason} {row.hint}".strip()


class IndexFiles:
    """The index as folders and files, for the assistant's tools."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def folders(self) -> Sequence[str]:
        """The watched folders."""
        return self._library.roots()

    def inside(self, path: str) -> bool:
        """Whether a path, its links resolved, lies in one of them."""
        return self._library.inside(path)

    def list(self, path: str, limit: int) -> Listing:
        """What stands in a folder, folders first; empty if the index has nothing of it."""
        children, total = self._library.children(path, limit)
        return Listing(
            entries=tuple(
                Entry(name=child.name, folder=child.folder, files=child.readable, note=child.reason)
                for child in children
            ),
            more=total - len(children),
        )

    def ending(self, tail: str, limit: int) -> Sequence[str]:
        """The files whose paths end with this name, or these folders and this name; at most `limit`."""
        return self._library.ending(tail, limit)

    def document(self, path: str) -> Document | None:
        """What was read of a file; None if the index does not have it."""
        return self._library.document(path)

    def text(self, path: str, start: int, end: int) -> str:
        """The extracted text of a file between two offsets; "" if the index does not have it."""
        return self._library.text(path, start, end)

    def grep(self, text: str, scope: Sequence[str], limit: int, *, regular: bool = False) -> Grepped:
        """The places that have this text, or what a regular expression describes."""
        found = self._library.grep(TextPattern(text, regular=regular), scope, limit)
        return Grepped(
            passages=tuple(
                Passage(
                    path=hit.path, sha256=hit.sha256, place=hit.place, text=hit.text, heading=hit.heading,
                    title=hit.title, chunk_id=hit.chunk_id, file_chars=hit.file_chars,
                )
                for hit in found.hits
            ),
            places=found.places, files=found.files, searched=found.searched, unsearched=found.unsearched,
        )  # fmt: skip

    def find(self, query: FileQuery) -> FoundFiles:
        """Files by what is known of them."""
        scope = Scope(
            query.scope, types=(query.type,) if query.type else (), names=tuple(query.name.split()),
            after=query.after, before=query.before,
        )  # fmt: skip
        states = UNREAD_STATES if query.unread else ALL_STATES
        total, rows = self._library.meant(scope, states, query.order, query.limit)
        files = (FoundFile(path=r.path, size_bytes=r.size_bytes, dated=r.dated, reason=r.reason) for r in rows)
        return FoundFiles(files=tuple(files), total=total)


def _rarity(chunks: int, total: int) -> float:
    """How rare a word is that stands in so many of all chunks: 0 if in none."""
    return math.log1p(total / chunks) if chunks else 0.0
