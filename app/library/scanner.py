"""Keeps the index's list of files true: full scans, looks at paths that changed, roots that come and go."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from app.base.errors import Problem
from app.library.ignore_rules import Rules
from app.library.scan import ScanResult, collect, compare, walk
from app.library.watch import Watcher
from app.store.index import IndexStore, Known, Root, Stat

log = logging.getLogger("familiar.library")
BATCH = 500
ROOTS_S = 10.0
POLL_S = 60.0
DAY_S = 24 * 3600.0
WAKE_S = 120.0
_NO_NAME = ("Its name is not valid text.", "Rename the file, then it is read.")


class Scanner:
    """One thread that compares disk and index. Thread-safe.

    patterns: the person's ignore lines, asked at each scan. never: absolute paths never to be read.
    on_work: called when files were queued or went. on_failure: called when the index cannot be written.
    """

    def __init__(
        self,
        index: IndexStore,
        patterns: Callable[[], Sequence[str]],
        never: Sequence[str],
        on_work: Callable[[], None],
        on_failure: Callable[[Problem], None],
    ) -> None:
        self._index = index
        self._patterns = patterns
        self._never = never
        self._on_work = on_work
        self._on_failure = on_failure
        self._jobs: queue.SimpleQueue[list[str] | int | None] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._requested = 0
        self._finished = 0
        self._outstanding = 0
        self._lock = threading.Condition()
        self._watcher: Watcher | None = None
        self._thread = threading.Thread(target=self._run, name="scan", daemon=True)

    def start(self) -> None:
        """Begin with a full scan, then follow events."""
        self.request()
        self._thread.start()

    def stop(self) -> None:
        """End; a scan that runs is given up and done again at the next start."""
        self._ended.set()
        self._jobs.put(None)
        if self._watcher is not None:
            self._watcher.stop()
        self._thread.join(5)

    def request(self) -> int:
        """Ask for a full scan; returns its ticket for `finished`."""
        with self._lock:
            self._requested += 1
            self._outstanding += 1
            ticket = self._requested
        self._jobs.put(ticket)
        return ticket

    def look(self, paths: list[str] | None) -> None:
        """Something happened at these paths; None: anywhere."""
        if paths is None:
            self.request()
            return
        with self._lock:
            self._outstanding += 1
        self._jobs.put(paths)

    def finished(self, ticket: int) -> bool:
        """Whether a full scan that began after `ticket` was given out has ended."""
        with self._lock:
            return self._finished >= ticket

    @property
    def busy(self) -> bool:
        """Whether a scan or a look runs or waits."""
        with self._lock:
            return self._outstanding > 0

    @property
    def unwatched(self) -> dict[str, str]:
        """Roots that the system could not watch, with the reason; they are scanned every minute."""
        return dict(self._watcher.failed) if self._watcher is not None else {}

    # ---- the thread ------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        self._watcher = Watcher(self.look)
        last_scan = time.monotonic()
        last_wall = time.time()
        while not self._ended.is_set():
            try:
                job = self._jobs.get(timeout=ROOTS_S)
            except queue.Empty:
                slept = time.time() - last_wall > ROOTS_S + WAKE_S  # the machine was suspended
                every = POLL_S if self._watcher.failed else DAY_S
                if slept or time.monotonic() - last_scan > every or self._roots_changed():
                    self.request()
                last_wall = time.time()
                continue
            last_wall = time.time()
            if job is None:
                return
            try:
                if isinstance(job, int):
                    if not self.finished(job):
                        self._scan_all()
                        last_scan = time.monotonic()
                else:
                    self._look(job)
            except Problem as problem:
                log.warning("a scan failed: %s", problem.code)
                self._on_failure(problem)
            except Exception:  # the top of this thread: our own bug must not end the watching
                log.exception("bug while scanning")
                self._on_failure(Problem("internal", "Familiar made a mistake while scanning.", "The log has it."))
            finally:
                with self._lock:
                    self._outstanding -= 1
            self._on_work()

    def _scan_all(self) -> None:
        with self._lock:
            ticket = self._requested  # everything asked for by now is answered by this scan
        roots = self._index.roots()
        if self._watcher is not None:
            self._watcher.watch([root.path for root in roots])  # first watch, then walk: nothing falls between
        for root in roots:
            if self._ended.is_set():
                return
            self._scan(root)
        with self._lock:
            self._finished = max(self._finished, ticket)

    def _scan(self, root: Root) -> None:
        state, reason, device = self._standing(root)
        if state != "current":
            if root.state != state:
                self._index.set_offline(root.id, True)
                self._index.mark_root(root.id, state, reason)
            return
        if root.state in ("offline", "unreadable"):
            self._index.set_offline(root.id, False)
        self._index.mark_root(root.id, "reading")
        rules = self._rules(root)
        known = self._index.known(root.id)
        if known:
            found = collect([root.path], rules, self._ended.is_set)
            if not self._ended.is_set():
                self._apply(root, found, known)
        else:
            self._first(root, rules)
        if not self._ended.is_set():
            self._index.mark_root(root.id, "current", device=device)

    def _first(self, root: Root, rules: Rules) -> None:
        """A root that the index knows nothing of: queue while walking, so that reading begins at once."""
        batch: dict[str, Stat] = {}
        closed: dict[str, str] = {}
        for path, seen in walk(root.path, rules, self._ended.is_set):
            if isinstance(seen, str):
                closed[path] = seen
                continue
            batch[path] = seen
            if len(batch) >= BATCH:
                self._apply(root, ScanResult(batch), {})
                batch = {}
        self._apply(root, ScanResult(batch, closed), {})

    def _look(self, paths: list[str]) -> None:
        for root in self._index.roots():
            stem = root.path.rstrip(os.sep) + os.sep
            mine = sorted({p for p in paths if p.startswith(stem)})
            if root.path in paths or any(Path(p).name == ".familiarignore" for p in mine):
                self._scan(root)  # the root itself, or its rules, changed
                continue
            if not mine:
                continue
            if self._standing(root)[0] != "current":
                if root.state not in ("offline", "unreadable"):
                    self._scan(root)  # it went under our hands: its waiting files must not be tried for ever
                continue
            rules = self._rules(root)
            starts: list[str] = []
            for path in mine:
                above = starts and path.startswith(starts[-1] + os.sep)
                if not above and not rules.skip(path, folder=os.path.isdir(path)):
                    starts.append(path)
            known = {p: f for start in starts for p, f in self._index.known(root.id, below=start).items()}
            self._apply(root, collect(starts, rules, self._ended.is_set), known)

    def _apply(self, root: Root, found: ScanResult, known: Mapping[str, Known]) -> None:
        named = {path: stat for path, stat in found.files.items() if _is_text(path)}
        nameless = {_shown(path): stat for path, stat in found.files.items() if path not in named}
        difference = compare(ScanResult(named, found.closed), {p: f for p, f in known.items() if p not in nameless})
        self._index.move(difference.move)
        for at in range(0, len(difference.read), BATCH):
            self._index.enqueue(root.id, difference.read[at : at + BATCH])
        self._index.forget(difference.forget)
        for path, stat in nameless.items():
            self._index.settle_unread(root.id, path, stat, "unreadable", *_NO_NAME)
        for path, reason in found.closed.items():
            what = "This folder" if os.path.isdir(path) else "This file"
            self._index.settle_unread(
                root.id, _shown(path), Stat(0, 0, 0, ""), "unreadable", f"{what} cannot be opened: {reason}.",
                "Give yourself permission to read it. What was read of it before is kept.",
            )  # fmt: skip
        self._on_work()

    def _standing(self, root: Root) -> tuple[str, str, str]:
        """(state, reason, device) of a root as it is on the disk now."""
        if os.path.islink(root.path):
            return "offline", "A link has taken the folder’s place. What was read of it is kept.", ""
        try:
            device = str(os.stat(root.path).st_dev)
            with os.scandir(root.path) as entries:
                empty = next(entries, None) is None
        except (FileNotFoundError, NotADirectoryError):
            return "offline", "The folder is not there. What was read of it is kept.", ""
        except OSError as error:
            return "unreadable", f"The folder cannot be opened: {error.strerror or error}.", ""
        if empty and root.device not in ("", device):
            return "offline", "The drive is not connected. What was read of it is kept.", ""
        return "current", "", device

    def _roots_changed(self) -> bool:
        try:
            return any(
                (self._standing(root)[0] == "current") == (root.state in ("offline", "unreadable"))
                for root in self._index.roots()
            )
        except Problem as problem:
            self._on_failure(problem)
            return False

    def _rules(self, root: Root) -> Rules:
        return Rules(root.path, self._patterns(), never=self._never)


def _is_text(path: str) -> bool:
    """Whether a path can be written as UTF-8; one that cannot cannot be stored or sent."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")
