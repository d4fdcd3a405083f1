"""Words that every part of Familiar says in the same way."""

from __future__ import annotations

import unicodedata


def count(number: int, one: str, many: str = "") -> str:
    """ "1 file", "1,204 files"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def seconds_taken(ms: float) -> str:
    """ "1.6 s"; "" for a time that would be said as "0.0 s"."""
    return f"{ms / 1000:.1f} s" if ms >= 50 else ""


def display_width(text: str) -> int:
    """How many columns of a terminal, or usual letters, a text takes: the wide ones of East Asia take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
