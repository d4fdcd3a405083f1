"""The files of the index as a list that is looked at a stretch at a time."""

from __future__ import annotations

from collections.abc import Sequence

from app.base.index_values import FileRow
from app.base.values import PENDING_STATES, FileState
from app.store.index import IndexStore
from app.store.scope import Condition, Scope

_WHEN = "coalesce(nullif(dated, 0), mtime_ns / 1000000)"  # what was not read says nothing of when it is from
_ORDERS = {"newest": f"{_WHEN} DESC", "oldest": _WHEN, "largest": "size_bytes DESC", "name": "plain_name"}
_COLUMNS = "path, state, reason, hint, chunks, size_bytes, read_at, dated, dated_by"


def listed(index: IndexStore, states: Sequence[FileState], under: str, limit: int) -> list[FileRow]:
    """Files by path. states: [] for all. under: "" or a path whose subtree is wanted. limit: 0 for all."""
    where, values = _within(states, under)
    sql = f"SELECT {_COLUMNS} FROM files AS f WHERE {where} ORDER BY path LIMIT ?"
    return [_row(row) for row in index.query(sql, [*values, limit or -1])]


def stretch(
    index: IndexStore, states: Sequence[FileState], under: str, words: str, first: int, count: int
) -> tuple[int, list[FileRow]]:
    """How many files there are, and `count` of them by path from number `first` on.

    states: [] for all. under: "" or a folder. words: all must stand in the path, in whatever case.
    """
    where, values = _within(states, under)
    wanted = words.casefold().split()
    if not wanted:
        total = int(index.query(f"SELECT count(*) FROM files AS f WHERE {where}", values)[0][0])
        paged = f"SELECT {_COLUMNS} FROM files AS f WHERE {where} ORDER BY path LIMIT ? OFFSET ?"
        return total, [_row(row) for row in index.query(paged, [*values, count, first])]
    # SQLite knows the case of ASCII alone, so the paths are looked through here.
    found = [
        ident
        for ident, path in index.query(f"SELECT id, path FROM files AS f WHERE {where} ORDER BY path", values)
        if all(word in path.casefold() for word in wanted)
    ]
    seen = found[first : first + count]
    marks = ", ".join("?" * len(seen))
    rows = index.query(f"SELECT {_COLUMNS} FROM files WHERE id IN ({marks}) ORDER BY path", seen)
    return len(found), [_row(row) for row in rows]


def meant(
    index: IndexStore, scope: Scope, states: Sequence[FileState], order: str, limit: int
) -> tuple[int, list[FileRow]]:
    """How many files are in scope and in one of these states, and the first of them.

    order: "newest", "oldest", "largest" or "name".
    """
    where, values = scope.files()
    where = f"{where} AND f.state IN ({', '.join('?' * len(states))})"
    values = [*values, *states]
    total = int(index.query(f"SELECT count(*) FROM files AS f WHERE {where}", values)[0][0])
    sql = f"SELECT {_COLUMNS} FROM files AS f WHERE {where} ORDER BY {_ORDERS[order]}, path LIMIT ?"
    return total, [_row(row) for row in index.query(sql, [*values, limit])]


def _within(states: Sequence[FileState], under: str) -> Condition:
    where, values = Scope((under,) if under else ()).files()
    if states:
        return f"{where} AND state IN ({', '.join('?' * len(states))})", [*values, *states]
    return where, values


def _row(row: Sequence[object]) -> FileRow:
    path, state, reason, hint, chunks, size_bytes, read_at, dated, dated_by = row
    if state in PENDING_STATES:
        return FileRow(path=path, state=state, chunks=chunks, size_bytes=size_bytes, dated=dated, dated_by=dated_by)  # type: ignore[arg-type]
    return FileRow(
        path=path, state=state, reason=reason, hint=hint, chunks=chunks, size_bytes=size_bytes, at=read_at,  # type: ignore[arg-type]
        dated=dated, dated_by=dated_by,  # type: ignore[arg-type]
    )  # fmt: skip
