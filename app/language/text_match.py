"""Exact words and regular expressions in texts, by RE2: in time that grows with the text alone, whatever is asked for.

A pattern may come from a model, and so from a file: one that would take for ever, or all memory, cannot be written.
"""

from __future__ import annotations

from collections.abc import Iterator

import re2

_MEMORY_BYTES = 8 << 20
_LONGEST_LINE = 400


class PatternRefused(Exception):
    """A regular expression that RE2 does not take. reason: why, in its words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TextPattern:
    """What to look for. regular: as a regular expression, else letter by letter; case counts for neither."""

    def __init__(self, text: str, *, regular: bool = False) -> None:
        """Raises PatternRefused."""
        options = re2.Options()
        options.max_mem, options.log_errors, options.case_sensitive = _MEMORY_BYTES, False, False
        try:
            self._compiled = re2.compile(f"(?m:{text})" if regular else re2.escape(text), options)
        except re2.error as error:
            said = error.args[0] if error.args else ""
            raise PatternRefused(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)) from error

    def lines(self, text: str) -> Iterator[tuple[int, int]]:
        """The stretches of a text that hold it, in order: whole lines, of long ones what stands around it.

        Matches on one line give one stretch. What matches nothing but the empty text is not found.
        """
        end = -1
        for match in self._compiled.finditer(text):
            if match.start() < end or match.start() == match.end():
                continue
            start, end = _line(text, match.start(), match.end())
            yield start, end


def _line(text: str, start: int, end: int) -> tuple[int, int]:
    """The lines around a match without their end; at most so much on either side."""
    first = text.rfind("\n", max(0, start - _LONGEST_LINE), start) + 1 or max(0, start - _LONGEST_LINE)
    last = text.find("\n", end, end + _LONGEST_LINE)
    return first, last if last >= 0 else min(len(text), end + _LONGEST_LINE)
