"""Supervision of worker processes: started on first need, respawned after death with back-off, ended when idle."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Pipe
from typing import TypeVar

import msgspec

from app.base.calls import Call
from app.base.errors import Problem
from app.link.lending import Lent
from app.link.peer import Outgoing, Peer
from app.link.surroundings import Surroundings

log = logging.getLogger("familiar.link")
R = TypeVar("R")
BACKOFF_S = (0.0, 0.2, 1.0, 5.0, 15.0)
STEADY_S = 60.0
HELLO_S = 30.0


class WorkerDied(Problem):
    """The worker's process ended during a call."""

    def __init__(self, role: str) -> None:
        super().__init__("worker.died", f"The {role} process ended unexpectedly.", "It is started again by itself.")


class Worker:
    """One supervised worker process. Thread-safe.

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
        self._lock = threading.RLock()
        self._peer: Peer | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._lent = Lent()
        self._surroundings: Surroundings | None = None
        self._dismissed: subprocess.Popen[bytes] | None = None  # ended on purpose
        self._deaths = 0
        self._started_at = 0.0
        self._used_at = time.monotonic()
        self._busy = 0
        self._ended = False
        self._timer: threading.Timer | None = None

    @property
    def pid(self) -> int | None:
        """Pid of the running process, or None. Never waits."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    @property
    def ready_peer(self) -> Peer | None:
        """A connection to the running process if it is ready now. Never waits, starts nothing."""
        peer = self._peer
        return peer if peer is not None and not peer.closed else None

    def peer(self) -> Peer:
        """A connection to the running process, which is started if need be (after a pause if it kept dying)."""
        with self._lock:
            if self._ended:
                raise Problem("link.leaving", "Familiar is closing.", "Try again in a moment.")
            if self._peer is not None and not self._peer.closed:
                return self._peer
            self._reap()
            if time.monotonic() - self._started_at > STEADY_S:
                self._deaths = 0
            time.sleep(BACKOFF_S[min(self._deaths, len(BACKOFF_S) - 1)])  # a process that keeps dying gets a pause
            peer = self._spawn()
            try:
                self._prepare(peer)
            except Problem:
                self._kill()
                peer.close()
                raise
            self._peer = peer
            self._arm()
            return peer

    def _prepare(self, peer: Peer) -> None:
        """Wait for a fresh process to greet, then make it ready."""
        try:
            peer.wait_hello(HELLO_S)
        except Problem as problem:
            self._deaths += 1
            raise Problem(
                "worker.broken",
                f"The {self.role} process cannot start.",
                "It is tried again by itself. `familiar doctor` may say why; running the set-up again may mend it.",
            ) from problem
        if self._on_start is not None:
            self._on_start(peer)

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
        Raises WorkerDied if the process ended, Problem link.timeout after a kill, or what the worker answered.
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
            outgoing = self.peer().start(call)
            if on_started is not None:
                on_started(outgoing)
            try:
                result: R = outgoing.result(on_event, timeout_s)
                return result
            except Problem as problem:
                if problem.code == "link.timeout":
                    self._kill()
                elif problem.code == "link.closed":
                    raise WorkerDied(self.role) from problem
                raise
        finally:
            with self._lock:
                self._busy -= 1
                self._used_at = time.monotonic()

    @property
    def ended(self) -> bool:
        """Whether it was stopped for good."""
        return self._ended

    @property
    def busy(self) -> bool:
        """Whether a call is under way."""
        return self._busy > 0

    def rest(self) -> bool:
        """End the process if no call is under way; the next call starts a fresh one. Returns whether it was ended."""
        with self._lock:
            if self._busy or self._peer is None or self._peer.closed:
                return False
            peer, self._peer = self._peer, None
        peer.close()  # the worker sees EOF and leaves
        return True

    def kill(self) -> None:
        """End the process at once; the next call starts a fresh one. This counts as no death."""
        with self._lock:
            self._dismissed = self._process
        self._kill()

    def stop(self) -> None:
        """End the process for good."""
        with self._lock:
            self._ended = True
            if self._timer is not None:
                self._timer.cancel()
        peer, process = self._peer, self._process
        if peer is not None:
            peer.close()  # the worker sees EOF and leaves
        if process is not None:
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._surroundings is not None:
            self._surroundings.close()

    def _spawn(self) -> Peer:
        surroundings = Surroundings(self.role, self._lent)
        ours, theirs = Pipe(duplex=True)
        handle = theirs.fileno()
        environment = {**surroundings.environment, **self._environment}
        started = time.monotonic()
        try:
            if sys.platform == "win32":
                os.set_handle_inheritable(handle, True)
                process = subprocess.Popen(
                    [*self._command, str(handle)], stdin=subprocess.DEVNULL, close_fds=False, env=environment
                )
            else:
                process = subprocess.Popen(
                    [*self._command, str(handle)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    pass_fds=[handle, *surroundings.descriptors], env=environment,
                )  # fmt: skip
        except BaseException:
            surroundings.close()
            raise
        finally:
            theirs.close()
            surroundings.handed_over()
        self._process = process
        self._surroundings = surroundings
        self._started_at = started
        if self._nice and sys.platform != "win32":
            os.setpriority(os.PRIO_PROCESS, process.pid, max(os.getpriority(os.PRIO_PROCESS, 0), self._nice))
        log.info("worker %s started, pid %d", self.role, process.pid)
        return Peer(ours, role="engine", on_close=lambda _: self._on_close(process, surroundings))

    def _on_close(self, process: subprocess.Popen[bytes], surroundings: Surroundings) -> None:
        threading.Thread(target=self._note_end, args=(process, surroundings), name="worker-end", daemon=True).start()

    def _note_end(self, process: subprocess.Popen[bytes], surroundings: Surroundings) -> None:
        try:
            code = process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        surroundings.close()
        with self._lock:
            if code != 0 and not self._ended and self._process is process and self._dismissed is not process:
                self._deaths += 1
                log.warning("worker %s, pid %d, ended with %d", self.role, process.pid, code)

    def _kill(self) -> None:
        with self._lock:
            peer, process = self._peer, self._process
            self._peer = None
        if process is not None:
            process.kill()
            process.wait()
        if peer is not None:
            peer.close()

    def _reap(self) -> None:
        if self._peer is not None:
            self._peer.close()
            self._peer = None
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _arm(self) -> None:
        if self._idle_s is None:
            return
        self._timer = threading.Timer(self._idle_s, self._leave_if_idle)
        self._timer.daemon = True
        self._timer.start()

    def _leave_if_idle(self) -> None:
        with self._lock:
            if self._ended or self._peer is None or self._peer.closed or self._idle_s is None:
                return
            if self._busy == 0 and time.monotonic() - self._used_at >= self._idle_s:
                peer = self._peer
                self._peer = None
                peer.close()
                log.info("worker %s was idle and left", self.role)
                return
            self._arm()
