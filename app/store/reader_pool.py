"""Reading connections to one SQLite file: a few, lent to whichever thread asks, one question at a time."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.base.errors import Problem

MOST_READERS = 8


class ReaderPool:
    """Lends connections, opened as they are needed and used again, the last one given back first. Thread-safe.

    However many threads come and go, there are never more than `most`; who comes when all are lent waits for one. A
    thread gives back what it has before it asks for more.
    """

    def __init__(self, opened: Callable[[], sqlite3.Connection], *, most: int = MOST_READERS) -> None:
        """opened: a new connection that any thread may use; may raise Problem, which whoever asked gets."""
        self._opened = opened
        self._most = most
        self._changed = threading.Condition()
        self._idle: list[sqlite3.Connection] = []
        self._lent = 0
        self._closed = False

    @property
    def count(self) -> int:
        """How many connections are open."""
        with self._changed:
            return len(self._idle) + self._lent

    @contextmanager
    def lend(self) -> Iterator[sqlite3.Connection]:
        """A connection for the length of the block. One that failed is closed rather than lent again.

        Raises Problem store.closed after `close`.
        """
        connection = self._take()
        sound = True
        try:
            yield connection
        except sqlite3.Error:
            sound = False
            raise
        finally:
            self._give_back(connection, sound=sound)

    def close(self) -> None:
        """Close every connection; those that are lent as soon as they are given back."""
        with self._changed:
            self._closed = True
            idle, self._idle = self._idle, []
            self._changed.notify_all()
        for connection in idle:
            connection.close()

    def _take(self) -> sqlite3.Connection:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._idle or self._lent < self._most)
            if self._closed:
                raise Problem("store.closed", "Familiar is closing.", "Nothing was changed. Try again in a moment.")
            self._lent += 1
            if self._idle:
                return self._idle.pop()
        try:
            return self._opened()
        except BaseException:
            self._note_gone()
            raise

    def _give_back(self, connection: sqlite3.Connection, *, sound: bool) -> None:
        with self._changed:
            keep = sound and not self._closed
            if keep:
                self._lent -= 1
                self._idle.append(connection)
                self._changed.notify()
        if not keep:
            connection.close()
            self._note_gone()

    def _note_gone(self) -> None:
        with self._changed:
            self._lent -= 1
            self._changed.notify()
