"""llama.cpp's own account of a load, read from its log: what it took, and what it put where.

Only the beginning of a message counts: what follows may be a file's author's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_MIB = 1 << 20
_CACHE = re.compile(r"\bllama_(?:kv_cache|memory_recurrent)\w*+: size = +([\d.]+) MiB")
_COMPUTE = re.compile(r"\b\w++: ++\S++ ++(?:compute|output) buffer size = +([\d.]+) MiB")
_WEIGHTS = re.compile(r"load_tensors: +\S+ model buffer size = +([\d.]+) MiB")
_OFFLOADED = re.compile(r"load_tensors: offloaded (\d+)/\d+ layers to GPU")


def cache_bytes(told: Sequence[str]) -> int:
    """KV cache and recurrent states; told even by a load that allocates nothing."""
    return _sum(_CACHE, told)


def compute_bytes(told: Sequence[str]) -> int:
    """What computing takes on all devices, logits included; told even by a load that allocates nothing."""
    return _sum(_COMPUTE, told)


def weights_bytes(told: Sequence[str]) -> int:
    """Buffers of weights. Where the file is mapped, its whole span counts, also what was copied elsewhere."""
    return _sum(_WEIGHTS, told)


def offloaded_layers(told: Sequence[str]) -> int | None:
    """Layers that lie on the GPU; None if it does not say, as a build without a GPU does not."""
    return next((int(match[1]) for match in _matches(_OFFLOADED, told)), None)


def _sum(pattern: re.Pattern[str], told: Sequence[str]) -> int:
    return int(sum(float(match[1]) for match in _matches(pattern, told)) * _MIB)


def _matches(pattern: re.Pattern[str], told: Iterable[str]) -> Iterable[re.Match[str]]:
    return (match for message in told if (match := pattern.match(message)) is not None)
