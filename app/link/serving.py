"""The worker's side: one thread computes, another reads; so a cancellation reaches a computation that runs."""

from __future__ import annotations

import queue
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any

from app.link.peer import Handlers, Peer


class _MainThread(Executor):
    """Runs tasks one after another in the thread that calls `run`."""

    def __init__(self) -> None:
        self._tasks: queue.SimpleQueue[Callable[[], Any] | None] = queue.SimpleQueue()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Queue a task; its outcome is not observed."""
        self._tasks.put(lambda: fn(*args, **kwargs))
        return Future()

    def run(self) -> None:
        """Run tasks until `finish`."""
        while (task := self._tasks.get()) is not None:
            task()

    def finish(self) -> None:
        """End `run` after the tasks that are queued."""
        self._tasks.put(None)


def serve(role: str, handlers: Handlers, *, threads: int = 1) -> int:
    """Answer the engine's calls until it goes. Handlers run one at a time in this thread.

    threads: with more than one, so many handlers run at once in threads of their own; calls that are under way together
    may then be answered in any order.
    The connection is the file descriptor (POSIX) or handle (Windows) whose number is the last argument of this process.
    Returns the exit code.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is the client's, the engine decides
    connection = Connection(int(sys.argv[-1]))
    if threads > 1:
        with ThreadPoolExecutor(threads, role) as pool:
            Peer(connection, role=role, handlers=handlers, executor=pool).wait_closed()
        return 0
    tasks = _MainThread()
    Peer(connection, role=role, handlers=handlers, executor=tasks, on_close=lambda _: tasks.finish())
    tasks.run()
    return 0
