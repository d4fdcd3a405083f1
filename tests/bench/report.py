"""One line a figure: the median, the spread, the bound and whether it held."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence


class Report:
    """Collects the figures of one benchmark and prints them."""

    def __init__(self, title: str) -> None:
        self._failed = 0
        print(f"{title}: {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start")

    def figure(
        self, name: str, values: Sequence[float], unit: str, *, at_most: float | None = None,
        at_least: float | None = None,
    ) -> None:  # fmt: skip
        """Print the median and the spread of `values`; the median is held against the bounds."""
        middle = statistics.median(values)
        spread = f" ({min(values):.3g} to {max(values):.3g} in {len(values)})" if len(values) > 1 else ""
        verdict = ""
        if at_most is not None:
            verdict = f"  at most {at_most:g}: {self._judge(middle <= at_most)}"
        if at_least is not None:
            verdict = f"  at least {at_least:g}: {self._judge(middle >= at_least)}"
        print(f"  {name:<44} {middle:>9.4g} {unit}{spread}{verdict}", flush=True)

    def note(self, text: str) -> None:
        """Print a line that is no figure."""
        print(f"  {text}", flush=True)

    def end(self) -> int:
        """The exit code: 0 if every bound held."""
        print("all bounds held" if not self._failed else f"{self._failed} bound(s) missed")
        return 1 if self._failed else 0

    def _judge(self, held: bool) -> str:
        if not held:
            self._failed += 1
        return "held" if held else "MISSED"
