"""Opening SQLite files alike, transactions, and the world's failures told apart from our own.

A full disk, a read-only folder, another process's lock or a damaged file is the world's fault and becomes a Problem;
wrong SQL, a broken constraint or a closed connection is ours and stays the sqlite3.Error that it is.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.base.errors import Problem

BUSY_S = 5.0
_NO_ROOM_BYTES = 256 * 1024
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)
_CORRUPT = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def connect(
    path: Path, *, durable: bool, mode: int = 0o600, read_only: bool = False, cache_kb: int = 2000
) -> sqlite3.Connection:
    """An open database in WAL mode with foreign keys, rows as tuples, and no transaction but those you begin.

    durable: fsync at every commit (synchronous=FULL); else only at checkpoints, which can lose the newest commits in a
    power cut but never damages the file. mode: permissions of the file, also of one that is there already.
    read_only: the file must exist; nothing is written. cache_kb: the most memory for pages that it keeps.
    The connection may be used from any thread, by one at a time: its owner keeps a lock.
    Raises Problem store.*.
    """
    with convert(path):
        if not read_only:
            _prepare(path, mode)
        uri = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}"
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            if not read_only:
                connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            connection.execute("PRAGMA foreign_keys = ON")
            if durable:  # what a person has removed is overwritten; what can be made again need not be
                connection.execute("PRAGMA secure_delete = ON")
            connection.execute(f"PRAGMA cache_size = -{cache_kb}")
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # reads the header: damage shows now
        except BaseException:
            connection.close()
            raise
    return connection


def in_memory() -> sqlite3.Connection:
    """A database like `connect` gives, in no file; gone when it is closed."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _prepare(path: Path, mode: int) -> None:
    """Make the file before SQLite does, so that nobody else could read it for a moment; its -wal and -shm inherit.

    An existing file is never opened here: closing it would drop this process's POSIX locks on it. SQLite opens a file
    that it may not write silently for reading, so that is asked beforehand.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode))
    except FileExistsError:
        if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
            raise PermissionError(errno.EACCES, "not writable", str(path)) from None
        if path.stat().st_mode & 0o777 != mode:
            path.chmod(mode)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All writes of the block are kept together or, if it raises, none of them. Takes the write lock at once."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite has already rolled back after some failures, such as a full disk
            connection.execute("ROLLBACK")
        raise


@contextmanager
def convert(path: Path) -> Iterator[None]:
    """Turn the world's failures of the block into a Problem that names `path`; let our own through.

    Codes: store.full, store.read_only, store.locked, store.damaged, store.unopenable, store.io.
    """
    try:
        yield
    except sqlite3.Error as error:
        problem = _problem(path, getattr(error, "sqlite_errorcode", None))
        if problem is None:
            raise
        raise problem from error
    except OSError as error:
        if error.errno in _FULL:
            raise _full(path) from error
        if error.errno in _READ_ONLY:
            raise _read_only(path) from error
        raise _unopenable(path) from error


def quick_check(connection: sqlite3.Connection) -> bool:
    """Whether the file's pages and rows hang together. Reads all of it: some 300 MB a second."""
    try:
        return connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _CORRUPT:
            return False
        raise


def locked(path: Path) -> Problem:
    """What is said where another program keeps us from a file."""
    return Problem("store.locked", f"Another program holds {path}.", "Nothing was changed. Close it and try again.")


def _problem(path: Path, extended: int | None) -> Problem | None:
    """The world's failure behind an extended result code of SQLite; None if it is ours."""
    code = -1 if extended is None else extended & 0xFF
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and not _room(path)):
        return _full(path)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return _read_only(path)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return locked(path)
    if code in _CORRUPT:
        return Problem("store.damaged", f"{path} is damaged.", "Nothing was overwritten.")
    if code == sqlite3.SQLITE_CANTOPEN:
        return _unopenable(path)
    if code == sqlite3.SQLITE_IOERR:
        return Problem(
            "store.io", f"{path} could not be read or written.", "What was saved before is kept. Check the disk."
        )
    return None


def _room(path: Path) -> bool:
    """Whether the disk still has room; SQLite reports a full one as an I/O failure in places (-shm)."""
    try:
        return shutil.disk_usage(path.parent).free > _NO_ROOM_BYTES
    except OSError:
        return True


def _full(path: Path) -> Problem:
    return Problem(
        "store.full", f"The disk is full: {path} could not be written.",
        "What was saved before is kept. Free some space and try again.",
    )  # fmt: skip


def _read_only(path: Path) -> Problem:
    return Problem(
        "store.read_only", f"{path} cannot be written.",
        "Nothing was changed. Make its folder writable, or choose another with --home.",
    )  # fmt: skip


def _unopenable(path: Path) -> Problem:
    return Problem(
        "store.unopenable", f"{path} cannot be opened.", "Nothing was changed. Check that its folder is there."
    )
