"""The library as the assistant sees it: ranked passages, folders and files."""

from __future__ import annotations

import os
from collections.abc import Sequence

from app.assistant.ports import Entry, Listing, Passage, Retrieved
from app.base.values import PENDING_STATES, READABLE_STATES, Document
from app.library.library import Library

EACH = 4


class IndexRetriever:
    """Searches the index for the assistant."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def passages(self, query: str, scope: Sequence[str], limit: int) -> Retrieved:
        """At most `limit` passages, best files first, at most four of a file."""
        ranking = self._library.rank(query, scope)
        chosen = self._library.passages(ranking, limit, EACH)
        return Retrieved(
            passages=tuple(
                Passage(
                    path=p.path, sha256=p.sha256, place=p.place, text=p.text, heading=p.heading, title=p.title,
                    score=score, similarity=max(0.0, ranking.similarity.get(p.chunk_id, 0.0)), chunk_id=p.chunk_id,
                    file_chars=p.file_chars,
                )
                for p, score in chosen
            ),
            matching=ranking.matching,
            searched=self._library.readable(scope),
            waiting=ranking.waiting,
            by_meaning=ranking.by_meaning,
            unread=tuple((path, reason) for path in scope if (reason := self._unread(path))),
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
