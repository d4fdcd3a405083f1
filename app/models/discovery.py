"""Chat models that lie on this machine already: looked for in the background, watched, and never waited for long."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from app.base.opening import resolved
from app.models.model_places import ModelPlace
from app.models.model_scan import FoundModel, ScanBudget, scan

log = logging.getLogger("familiar.engine")
WAIT_S = 2.0
RECENT_S = 0.1
EVENTS_S = 2.0
WATCHED_FOLDERS = 1000
QUICK_S = 1.0


class FolderWatcher(Protocol):
    """Watches folders, and reports the paths that something happened to."""

    def watch(self, roots: list[str]) -> None:
        """Watch exactly these folders."""

    def stop(self) -> None:
        """End watching."""


Watch = Callable[[Callable[[list[str] | None], None]], FolderWatcher]
"""Makes a watcher that reports to the given callable, in a thread of its own; None means that too much happened."""


class Discovery:
    """The models of all places. Thread-safe.

    places: asked at every look, because a person's own folders change. on_change: what is found differs; called in any
    thread. watch: makes the watcher of the places, once it is wanted. Each place is looked through in a thread of its
    own, so that one on a slow network keeps no other waiting.
    """

    def __init__(self, places: Callable[[], Sequence[ModelPlace]], on_change: Callable[[], None], watch: Watch) -> None:
        self._places = places
        self._new_watcher = watch
        self._on_change = on_change
        self._lock = threading.Lock()
        self._looks: dict[str, _Look] = {}
        self._watcher: FolderWatcher | None = None
        self._ended = False

    def found(self, *, wait_s: float = WAIT_S) -> list[FoundModel]:
        """What is known after a look at every place; a place that takes longer tells what it held at the last look."""
        looks = self._current()
        deadline = time.monotonic() + wait_s
        for look in looks:
            look.begin()
        for look in looks:
            look.wait(deadline - time.monotonic())
        self._watch(looks)
        found: dict[str, FoundModel] = {}
        for look in looks:
            for model in look.found:
                found.setdefault(resolved(model.path), model)
        return list(found.values())

    def close(self) -> None:
        """End watching."""
        with self._lock:
            self._ended = True
            watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.stop()

    # ---- inner -----------------------------------------------------------------------------------------------------

    def _current(self) -> list[_Look]:
        """A look for every place that is there now."""
        places = {place.folder: place for place in self._places()}
        with self._lock:
            self._looks = {
                folder: self._looks.get(folder) or _Look(place, self._on_change) for folder, place in places.items()
            }
            return list(self._looks.values())

    def _watch(self, looks: Sequence[_Look]) -> None:
        """Watch the places that are there, and neither huge nor slow; the others are looked at with every list."""
        roots = [look.place.folder for look in looks if look.watchable]
        with self._lock:
            if self._ended:
                return
            if self._watcher is None:
                self._watcher = self._new_watcher(self._on_events)
            self._watcher.watch([resolved(root) for root in roots if os.path.isdir(root)])

    def _on_events(self, paths: list[str] | None) -> None:
        with self._lock:
            looks = list(self._looks.values())
        for look in looks:
            folder = resolved(look.place.folder)
            lead = os.path.join(folder, "")
            if paths is None or any(path.startswith(lead) or path == folder for path in paths):
                look.begin(again=True)


class _Look:
    """What one place held at its last look, and the look that may be under way."""

    def __init__(self, place: ModelPlace, on_change: Callable[[], None]) -> None:
        self.place = place
        self.found: list[FoundModel] = []
        self.settled = False
        self.watchable = False
        self._on_change = on_change
        self._lock = threading.Lock()
        self._running = False
        self._again = False
        self._ended_at = -RECENT_S
        self._done = threading.Event()
        self._hurry = threading.Event()

    def begin(self, *, again: bool = False) -> None:
        """Look now, unless that was done a moment ago. again: something happened, so look, but not without end."""
        with self._lock:
            if self._running:
                self._again = True
                if not again:
                    self._done.clear()
                    self._hurry.set()
                return
            if not again and time.monotonic() - self._ended_at < RECENT_S:
                return
            self._running = True
            self._done.clear()
        threading.Thread(target=self._run, name="model-look", daemon=True).start()

    def wait(self, timeout_s: float) -> None:
        """Until no look is under way, or for so long."""
        self._done.wait(max(timeout_s, 0))

    def _run(self) -> None:
        while True:
            began, budget = time.monotonic(), ScanBudget()
            found = scan(self.place, budget)
            self.watchable = budget.folders <= WATCHED_FOLDERS and time.monotonic() - began < QUICK_S
            with self._lock:
                changed = self.settled and found != self.found
                self.found, self.settled = found, True
                again, self._again = self._again, False
                self._running = again
                self._ended_at = time.monotonic()
                if not (again and self._hurry.is_set()):
                    self._done.set()
            if changed:
                self._on_change()
            if not again:
                return
            self._hurry.wait(EVENTS_S)  # a file that is being written tells of itself without end
            self._hurry.clear()
