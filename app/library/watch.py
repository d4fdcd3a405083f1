"""File system events, which only say "look here"; what is true is asked of the disk."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

log = logging.getLogger("familiar.library")
QUIET_S = 0.12
LONGEST_S = 0.6
MANY = 4000


class Watcher(FileSystemEventHandler):
    """Watches folders and reports paths that something happened to, once they are quiet for a moment.

    look(paths): called in this watcher's thread with absolute paths; None means that too much happened: scan all.
    failed: roots that the system could not watch (out of inotify watches, say), with the reason; they want polling.
    """

    def __init__(self, look: Callable[[list[str] | None], None]) -> None:
        self._look = look
        self._observer: BaseObserver = Observer()
        self._watches: dict[str, ObservedWatch] = {}
        self._touched: dict[str, float] = {}
        self._oldest = 0.0
        self._newest = 0.0
        self._wake = threading.Condition()
        self._ended = False
        self.failed: dict[str, str] = {}
        self._observer.start()
        self._overflow = _Overflow(lambda: self._look(None))
        logging.getLogger("watchdog").addHandler(self._overflow)
        threading.Thread(target=self._report, name="watch", daemon=True).start()

    def watch(self, roots: list[str]) -> None:
        """Watch exactly these folders; those that are missing are left for the next call."""
        for root in [r for r in self._watches if r not in roots or not os.path.isdir(r)]:
            watch = self._watches.pop(root)
            try:
                self._observer.unschedule(watch)
            except (KeyError, OSError):
                log.debug("a watch had gone with its folder")
        for root in roots:
            if root in self._watches or not os.path.isdir(root):
                continue
            try:
                self._watches[root] = self._observer.schedule(self, root, recursive=True)
                self.failed.pop(root, None)
            except OSError as error:
                self.failed[root] = error.strerror or str(error)
                log.warning("a folder cannot be watched and is scanned every minute instead: %s", error.strerror)

    def stop(self) -> None:
        """End watching."""
        with self._wake:
            self._ended = True
            self._wake.notify()
        self._observer.stop()
        logging.getLogger("watchdog").removeHandler(self._overflow)

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Note the paths of an event that may have changed something."""
        if event.event_type in ("opened", "closed_no_write") or (event.is_directory and event.event_type == "modified"):
            return
        paths = [os.fsdecode(path) for path in (event.src_path, event.dest_path) if path]
        now = time.monotonic()
        with self._wake:
            if not self._touched:
                self._oldest = now
                self._wake.notify()
            self._newest = now
            for path in paths:
                self._touched[path] = now

    def _report(self) -> None:
        while True:
            with self._wake:
                while not self._touched and not self._ended:
                    self._wake.wait()
                if self._ended:
                    return
                due = min(self._newest + QUIET_S, self._oldest + LONGEST_S)
                pause = due - time.monotonic()
                if pause > 0:
                    self._wake.wait(pause)
                    continue
                paths = list(self._touched)
                self._touched.clear()
            self._look(paths if len(paths) <= MANY else None)


class _Overflow(logging.Handler):
    """Hears that the kernel dropped events; watchdog says so in its log alone."""

    def __init__(self, on_overflow: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._on_overflow = on_overflow

    def emit(self, record: logging.LogRecord) -> None:
        """Report if this is the message about lost events."""
        if "events were lost" in record.getMessage():
            self._on_overflow()
