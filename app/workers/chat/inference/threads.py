"""How many threads to compute with: as many as other programs leave processors.

The threads of a computation wait for each other many hundred times a token. Where another program has taken the
processor of one, all others wait for it, spinning. Measured on two processors with a load of 5 to 7 (random model of
8 layers of 512): two threads wrote 2 to 11 tokens a second, one thread 56 to 190.
"""

from __future__ import annotations

import time

import psutil

_INTERVAL_S = 0.5
_PAUSE_SHARE = 0.25  # of one processor: who used less did not compute


class ThreadCount:
    """Says from time to time how many threads are best. most: and never more."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._process = psutil.Process()
        self._processors = psutil.cpu_count() or 1
        self._count = most
        self._at, self._busy_s, self._own_s = self._measure()

    def now(self) -> int:
        """How many, by what happened lately; measured at most twice a second.

        After a pause, what happened during it says nothing: then it begins with all, and knows after the first stretch.
        """
        elapsed_s = time.monotonic() - self._at
        if elapsed_s < _INTERVAL_S:
            return self._count
        at, busy_s, own_s = self._measure()
        elapsed_s, own = at - self._at, own_s - self._own_s
        others = max(0.0, busy_s - self._busy_s - own) / elapsed_s
        self._at, self._busy_s, self._own_s = at, busy_s, own_s
        paused = own < _PAUSE_SHARE * elapsed_s
        self._count = self._most if paused else min(max(round(self._processors - others), 1), self._most)
        return self._count

    def _measure(self) -> tuple[float, float, float]:
        """Now, the seconds that all processors together were busy, and those that were spent by this process."""
        times = psutil.cpu_times()
        idle_s = times.idle + getattr(times, "iowait", 0.0)
        guests_s = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)  # counted as user too
        own = self._process.cpu_times()
        return time.monotonic(), sum(times) - idle_s - guests_s, own.user + own.system
