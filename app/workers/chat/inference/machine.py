"""What this machine has for a model: memory, threads, devices."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from app.workers.chat.inference.llama import Device, Llama

_MAKERS = {"0x10de": "NVIDIA", "0x1002": "AMD"}
"""Makers of graphics cards by their PCI number; Intel's are mostly part of the processor and gain little."""


@dataclass(frozen=True)
class Machine:
    """Memory in bytes, of the processor and of each GPU, as free as it is now.

    offloads: whether this build of llama.cpp can use a GPU. unused_gpu: maker of one that it cannot use, "" if there is
    none. processors: threads that may run at once; threads: as many as are worth using.
    """

    available_bytes: int
    total_bytes: int
    processors: int
    threads: int
    offloads: bool = False
    gpus: tuple[Device, ...] = ()
    unused_gpu: str = ""

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
        unused_gpu=unused_gpu() if llama is not None and not llama.offloads else "",
    )


def unused_gpu(system: Path = Path("/")) -> str:
    """The maker of a graphics card that this machine has, whatever llama.cpp can use; "" if none is seen.

    system: where /proc and /sys lie. On macOS every build of llama.cpp uses the GPU.
    """
    if (system / "proc" / "driver" / "nvidia" / "version").exists():
        return "NVIDIA"
    for vendor in sorted((system / "sys" / "class" / "drm").glob("card*/device/vendor")):
        try:
            maker = _MAKERS.get(vendor.read_text(encoding="ascii").strip(), "")
        except (OSError, UnicodeDecodeError):
            continue
        if maker:
            return maker
    if sys.platform == "win32" and Path(os.environ.get("SYSTEMROOT", "C:/Windows"), "System32", "nvml.dll").exists():
        return "NVIDIA"
    return ""


def usable_processors() -> int:
    """Threads that this process may run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_threads() -> int:
    """Threads to compute with: one a physical core among those that this process may use."""
    usable = usable_processors()
    return max(1, min(usable, psutil.cpu_count(logical=False) or usable))
