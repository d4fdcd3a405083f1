"""How a running turn is stopped: by its caller going, or by a person who names the turn."""

from __future__ import annotations

import threading
from collections.abc import Callable


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
