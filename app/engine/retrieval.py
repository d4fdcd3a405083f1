"""The library as the assistant sees it: ranked passages, folders and files."""

from __future__ import annotations

from collections.abc import Sequence

from app.assistant.ports import Entry, Listing, Passage, Retrieved
from app.base.values import Document
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
        )  # fmt: skip


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
