"""What llama.cpp is compiled for: the processor, or a GPU, where this machine has one and what compiling for it needs.

Choosing takes no time where there is no GPU. Nothing is installed for a GPU: what is missing is named with its command.
"""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.base import system_packages
from app.base.system_packages import Need, Probes

CHOICES = ("auto", "cpu", "cuda", "vulkan", "metal")
NAMES = {"cpu": "the processor", "cuda": "CUDA", "vulkan": "Vulkan", "metal": "Metal"}
NVCC = Need("command", "nvcc", "nvidia-cuda-toolkit", "cuda-toolkit", "cuda")
# What ggml's Vulkan part asks CMake for: loader, headers, the shader compiler and SPIRV-Headers.
VULKAN = (
    Need("library", "libvulkan.so.1", "libvulkan1", "vulkan-loader", "vulkan-icd-loader"),
    Need("header", "vulkan/vulkan.h", "libvulkan-dev", "vulkan-headers vulkan-loader-devel", "vulkan-headers"),
    Need("header", "spirv/unified1/spirv.hpp", "spirv-headers", "spirv-headers-devel", "spirv-headers"),
    Need("command", "glslc", "glslc", "glslc", "shaderc"),
)
_WINGET = {"cuda": "Nvidia.CUDA", "vulkan": "KhronosGroup.VulkanSDK"}
_SOURCES = {
    "debian": "It is in Debian's non-free and Ubuntu's multiverse section; newer ones are at developer.nvidia.com.",
    "fedora": "It comes from NVIDIA's own repository: developer.nvidia.com/cuda-downloads.",
}
_VENDORS = {"0x1002": "AMD", "0x10de": "NVIDIA", "0x8086": "Intel"}
_RENDER_NODES = Path("/sys/class/drm")
_LOOK_S = 10.0


def output_of(words: Sequence[str]) -> str:
    """What a command printed; "" if it failed or took too long."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=_LOOK_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def cuda_driver_works() -> bool:
    """Whether NVIDIA's driver library finds a GPU, asked by itself: nvidia-smi is not always there."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if os.name == "nt" else "libcuda.so.1")
        count = ctypes.c_int(0)
        return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0
    except (OSError, AttributeError):
        return False


@dataclass(frozen=True)
class Machine:
    """How this machine is looked at; tests look at others."""

    probes: Probes = field(default_factory=Probes)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    platform: str = sys.platform
    family: Callable[[], str] = system_packages.this_distribution
    exists: Callable[[str], bool] = os.path.exists
    says: Callable[[Sequence[str]], str] = output_of
    has_cuda_driver: Callable[[], bool] = cuda_driver_works
    render_nodes: Path = _RENDER_NODES

    @property
    def default(self) -> str:
        """What a build without options is for."""
        return "metal" if self.platform == "darwin" else "cpu"


@dataclass(frozen=True)
class Plan:
    """What will be compiled for, and why, in sentences for a person.

    options: for CMake. found: the GPU, "" if none. instead: why it is not what was wished, with what mends it; "" if it
    is. Of "auto" only a GPU that cannot be used yet needs a word.
    """

    backend: str
    options: tuple[str, ...] = ()
    found: str = ""
    instead: str = ""

    @property
    def text(self) -> str:
        """What was found and what follows from it."""
        found = f"Found: {self.found}. " if self.found else ""
        return f"{found}{self.instead or f'llama.cpp is compiled for {NAMES[self.backend]}.'}"


def choose(wish: str, machine: Machine | None = None) -> Plan:
    """The plan for a wish, one of CHOICES. Never fails: without what a GPU needs, it is the processor."""
    look = machine or Machine()
    if wish == "metal" or (wish == "auto" and look.default == "metal"):
        return _metal(look)
    if wish == "cuda":
        return _cuda(look) or _fall_back(look, "No NVIDIA GPU with a working driver was found (nvidia-smi lists none)")
    if wish == "vulkan":
        return _vulkan(look) or _fall_back(look, "No GPU that Vulkan could use was found")
    if wish == "auto":
        return _best(look)
    return _processor(look)


def _best(look: Machine) -> Plan:
    """CUDA before Vulkan; what is there and usable before what lacks something."""
    cuda = _cuda(look)
    if cuda is not None and not cuda.instead:
        return cuda
    vulkan = _vulkan(look)
    if vulkan is not None and not vulkan.instead:
        return vulkan
    return cuda or vulkan or _processor(look)


def _processor(look: Machine) -> Plan:
    return Plan("cpu", ("-DGGML_METAL=off",) if look.default == "metal" else ())


def _fall_back(look: Machine, why: str, found: str = "", remedy: str = "") -> Plan:
    processor = _processor(look)
    mend = f"\n{remedy}" if remedy else ""
    return Plan("cpu", processor.options, found, f"{why}, so llama.cpp is compiled for the processor.{mend}")


def _metal(look: Machine) -> Plan:
    if look.platform != "darwin":
        return _fall_back(look, "Metal is there only on a Mac")
    return Plan("metal", ("-DGGML_METAL=on",), "a Mac")


# ---- NVIDIA -------------------------------------------------------------------------------------------------------


def _cuda(look: Machine) -> Plan | None:
    """For an NVIDIA GPU; None if there is none."""
    names = _nvidia_gpus(look)
    if not names:
        return None
    found = ", ".join(dict.fromkeys(names))
    compiler = _nvcc(look)
    if not compiler:
        return _fall_back(look, "The CUDA toolkit (nvcc) is missing", found, _remedy(look, "cuda", [NVCC]))
    named = () if look.probes.which("nvcc") or look.platform == "win32" else (f"-DCMAKE_CUDA_COMPILER={compiler}",)
    return Plan("cuda", ("-DGGML_CUDA=on", "-DCMAKE_CUDA_ARCHITECTURES=native", *named), found)


def _nvidia_gpus(look: Machine) -> list[str]:
    smi = look.probes.which("nvidia-smi")
    if smi:
        lines = look.says([smi, "--query-gpu=name", "--format=csv,noheader"]).splitlines()
        return [line.strip() for line in lines if line.strip() and "failed" not in line.lower()]
    return ["an NVIDIA GPU"] if look.has_cuda_driver() else []


def _nvcc(look: Machine) -> str:
    """The CUDA compiler's path; its usual places are not on PATH."""
    on_path = look.probes.which("nvcc")
    if on_path:
        return on_path
    name = "nvcc.exe" if look.platform == "win32" else "nvcc"
    homes = (look.environment.get("CUDA_HOME"), look.environment.get("CUDA_PATH"), "/usr/local/cuda", "/opt/cuda")
    places = [look.environment.get("CUDACXX"), *(os.path.join(home, "bin", name) for home in homes if home)]
    return next((place for place in places if place and look.exists(place)), "")


# ---- Vulkan -------------------------------------------------------------------------------------------------------


def _vulkan(look: Machine) -> Plan | None:
    """For any GPU with a Vulkan driver; None if there is none."""
    found = _vulkan_gpu(look)
    if not found:
        return None
    absent = system_packages.missing(_needs_of_vulkan(look), look.probes)
    if absent:
        names = ", ".join(need.name for need in absent)
        return _fall_back(look, f"For Vulkan {names} is missing", found, _remedy(look, "vulkan", absent))
    return Plan("vulkan", ("-DGGML_VULKAN=on",), found)


def _needs_of_vulkan(look: Machine) -> tuple[Need, ...]:
    """On Windows the SDK brings all, its compiler among it."""
    return (VULKAN[-1],) if look.platform == "win32" else VULKAN


def _vulkan_gpu(look: Machine) -> str:
    """A GPU that is no processor in disguise; by vulkaninfo, else by the kernel's render nodes. "" if none."""
    vulkaninfo = look.probes.which("vulkaninfo")
    if vulkaninfo:
        said = look.says([vulkaninfo, "--summary"])
        kinds = re.findall(r"deviceType\s*=\s*PHYSICAL_DEVICE_TYPE_(\w+)", said)
        names = re.findall(r"deviceName\s*=\s*(.+)", said)
        real = [name.strip() for kind, name in zip(kinds, names, strict=False) if kind.endswith("GPU")]
        return real[0] if real else ""
    for node in sorted(look.render_nodes.glob("renderD*")):
        try:
            vendor = (node / "device" / "vendor").read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if vendor in _VENDORS:
            return f"a GPU of {_VENDORS[vendor]}"
    return ""


# ---- telling ------------------------------------------------------------------------------------------------------


def _remedy(look: Machine, backend: str, needs: list[Need]) -> str:
    """How to get what is missing, and what to run then."""
    if look.platform == "win32":
        command = f"winget install --exact --id {_WINGET[backend]}"
    else:
        command = system_packages.remedy(needs, look.family())
    source = f"\n{_SOURCES.get(look.family(), '')}" if backend == "cuda" and look.platform != "win32" else ""
    return (
        f"Install it with:\n    {command}{source.rstrip()}\n"
        f"and then: python3 packaging/bootstrap.py run --backend {backend}"
    )
