"""llama.cpp as llama-cpp-python brings it, imported only when it is needed, with its log kept in memory.

The library may be absent (it is built apart) or broken (a missing shared library); both are a Problem, not a crash.
Only its C interface is used, through ctypes; handles are plain numbers.
"""

from __future__ import annotations

import ctypes
import importlib
import os
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Literal

from app.base.errors import Problem

DeviceKind = Literal["cpu", "gpu", "igpu", "accelerator"]
_DEVICE_KINDS: dict[int, DeviceKind] = {0: "cpu", 1: "gpu", 2: "igpu", 3: "accelerator"}
_LEVEL_INFO, _LEVEL_WARN, _LEVEL_ERROR, _LEVEL_CONTINUED = 2, 3, 4, 5
_KEPT_LINES = 60
_TOLD_LINES = 5000
_CALLED_FROM_C: list[object] = []
"""What llama.cpp may call as long as the process lives, and so must live as long."""


@dataclass(frozen=True)
class Device:
    """Something that llama.cpp can compute on. Memory in bytes, as the device reports it."""

    name: str
    description: str
    kind: DeviceKind
    free_bytes: int
    total_bytes: int

    @property
    def is_gpu(self) -> bool:
        """Whether layers of a model can be placed on it."""
        return self.kind in ("gpu", "igpu")


class Llama:
    """The loaded library. api: its C functions and structs. version: of llama-cpp-python."""

    def __init__(self, api: ModuleType, ggml: ctypes.CDLL, version: str) -> None:
        self.api = api
        self.version = version
        self._ggml = ggml
        self._base = ctypes.CDLL(_beside(ggml._name, "ggml-base"))
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._keep = False
        self._told: list[str] | None = None
        self._callback = api.llama_log_callback(self._log)
        _CALLED_FROM_C.append(self._callback)
        api.llama_log_set(self._callback, None)
        api.llama_backend_init()
        self._declare()

    @property
    def build(self) -> str:
        """The version of llama.cpp itself."""
        return str(self.api.llama_version().decode("utf-8", "replace"))

    @property
    def features(self) -> str:
        """What the processor offers and the build uses, as llama.cpp lists it."""
        return str(self.api.llama_print_system_info().decode("utf-8", "replace"))

    @property
    def offloads(self) -> bool:
        """Whether this build can put layers on a GPU."""
        return bool(self.api.llama_supports_gpu_offload())

    def devices(self) -> Sequence[Device]:
        """What it can compute on here, in its own order."""
        return [self._device(index) for index in range(self._ggml.ggml_backend_dev_count())]

    def complaints(self) -> str:
        """Its latest warnings and errors, one a line, for a diagnosis; then forgotten. They name no text of a chat."""
        lines = "".join(self._lines)
        self._lines.clear()
        return lines

    @contextmanager
    def listening(self) -> Iterator[list[str]]:
        """Within, what it tells of its own doings (level INFO) goes to the list, a message each, within a limit.

        Texts of a file's author stand in some messages, so only how a message begins can be relied on.
        """
        told: list[str] = []
        self._told = told
        try:
            yield told
        finally:
            self._told = None

    def _log(self, level: int, text: bytes, _data: int | None) -> None:
        if level == _LEVEL_INFO and self._told is not None and len(self._told) < _TOLD_LINES:
            self._told.append(text.decode("utf-8", "replace"))
        if level != _LEVEL_CONTINUED:
            self._keep = level in (_LEVEL_WARN, _LEVEL_ERROR)
        if self._keep:
            self._lines.append(text.decode("utf-8", "replace"))

    def _declare(self) -> None:
        self._ggml.ggml_backend_dev_count.restype = ctypes.c_size_t
        self._ggml.ggml_backend_dev_get.restype = ctypes.c_void_p
        self._ggml.ggml_backend_dev_get.argtypes = [ctypes.c_size_t]
        for name in ("name", "description"):
            function = getattr(self._base, f"ggml_backend_dev_{name}")
            function.restype = ctypes.c_char_p
            function.argtypes = [ctypes.c_void_p]
        self._base.ggml_backend_dev_type.argtypes = [ctypes.c_void_p]
        size = ctypes.POINTER(ctypes.c_size_t)
        self._base.ggml_backend_dev_memory.restype = None
        self._base.ggml_backend_dev_memory.argtypes = [ctypes.c_void_p, size, size]

    def _device(self, index: int) -> Device:
        handle, free, total = self._ggml.ggml_backend_dev_get(index), ctypes.c_size_t(), ctypes.c_size_t()
        self._base.ggml_backend_dev_memory(handle, ctypes.byref(free), ctypes.byref(total))
        return Device(
            name=self._base.ggml_backend_dev_name(handle).decode("utf-8", "replace"),
            description=self._base.ggml_backend_dev_description(handle).decode("utf-8", "replace").strip(),
            kind=_DEVICE_KINDS.get(self._base.ggml_backend_dev_type(handle), "accelerator"),
            free_bytes=free.value,
            total_bytes=total.value,
        )


def open_llama() -> Llama:
    """The library, imported and quiet. Raises Problem chat.not_installed if it is absent or broken."""
    os.environ.setdefault("GGML_NO_BACKTRACE", "1")  # else an assertion starts a debugger to print a stack
    importlib.invalidate_caches()  # it may have been installed since this process began
    try:
        package = importlib.import_module("llama_cpp")
        ggml: ctypes.CDLL = importlib.import_module("llama_cpp._ggml").libggml
        return Llama(importlib.import_module("llama_cpp.llama_cpp"), ggml, str(package.__version__))
    except ModuleNotFoundError as error:
        raise Problem(
            "chat.not_installed",
            "The part that runs chat models (llama-cpp-python) is not installed.",
            "Answers are quotes until it is. It is built in the background when Familiar is set up.",
        ) from error
    except (ImportError, OSError, RuntimeError, AttributeError) as error:
        # llama_cpp raises RuntimeError for a shared library that does not load; AttributeError: a function is missing
        raise Problem(
            "chat.not_installed",
            f"The part that runs chat models (llama-cpp-python) does not load: {error}",
            "Answers are quotes meanwhile. Install it again.",
        ) from error


def _beside(library: str, name: str) -> str:
    """The path of ggml's library `name` beside the one at `library`."""
    folder, file = os.path.split(library)
    return os.path.join(folder, file.replace("ggml", name, 1))
