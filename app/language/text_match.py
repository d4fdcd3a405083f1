"""Exact words and regular expressions in texts, by RE2: in time that grows with the text alone, whatever is asked for.

A pattern may come from a model, and so from a file: one that would take for ever, or all memory, cannot be written.
RE2's \\w, \\d, \\s and \\b know the letters of English alone; here they mean those of every language.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator

import re2

_MEMORY_BYTES = 1 << 20
_LONGEST_LINE = 400
_SLICE, _BEYOND, _FURTHEST = 16 << 10, 2 << 10, 1 << 20
_LOOK_AT_CLOCK = 256

_PART = re.compile(r"\\Q.*?(?:\\E|\Z)|\\[pP]\{\^?\w{1,40}\}|\\.|\[\^?\]?|.", re.DOTALL)
_WIDE = {"w": r"\p{L}\p{N}_", "d": r"\p{Nd}", "s": r"\s\p{Z}"}
_REFUSED = {"C": "a single byte", "B": "a place that is no edge of a word"}
_OPENS = re.compile(r"(?:\((?:\?(?:P?<\w+>|[a-zA-Z-]*:))?|\(\?[a-zA-Z-]+\))*")
_EDGE = r"[^\p{L}\p{N}_\n]"
_EDGE_BEFORE, _EDGE_AFTER, _EDGE_WITHIN = f"(?:^|{_EDGE})", f"(?:{_EDGE}|$)", rf"(?:\b|^|$|{_EDGE})"


class PatternRefused(Exception):
    """A regular expression that is not taken. reason: why, in RE2's words or ours."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SearchTimedOut(Exception):
    """There was no time to look through all of a text."""


class TextPattern:
    """What to look for. regular: as a regular expression, else letter by letter; case counts for neither."""

    def __init__(self, text: str, *, regular: bool = False) -> None:
        """Raises PatternRefused."""
        if regular:
            _compiled(text)  # by itself first: "a)|(b" is none, though it would be one within brackets
            text = f"(?m:{_for_every_language(text)})"
        self._compiled = _compiled(text, literal=not regular)

    def lines(self, text: str, until: float = math.inf) -> Iterator[tuple[int, int]]:
        """The stretches of a text that hold it, in order and apart: whole lines, of long ones what stands around it.

        Matches on one line give one stretch. What matches nothing but the empty text is not found; of a match, its
        first 2,000 letters are sure to be. until: by time.monotonic. Raises SearchTimedOut.
        """
        end = -1
        for first, last in self._matches(text, until):
            if first < end or first == last:
                continue
            start, stop = _line(text, first, last)
            start, end = max(start, end), stop
            yield start, end

    def _matches(self, text: str, until: float) -> Iterator[tuple[int, int]]:
        """Where it matches, slice by slice, so that the clock is looked at; without the line ends around it."""
        at = done = 0
        while at < len(text):
            before = max(0, at - 1)  # a letter more, for what looks back
            end = min(len(text), at + _SLICE + _BEYOND)
            for count, match in enumerate(self._compiled.finditer(text[before:end], max(at, done) - before), 1):
                if count % _LOOK_AT_CLOCK == 0:
                    _in_time(until)
                first, last = before + match.start(), before + match.end()
                if first >= at + _SLICE or first < done:
                    break
                if last == end < len(text):
                    first, last = self._further(text, first, last, until)
                done = last
                found = text[first:last]
                yield first + len(found) - len(found.lstrip("\n")), last - len(found) + len(found.rstrip("\n"))
                if done > end:
                    break
            at += _SLICE
            _in_time(until)

    def _further(self, text: str, first: int, last: int, until: float) -> tuple[int, int]:
        """A match that ends where a slice does, as it is with more of the text; empty if there is none then."""
        before, size = max(0, first - 1), last - first
        while size < _FURTHEST:
            _in_time(until)
            size *= 2
            end = min(len(text), first + size)
            match = self._compiled.search(text[before:end], first - before)
            if match is None or match.start() != first - before:
                return first, first
            last = before + match.end()
            if last < end or end == len(text):
                break
        return first, last


def _in_time(until: float) -> None:
    if time.monotonic() > until:
        raise SearchTimedOut


def _compiled(pattern: str, *, literal: bool = False) -> re2._Regexp[str]:
    options = re2.Options()
    options.literal = literal
    options.max_mem, options.log_errors, options.case_sensitive = _MEMORY_BYTES, False, False
    try:
        return re2.compile(pattern, options)
    except UnicodeEncodeError as error:
        raise PatternRefused("it holds a letter that no text can hold") from error
    except re2.error as error:
        said = error.args[0] if error.args else ""
        raise PatternRefused(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)) from error


def _for_every_language(pattern: str) -> str:
    """The pattern with its classes and edges of words meant for all letters. Raises PatternRefused.

    RE2 cannot look around: an edge takes the letter beside it where it begins or ends the pattern. In its middle an
    edge of English words counts, too, so that rather too much is found there than too little.
    """
    parts = _PART.findall(pattern)
    said: list[str] = []
    depth = 0  # of square brackets
    for at, part in enumerate(parts):
        name = part[1:] if part.startswith("\\") and len(part) == 2 else ""
        if depth:
            depth -= part == "]"
            if name in ("W", "D", "S"):
                raise PatternRefused(f"\\{name} cannot stand within square brackets here")
            said.append(_WIDE.get(name, part))
        elif part.startswith("["):
            depth = 1
            said.append(part)
        elif name in _REFUSED:
            raise PatternRefused(f"\\{name} ({_REFUSED[name]}) is not understood")
        elif name == "b":
            said.append(_edge("".join(parts[:at]), "".join(parts[at + 1 :])))
        elif name.lower() in _WIDE:
            said.append(f"[{'^' if name.isupper() else ''}{_WIDE[name.lower()]}]")
        else:
            said.append(part)
    return "".join(said)


def _edge(before: str, after: str) -> str:
    if _OPENS.fullmatch(before.rpartition("|")[2]):
        return _EDGE_BEFORE
    return _EDGE_AFTER if not after.partition("|")[0].strip(")") else _EDGE_WITHIN


def _line(text: str, start: int, end: int) -> tuple[int, int]:
    """The lines around a match without their end; at most so much on either side."""
    first = text.rfind("\n", max(0, start - _LONGEST_LINE), start) + 1 or max(0, start - _LONGEST_LINE)
    last = text.find("\n", end, end + _LONGEST_LINE)
    return first, last if last >= 0 else min(len(text), end + _LONGEST_LINE)
