"""index.db: which files there are, how each was read, their chunks and words. Derived: rebuilt whenever in doubt."""

from __future__ import annotations

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
    FileState,
    Place,
    TextId,
)  # fmt: skip
from app.store import subtrees
from app.store.file_dates import date_file
from app.store.index_chunks import add_chunk, drop_orphans, unlink_chunks, word
from app.store.index_file import IndexFile
from app.store.index_files import Stat, add_waiting, forget_files, move_file, path_of_root, settle_unread_file
from app.store.people import drop_strangers, people_of, person_id


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
    """A chunk joined to its file, as searches need it.

    sender, sent_at: of the message that it is part of; "" and 0 of what is none. dated: sent_at, else when its file is
    from (Unix ms, 0 if nothing tells), as dated_by says: "name", "title", "document", "modified".
    """

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
    sender: str
    sent_at: int
    dated: int
    dated_by: str


class IndexStore(IndexFile):
    """Files, their state and their chunks. Thread-safe."""

    def set_roots(self, paths: Sequence[str]) -> None:
        """Make the roots exactly these; files below one that is gone are forgotten."""
        with self.writing() as connection:
            present = dict(connection.execute("SELECT path, id FROM roots").fetchall())
            for path, root_id in present.items():
                if path not in paths:
                    ids = [row[0] for row in connection.execute("SELECT id FROM files WHERE root_id = ?", (root_id,))]
                    forget_files(connection, ids)
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
            return path_of_root(connection, root_id) is not None

    def enqueue(self, root_id: int, found: Iterable[tuple[str, Stat]]) -> bool:
        """Files that are new or whose stat differs: to be read. What was read before stays searchable until then.

        False if the root is watched no longer: nothing is done then.
        """
        with self.writing() as connection:
            root = path_of_root(connection, root_id)
            if root is None:
                return False
            add_waiting(connection, root_id, root, found)
            return True

    def move(self, moves: Sequence[tuple[FileId, str, Stat]]) -> None:
        """Files got new paths. What was read of them stays.

        A folder that is renamed leaves its files' ctime as it was. Where that differs, the file was renamed by itself,
        or another one came by its inode, size and mtime: its bytes are looked at again, and read if they are others.
        """
        with self.writing() as connection:
            for file_id, path, stat in moves:
                move_file(connection, file_id, path, stat)

    def settle_unread(self, root_id: int, path: str, stat: Stat, state: FileState, reason: str, hint: str) -> None:
        """A file, or a folder that could not be opened, that is settled without being read."""
        with self.writing() as connection:
            root = path_of_root(connection, root_id)
            if root is not None:
                settle_unread_file(connection, root_id, root, path, stat, (state, reason, hint))

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
            authors = people_of(connection, [file_id])
            before = unlink_chunks(connection, [file_id])
            chars = sum(len(chunk.text) for chunk in document.chunks)
            connection.execute(
                "UPDATE files SET state = ?, read_state = ?, reason = ?, hint = ?, title = ?, kind = ?, sha256 = ?,"
                " author_id = ?, said_dated = ?, chars = ?, chunks = ?, read_at = ? WHERE id = ?",
                (
                    document.state, document.state, document.reason, document.hint, document.title, document.kind,
                    document.sha256, person_id(connection, document.author), document.dated, chars,
                    len(document.chunks), _now(), file_id,
                ),
            )  # fmt: skip
            dated = date_file(connection, file_id)
            for ordinal, chunk in enumerate(document.chunks):
                add_chunk(connection, file_id, ordinal, chunk, document.title, dated)
            word(connection, file_id)
            drop_orphans(connection, before)
            drop_strangers(connection, authors)
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
            date_file(connection, file_id)
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
            forget_files(connection, file_ids)

    def document(self, path: str) -> Document | None:
        """What was read of a file; None if the index does not have it."""
        with self.reading() as connection:
            row = connection.execute(
                "SELECT f.id, state, reason, hint, title, kind, sha256, coalesce(p.name, ''), said_dated"
                " FROM files AS f LEFT JOIN people AS p ON p.id = f.author_id WHERE path = ?",
                (path,),
            ).fetchone()
            if row is None:
                return None
            chunks = connection.execute(
                f"SELECT {PLACE_COLUMNS}, c.heading, c.text, coalesce(p.name, ''), c.sent_at FROM chunks AS c"
                " LEFT JOIN people AS p ON p.id = c.sender_id WHERE c.file_id = ? ORDER BY c.ordinal",
                (row[0],),
            )
            return Document(
                state=row[1], reason=row[2], hint=row[3], title=row[4], kind=row[5], sha256=row[6], author=row[7],
                dated=row[8],
                chunks=tuple(
                    Chunk(place=place_of(c), heading=c[6], text=c[7], sender=c[8], dated=c[9]) for c in chunks
                ),
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


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _now() -> int:
    return time.time_ns() // 1_000_000
