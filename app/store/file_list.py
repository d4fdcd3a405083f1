"""The files of the index as a list that is looked at a stretch at a time."""

from __future__ import annotations

from collections.abc import Sequence

from app.base.values import PENDING_STATES, FileRow, FileState
from app.store.index import IndexStore
from app.store.lexical import Scope

_COLUMNS = "path, state, reason, hint, chunks, size_bytes, read_at"


def stretch(
    index: IndexStore, states: Sequence[FileState], under: str, words: str, first: int, count: int
) -> tuple[int, list[FileRow]]:
    """How many files there are, and `count` of them by path from number `first` on.

    states: [] for all. under: "" or a folder. words: all must stand in the path, in whatever case.
    """
    inside, values = Scope((under,) if under else ()).condition("path")
    where = inside
    if states:
        where += f" AND state IN ({', '.join('?' * len(states))})"
        values += states
    wanted = words.casefold().split()
    if not wanted:
        total = int(index.query(f"SELECT count(*) FROM files WHERE {where}", values)[0][0])
        paged = f"SELECT {_COLUMNS} FROM files WHERE {where} ORDER BY path LIMIT ? OFFSET ?"
        return total, [_row(row) for row in index.query(paged, [*values, count, first])]
    # SQLite knows the case of ASCII alone, so the paths are looked through here.
    found = [
        ident
        for ident, path in index.query(f"SELECT id, path FROM files WHERE {where} ORDER BY path", values)
        if all(word in path.casefold() for word in wanted)
    ]
    seen = found[first : first + count]
    marks = ", ".join("?" * len(seen))
    rows = index.query(f"SELECT {_COLUMNS} FROM files WHERE id IN ({marks}) ORDER BY path", seen)
    return len(found), [_row(row) for row in rows]


def _row(row: Sequence[object]) -> FileRow:
    path, state, reason, hint, chunks, size_bytes, read_at = row
    if state in PENDING_STATES:
        return FileRow(path=path, state=state, chunks=chunks, size_bytes=size_bytes)  # type: ignore[arg-type]
    return FileRow(
        path=path, state=state, reason=reason, hint=hint, chunks=chunks, size_bytes=size_bytes, at=read_at,  # type: ignore[arg-type]
    )  # fmt: skip
