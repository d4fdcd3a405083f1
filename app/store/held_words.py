"""Which of a question's words stand in which chunks, and what a scope holds by date."""

from __future__ import annotations

from collections.abc import Sequence

from app.base.values import ChunkId, FileId
from app.store.index import IndexStore
from app.store.query_words import QueryWord
from app.store.scope import Scope


def chunks_holding(index: IndexStore, word: QueryWord, chunks: Sequence[ChunkId]) -> set[ChunkId]:
    """Those of the chunks that hold a word in one of its forms, or whose file's name does."""
    marks = ", ".join("?" * len(chunks))
    rows = index.query(f"SELECT rowid FROM words WHERE words MATCH ? AND +rowid IN ({marks})", [word.match, *chunks])
    return {row[0] for row in rows}


def files_by_date(
    index: IndexStore, scope: Scope, limit: int, *, oldest: bool
) -> tuple[int, list[tuple[FileId, list[ChunkId]]]]:
    """How many files are in scope, and the newest of them, or the oldest, each with its first chunks in scope.

    What is from nobody knows when comes last. Of a mailbox, the newest message counts, and its chunk leads.
    """
    condition, values = scope.condition()
    end, way = ("min", "ASC") if oldest else ("max", "DESC")
    rows = index.query(
        f"SELECT c.file_id, {end}(nullif(c.dated, 0)) AS day, count(*) OVER () FROM chunks AS c"
        f" JOIN files AS f ON f.id = c.file_id WHERE {condition}"
        f" GROUP BY c.file_id ORDER BY day IS NULL, day {way}, f.path DESC LIMIT ?",
        [*values, limit],
    )
    found: list[tuple[FileId, list[ChunkId]]] = []
    for file_id, _, _ in rows:
        chunks = index.query(
            "SELECT c.id FROM chunks AS c"
            f" WHERE c.file_id = ? AND {condition} ORDER BY c.dated {way}, c.ordinal LIMIT 4",
            [file_id, *values],
        )
        found.append((file_id, [row[0] for row in chunks]))
    return (rows[0][2] if rows else 0), found
