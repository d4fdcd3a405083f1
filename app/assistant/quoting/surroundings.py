"""What stands around a passage in its file: the rest of its sentences, and the names above its table's rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from app.assistant.ports import Passage
from app.assistant.quoting.sentences import Span, spans
from app.assistant.quoting.tables import Cells, Table, cells_of, is_rule, names_in

TextOf = Callable[[str, int, int], str]
"""The extracted text of a file between two offsets, by its path; "" where nobody knows it."""

_NEAR = 600
_CLOSERS = '"”’»)]」』*_'
_ENDS = ".!?…。！？।؟:|;"
_STEPS = (2_000, 20_000, 200_000)
"""Characters looked back for the beginning of a table: the last holds some 5,000 rows and takes a few milliseconds."""


class Surroundings:
    """Looks around passages."""

    def __init__(self, text_of: TextOf = lambda *_: "", attached: Mapping[str, str] | None = None) -> None:
        """attached: the extracted texts of attached files, by path."""
        self._text_of = text_of
        self._attached = attached or {}

    def completed(self, passage: Passage) -> Passage:
        """The passage with the whole of its first and its last sentence, where these begin or go on beyond it."""
        text, place = passage.text, passage.place
        head, tail = "", ""
        if place.start and _begins_within(text):
            before = self._text(passage.path, place.start - _NEAR, place.start)
            head = _rest_before(before, text)
        if place.end < passage.file_chars and _goes_on(text):
            after = self._text(passage.path, place.end, place.end + _NEAR)
            tail = _rest_after(text, after)
        if not head and not tail:
            return passage
        first = place.first - (head.count("\n") if place.kind == "line" else 0)
        grown = msgspec.structs.replace(
            place, start=place.start - len(head), end=place.end + len(tail), first=first,
            last=place.last + (tail.count("\n") if place.kind == "line" else 0),
        )  # fmt: skip
        return msgspec.structs.replace(passage, text=head + text + tail, place=grown)

    def columns(self, passage: Passage, table: Table) -> Cells:
        """The names of a table's columns, where they stand above the passage; () if there are none."""
        if table.start > len(passage.text) - len(passage.text.lstrip()) or not passage.place.start:
            return table.columns
        width = max((len(row.cells) for row in table.rows), default=0)
        for step in _STEPS:
            begin = max(0, passage.place.start - step)
            before = self._text(passage.path, begin, passage.place.start)
            if not before:
                return table.columns
            lines = before.rstrip("\n").split("\n")
            if before.endswith("\n\n") or not _is_row(lines[-1], table.separator):
                return table.columns  # it begins with the passage
            at = len(lines)
            while at and _is_row(lines[at - 1], table.separator):
                at -= 1
            if at or not begin:
                return _names(lines[at:], table.separator, width)
        return ()

    def _text(self, path: str, start: int, end: int) -> str:
        start = max(0, start)
        if path in self._attached:
            return self._attached[path][start:end]
        return self._text_of(path, start, end)


def _is_row(line: str, separator: str) -> bool:
    return separator in line


def _names(lines: list[str], separator: str, width: int) -> Cells:
    ruled = separator == "|" and len(lines) > 1 and is_rule(lines[1])
    if not lines:
        return ()
    return (cells_of if ruled else names_in)(lines[0], separator)[: max(width, 1)]


def _begins_within(text: str) -> bool:
    """Whether a passage begins in the middle of a sentence: a small letter, or a sign that never begins one."""
    first = text.lstrip(" \t")[:1]
    return first.islower() or first in ",;:)]}"


def _goes_on(text: str) -> bool:
    """Whether a passage ends in the middle of a sentence."""
    last = text.rstrip(" \t")
    return bool(last.strip()) and not last.endswith("\n\n") and last.rstrip().rstrip(_CLOSERS)[-1:] not in _ENDS


def _rest_before(before: str, text: str) -> str:
    """The end of `before` that is the beginning of the text's first sentence."""
    last = _span_over(before + text, len(before))
    return before[last[0] :] if last is not None and last[0] > 0 else ""


def _rest_after(text: str, after: str) -> str:
    """The beginning of `after` with which the text's last sentence ends."""
    lead = text[-_NEAR:]
    last = _span_over(lead + after, len(lead))
    ended = last is not None and (last[1] < len(lead) + len(after) or len(after) < _NEAR)
    return after[: last[1] - len(lead)] if last is not None and ended else ""


def _span_over(text: str, position: int) -> Span | None:
    """The sentence that stands on both sides of a position."""
    return next((span for span in spans(text) if span[0] < position < span[1]), None)
