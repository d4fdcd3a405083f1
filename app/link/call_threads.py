"""The threads in which calls are answered."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

IDLE_S = 10.0


class CallThreads(Executor):
    """Runs each task in a thread of its own, at most `most` at once; the others wait in their order. Thread-safe.

    A thread that has nothing to do for a while goes. None of them holds up the end of the process.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._changed = threading.Condition()
        self._tasks: deque[Callable[[], Any]] = deque()
        self._threads = 0
        self._idle = 0
        self._finishing = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Queue a task; its outcome is not observed. Dropped once finishing.

        Raises RuntimeError if no thread can be started and none is there that would take it.
        """
        with self._changed:
            if self._finishing:
                return Future()
            self._tasks.append(lambda: fn(*args, **kwargs))
            if self._idle >= len(self._tasks):
                self._changed.notify_all()
            elif self._threads < self._most:
                self._start()
        return Future()

    def finish(self, timeout_s: float) -> bool:
        """Take no other task, and wait for those there are; False if one is still there then. It may be asked again."""
        until = time.monotonic() + timeout_s
        with self._changed:
            self._finishing = True
            self._changed.notify_all()
            while self._threads > 0:
                rest_s = until - time.monotonic()
                if rest_s <= 0:
                    return False
                self._changed.wait(rest_s)
        return True

    def _start(self) -> None:
        """Start a thread. Called with the lock."""
        self._threads += 1
        try:
            threading.Thread(target=self._run, name="call", daemon=True).start()
        except RuntimeError:
            self._threads -= 1
            if self._threads == 0:
                self._tasks.pop()
                raise

    def _run(self) -> None:
        try:
            while (task := self._next()) is not None:
                task()
        finally:
            with self._changed:
                self._threads -= 1
                self._changed.notify_all()

    def _next(self) -> Callable[[], Any] | None:
        with self._changed:
            self._idle += 1
            try:
                until = time.monotonic() + IDLE_S
                while not self._tasks and not self._finishing and (rest_s := until - time.monotonic()) > 0:
                    self._changed.wait(rest_s)
                return self._tasks.popleft() if self._tasks else None
            finally:
                self._idle -= 1
