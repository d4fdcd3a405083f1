"""Where the messages of a column stand, though most of their heights are only estimated."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate


class Places:
    """Heights and tops of a column of items, in pixels from the column's top.

    before: space above the first item; after: below the last. Tops are made anew only when they are asked for.
    """

    def __init__(self, before: int, after: int) -> None:
        self._before = before
        self._after = after
        self._heights: list[int] = []
        self._gaps: list[int] = []
        self._exact: list[bool] = []
        self._tops: list[int] | None = None

    def __len__(self) -> int:
        return len(self._heights)

    def clear(self) -> None:
        """Forget all items."""
        self._heights, self._gaps, self._exact, self._tops = [], [], [], None

    def append(self, height: int, gap: int) -> None:
        """Add an item of an estimated height. gap: space between it and the item before it."""
        self._heights.append(height)
        self._gaps.append(gap)
        self._exact.append(False)
        self._tops = None

    def estimate(self, heights: Sequence[int]) -> None:
        """Take these heights as estimates: the width has changed."""
        self._heights = list(heights)
        self._exact = [False] * len(self._heights)
        self._tops = None

    def doubt(self, index: int) -> None:
        """Take an item's height as an estimate from now on."""
        self._exact[index] = False

    def measure(self, index: int, height: int) -> bool:
        """Take an item's height as exact; whether it is another than before."""
        self._exact[index] = True
        if height == self._heights[index]:
            return False
        self._heights[index] = height
        self._tops = None
        return True

    def is_exact(self, index: int) -> bool:
        """Whether an item's height was measured."""
        return self._exact[index]

    def top(self, index: int) -> int:
        """Where an item begins; for the number of items, where the column ends."""
        return self._all_tops()[index]

    def at(self, y: int) -> int:
        """The item at `y`, or the nearest; 0 if there is none."""
        return min(max(bisect_right(self._all_tops(), y) - 1, 0), max(len(self) - 1, 0))

    def between(self, top: int, bottom: int) -> range:
        """The items that touch this stretch."""
        return range(self.at(top), min(bisect_right(self._all_tops(), bottom), len(self)))

    def _all_tops(self) -> list[int]:
        if self._tops is None:
            gaps = [*self._gaps[1:], self._after]
            steps = (height + gap for height, gap in zip(self._heights, gaps, strict=False))
            self._tops = list(accumulate(steps, initial=self._before))
        return self._tops
