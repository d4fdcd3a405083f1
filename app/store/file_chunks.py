"""A file's whole text, chunk by chunk, and which files have one."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from app.base.values import ChunkId, FileId, FileState, Place
from app.store.index import PLACE_COLUMNS, IndexStore, place_of
from app.store.scope import Scope


class FileChunks(msgspec.Struct, frozen=True):
    """A file and its chunks in order: their texts, joined, are all that was read of it."""

    path: str
    sha256: str
    title: str
    ids: tuple[ChunkId, ...]
    texts: tuple[str, ...]
    headings: tuple[str, ...]
    places: tuple[Place, ...]


def readable_files(index: IndexStore, scope: Scope, states: Collection[FileState]) -> list[FileId]:
    """The files in scope that are in one of these states and have text, newest first. Raises Problem store.*."""
    where, values = scope.files()
    marks = ", ".join("?" * len(states))
    rows = index.query(
        f"SELECT f.id FROM files AS f WHERE {where} AND f.chunks > 0 AND f.state IN ({marks})"
        " ORDER BY f.mtime_ns DESC, f.id",
        [*values, *states],
    )
    return [FileId(row[0]) for row in rows]


def chunks_of(index: IndexStore, file_id: FileId) -> FileChunks | None:
    """What was read of a file; None if it has gone. Raises Problem store.*."""
    with index.reading() as connection:
        file = connection.execute("SELECT path, sha256, title FROM files WHERE id = ?", [file_id]).fetchone()
        rows = connection.execute(
            f"SELECT {PLACE_COLUMNS}, c.id, c.text, c.heading FROM chunks AS c WHERE c.file_id = ? ORDER BY c.ordinal",
            [file_id],
        ).fetchall()
    if file is None:
        return None
    return FileChunks(
        path=file[0], sha256=file[1], title=file[2], ids=tuple(row[6] for row in rows),
        texts=tuple(row[7] for row in rows), headings=tuple(row[8] for row in rows),
        places=tuple(map(place_of, rows)),
    )  # fmt: skip
