"""The library as the assistant sees it: ranked passages."""

from __future__ import annotations

from collections.abc import Sequence

from app.assistant.ports import Found, Passage
from app.library.library import Library

EACH = 4


class IndexRetriever:
    """Searches the index for the assistant."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def passages(self, query: str, scope: Sequence[str], limit: int) -> Found:
        """At most `limit` passages, best files first, at most four of a file."""
        ranking = self._library.rank(query, scope)
        chosen = self._library.passages(ranking, limit, EACH)
        return Found(
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
