"""The catalogue of models worth having, and a first guess of which of them run here."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
import psutil

from app.base.models import CatalogueEntry

Verdict = Literal["fits", "tight", "too_large"]
_BESIDES_BYTES = 500_000_000
_BESIDES_SHARE = 0.15
_SYSTEM_BYTES = 1_500_000_000
_TIGHT_SHARE = 0.75


class _File(msgspec.Struct, frozen=True):
    model: list[CatalogueEntry]


def load_catalogue(path: Path) -> tuple[CatalogueEntry, ...]:
    """The entries of the bundled catalogue, small ones first, without verdicts."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    entries = msgspec.convert(document, _File).model
    return tuple(sorted(entries, key=lambda entry: (entry.size_bytes, entry.name)))


def judged(entries: Sequence[CatalogueEntry]) -> list[CatalogueEntry]:
    """The entries with the memory that they need and whether they fit here."""
    return [
        msgspec.structs.replace(entry, memory_bytes=memory_bytes(entry.size_bytes), verdict=verdict(entry.size_bytes))
        for entry in entries
    ]


def memory_bytes(size_bytes: int) -> int:
    """What a model of this size needs with a few thousand tokens of context.

    A guess from the file's size alone: the weights, 15 % of them for the KV cache of some 4,000 tokens, and 500 MB for
    computing and the process. What a file really needs is told by its header once it is here.
    """
    return round(size_bytes * (1 + _BESIDES_SHARE)) + _BESIDES_BYTES


def verdict(size_bytes: int) -> Verdict:
    """Whether a model of this size would run in this machine's memory, all of it, used or not.

    What is free now changes by the minute; a download stays.
    """
    room = psutil.virtual_memory().total - _SYSTEM_BYTES
    need = memory_bytes(size_bytes)
    if need > room:
        return "too_large"
    return "tight" if need > room * _TIGHT_SHARE else "fits"
