"""What this machine has for a model: memory, threads, devices."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

import psutil

from app.workers.chat.llama import Device, Llama


@dataclass(frozen=True)
class Machine:
    """Memory in bytes, of the processor and of each GPU, as free as it is now.

    offloads: whether this build of llama.cpp can use a GPU. processors: threads that may run at once; threads: as many
    as are worth using.
    """

    available_bytes: int
    total_bytes: int
    processors: int
    threads: int
    offloads: bool = False
    gpus: tuple[Device, ...] = ()

    @property
    def shares_memory(self) -> bool:
        """Whether the GPUs' memory is the processor's."""
        return sys.platform == "darwin" or all(gpu.kind == "igpu" for gpu in self.gpus)

    @property
    def gpu_free_bytes(self) -> int:
        """What is free on all GPUs together."""
        free = sum(gpu.free_bytes for gpu in self.gpus)
        return min(free, self.available_bytes) if self.shares_memory else free


def look_at_machine(llama: Llama | None, *, held_bytes: int = 0) -> Machine:
    """The machine as it is now. llama: None where it is not installed. held_bytes: what will be given back first."""
    memory = psutil.virtual_memory()
    devices = [device for device in llama.devices() if device.is_gpu] if llama is not None and llama.offloads else []
    own = [device for device in devices if device.kind == "gpu"]  # llama.cpp uses a built-in GPU only without these
    return Machine(
        available_bytes=min(memory.available + held_bytes, memory.total),
        total_bytes=memory.total,
        processors=usable_processors(),
        threads=default_threads(),
        offloads=llama is not None and llama.offloads,
        gpus=tuple(own or devices),
    )


def usable_processors() -> int:
    """Threads that this process may run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_threads() -> int:
    """Threads to compute with: one a physical core among those that this process may use."""
    usable = usable_processors()
    return max(1, min(usable, psutil.cpu_count(logical=False) or usable))
