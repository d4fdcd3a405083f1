"""How a running turn is stopped: by its caller going, or by a person who names the turn."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from app.base.errors import Cancelled

T = TypeVar("T")


class Stop:
    """A switch that is thrown once. A `Cancellation` for whoever works on the turn."""

    def __init__(self) -> None:
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

    For work that only reads and cannot be stopped itself. It runs in a thread of its own.
    """
    result: Future[T] = Future()
    settled = threading.Event()
    stop.on_cancel(settled.set)
    result.add_done_callback(lambda _: settled.set())

    def run() -> None:
        try:
            result.set_result(work())
        except BaseException as error:  # noqa: BLE001 - the top of a thread; whoever waits raises it
            result.set_exception(error)

    threading.Thread(target=run, name="reading", daemon=True).start()
    settled.wait()
    if not result.done() or stop.cancelled:
        raise Cancelled
    return result.result()
