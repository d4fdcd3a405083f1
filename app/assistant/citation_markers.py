"""Citation numbers in a streaming answer: made uniform, turned into the answer's own, never half-shown."""

from __future__ import annotations

import re
from collections.abc import Callable

_GAP = r"[ \t]{0,2}"
_MARGIN = 80  # of white space before a marker, which goes with one of nothing
_NUMBERS = rf"\^?\d{{1,6}}(?:{_GAP}[-–,;&]{_GAP}\^?\d{{1,6}}){{0,11}}"
_MARKER = re.compile(
    rf"([ \t]{{0,{_MARGIN}}})[\[【]{_GAP}(?:passages? |sources? )?({_NUMBERS})(?:†[^\]】\n]{{0,20}})?{_GAP}[\]】]",
    re.IGNORECASE,
)
# What may still become a marker: no marker is longer than this allows.
_UNFINISHED = re.compile(rf"[ \t]{{0,{_MARGIN}}}(?:[\[【][\w \t,;&^–-]{{0,180}}(?:†[^\]】\n]{{0,22}})?)?")
_SPACES = re.compile(r"[ \t]*")
_WORDS = re.compile(r"[^ \t\[【\n]*")
_RANGE = re.compile(r"(\d+)\s*[-–]\s*\^?(\d+)")
_WIDEST_RANGE = 12
_SURE = 999  # a number above it that means no passage may be a year, or a part number
_PLAIN = re.compile(r"(?:(?<![ \t])[ \t]++)?+\[\d{1,3}\]")
_FENCE = ("```", "~~~")


class CitationMarkers:
    """Rewrites an answer as it streams: `[1, 3]`, `【1】` and the like become `[1][3]`; numbers of nothing go, but
    such as `[2024]`, which may be no citation.

    A marker is held back until it is whole. Code, between backticks, is left as it is. What `feed` and `finish` return,
    joined, is the same however the text was cut.
    """

    def __init__(self, number: Callable[[int], int | None]) -> None:
        """number: what to show for a number that the model wrote; None if it means no passage."""
        self.used: list[int] = []
        self._number = number
        self._held = ""
        self._lead = ""  # what the line begins with, as much as tells a fence
        self._ticks = 0  # in the line so far
        self._fenced = False

    def feed(self, text: str) -> str:
        """More of the answer; returns what can be shown now."""
        return self._take(self._held + text, last=False)

    def finish(self) -> str:
        """The rest, when the answer has ended."""
        return self._take(self._held, last=True)

    def _take(self, text: str, *, last: bool) -> str:
        shown: list[str] = []
        at = 0
        self._held = ""
        while at < len(text):
            stop = _end(_WORDS, text, at)
            shown.append(self._emit(text[at:stop]))
            bracket = _end(_SPACES, text, stop)  # if there is one
            at = max(stop, bracket - _MARGIN)
            shown.append(self._emit(text[stop:at]))
            if not self._in_code():
                marker = _MARKER.match(text, at)
                if marker is not None:
                    shown.append(self._emit(self._uniform(marker)))
                    at = marker.end()
                    continue
                if not last and _UNFINISHED.fullmatch(text, at):
                    self._held = text[at:]
                    break
            shown.append(self._emit(text[at : bracket + 1]))
            at = bracket + 1
        return "".join(shown)

    def _uniform(self, marker: re.Match[str]) -> str:
        numbers: list[int] = []
        for part in re.split(r"[,;&]", marker[2].replace("^", "")):
            span = _RANGE.fullmatch(part.strip())
            first, last = (int(span[1]), int(span[2])) if span else (int(part), int(part))
            numbers += range(first, min(last, first + _WIDEST_RANGE) + 1)
        if any(number > _SURE and self._number(number) is None for number in numbers):
            return marker.group()
        meant = [shown for number in dict.fromkeys(numbers) if (shown := self._number(number)) is not None]
        kept = list(dict.fromkeys(meant))
        self.used += [number for number in kept if number not in self.used]
        return marker[1] + "".join(f"[{number}]" for number in kept) if kept else ""

    def _emit(self, text: str) -> str:
        """The text, whose only line break may be its last character."""
        self._ticks += text.count("`")
        if len(self._lead) < len(_FENCE[0]):
            self._lead = (self._lead + text).lstrip()[: len(_FENCE[0])]
        if text.endswith("\n"):
            if self._lead.startswith(_FENCE):
                self._fenced = not self._fenced
            self._lead, self._ticks = "", 0
        return text

    def _in_code(self) -> bool:
        return self._fenced or self._lead.startswith(_FENCE) or self._ticks % 2 == 1


class Thoughts:
    """Takes the `<think>…</think>` that some models write first out of their streaming answer."""

    _OPEN, _CLOSE = "<think>", "</think>"

    def __init__(self) -> None:
        self._held = ""
        self._state = "start"

    def feed(self, text: str) -> str:
        """More of what the model wrote; returns what of it is answer."""
        if self._state == "answer":
            return text
        if self._state == "after":
            return self._answer(text.lstrip())
        self._held += text
        if self._state == "start":
            lead = self._held.lstrip()
            if lead.startswith(self._OPEN):
                self._state = "thinking"
            elif not self._OPEN.startswith(lead):
                return self._answer(self._held)
            elif not lead:
                self._held = self._held[-_MARGIN:]
        if self._state == "thinking":
            _, closed, rest = self._held.partition(self._CLOSE)
            if closed:
                return self._answer(rest.lstrip())
            self._held = self._held[1 - len(self._CLOSE) :]
        return ""

    def finish(self) -> str:
        """The rest, when the model has ended; a thought that never ended is no answer."""
        return self._answer(self._held) if self._state == "start" else ""

    def _answer(self, text: str) -> str:
        self._state = "answer" if text else "after"
        self._held = ""
        return text


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found is not None else at


def used_numbers(text: str) -> list[int]:
    """The citation numbers that a person sees in an answer, in order of first use, those in code not counted."""
    markers = CitationMarkers(lambda number: number if number <= _SURE else None)
    markers.feed(text)
    markers.finish()
    return markers.used


def without_markers(text: str) -> str:
    """An answer without its citation numbers."""
    return _PLAIN.sub("", text)
