"""Keeps the index's list of files true: full scans, looks at paths that changed, roots that come and go."""

from __future__ import annotations

import errno
import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from app.base.errors import Problem
from app.library.ignore_rules import OWN_FILE, Rules
from app.library.roots import KEPT, RootStanding, lies_in, standing
from app.library.scan import Link, ScanResult, add, collect, compare, walk
from app.library.watch import Watcher
from app.store.index import IndexStore, Known, Root
from app.store.index_files import Stat

log = logging.getLogger("familiar.library")
BATCH = 500
ROOTS_S = 10.0
POLL_S = 60.0
DAY_S = 24 * 3600.0
WAKE_S = 120.0
_FORBIDDEN = (os.strerror(errno.EACCES), os.strerror(errno.EPERM))
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
        self._lock = threading.Lock()
        self._watcher: Watcher | None = None
        self._failures = 0  # scans and looks in a row: what they would have seen is still to be seen
        self._thread = threading.Thread(target=self._run, name="scan", daemon=True)

    def start(self) -> None:
        """Begin with a full scan, then follow events."""
        self._watcher = Watcher(self.look)
        self.request()
        self._thread.start()

    def stop(self) -> None:
        """End; a scan that runs is given up and done again at the next start."""
        self._ended.set()
        self._jobs.put(None)
        if self._thread.is_alive():
            self._thread.join(5)
        if self._watcher is not None:
            self._watcher.stop()

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
        if not paths:
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
        checked = scanned = time.monotonic()
        while not self._ended.is_set():
            pause = checked + ROOTS_S - time.monotonic()
            asleep_from = time.time()
            try:
                job = self._jobs.get(timeout=max(0.0, pause))
            except queue.Empty:
                job = []
            suspended = time.time() - asleep_from > ROOTS_S + WAKE_S  # the machine was, while there was nothing to do
            if job is None:
                return
            if job and self._guarded(partial(self._work, job)) and isinstance(job, int):
                scanned, self._failures = time.monotonic(), 0
            now = time.monotonic()
            if suspended or now - checked >= ROOTS_S:  # also where one event follows another without end
                checked = now
                self._guarded(partial(self._check, due=suspended or now - scanned > self._every_s()))

    def _guarded(self, action: Callable[[], None]) -> bool:
        """Do something; False if it failed, which is told."""
        try:
            action()
        except Problem as problem:
            log.warning("a scan failed: %s", problem.code)
            self._on_failure(problem)
        except Exception:  # the top of this thread: our own bug must not end the watching
            log.exception("bug while scanning")
            self._on_failure(Problem("internal", "Familiar made a mistake while scanning.", "The log has it."))
        else:
            return True
        self._failures += 1
        return False

    def _work(self, job: list[str] | int) -> None:
        try:
            if isinstance(job, list):
                self._look(job)
            elif not self.finished(job):
                self._scan_all()
        finally:
            with self._lock:
                self._outstanding -= 1
            self._on_work()

    def _check(self, *, due: bool) -> None:
        """Ask for a full scan if one is due, or if a root came, went, or is not watched as it is."""
        if due or self._roots_changed():
            self.request()

    def _every_s(self) -> float:
        """How long after a full scan the next one is due."""
        if self._failures:
            return min(ROOTS_S * 2.0 ** min(self._failures, 10), POLL_S * 10)
        return POLL_S if self._watcher is not None and self._watcher.failed else DAY_S

    def _scan_all(self) -> None:
        with self._lock:
            ticket = self._requested  # everything asked for by now is answered by this scan
        roots = self._index.roots()
        self._watch(roots)  # first watch, then walk: nothing falls between
        for root in roots:
            if self._ended.is_set():
                return
            self._scan(root)
        with self._lock:
            self._finished = max(self._finished, ticket)

    def _watch(self, roots: Sequence[Root]) -> None:
        if self._watcher is not None:
            self._watcher.watch([root.path for root in roots])

    def _scan(self, root: Root) -> None:
        before = standing(root)
        if before.state != "current":
            self._put_away(root, before)
            return
        self._index.set_offline(root.id, False)
        self._index.mark_root(root.id, "reading")
        rules = self._rules(root)
        known = self._index.known(root.id)
        if self._apply_walk(root, before, [root.path], rules, known) if known else self._first(root, before, rules):
            self._index.mark_root(root.id, "current", device=before.device)

    def _put_away(self, root: Root, now: RootStanding) -> None:
        """A root cannot be looked into: its files keep what was read of them, and none waits."""
        self._index.set_offline(root.id, True)
        self._index.mark_root(root.id, now.state, now.reason)

    def _given_up(self, root: Root) -> bool:
        """Whether nobody wants to know of this root any more."""
        return self._ended.is_set() or not self._index.has_root(root.id)

    def _stands(self, root: Root, before: RootStanding) -> bool:
        """Whether a root was there all the time since it was looked at; one that was not is put away.

        What a walk does not see is forgotten, so a walk counts only if its root was the same from beginning to end.
        """
        if self._given_up(root):
            return False
        after = standing(root)
        if after.state == "current" and after.identity != before.identity:
            after = RootStanding("offline", "Another folder has just taken its place. It is looked at in a moment.")
        if after.state != "current":
            self._put_away(root, after)
        return after.state == "current"

    def _apply_walk(
        self, root: Root, before: RootStanding, starts: Sequence[str], rules: Rules, known: Mapping[str, Known]
    ) -> bool:
        """Walk from some starts and tell the index. False, and nothing told, if the root went meanwhile."""
        found = collect(starts, rules, lambda: self._given_up(root))
        if not self._stands(root, before):
            return False
        self._apply(root, found, known)
        return True

    def _first(self, root: Root, before: RootStanding, rules: Rules) -> bool:
        """A root that the index knows nothing of: queue while walking, so that reading begins at once.

        False if it went meanwhile.
        """
        found = ScanResult()
        for path, seen in walk(root.path, rules, lambda: self._given_up(root)):
            add(found, path, seen)
            if len(found.files) >= BATCH:
                self._apply(root, ScanResult(found.files), {})
                found.files.clear()
        self._apply(root, found, {})
        return self._stands(root, before)

    def _look(self, paths: list[str]) -> None:
        roots = self._index.roots()
        if any(root.path in paths for root in roots):
            self._watch(roots)  # it may have been made anew
        for root in roots:
            stem = root.path.rstrip(os.sep) + os.sep
            mine = sorted({p for p in paths if p.startswith(stem)})
            if root.path in paths or any(Path(p).name == OWN_FILE for p in mine):
                self._scan(root)  # the root itself, or its rules, changed
                continue
            if not mine:
                continue
            now = standing(root)
            if now.state != "current":
                self._put_away(root, now)  # it went under our hands: its waiting files must not be tried for ever
                continue
            starts: list[str] = []
            for path in mine:
                if not (starts and path.startswith(starts[-1] + os.sep)):
                    starts.append(path)
            rules = self._rules(root)
            walked = [path for path in starts if not rules.skip(path, folder=os.path.isdir(path))]
            known = {p: f for start in starts for p, f in self._index.known(root.id, below=_shown(start)).items()}
            self._apply_walk(root, now, walked, rules, known)

    def _apply(self, root: Root, found: ScanResult, known: Mapping[str, Known]) -> None:
        named = {path: stat for path, stat in found.files.items() if _is_text(path)}
        nameless = {_shown(path): stat for path, stat in found.files.items() if path not in named}
        links = self._leading_out(found.links)
        others = {p: f for p, f in known.items() if p not in nameless}
        difference = compare(ScanResult(named, found.closed, links), others)
        self._index.move(difference.move)
        for at in range(0, len(difference.read), BATCH):
            self._index.enqueue(root.id, difference.read[at : at + BATCH])
        self._index.forget(difference.forget)
        for path, stat in nameless.items():
            self._index.settle_unread(root.id, path, stat, "unreadable", *_NO_NAME)
        for path, link in links.items():
            if path not in known or known[path].stat != link.stat:
                self._settle_link(root, path, link)
        for path, reason in found.closed.items():
            self._settle_closed(root, path, reason)
        self._on_work()

    def _leading_out(self, links: Mapping[str, Link]) -> dict[str, Link]:
        """Those that lead to what is in no watched folder; what is in one is read where it is."""
        roots = [root.path for root in self._index.roots()] if links else []
        return {
            _shown(path): link
            for path, link in links.items()
            if not any(link.target == root or lies_in(link.target, root) for root in roots)
        }

    def _settle_link(self, root: Root, path: str, link: Link) -> None:
        what, add = ("folder", "it as a folder") if link.folder else ("file", "the folder that it is in")
        self._index.settle_unread(
            root.id, path, link.stat, "unsupported",
            f"This is a link to a {what} outside: {_shown(link.target)}. Nothing is read through links.",
            f"Add {add} if it is to be found.",
        )  # fmt: skip

    def _settle_closed(self, root: Root, path: str, reason: str) -> None:
        folder = os.path.isdir(path)
        hint = "Give yourself permission to read it." if reason in _FORBIDDEN else "Check the disk or the connection."
        self._index.settle_unread(
            root.id, _shown(path), Stat(0, 0, 0, ""), "unreadable",
            f"This {'folder' if folder else 'file'} cannot be opened: {reason}.", f"{hint} {KEPT}" if folder else hint,
        )  # fmt: skip

    def _roots_changed(self) -> bool:
        roots = self._index.roots()
        if any((standing(root).state == "current") == (root.state in ("offline", "unreadable")) for root in roots):
            return True
        return self._watcher is not None and self._watcher.outdated([root.path for root in roots])

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
