"""What the machine can spare: memory is given back when it is short, and nothing is read ahead on a battery."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable

import psutil

from app.base.values import Value

log = logging.getLogger("familiar.engine")
LOOK_S = 5.0
_SHORT_LOOKS = 3
_SHORT_SHARE = 0.06
_SHORT_BYTES = 1 << 30
_BUSY = 2.0  # load for each processor from which on nothing is read ahead; an answer of ours makes up to 1 of it


class Readings(Value, frozen=True, kw_only=True):
    """How the machine stands. on_battery: it runs down. load: of the last minute, for each processor."""

    available_bytes: int
    total_bytes: int
    on_battery: bool = False
    load: float = 0.0

    @property
    def memory_is_short(self) -> bool:
        """Whether other programs may soon be ended, or the machine begin to crawl."""
        return self.available_bytes < min(self.total_bytes * _SHORT_SHARE, _SHORT_BYTES)


def read_machine() -> Readings:
    """The machine as it is now."""
    memory = psutil.virtual_memory()
    try:
        battery = psutil.sensors_battery()
    except (AttributeError, OSError, ValueError):  # no such sensor, or one that says nonsense
        battery = None
    try:
        load = os.getloadavg()[0] / (os.cpu_count() or 1)
    except (AttributeError, OSError):  # Windows has none
        load = psutil.cpu_percent() / 100
    return Readings(
        available_bytes=memory.available,
        total_bytes=memory.total,
        on_battery=battery is not None and battery.power_plugged is False,
        load=load,
    )


class ResourcePolicy:
    """Decides what can be spared, and has the model unloaded when memory stays short.

    unload(reason): gives the model's memory back if nothing is asked of it; whether it was. readings: how the machine
    stands. Nothing runs before `start`.
    """

    def __init__(
        self,
        unload: Callable[[str], bool],
        *,
        readings: Callable[[], Readings] = read_machine,
        look_s: float = LOOK_S,
    ) -> None:
        self._unload = unload
        self._readings = readings
        self._look_s = look_s
        self._short = 0
        self._ended = threading.Event()

    def start(self) -> None:
        """Look at the memory from now on."""
        threading.Thread(target=self._run, name="resource-policy", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()

    def may_read_ahead(self) -> bool:
        """Whether there is time, power and memory for what nobody asked for yet."""
        now = self._readings()
        return not (now.on_battery or now.memory_is_short or now.load > _BUSY)

    def threads(self) -> int:
        """How many threads a model should take: half of the cores on a battery; 0: as many as it finds good."""
        if not self._readings().on_battery:
            return 0
        return max(1, (psutil.cpu_count(logical=False) or 2) // 2)

    def look(self) -> None:
        """Look at the memory once; after some looks in a row at too little of it the model goes."""
        self._short = self._short + 1 if self._readings().memory_is_short else 0
        if self._short >= _SHORT_LOOKS and self._unload("memory is short"):
            self._short = 0

    def _run(self) -> None:
        while not self._ended.wait(self._look_s):
            self.look()
