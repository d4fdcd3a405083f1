"""index.db: which files there are, how each was read, their chunks and words. Derived: rebuilt whenever in doubt."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from app.base.values import (
    PENDING_STATES,
    Chunk,
    ChunkId,
    Document,
    FileId,
    FileRow,
    FileState,
    Place,
    TextId,
)  # fmt: skip
from app.store import subtrees
from app.store.index_chunks import add_chunk, drop_orphans, unlink_chunks, unword, word
from app.store.index_file import IndexFile


class Stat(msgspec.Struct, frozen=True):
    """What the file system says of a file; if it is equal, the bytes are taken to be."""

    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: str


class Root(msgspec.Struct, frozen=True):
    """A watched folder. state: "current", "reading", "offline", "unreadable". device: its file system when scanned."""

    id: int
    path: str
    state: str
    reason: str
    checked_at: int
    device: str


class Known(msgspec.Struct, frozen=True):
    """A file as the index has it."""

    id: FileId
    path: str
    stat: Stat
    sha256: str
    state: FileState
    deaths: int


class IndexedPassage(msgspec.Struct, frozen=True):
    """A chunk joined to its file, as searches need it."""

    chunk_id: ChunkId
    text_id: TextId
    file_id: FileId
    path: str
    sha256: str
    title: str
    file_chars: int
    heading: str
    text: str
    place: Place


class IndexStore(IndexFile):
    """Files, their state and their chunks. Thread-safe."""

    def set_roots(self, paths: Sequence[str]) -> None:
        """Make the roots exactly these; files below one that is gone are forgotten."""
        with self.writing() as connection:
            present = dict(connection.execute("SELECT path, id FROM roots").fetchall())
            for path, root_id in present.items():
                if path not in paths:
                    ids = [row[0] for row in connection.execute("SELECT id FROM files WHERE root_id = ?", (root_id,))]
                    _forget(connection, ids)
                    connection.execute("DELETE FROM roots WHERE id = ?", (root_id,))
            connection.executemany(
                "INSERT INTO roots (path) VALUES (?)", [(path,) for path in paths if path not in present]
            )

    def roots(self) -> list[Root]:
        """The roots, by path."""
        with self.reading() as connection:
            rows = connection.execute("SELECT id, path, state, reason, checked_at, device FROM roots ORDER BY path")
            return [Root(*row) for row in rows]

    def mark_root(self, root_id: int, state: str, reason: str = "", *, device: str | None = None) -> None:
        """Note how a root stands. device: given when it was scanned to an end just now."""
        with self.writing() as connection:
            connection.execute("UPDATE roots SET state = ?, reason = ? WHERE id = ?", (state, reason, root_id))
            if device is not None:
                connection.execute(
                    "UPDATE roots SET checked_at = ?, device = ? WHERE id = ?", (_now(), device, root_id)
                )

    def known(self, root_id: int, below: str = "") -> dict[str, Known]:
        """The files of a root by path; below: only this path and what is under it."""
        sql = f"SELECT {_KNOWN} FROM files WHERE root_id = ?"
        values: list[object] = [root_id]
        if below:
            sql += " AND (path = ? OR (path >= ? AND path < ?))"
            values += [below, *subtrees.below(below)]
        with self.reading() as connection:
            return {row[1]: _known(row) for row in connection.execute(sql, values)}

    def by_path(self, path: str) -> Known | None:
        """The file at `path`, if the index has it."""
        with self.reading() as connection:
            row = connection.execute(f"SELECT {_KNOWN} FROM files WHERE path = ?", (path,)).fetchone()
            return _known(row) if row else None

    def has_root(self, root_id: int) -> bool:
        """Whether a root is still watched."""
        with self.reading() as connection:
            return _has_root(connection, root_id)

    def enqueue(self, root_id: int, found: Iterable[tuple[str, Stat]]) -> bool:
        """Files that are new or whose stat differs: to be read. What was read before stays searchable until then.

        False if the root is watched no longer: nothing is done then.
        """
        with self.writing() as connection:
            if not _has_root(connection, root_id):
                return False
            connection.executemany(
                "INSERT INTO files (root_id, path, size_bytes, mtime_ns, ctime_ns, inode, state)"
                " VALUES (?, ?, ?, ?, ?, ?, 'waiting') ON CONFLICT (path) DO UPDATE SET root_id = excluded.root_id,"
                " size_bytes = excluded.size_bytes, mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns,"
                " inode = excluded.inode, state = 'waiting',"
                " deaths = CASE WHEN files.size_bytes = excluded.size_bytes AND files.mtime_ns = excluded.mtime_ns"
                " THEN files.deaths ELSE 0 END",
                [(root_id, path, s.size_bytes, s.mtime_ns, s.ctime_ns, s.inode) for path, s in found],
            )
            return True

    def move(self, moves: Sequence[tuple[FileId, str, Stat]]) -> None:
        """Files got new paths. What was read of them stays.

        A folder that is renamed leaves its files' ctime as it was. Where that differs, the file was renamed by itself,
        or another one came by its inode, size and mtime: its bytes are looked at again, and read if they are others.
        """
        with self.writing() as connection:
            for file_id, path, stat in moves:
                unword(connection, [file_id])
                connection.execute(
                    "UPDATE files SET path = ?, state = CASE ctime_ns WHEN ? THEN state ELSE 'waiting' END,"
                    " ctime_ns = ? WHERE id = ?",
                    (path, stat.ctime_ns, stat.ctime_ns, file_id),
                )
                word(connection, file_id)

    def settle_unread(self, root_id: int, path: str, stat: Stat, state: FileState, reason: str, hint: str) -> None:
        """A file, or a folder that could not be opened, that is settled without being read."""
        with self.writing() as connection:
            if not _has_root(connection, root_id):
                return
            row = connection.execute("SELECT id FROM files WHERE path = ?", (path,)).fetchone()
            if row is not None:
                drop_orphans(connection, unlink_chunks(connection, [row[0]]))
            connection.execute(
                "INSERT INTO files (root_id, path, size_bytes, mtime_ns, ctime_ns, inode, state, read_state, reason,"
                " hint) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET"
                " size_bytes = excluded.size_bytes, mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns,"
                " inode = excluded.inode, state = excluded.state, read_state = excluded.read_state,"
                " reason = excluded.reason, hint = excluded.hint, chunks = 0, chars = 0",
                (
                    root_id, path, stat.size_bytes, stat.mtime_ns, stat.ctime_ns, stat.inode, state, state, reason,
                    hint,
                ),
            )  # fmt: skip

    def set_offline(self, root_id: int, offline: bool) -> None:
        """A root has gone or come back: its files keep what was read of them either way.

        A file that had changed and waited to be read waits again when its root is back.
        """
        with self.writing() as connection:
            if offline:
                connection.execute(
                    "UPDATE files SET state = 'offline',"
                    f" read_state = CASE WHEN state IN ({_marks(PENDING_STATES)}) THEN '' ELSE read_state END"
                    " WHERE root_id = ? AND state <> 'offline'",
                    (*PENDING_STATES, root_id),
                )
            else:
                connection.execute(
                    "UPDATE files SET state = CASE read_state WHEN '' THEN 'waiting' ELSE read_state END"
                    " WHERE root_id = ? AND state = 'offline'",
                    (root_id,),
                )

    def waiting(self, limit: int, without: frozenset[FileId]) -> list[Known]:
        """Files to read, newest first, leaving out those being read."""
        with self.reading() as connection:
            rows = connection.execute(
                f"SELECT {_KNOWN} FROM files WHERE state = 'waiting' ORDER BY mtime_ns DESC LIMIT ?",
                (limit + len(without),),
            ).fetchall()
        return [_known(row) for row in rows if row[0] not in without][:limit]

    def settle(self, file_id: FileId, expected: Stat, document: Document) -> bool:
        """Replace a file's chunks by what was just read. False if the file changed or went meanwhile: nothing is done.

        A file that could not be read again (locked, damaged, unreadable, ...) loses its chunks: the index never shows
        what the file no longer says.
        """
        with self.writing() as connection:
            row = connection.execute(f"SELECT {_KNOWN} FROM files WHERE id = ?", (file_id,)).fetchone()
            if row is None or _known(row).stat != expected:
                return False
            before = unlink_chunks(connection, [file_id])
            chars = sum(len(chunk.text) for chunk in document.chunks)
            connection.execute(
                "UPDATE files SET state = ?, read_state = ?, reason = ?, hint = ?, title = ?, kind = ?, sha256 = ?,"
                " chars = ?, chunks = ?, read_at = ? WHERE id = ?",
                (
                    document.state, document.state, document.reason, document.hint, document.title, document.kind,
                    document.sha256, chars, len(document.chunks), _now(), file_id,
                ),
            )  # fmt: skip
            for ordinal, chunk in enumerate(document.chunks):
                add_chunk(connection, file_id, ordinal, chunk, document.title)
            word(connection, file_id)
            drop_orphans(connection, before)
            return True

    def settle_same(self, file_id: FileId, expected: Stat) -> bool:
        """The file's bytes are the ones that were read before: take the chunks as they are.

        Returns False if the file was never read to an end, so that it must be.
        """
        with self.writing() as connection:
            row = connection.execute(
                "SELECT 1 FROM files WHERE id = ? AND mtime_ns = ? AND size_bytes = ? AND read_state <> ''",
                (file_id, expected.mtime_ns, expected.size_bytes),
            ).fetchone()
            if row is None:
                return False
            connection.execute("UPDATE files SET state = read_state, read_at = ? WHERE id = ?", (_now(), file_id))
            return True

    def note_death(self, file_id: FileId) -> int:
        """Count a death of the reading process over this file; returns how many there were over these bytes."""
        with self.writing() as connection:
            connection.execute("UPDATE files SET deaths = deaths + 1 WHERE id = ?", (file_id,))
            row = connection.execute("SELECT deaths FROM files WHERE id = ?", (file_id,)).fetchone()
            return int(row[0]) if row else 0

    def retry(self, paths: Sequence[str]) -> int:
        """Queue files whose bytes did not change, but none whose root is away; returns how many there were."""
        with self.writing() as connection:
            return sum(
                connection.execute(
                    "UPDATE files SET state = 'waiting', deaths = 0, sha256 = '', read_state = ''"
                    " WHERE path = ? AND state <> 'offline'",
                    (path,),
                ).rowcount
                for path in paths
            )

    def forget(self, file_ids: Sequence[FileId]) -> None:
        """The files are gone: their chunks too, and texts that nobody points to are queued for removal."""
        with self.writing() as connection:
            _forget(connection, file_ids)

    def rows(self, states: Sequence[str], under: str, limit: int) -> list[FileRow]:
        """Files by path. states: [] for all; under: "" or a path whose subtree is wanted; limit: 0 for all."""
        sql = "SELECT path, state, reason, hint, chunks, size_bytes, read_at FROM files WHERE 1"
        values: list[object] = []
        if states:
            sql += f" AND state IN ({_marks(states)})"
            values += states
        if under:
            sql += " AND (path = ? OR (path >= ? AND path < ?))"
            values += [under, *subtrees.below(under)]
        sql += " ORDER BY path" + (" LIMIT ?" if limit else "")
        values += [limit] if limit else []
        with self.reading() as connection:
            return [
                FileRow(path=r[0], state=r[1], reason=r[2], hint=r[3], chunks=r[4], size_bytes=r[5], at=r[6])
                if r[1] not in PENDING_STATES
                else FileRow(path=r[0], state=r[1], chunks=r[4], size_bytes=r[5], at=r[6])
                for r in connection.execute(sql, values)
            ]

    def document(self, path: str) -> Document | None:
        """What was read of a file; None if the index does not have it."""
        with self.reading() as connection:
            row = connection.execute(
                "SELECT id, state, reason, hint, title, kind, sha256 FROM files WHERE path = ?", (path,)
            ).fetchone()
            if row is None:
                return None
            chunks = connection.execute(
                f"SELECT {PLACE_COLUMNS}, heading, text FROM chunks AS c WHERE file_id = ? ORDER BY ordinal", (row[0],)
            )
            return Document(
                state=row[1], reason=row[2], hint=row[3], title=row[4], kind=row[5], sha256=row[6],
                chunks=tuple(Chunk(place=place_of(c), heading=c[6], text=c[7]) for c in chunks),
            )  # fmt: skip

    def states(self) -> dict[str, int]:
        """How many files are in each state that occurs."""
        with self.reading() as connection:
            return dict(connection.execute("SELECT state, count(*) FROM files GROUP BY state").fetchall())

    def states_by_root(self) -> dict[int, dict[str, int]]:
        """The same for each root."""
        counts: dict[int, dict[str, int]] = {}
        with self.reading() as connection:
            for root, state, n in connection.execute("SELECT root_id, state, count(*) FROM files GROUP BY 1, 2"):
                counts.setdefault(root, {})[state] = n
        return counts

    def count_chunks(self) -> int:
        """How many chunks there are."""
        with self.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM chunks").fetchone()[0])

    def pending_files(self) -> int:
        """How many files are still to be read."""
        with self.reading() as connection:
            sql = f"SELECT count(*) FROM files WHERE state IN ({_marks(PENDING_STATES)})"
            return int(connection.execute(sql, PENDING_STATES).fetchone()[0])


_KNOWN = "id, path, size_bytes, mtime_ns, ctime_ns, inode, sha256, state, deaths"
PLACE_COLUMNS = 'c.kind, c.first, c.last, c.label, c.start, c."end"'


def _known(row: Any) -> Known:
    return Known(row[0], row[1], Stat(row[2], row[3], row[4], row[5]), row[6], row[7], row[8])


def place_of(row: Any) -> Place:
    """The Place of a row that begins with the columns of PLACE_COLUMNS."""
    kind, first, last, label, start, end = row[:6]
    return Place(kind=kind, first=first, last=last, label=label, start=start, end=end)


def _forget(connection: sqlite3.Connection, file_ids: Sequence[FileId]) -> None:
    drop_orphans(connection, unlink_chunks(connection, file_ids))
    connection.executemany("DELETE FROM files WHERE id = ?", [(i,) for i in file_ids])


def _has_root(connection: sqlite3.Connection, root_id: int) -> bool:
    return connection.execute("SELECT 1 FROM roots WHERE id = ?", (root_id,)).fetchone() is not None


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _now() -> int:
    return time.time_ns() // 1_000_000
