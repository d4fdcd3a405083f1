"""One process of a worker, from its start to its end."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Pipe

from app.base.errors import Problem
from app.link.lending import Lent
from app.link.peer import Peer
from app.link.surroundings import Surroundings
from app.link.worker_log import WorkerLog

log = logging.getLogger("familiar.link")
LEAVE_S = 5.0
KILL_S = 5.0


class WorkerProcess:
    """A process that runs, and the connection to it. Thread-safe.

    dismissed: we wanted its end. counted: its end was looked at.
    """

    def __init__(
        self,
        role: str,
        command: Sequence[str],
        lent: Lent,
        *,
        environment: Mapping[str, str],
        nice: int,
        on_end: Callable[[WorkerProcess], None],
    ) -> None:
        """Start it. command: the connection's descriptor is appended. lent: files that calls under way name. on_end:
        runs once, when it has ended.

        Raises Problem worker.broken, worker.no_folder, link.exhausted.
        """
        self.role = role
        self.dismissed = False
        self.counted = False
        self._on_end = on_end
        try:
            self._surroundings = Surroundings(role, lent)
        except (OSError, RuntimeError) as error:
            raise _broken(role, error) from error
        try:
            ours, theirs = Pipe(duplex=True)
        except OSError as error:
            self._surroundings.close()
            raise _broken(role, error) from error
        try:
            self._process = _spawn(
                [*command, str(theirs.fileno())], [theirs.fileno(), *self._surroundings.descriptors],
                {**self._surroundings.environment, **environment},
            )  # fmt: skip
        except OSError as error:
            ours.close()
            self._surroundings.close()
            raise _broken(role, error) from error
        finally:
            theirs.close()
            self._surroundings.handed_over()
        if nice and sys.platform != "win32":
            try:
                os.setpriority(os.PRIO_PROCESS, self.pid, max(os.getpriority(os.PRIO_PROCESS, 0), nice))
            except OSError:
                log.debug("worker %s ended as it began", role)
        log.info("worker %s started, pid %d", role, self.pid)
        try:
            self.peer = Peer(ours, role="engine", on_close=self._ended, on_log=WorkerLog(role))
        except Problem:
            self.kill()
            raise

    @property
    def pid(self) -> int:
        """Its number, also when it has ended."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.exit_code is None

    @property
    def exit_code(self) -> int | None:
        """How it ended: 0 as one that leaves, -N by signal N. None while it runs."""
        return self._process.poll()

    def end(self, grace_s: float) -> None:
        """Have it see the end of its connection and leave; kill it if it has not after `grace_s`."""
        self.peer.close()
        self._wait(grace_s)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        try:
            self._process.wait(KILL_S)
        except subprocess.TimeoutExpired:  # it waits for a device or a share that does not answer, say
            log.error("worker %s, pid %d, cannot be ended", self.role, self.pid)
        self._surroundings.close()

    def _wait(self, grace_s: float) -> None:
        try:
            self._process.wait(grace_s)
            self._surroundings.close()
        except subprocess.TimeoutExpired:
            self.kill()

    def _ended(self, peer: Peer) -> None:
        """Its connection has ended; so must it."""
        self.peer = peer  # it may end before its constructor does
        self._wait(LEAVE_S)
        self._on_end(self)


def _spawn(command: list[str], handles: list[int], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """handles: those that the process inherits."""
    if sys.platform == "win32":
        for handle in handles:
            os.set_handle_inheritable(handle, True)
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, close_fds=False, env=environment)
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=handles, env=environment
    )


def _broken(role: str, error: OSError | RuntimeError) -> Problem:
    reason = getattr(error, "strerror", None) or error
    return Problem(
        "worker.broken", f"The {role} process cannot be started: {reason}.",
        "It is tried again by itself. Closing other programs may help; `familiar doctor` may say more.",
    )  # fmt: skip
