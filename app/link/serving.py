"""The worker's side: one thread computes, another reads; so a cancellation reaches a computation that runs."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any

from app.link.peer import Handlers, Peer
from app.link.worker_log import send_to

LEAVE_S = 15.0


class Tasks(Executor):
    """Runs tasks one after another in the thread that calls `run`.

    on_idle: run there once no task has come for `idle_s`, and not again before another has.
    """

    def __init__(self, on_idle: Callable[[], None] | None = None, *, idle_s: float = 0.5) -> None:
        self._tasks: queue.SimpleQueue[Callable[[], Any] | None] = queue.SimpleQueue()
        self._on_idle = on_idle
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Queue a task; its outcome is not observed."""
        self._tasks.put(lambda: fn(*args, **kwargs))
        with self._lock:
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()
        return Future()

    def on_arrival(self, callback: Callable[[], None]) -> None:
        """Run `callback` when another task comes, in the thread that brings it; at once if one is waiting.

        For a task that gives way to others. Not called any more once that task has ended.
        """
        with self._lock:
            if self._tasks.empty():
                self._callbacks.append(callback)
                return
        callback()

    def run(self) -> None:
        """Run tasks until `finish`."""
        rested = self._on_idle is None
        while True:
            try:
                task = self._tasks.get(timeout=None if rested else self._idle_s)
            except queue.Empty:
                rested = True
                if self._on_idle is not None:
                    self._on_idle()
                continue
            if task is None:
                return
            task()
            with self._lock:
                self._callbacks.clear()
            rested = self._on_idle is None

    def finish(self) -> None:
        """End `run` after the tasks that are queued."""
        self._tasks.put(None)


def serve(role: str, handlers: Handlers, *, threads: int = 1, tasks: Tasks | None = None) -> int:
    """Answer the engine's calls until it goes. Handlers run one at a time in this thread.

    threads: with more than one, so many handlers run at once in threads of their own; calls that are under way together
    may then be answered in any order. tasks: those that this thread is to run, if somebody else must know of them.
    The connection is the file descriptor (POSIX) or handle (Windows) whose number is the last argument of this process.
    Once the engine has gone this process ends, after LEAVE_S whatever it is at. Returns the exit code.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is the client's, the engine decides
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # so it does when a session ends, which signals every process
    connection = Connection(int(sys.argv[-1]))
    if threads > 1:
        with ThreadPoolExecutor(threads, role) as pool:
            peer = Peer(connection, role=role, handlers=handlers, executor=pool, on_close=_leave_soon)
            send_to(peer)
            peer.wait_closed()
        return 0
    tasks = tasks or Tasks()

    def finish(peer: Peer) -> None:
        _leave_soon(peer)
        tasks.finish()

    peer = Peer(connection, role=role, handlers=handlers, executor=tasks, on_close=finish)
    send_to(peer)
    tasks.run()
    return 0


def _leave_soon(_peer: Peer) -> None:
    """A killed engine kills nobody: what hangs now would hang for ever."""
    timer = threading.Timer(LEAVE_S, os._exit, (0,))
    timer.daemon = True
    timer.start()
