"""What Familiar remembers of a person, as values and calls."""

from __future__ import annotations

from typing import Literal

import msgspec

from app.base.calls import Call
from app.base.values import TurnId, Value

LONGEST = 1000
MOST = 1000
Origin = Literal["person", "assistant"]


class Memory(Value, frozen=True, kw_only=True):
    """Something to remember. at: Unix ms, when it was last said so. origin: whose words they are, "from" in JSON.

    turn: in which it came up, None if in none. kept: False while it is only proposed; then nothing uses it.
    """

    id: int
    text: str
    at: int
    origin: Origin = msgspec.field(name="from", default="person")
    turn: TurnId | None = None
    kept: bool = True


class MemoryList(Call[list[Memory]]):
    """All of them, those proposed first, then the newest. query: only those with all of these words."""

    query: str = ""


class MemoryAdd(Call[Memory]):
    """Remember this; what is remembered already stays one. Problem memory.empty, memory.too_long, memory.full."""

    text: str


class MemoryEdit(Call[Memory]):
    """Say it otherwise, or keep what was proposed.

    Problem memory.unknown, memory.empty, memory.too_long, memory.twice.
    """

    id: int
    text: str


class MemoryForget(Call[list[Memory]]):
    """Forget these for good, in backups too; all where none is named. Returns what was forgotten.

    Problem memory.unknown, and nothing was forgotten; memory.left, and it is forgotten but not yet gone from the disk.
    """

    ids: list[int]
