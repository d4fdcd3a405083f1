"""Files that say the same: drafts, copies, versions."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import PurePath

from app.language.words import words

ALIKE = 0.9
"""Share of words that two passages have in common to say the same. Drafts of one text that differ in a sentence lie
above it, letters of one form below it."""
_NUMBER = re.compile(r"\d+")
SHORTEST = 10
"""Words that a passage must have to be compared so; shorter ones are alike only where they are one and the same."""
_AS_LONG = 0.75
_ROUGHLY = 0.6
_LETTERS = 4000


class Wording:
    """What a passage says, for comparing. Numbers that stand in the file's name, too, tell versions, not contents."""

    def __init__(self, text: str, path: str) -> None:
        self.text = text
        self._path = path

    @cached_property
    def rough(self) -> frozenset[str]:
        """What stands between spaces: quick to have, and most passages differ in that already."""
        return frozenset(self.text[:_LETTERS].split())

    @cached_property
    def words(self) -> frozenset[str]:
        """The words, less the numbers of the name."""
        of_name = {_plain(number) for number in _NUMBER.findall(PurePath(self._path).stem)}
        return frozenset(w for w in words(self.text[:_LETTERS].casefold()) if _plain(w) not in of_name)

    @cached_property
    def figures(self) -> frozenset[str]:
        """Those of the words that hold a number."""
        return frozenset(word for word in self.words if _NUMBER.search(word))

    def says_the_same(self, other: Wording) -> bool:
        """Whether both have the same figures and nearly the same words."""
        if self.text == other.text:
            return True
        shorter, longer = sorted((len(self.text), len(other.text)))
        if shorter < _AS_LONG * longer:
            return False
        if len(self.rough & other.rough) < _ROUGHLY * max(len(self.rough), len(other.rough)):
            return False
        if self.figures != other.figures:
            return False
        low, high = sorted((len(self.words), len(other.words)))
        if low < SHORTEST or low < ALIKE * high:
            return False
        return len(self.words & other.words) >= ALIKE * len(self.words | other.words)


def _plain(number: str) -> str:
    return number.lstrip("0") or "0"
