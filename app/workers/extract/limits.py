"""Ends this process when a file takes too much time or memory: native code that hangs listens to nothing else.

The engine sees the connection's end, puts the file aside and starts another worker. Nothing is written here.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

EXIT_TIME = 75
EXIT_MEMORY = 76
MEMORY_BYTES = 1536 * 1024 * 1024  # over what the process had when the file was begun
HARD_MEMORY_BYTES = 4 * 1024 * 1024 * 1024  # refused by the kernel between two looks
TICK_S = 0.05
GRACE_S = 3.0  # after which the kernel ends the process, should no thread of ours come to run
_STATM = Path("/proc/self/statm")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Watchdog:
    """Watches one file at a time from a thread of its own."""

    def __init__(self, memory_bytes: int = MEMORY_BYTES) -> None:
        self._memory_bytes = memory_bytes
        self._until = 0.0  # monotonic seconds; 0 while no file is read
        self._most_bytes = 0
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._thread.start()

    @contextmanager
    def watching(self, timeout_s: float) -> Iterator[None]:
        """Within, this process ends with EXIT_TIME or EXIT_MEMORY when the limits are overrun. Main thread only."""
        self._most_bytes = resident_bytes() + self._memory_bytes
        self._until = time.monotonic() + timeout_s
        if sys.platform != "win32":
            signal.setitimer(signal.ITIMER_REAL, timeout_s + GRACE_S)  # SIGALRM unhandled ends the process
        if not self._wake.is_set():
            self._wake.set()
        try:
            yield
        finally:
            self._until = 0.0
            if sys.platform != "win32":
                signal.setitimer(signal.ITIMER_REAL, 0)

    def _watch(self) -> None:
        idle = 0
        while True:
            self._wake.wait()
            time.sleep(TICK_S)  # the rate of looking, not a wait for something
            until = self._until
            if not until:
                idle += 1
                if idle > 1 / TICK_S:
                    idle = 0
                    self._wake.clear()
                    if self._until:  # a file was begun just now
                        self._wake.set()
                continue
            idle = 0
            if time.monotonic() > until:
                os._exit(EXIT_TIME)
            if resident_bytes() > self._most_bytes:
                os._exit(EXIT_MEMORY)


def resident_bytes() -> int:
    """Memory of this process that lies in RAM."""
    try:
        return int(_STATM.read_bytes().split()[1]) * _PAGE_BYTES
    except OSError:  # not Linux
        import psutil

        return int(psutil.Process().memory_info().rss)


def forbid_more_memory() -> None:
    """Let the kernel refuse this process memory beyond what any file may take. Nothing where it cannot."""
    if sys.platform == "linux":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (HARD_MEMORY_BYTES, hard))
