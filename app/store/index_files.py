"""The rows of files in index.db, within a transaction that somebody else has begun."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

import msgspec

from app.base.file_types import ending_of, name_of
from app.base.values import FileId, FileState
from app.language.question.tokens import plain
from app.store.file_dates import date_file, dating
from app.store.index_chunks import drop_orphans, unlink_chunks, unword, word
from app.store.people import drop_strangers, people_of


class Stat(msgspec.Struct, frozen=True):
    """What the file system says of a file; if it is equal, the bytes are taken to be."""

    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: str


def path_of_root(connection: sqlite3.Connection, root_id: int) -> str | None:
    """The path of a root; None if it is watched no longer."""
    row = connection.execute("SELECT path FROM roots WHERE id = ?", (root_id,)).fetchone()
    return row[0] if row else None


def add_waiting(connection: sqlite3.Connection, root_id: int, root: str, found: Iterable[tuple[str, Stat]]) -> None:
    """Have files wait to be read that are new, or whose stat differs from what the index has. root: its path."""
    connection.executemany(
        "INSERT INTO files (root_id, path, ending, plain_name, dated, dated_by, size_bytes, mtime_ns, ctime_ns, inode,"
        " state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting') ON CONFLICT (path) DO UPDATE SET"
        " root_id = excluded.root_id, size_bytes = excluded.size_bytes, mtime_ns = excluded.mtime_ns,"
        " ctime_ns = excluded.ctime_ns, inode = excluded.inode, state = 'waiting',"
        " deaths = CASE WHEN files.size_bytes = excluded.size_bytes AND files.mtime_ns = excluded.mtime_ns"
        " THEN files.deaths ELSE 0 END",
        [
            (root_id, path, *_told_by_name(path, root, s), s.size_bytes, s.mtime_ns, s.ctime_ns, s.inode)
            for path, s in found
        ],
    )


def move_file(connection: sqlite3.Connection, file_id: FileId, path: str, stat: Stat) -> None:
    """Give a file another path. Its bytes are looked at again if its ctime is another one."""
    unword(connection, [file_id])
    connection.execute(
        "UPDATE files SET path = ?, ending = ?, plain_name = ?,"
        " state = CASE ctime_ns WHEN ? THEN state ELSE 'waiting' END, ctime_ns = ? WHERE id = ?",
        (path, ending_of(path), plain(name_of(path)), stat.ctime_ns, stat.ctime_ns, file_id),
    )
    date_file(connection, file_id)
    word(connection, file_id)


def settle_unread_file(
    connection: sqlite3.Connection, root_id: int, root: str, path: str, stat: Stat, why: tuple[FileState, str, str]
) -> None:
    """Settle a file, or a folder, of which nothing is read. why: state, reason, hint.

    What was read before goes, and which bytes these were: the same ones must be read again when they come back.
    """
    known = [row[0] for row in connection.execute("SELECT id FROM files WHERE path = ?", (path,))]
    authors = people_of(connection, known)
    drop_orphans(connection, unlink_chunks(connection, known))
    state, reason, hint = why
    connection.execute(
        "INSERT INTO files (root_id, path, ending, plain_name, dated, dated_by, size_bytes, mtime_ns, ctime_ns, inode,"
        " state, read_state, reason, hint) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (path)"
        " DO UPDATE SET size_bytes = excluded.size_bytes, mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns,"
        " inode = excluded.inode, state = excluded.state, read_state = excluded.read_state, reason = excluded.reason,"
        " hint = excluded.hint, dated = excluded.dated, dated_by = excluded.dated_by, said_dated = 0, author_id = NULL,"
        " title = '', kind = '', sha256 = '', chunks = 0, chars = 0",
        (
            root_id, path, *_told_by_name(path, root, stat), stat.size_bytes, stat.mtime_ns, stat.ctime_ns, stat.inode,
            state, state, reason, hint,
        ),
    )  # fmt: skip
    drop_strangers(connection, authors)


def forget_files(connection: sqlite3.Connection, file_ids: Sequence[FileId]) -> None:
    """Files are gone: their chunks too, and texts that nobody points to are queued for removal."""
    authors = people_of(connection, file_ids)
    drop_orphans(connection, unlink_chunks(connection, file_ids))
    connection.executemany("DELETE FROM files WHERE id = ?", [(i,) for i in file_ids])
    drop_strangers(connection, authors)


def _told_by_name(path: str, root: str, stat: Stat) -> tuple[str, str, int, str]:
    """What filters go by of a file that was not read: its ending, its name folded, when it is from and what says so."""
    return ending_of(path), plain(name_of(path)), *dating(path, root, "", "", 0, stat.mtime_ns // 1_000_000)
