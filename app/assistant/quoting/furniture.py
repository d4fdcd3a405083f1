"""Running heads and feet of pages, which say nothing of their own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from app.assistant.ports import Passage
from app.assistant.quoting.units import Unit

Furniture = frozenset[tuple[str, str]]

_LONGEST = 160
_FEWEST_PAGES = 2
_NUMBER = re.compile(r"\d+")
_PAGED = frozenset({"page", "slide"})


def furniture(passages: Sequence[Passage]) -> Furniture:
    """Lines that stand, but for one number, at the edge of several pages of a file: its path, and the line without it.

    Only what has pages has any: the rows of tables and the lines of logs are alike, numbers apart.
    """
    edges: Counter[tuple[str, str]] = Counter()
    for passage in passages:
        if passage.place.kind in _PAGED:
            edges.update({(passage.path, _plain(line)) for line in _edges(passage.text)})
    return frozenset(edge for edge, count in edges.items() if count >= _FEWEST_PAGES)


def is_furniture(known: Furniture, passage: Passage, unit: Unit) -> bool:
    """Whether a unit is nothing but such a line."""
    return bool(known) and (passage.path, _plain(passage.text[slice(*unit.span)])) in known


def _edges(text: str) -> list[str]:
    lines = [line for line in text.split("\n") if line.strip()]
    return [line for line in (*lines[:1], *lines[-1:]) if len(line) <= _LONGEST]


def _plain(line: str) -> str:
    numbers = _NUMBER.findall(line)
    return " ".join((_NUMBER.sub("", line) if len(numbers) == 1 else line).split())
