"""Words that every part of Familiar says in the same way."""

from __future__ import annotations


def count(number: int, one: str, many: str = "") -> str:
    """ "1 file", "1,204 files"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
