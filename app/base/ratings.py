"""What a person thinks of an answer."""

from __future__ import annotations

from typing import Literal

import msgspec

Thumb = Literal["up", "down"]
LONGEST_NOTE = 2000


class Rating(msgspec.Struct, frozen=True, kw_only=True):
    """A thumb up or down. note: the person's reason, "" for none. at: when."""

    thumb: Thumb
    note: str = ""
    at: int = 0
