"""Where drawn pages lie until the window has taken them."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from app.base.errors import Problem

log = logging.getLogger("familiar.engine")
KEEP_S = 30.0


class Drawings:
    """A private folder of drawings. Thread-safe.

    Whoever receives a drawing deletes it. What nobody takes within a minute goes by itself: its window has gone, or its
    reading process was lost over it. What an engine that was killed had left goes at once.
    """

    def __init__(self, folder: Path, *, keep_s: float = KEEP_S) -> None:
        self._folder = folder
        self._keep_s = keep_s
        self._lock = threading.Lock()
        self._first_seen: dict[str, float] = {}
        self._timer: threading.Timer | None = None
        self._closed = False
        self._delete_all()

    def place(self) -> Path:
        """The folder to draw into, made if it is not there. Raises Problem preview.no_place."""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise Problem(
                "preview.no_place", f"There is no place to draw a page: {error.strerror or error}.",
                "Open the file instead.",
            ) from error  # fmt: skip
        with self._lock:
            self._arm()
        return self._folder

    def close(self) -> None:
        """Delete what is left."""
        with self._lock:
            self._closed = True
            if self._timer is not None:
                self._timer.cancel()
        self._delete_all()

    def _arm(self) -> None:
        """Look after a while what lies here. Called with the lock."""
        if self._timer is None and not self._closed:
            self._timer = threading.Timer(self._keep_s, self._sweep)
            self._timer.daemon = True
            self._timer.start()

    def _sweep(self) -> None:
        """Delete what has lain here at two looks in a row; come again as long as anything lies here."""
        with self._lock:
            self._timer = None
        now = time.monotonic()
        seen = self._first_seen
        self._first_seen = {path.name: seen.get(path.name, now) for path in self._files()}
        old = [name for name, since in self._first_seen.items() if now - since >= self._keep_s]
        for name in old:
            _delete(self._folder / name)
            del self._first_seen[name]
        if self._first_seen:
            with self._lock:
                self._arm()

    def _delete_all(self) -> None:
        for path in self._files():
            _delete(path)

    def _files(self) -> list[Path]:
        try:
            return list(self._folder.iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            log.warning("drawn pages cannot be looked at: %s", error.strerror)
            return []


def _delete(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("a drawn page could not be deleted: %s", error.strerror)
