"""File system events, which only say "look here"; what is true is asked of the disk."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from app.library.roots import folder_identity

log = logging.getLogger("familiar.library")
QUIET_S = 0.12
LONGEST_S = 0.6
MANY = 4000


class Watcher(FileSystemEventHandler):
    """Watches folders and reports paths that something happened to, once they are quiet for a moment.

    look(paths): called in this watcher's thread with absolute paths; None means that too much happened: scan all.
    failed: roots that the system watches not at all or not whole (out of inotify watches, say), with the reason; they
    want polling.
    """

    def __init__(self, look: Callable[[list[str] | None], None]) -> None:
        self._look = look
        self._observer: BaseObserver = Observer()
        self._watches: dict[str, tuple[ObservedWatch, str]] = {}  # with the identity of the folder
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
        """Watch exactly these folders, as they are now; those that are missing are left for the next call."""
        room = bool(self.failed) and not self._exhausted()
        for root in list(self._watches):
            if root not in roots or not self._holds(root) or (room and root in self.failed):
                self._unwatch(root)
        failed: dict[str, str] = {root: self.failed[root] for root in self._watches if root in self.failed}
        for root in roots:
            found = folder_identity(root)
            if root in self._watches or not found:
                continue
            try:
                self._watches[root] = self._observer.schedule(self, root, recursive=True), found
            except OSError as error:
                failed[root] = error.strerror or str(error)
        reason = self._exhausted()  # of a folder below a root that could not be watched the library says nothing
        if reason:
            failed |= dict.fromkeys(self._watches, reason)
        if set(failed) - set(self.failed) and not self._ended:
            log.warning(
                "a folder cannot be watched whole and is scanned every minute instead: %s",
                "; ".join(set(failed.values())),
            )
        self.failed = failed

    def outdated(self, roots: list[str]) -> bool:
        """Whether `watch` would change anything: a folder came, went, was made anew, or cannot be watched whole."""
        if any(not self._holds(root) for root in self._watches):
            return True
        if any(root not in self._watches and root not in self.failed and folder_identity(root) for root in roots):
            return True
        return any(root not in self.failed for root in self._watches) and bool(self._exhausted())

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

    def _holds(self, root: str) -> bool:
        """Whether the folder that is watched is the one that stands there, and its watching goes on.

        A folder that was deleted and made anew may well get the inode of the old one, whose watching has ended.
        """
        watch, watched = self._watches[root]
        lives = any(emitter.watch == watch and emitter.is_alive() for emitter in list(self._observer.emitters))
        return lives and folder_identity(root) == watched

    def _unwatch(self, root: str) -> None:
        watch, _ = self._watches.pop(root)
        try:
            self._observer.unschedule(watch)
        except (KeyError, OSError):
            log.debug("a watch had gone with its folder")

    def _exhausted(self) -> str:
        """Why not one more folder can be watched, or "". Linux alone gives every user so many watches, and no more."""
        if sys.platform != "linux":
            return ""
        try:
            self._observer.unschedule(self._observer.schedule(FileSystemEventHandler(), os.sep))
        except OSError as error:
            return error.strerror or str(error)
        return ""

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
