"""One SQLite connection that several threads share, one at a time."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.store.sqlite import convert, locked, transaction


class Database:
    """A connection, its file's path and the lock that whoever uses it holds.

    copying: held by whoever makes a copy of the file beside it, or changes one.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.path = path
        self._connection = connection
        self._lock = threading.Lock()
        self.copying = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for questions. Raises Problem store.* for the world's failures."""
        with self._lock, convert(self.path):
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The connection in a transaction: the whole block is on disk after it, or nothing of it. Raises Problem."""
        with self._lock, convert(self.path), transaction(self._connection):
            yield self._connection

    def checkpoint(self) -> None:
        """Bring all that was committed into the file and empty its log, so that nothing deleted is left there.

        Raises Problem store.locked where another program reads in it, and the log stays.
        """
        with self._lock, convert(self.path):
            (busy, _, _) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise locked(self.path)

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()
