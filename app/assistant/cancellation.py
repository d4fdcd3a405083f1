"""How a running turn is stopped: by its caller going, or by a person who names the turn."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from app.base.errors import Cancelled, Problem

T = TypeVar("T")
MOST_THREADS = 16


class Threads:
    """Threads for work that may be given up while it runs: at most `most` at once, given-up ones included."""

    def __init__(self, most: int = MOST_THREADS) -> None:
        self._most = most
        self._running = 0
        self._changed = threading.Condition()

    @property
    def running(self) -> int:
        """How many there are now."""
        with self._changed:
            return self._running

    def start(self, work: Callable[[], None], stop: Stop) -> None:
        """Run `work` in a thread as soon as one may be had. Raises Cancelled if `stop` is thrown before."""
        stop.on_cancel(self._wake)
        with self._changed:
            self._changed.wait_for(lambda: self._running < self._most or stop.cancelled)
            if stop.cancelled:
                raise Cancelled
            self._running += 1

        def run() -> None:
            try:
                work()
            finally:
                with self._changed:
                    self._running -= 1
                    self._changed.notify_all()

        try:
            threading.Thread(target=run, name="reading", daemon=True).start()
        except RuntimeError as error:  # the system has no thread to give
            with self._changed:
                self._running -= 1
            raise Problem(
                "system.threads", "This computer has no room for another task now.",
                "Nothing was lost. Close some programs, then try again.",
            ) from error  # fmt: skip

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()


class Stop:
    """A switch that is thrown once. A `Cancellation` for whoever works on the turn.

    threads: where the turn's abandonable work runs; by default its own.
    """

    def __init__(self, threads: Threads | None = None) -> None:
        self.threads = threads or Threads()
        self._thrown = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        """Whether it was thrown."""
        return self._thrown.is_set()

    def on_cancel(self, callback: Callable[[], None]) -> None:
        """Run `callback` when it is thrown, in that thread; at once if it was."""
        with self._lock:
            if not self._thrown.is_set():
                self._callbacks.append(callback)
                return
        callback()

    def cancel(self) -> None:
        """Throw it; a second time does nothing."""
        with self._lock:
            if self._thrown.is_set():
                return
            self._thrown.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()


def abandonable(work: Callable[[], T], stop: Stop) -> T:
    """What `work` returns or raises; Cancelled as soon as `stop` is thrown, and `work` goes on unheard.

    For work that only reads and cannot be stopped itself. It runs in one of the turn's threads. Raises Problem
    system.threads if there is none to be had.
    """
    return begun(work, stop)()


def begun(work: Callable[[], T], stop: Stop) -> Callable[[], T]:
    """As `abandonable`, which waits only when what this returns is called: several works run side by side."""
    result: Future[T] = Future()
    settled = threading.Event()
    stop.on_cancel(settled.set)
    result.add_done_callback(lambda _: settled.set())

    def run() -> None:
        try:
            result.set_result(work())
        except BaseException as error:  # noqa: BLE001 - the top of a thread; whoever waits raises it
            result.set_exception(error)

    def wait() -> T:
        settled.wait()
        if not result.done() or stop.cancelled:
            raise Cancelled
        return result.result()

    stop.threads.start(run, stop)
    return wait
