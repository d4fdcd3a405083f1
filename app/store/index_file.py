"""The file index.db itself: opened whole or made anew, one writer, a few reading connections lent to any thread."""

from __future__ import annotations

import logging
import secrets
import sqlite3
import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from app.base.errors import Problem
from app.store.derived import discard, rebuild_mark, size_on_disk
from app.store.reader_pool import ReaderPool
from app.store.sqlite import connect, convert, quick_check, transaction

log = logging.getLogger("familiar.store")
SCHEMA = 5
READER_CACHE_KB = 256  # the system keeps the pages anyway: 36 MB of chunks are searched as fast as with 2 MB
MOST_REMEMBERED = 4
CHECK_AT_OPEN_BYTES = 64 * 1024 * 1024
_SCHEMA_SQL = Path(__file__).parent / "sql" / "index" / "schema.sql"
T = TypeVar("T")


class IndexFile:
    """The file and its connections. Thread-safe: one writer at a time, and a pool of readers beside it.

    generation: names this making of the file; ids of another one mean nothing here. changes: how many transactions
    have written since it was opened.
    """

    def __init__(self, path: Path, *, chunker: str) -> None:
        """Open or make the file. chunker: fingerprint of how text is cut; another one's index is made anew.

        A damaged file, an unknown version or another chunker's index is thrown away and begun afresh.
        """
        self._path = path
        self._lock = threading.RLock()
        self._readers = ReaderPool(self._open_reader)
        self._chunker = chunker
        self._remembered: dict[Hashable, tuple[int, Any]] = {}
        self._remembering = threading.Lock()
        connection = self._open_whole()
        if connection is None:
            discard(path)
            connection = connect(path, durable=False)
            self._create(connection)
        self._writer = connection
        self.generation = str(self._meta("generation"))
        self.changes = 0

    def close(self) -> None:
        """Close every connection."""
        self._readers.close()
        with self._lock:
            self._writer.close()

    def check(self) -> bool:
        """Whether the whole file is sound; slow for a large one. One that was small was checked when it was opened."""
        if self.size_bytes() <= CHECK_AT_OPEN_BYTES:
            return True
        with self.reading() as connection:
            return quick_check(connection)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for questions, lent for the length of the block. Raises Problem store.*."""
        with convert(self._path), self._readers.lend() as connection:
            yield connection

    def query(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        """Rows of a reading statement."""
        with self.reading() as connection:
            return connection.execute(sql, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The writing connection in a transaction: the whole block is kept or nothing of it. Raises Problem store.*."""
        with convert(self._path), self._lock:
            with transaction(self._writer):
                yield self._writer
            self.changes += 1  # once it can be read, so that nobody remembers what was there before

    def remembered(self, key: Hashable, find: Callable[[], T]) -> T:
        """What `find` gave for this key, while nothing has been written since; the last few keys are remembered."""
        changes = self.changes
        with self._remembering:
            known = self._remembered.get(key)
        if known is not None and known[0] == changes:
            found: T = known[1]
            return found
        found = find()
        with self._remembering:
            self._remembered.pop(key, None)
            self._remembered[key] = (changes, found)
            while len(self._remembered) > MOST_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
        return found

    def size_bytes(self) -> int:
        """Size on disk, with what is still in the log."""
        return size_on_disk(self._path)

    def _open_reader(self) -> sqlite3.Connection:
        connection = connect(self._path, durable=False, cache_kb=READER_CACHE_KB)
        connection.execute("PRAGMA query_only = ON")
        return connection

    def _meta(self, key: str) -> str | None:
        row = self._writer.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def _open_whole(self) -> sqlite3.Connection | None:
        """A connection if the file is there, sound, of this version and chunker."""
        if not self._path.exists() or rebuild_mark(self._path).exists():
            return None
        connection: sqlite3.Connection | None = None
        try:
            connection = connect(self._path, durable=False)
            with convert(self._path):
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                chunker = connection.execute("SELECT value FROM meta WHERE key = 'chunker'").fetchone()
                sound = self._path.stat().st_size > CHECK_AT_OPEN_BYTES or quick_check(connection)
            if version == SCHEMA and chunker == (self._chunker,) and sound:
                return connection
            log.warning("the index is of another version or damaged, and is made anew")
        except (Problem, sqlite3.OperationalError) as error:
            if isinstance(error, Problem) and error.code not in ("store.damaged", "store.io"):
                raise
            log.warning("the index cannot be used and is made anew")
        if connection is not None:
            connection.close()
        return None

    def _create(self, connection: sqlite3.Connection) -> None:
        with convert(self._path), transaction(connection):
            for statement in _statements(_SCHEMA_SQL.read_text(encoding="utf-8")):
                connection.execute(statement)
            connection.executemany(
                "INSERT INTO meta (key, value) VALUES (?, ?)",
                [("generation", secrets.token_hex(6)), ("chunker", self._chunker)],
            )
            connection.execute(f"PRAGMA user_version = {SCHEMA}")


def _statements(script: str) -> Iterator[str]:
    """The statements of an SQL script; sqlite3's own executescript would commit before each."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
