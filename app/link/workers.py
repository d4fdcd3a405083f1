"""Supervision of worker processes: started on first need, respawned after death with back-off, ended when idle."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec

from app.base.calls import Call
from app.base.errors import Problem
from app.link.lending import Lent
from app.link.outgoing import Outgoing
from app.link.peer import Peer
from app.link.pending import leaving
from app.link.worker_process import WorkerProcess

log = logging.getLogger("familiar.link")
R = TypeVar("R")
BACKOFF_S = (0.0, 0.2, 1.0, 5.0, 15.0)
STEADY_S = 60.0
HELLO_S = 30.0
STOP_S = 3.0


class WorkerDied(Problem):
    """The worker's process ended during a call, and not because we wanted it to."""

    def __init__(self, role: str) -> None:
        super().__init__("worker.died", f"The {role} process ended unexpectedly.", "It is started again by itself.")


class _Start:
    """A process being started by one caller, for whom others wait. outcome: None if it is to be begun again."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.outcome: Peer | Problem | None = None


class Worker:
    """One supervised worker process. Thread-safe; nothing but a call waits for anything.

    command: how to start it; the connection's descriptor is appended. idle_s: end the process after so long without a
    call (None: never). nice: how far the process steps back for others (POSIX). on_start(peer) prepares a fresh
    process before its first call; a Problem there fails the call.
    """

    def __init__(
        self,
        role: str,
        command: Sequence[str] | None = None,
        *,
        idle_s: float | None = None,
        environment: dict[str, str] | None = None,
        nice: int = 0,
        on_start: Callable[[Peer], None] | None = None,
    ) -> None:
        self.role = role
        self._nice = nice
        self._command = list(command or [sys.executable, "-P", "-m", "app", "worker", role])
        self._environment = environment or {}
        self._idle_s = idle_s
        self._on_start = on_start
        self._lock = threading.Lock()
        self._lent = Lent()
        self._start: _Start | None = None
        self._process: WorkerProcess | None = None
        self._peer: Peer | None = None
        self._deaths = 0
        self._started_at = 0.0
        self._used_at = time.monotonic()
        self._busy = 0
        self._ended = threading.Event()
        self._timer: threading.Timer | None = None

    @property
    def pid(self) -> int | None:
        """Pid of the running process, or None. Never waits."""
        process = self._process
        return process.pid if process is not None and process.running else None

    @property
    def ready_peer(self) -> Peer | None:
        """A connection to the running process if it is ready now. Never waits, starts nothing."""
        peer = self._peer
        return peer if peer is not None and not peer.closed else None

    @property
    def ended(self) -> bool:
        """Whether it was stopped for good."""
        return self._ended.is_set()

    @property
    def busy(self) -> bool:
        """Whether a call is under way."""
        return self._busy > 0

    def peer(self) -> Peer:
        """A connection to the running process, which is started if need be (after a pause if it kept dying).

        Whoever comes while it is being started waits for that start and shares its outcome.
        Raises Problem worker.broken, worker.died, link.leaving once stopped, or what on_start raised.
        """
        while True:
            with self._lock:
                if self._ended.is_set():
                    raise leaving()
                if self._peer is not None and not self._peer.closed:
                    return self._peer
                start, mine = self._start, self._start is None
                if start is None:
                    start = self._start = _Start()
            if mine:
                self._begin(start)
            else:
                start.done.wait()
            if isinstance(start.outcome, Peer):
                return start.outcome
            if start.outcome is not None:
                raise start.outcome if mine else _copy(start.outcome)

    def call(
        self,
        call: Call[R],
        *,
        timeout_s: float | None = None,
        on_event: Callable[[str, msgspec.Raw], None] | None = None,
        on_started: Callable[[Outgoing], None] | None = None,
    ) -> R:
        """Make a call and wait. A silence longer than timeout_s kills the process.

        on_started gets the running call before waiting begins, so that another thread can cancel it.
        Raises WorkerDied if the process ended, Problem link.timeout after a kill, link.leaving if it was stopped, or
        what the worker answered.
        """
        with self._lent.during(call):
            return self._call(call, timeout_s, on_event, on_started)

    def _call(
        self,
        call: Call[R],
        timeout_s: float | None,
        on_event: Callable[[str, msgspec.Raw], None] | None,
        on_started: Callable[[Outgoing], None] | None,
    ) -> R:
        with self._lock:
            self._busy += 1
        try:
            peer = self.peer()
            outgoing = peer.start(call)
            if on_started is not None:
                on_started(outgoing)
            try:
                result: R = outgoing.result(on_event, timeout_s)
                return result
            except Problem as problem:
                if problem.code == "link.timeout":
                    self.give_up(peer)
                elif problem.code == "link.closed":
                    raise (leaving() if self._ended.is_set() else WorkerDied(self.role)) from problem
                raise
        finally:
            with self._lock:
                self._busy -= 1
                self._used_at = time.monotonic()

    def rest(self) -> bool:
        """End the process if no call is under way; the next call starts a fresh one. Returns whether it was ended."""
        with self._lock:
            if self._busy or self._peer is None or self._peer.closed:
                return False
            peer = self._let_go()
        peer.close()  # the worker sees EOF and leaves
        return True

    def kill(self) -> None:
        """End the process at once; the next call starts a fresh one. This counts as no death.

        A call that waits for its start is answered by the fresh one.
        """
        with self._lock:
            self._peer = None
            process = self._process
            if process is not None:
                process.dismissed = True
        if process is not None:
            process.kill()

    def give_up(self, peer: Peer) -> None:
        """Kill the process behind `peer`, which does not answer; not another one that runs by now."""
        with self._lock:
            process = self._process if self._peer is peer else None
        if process is not None:
            process.kill()
            process.peer.close()
            self._count_death(process)

    def stop(self) -> None:
        """End the process for good. A start that is under way is given up."""
        stop_together([self])

    def begin_to_stop(self) -> WorkerProcess | None:
        """Have the process leave for good; returns it, to be waited for. Never waits."""
        self._ended.set()
        with self._lock:
            self._disarm()
            process = self._process
            if process is not None:
                process.dismissed = True
        if process is not None:
            process.peer.close()  # the worker sees EOF and leaves
        return process

    # ---- starting --------------------------------------------------------------------------------------------------

    def _begin(self, start: _Start) -> None:
        try:
            start.outcome = self._start_process()
        except Problem as problem:
            start.outcome = problem
        finally:
            with self._lock:
                self._start = None
                if isinstance(start.outcome, Peer):
                    self._peer = start.outcome
            start.done.set()

    def _start_process(self) -> Peer | None:
        """A connection to a fresh process that is ready; None if it was killed on purpose before it was."""
        self._wait_out_deaths()
        try:
            process = WorkerProcess(
                self.role, self._command, self._lent, environment=self._environment, nice=self._nice,
                on_end=self._count_death,
            )  # fmt: skip
        except Problem:
            with self._lock:
                self._deaths += 1
            raise
        with self._lock:
            self._process = process
            self._started_at = time.monotonic()
            if self._idle_s is not None:
                self._arm(process, self._idle_s)
        try:
            if not self._ended.is_set():  # stopped while it was spawned, it would not be known to who stopped it
                self._prepare(process.peer)
        except BaseException as error:
            self._discard(process)
            if self._ended.is_set():
                raise leaving() from error
            if process.dismissed:
                return None
            with self._lock:
                self._deaths += 1
            log.warning("worker %s, pid %d, could not be made ready", self.role, process.pid)
            raise
        if self._ended.is_set():
            self._discard(process)
            raise leaving()
        return process.peer

    def _wait_out_deaths(self) -> None:
        """A process that keeps dying gets a pause. Raises Problem link.leaving if stopped meanwhile."""
        previous = self._process
        if previous is not None:
            previous.kill()  # it has ended, or leaves
            previous.peer.close()
            self._count_death(previous)
        with self._lock:
            if time.monotonic() - self._started_at > STEADY_S:
                self._deaths = 0
            pause_s = BACKOFF_S[min(self._deaths, len(BACKOFF_S) - 1)]
        if self._ended.wait(pause_s):
            raise leaving()

    def _prepare(self, peer: Peer) -> None:
        """Wait for a fresh process to greet, then make it ready."""
        try:
            peer.wait_hello(HELLO_S)
        except Problem as problem:
            raise Problem(
                "worker.broken",
                f"The {self.role} process cannot start.",
                "It is tried again by itself. `familiar doctor` may say why; running the set-up again may mend it.",
            ) from problem
        if self._on_start is None:
            return
        try:
            self._on_start(peer)
        except Problem as problem:
            if problem.code == "link.closed":
                raise WorkerDied(self.role) from problem
            raise

    # ---- ending ----------------------------------------------------------------------------------------------------

    def _discard(self, process: WorkerProcess) -> None:
        """End a process that did not become ready."""
        process.counted = True
        process.kill()
        process.peer.close()

    def _count_death(self, process: WorkerProcess) -> None:
        """Look, once, whether a process that has ended ended by itself."""
        with self._lock:
            if process.counted or process.dismissed or self._peer is not process.peer or process.exit_code in (None, 0):
                return
            process.counted = True
            self._deaths += 1
        log.warning("worker %s, pid %d, ended with %d", self.role, process.pid, process.exit_code)

    def _let_go(self) -> Peer:
        """Forget the process that is ready, which is to leave. Called with the lock."""
        assert self._peer is not None
        assert self._process is not None
        peer, self._peer = self._peer, None
        self._process.dismissed = True
        self._disarm()
        return peer

    def _arm(self, process: WorkerProcess, after_s: float) -> None:
        """Look after a while whether `process` is idle. Called with the lock."""
        self._disarm()
        self._timer = threading.Timer(after_s, self._leave_if_idle, (process,))
        self._timer.daemon = True
        self._timer.start()

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _leave_if_idle(self, process: WorkerProcess) -> None:
        with self._lock:
            if self._ended.is_set() or self._process is not process or self._idle_s is None or not process.running:
                return
            rest_s = self._used_at + self._idle_s - time.monotonic()
            if self._busy or self._peer is None or rest_s > 0:
                self._arm(process, rest_s if rest_s > 0 and not self._busy else self._idle_s)
                return
            peer = self._let_go()
        peer.close()
        log.info("worker %s was idle and left", self.role)


def stop_together(workers: Iterable[Worker]) -> None:
    """Stop workers for good, all at once: it takes as long as the slowest, and a few seconds at most."""
    processes = [process for worker in workers if (process := worker.begin_to_stop()) is not None]
    until = time.monotonic() + STOP_S
    for process in processes:
        process.end(max(0.0, until - time.monotonic()))


def _copy(problem: Problem) -> Problem:
    """The same words for another thread: one exception raised in two of them mixes up their tracebacks."""
    return Problem(problem.code, problem.title, problem.hint, problem.data)
