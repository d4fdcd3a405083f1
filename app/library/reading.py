"""Turns waiting files into chunks: each extract worker is fed by a thread of its own."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from app.base.errors import Problem
from app.base.opening import at, identity
from app.base.values import Document, FileId
from app.base.worker_calls import SPARING_CHARS, ReadDocument
from app.library.scan import stat_of
from app.store.index import IndexStore, Known

log = logging.getLogger("familiar.library")
DEATHS_TO_QUARANTINE = 2
TIMEOUT_S = 120.0
MOST_CHARS = 20_000_000  # of a file; of one over which a reading process was lost fewer, so that some of it is read
GRACE_S = 10.0
HASH_BYTES = 64 * 1024 * 1024
FIRST_S = 0.05  # a file that cannot be settled now is put off for so long, then for twice as long, and so on
CHANGING_S = 1.0  # at most, where it changed
MISTAKE_S = 300.0  # at most, where it has found a mistake of ours
EXCHANGED = ("file.linked", "file.replaced")


class ReadingWorker(Protocol):
    """What the library needs of an extract worker."""

    def call(self, call: ReadDocument, *, timeout_s: float | None = None) -> Document:
        """Read; raises Problem worker.died or link.timeout if the process was lost over it, link.leaving at the end."""
        ...


class Reader:
    """Reads files as long as some wait.

    max_bytes: asked before each file. paused: why reading rests, or None. on_change: called after files settled.
    look: told of files that changed while they were read. on_failure: the index cannot be written.
    """

    def __init__(
        self,
        index: IndexStore,
        workers: Sequence[ReadingWorker],
        *,
        max_bytes: Callable[[], int],
        paused: Callable[[], str | None],
        on_change: Callable[[], None],
        look: Callable[[list[str]], None],
        on_failure: Callable[[Problem], None],
    ) -> None:
        self._index = index
        self._max_bytes = max_bytes
        self._paused = paused
        self._on_change = on_change
        self._look = look
        self._on_failure = on_failure
        self._wake = threading.Condition()
        self._queue: list[Known] = []
        self._taken: dict[FileId, str] = {}
        self._put_off: dict[FileId, tuple[float, float]] = {}  # until when (monotonic), and for how long
        self._more = True
        self._ended = False
        self._threads = [
            threading.Thread(target=self._run, args=(worker,), name=f"read-{n}", daemon=True)
            for n, worker in enumerate(workers)
        ]

    def start(self) -> None:
        """Begin reading."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; a file that is being read stays waiting."""
        with self._wake:
            self._ended = True
            self._wake.notify_all()

    def join(self, until: float) -> bool:
        """Wait for the files in hand after `stop`, until a time of the monotonic clock; False if one is still read."""
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def wake(self) -> None:
        """There may be files to read, or reading may go on."""
        with self._wake:
            self._more = True
            self._queue.clear()  # what came last goes first
            self._wake.notify_all()

    @property
    def current(self) -> list[str]:
        """The files being read."""
        with self._wake:
            return list(self._taken.values())

    def _run(self, worker: ReadingWorker) -> None:
        while (file := self._take()) is not None:
            try:
                self._read(worker, file)
            except Problem as problem:
                if problem.code != "link.leaving":  # then its process was ended, not lost: the file waits on
                    log.warning("a file could not be settled: %s", problem.code)
                    self._on_failure(problem)
                    self._rest()
            except Exception:  # the top of this thread: our own bug must not end the reading of all other files
                log.exception("bug while reading")
                self._on_failure(Problem("internal", "Familiar made a mistake while reading.", "The log has it."))
                self._delay(file, MISTAKE_S)
            finally:
                with self._wake:
                    del self._taken[file.id]
                    self._more = True
            self._on_change()

    def _take(self) -> Known | None:
        """The next file, waiting for one; None at the end."""
        while True:
            with self._wake:
                while not self._ended and (self._paused() is not None or not (self._queue or self._more)):
                    self._wake.wait(1.0 if self._paused() is not None else self._until_due())
                    self._more = self._more or self._until_due() == 0.0
                if self._ended:
                    return None
                if not self._queue:
                    self._more = False
                    try:
                        self._queue = self._fetched()
                    except Problem as problem:
                        self._on_failure(problem)
                        self._more = True
                        self._wake.wait(1.0)
                    continue
                file = self._queue.pop(0)
                if file.id in self._taken:
                    continue
                self._taken[file.id] = file.path
                return file

    def _fetched(self) -> list[Known]:
        """The next files to read, but for those that are in hand or put off."""
        now = time.monotonic()
        held = {file_id: entry for file_id, entry in self._put_off.items() if entry[0] > now or file_id in self._taken}
        files = self._index.waiting(64, frozenset(self._taken) | frozenset(held))
        again = {file.id for file in files}
        self._put_off = held | {i: entry for i, entry in self._put_off.items() if i in again}
        return files

    def _until_due(self) -> float | None:
        """Seconds until a file that was put off is tried again; None if there is none."""
        due = [until for file_id, (until, _) in self._put_off.items() if file_id not in self._taken]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _ask_again(self, file: Known) -> None:
        """The file is not what the index has: the scanner knows what to do, and is given the time for it.

        One that changes all the time, or that nobody settles, is tried less and less often, and holds up no other.
        """
        self._look([file.path])
        self._delay(file, CHANGING_S)

    def _delay(self, file: Known, most_s: float) -> None:
        with self._wake:
            _, before = self._put_off.get(file.id, (0.0, 0.0))
            pause = min(2 * before, most_s) or FIRST_S
            self._put_off[file.id] = (time.monotonic() + pause, pause)
            self._wake.notify_all()

    def _read(self, worker: ReadingWorker, file: Known) -> None:
        if stat_of(file.path) != file.stat:
            self._ask_again(file)  # it changed since it was queued
            return
        if file.sha256 and self._same_bytes(file) and self._index.settle_same(file.id, file.stat):
            return
        try:
            document = worker.call(
                ReadDocument(
                    path=file.path,
                    max_bytes=self._max_bytes(),
                    timeout_s=TIMEOUT_S,
                    identity=file.stat.inode,
                    max_chars=SPARING_CHARS if file.deaths else MOST_CHARS,
                ),
                timeout_s=TIMEOUT_S + GRACE_S,
            )
        except Problem as problem:
            if problem.code in EXCHANGED:
                self._ask_again(file)
                return
            if problem.code not in ("worker.died", "link.timeout"):
                raise
            deaths = self._index.note_death(file.id)
            log.warning("the reading process was lost over a file, %d times now", deaths)
            if deaths < DEATHS_TO_QUARANTINE:
                return
            document = Document(
                state="quarantined",
                reason="Reading it ended the reading process twice.",
                hint="It is left alone until its bytes change. Opening and saving it in its own program may help.",
            )
        if stat_of(file.path) != file.stat or not self._index.settle(file.id, file.stat, document):
            self._ask_again(file)

    def _same_bytes(self, file: Known) -> bool:
        """Whether the file still has the bytes that were read, though its times differ."""
        if file.stat.size_bytes > HASH_BYTES:
            return False
        try:
            with at(file.path) as spot, os.fdopen(spot.open(), "rb") as stream:
                if identity(os.fstat(stream.fileno())) != file.stat.inode:
                    return False
                return hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256
        except OSError:
            return False

    def _rest(self) -> None:
        with self._wake:
            self._wake.wait(1.0)
