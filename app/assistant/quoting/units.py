"""What of a passage can be quoted: sentences, items of a list, rows of a table, code, with what they stand under."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from app.assistant.ports import Passage
from app.assistant.quoting.sentences import LONGEST, Span, spans
from app.assistant.quoting.surroundings import Surroundings
from app.assistant.quoting.tables import Cells, Row, Table, tables
from app.assistant.terms import terms

Kind = Literal["prose", "row", "code"]

_FENCE = re.compile(r"^[ \t]*(```+|~~~+)[^\n]*\n?", re.MULTILINE)
_HEADING = re.compile(r"[ \t]{0,3}(#{1,6})[ \t]++([^\n]*+)")
_LINE = re.compile(r"[=\-~_*#.]{3,}")
_SENTENCE_ENDS = (".", "!", "?", "…", "”", "。", "！", "？", "।", "؟", "۔", ",", ";", ")")
_LONGEST_LABEL = 60
_MOST_LABELS = 3
_VALUE = re.compile(r":\s*\S|\t|\d{3}|@|\bhttps?:")
_ITEM = re.compile(r"[ \t]*(?:[-*+•–▪◦>]|\d{1,3}[.)]|[a-zA-Z][.)])[ \t]")
_PLAIN = 99
_FULL_LINE = 60


class Unit(msgspec.Struct, frozen=True):
    """A stretch of a passage that can be quoted. words: its terms, in order; those of a row without its columns.

    under: the terms of the headings that it stands under within the passage, and of a row's columns. headings: all that
    it stands under, outermost first. table: of a row. follows: whether it goes on in the paragraph of the one before.
    """

    span: Span
    kind: Kind
    words: tuple[str, ...]
    under: frozenset[str] = frozenset()
    headings: tuple[str, ...] = ()
    row: Row | None = None
    table: Table | None = None
    follows: bool = False

    @property
    def vocabulary(self) -> frozenset[str]:
        """Its terms, without order."""
        return frozenset(self.words)


def units(passage: Passage, around: Surroundings, language: str = "") -> list[Unit]:
    """What can be quoted of a passage, in order. A heading and a label are no units of their own.

    language: of the question that it is compared with, see `terms`.
    """
    return list(_Reading(passage, around, language).units())


class _Reading:
    """A passage being taken apart."""

    def __init__(self, passage: Passage, around: Surroundings, language: str) -> None:
        self._passage = passage
        self._language = language
        self._text = passage.text
        self._around = around
        outer = [part for part in passage.heading.split(" › ") if part and " | " not in part]
        self._trail: list[tuple[int, str]] = list(enumerate(outer, 1))

    def units(self) -> Iterator[Unit]:
        passage = self._passage
        found = tables(passage.text, passage.path, sheet=passage.place.kind == "sheet")
        at = 0
        for table in found:
            yield from self._stretch(at, table.start, last=False)
            yield from self._rows(table)
            at = table.end
        yield from self._stretch(at, len(self._text), last=True)

    def _rows(self, table: Table) -> Iterator[Unit]:
        columns = self._around.columns(self._passage, table) or self._columns_of_heading(table)
        named = columns != table.columns
        if named and table.columns:  # what was taken for names is a row like any other
            first = Row(*_first_line(self._text, table), table.columns)
            table = Table((first, *table.rows), columns, table.separator, table.start, table.end)
        else:
            table = Table(table.rows, columns, table.separator, table.start, table.end)
        under = self._under() | frozenset(terms(" ".join(columns), self._language))
        for row in table.rows:
            words = tuple(terms(" ".join(row.cells), self._language))
            yield Unit((row.start, row.end), "row", words, under, self._headings(), row, table)

    def _columns_of_heading(self, table: Table) -> Cells:
        """The names that the passage's heading carries, as the readers of workbooks and value files write them."""
        last = self._passage.heading.rpartition(" › ")[2]
        width = max((len(row.cells) for row in table.rows), default=0)
        for separator in (" | ", table.separator):
            cells = tuple(cell.strip() for cell in last.split(separator))
            if len(cells) > 1 and not cells[-1].endswith("…") and width <= len(cells) + 1:
                return cells
        return ()

    def _stretch(self, start: int, end: int, *, last: bool) -> Iterator[Unit]:
        """Units of text that holds no table: code between fences, and prose."""
        at = start
        for begin, stop, inner in _fenced(self._text, start, end):
            yield from self._prose(at, begin, last=False)
            yield from self._code(*inner)
            at = stop
        yield from self._prose(at, end, last=last)

    def _code(self, start: int, end: int) -> Iterator[Unit]:
        text = self._text
        while start < end:
            stop = end
            if stop - start > LONGEST:
                stop = text.rfind("\n", start, start + LONGEST) + 1 or start + LONGEST
            stop = max(stop, start + 1)
            if text[start:stop].strip():
                yield self._unit((start, len(text[:stop].rstrip())), "code", follows=False)
            start = stop

    def _prose(self, start: int, end: int, *, last: bool) -> Iterator[Unit]:
        pieces = [(begin + start, stop + start) for begin, stop in spans(self._text[start:end])]
        labels: list[Span] = []
        before = -1
        for number, span in enumerate(pieces):
            line = _LINE.fullmatch(self._text, *span) is not None
            if line or self._enter_heading(span):
                if line and labels:  # what stands above a line is a heading
                    self._enter(1 if self._text[span[0]] == "=" else 2, self._text[slice(*labels[-1])])
                    labels.pop()
                yield from self._said(labels)
                before = -1
            elif (number + 1 < len(pieces) or not last) and _is_label(self._text, span):
                labels.append(span)
            else:
                yield from self._entered(labels)
                kind: Kind = "code" if _looks_like_code(self._text[slice(*span)]) else "prose"
                follows = kind == "prose" and before >= 0 and not labels and self._follows(before, span)
                yield self._unit(span, kind, follows=follows)
                before = span[1]
                labels.clear()
        yield from self._said(labels)

    def _entered(self, labels: list[Span]) -> Iterator[Unit]:
        """Have what comes stand under these labels; many in a row are none, but a list."""
        if len(labels) > _MOST_LABELS:
            yield from self._said(labels)
        elif labels:
            self._trail = [one for one in self._trail if one[0] < _PLAIN]
            for level, (start, end) in enumerate(labels, _PLAIN):
                self._enter(level, self._text[start:end])

    def _said(self, labels: list[Span]) -> Iterator[Unit]:
        yield from (self._unit(label, "prose", follows=False) for label in labels)
        labels.clear()

    def _follows(self, before: int, span: Span) -> bool:
        """Whether a sentence goes on from what ends at `before`, in the same paragraph."""
        gap = self._text[before : span[0]]
        if gap.count("\n") > 1 or _ITEM.match(self._text, *span):
            return False
        return "\n" not in gap or before - self._text.rfind("\n", 0, before) > _FULL_LINE

    def _unit(self, span: Span, kind: Kind, *, follows: bool) -> Unit:
        words = tuple(terms(self._text[slice(*span)], self._language))
        return Unit(span, kind, words, self._under(), self._headings(), follows=follows)

    def _enter_heading(self, span: Span) -> bool:
        heading = _HEADING.fullmatch(self._text, *span)
        if heading is not None:
            self._enter(len(heading[1]), heading[2].rstrip(" \t#"))
        return heading is not None

    def _enter(self, level: int, heading: str) -> None:
        plain = " ".join(heading.strip().rstrip(":").split())
        if any(name == plain for _, name in self._trail):
            while self._trail[-1][1] != plain:
                self._trail.pop()
            return
        while self._trail and self._trail[-1][0] >= level:
            self._trail.pop()
        self._trail.append((level, plain))

    def _headings(self) -> tuple[str, ...]:
        return tuple(name for _, name in self._trail)

    def _under(self) -> frozenset[str]:
        return frozenset(terms(" ".join(self._headings()), self._language))


def _first_line(text: str, table: Table) -> Span:
    end = text.find("\n", table.start)
    return table.start, end if end >= 0 else len(text)


def _fenced(text: str, start: int, end: int) -> Iterator[tuple[int, int, Span]]:
    """Blocks of code between fences: where each begins and ends, and what is in it. An open one reaches to the end."""
    opened: re.Match[str] | None = None
    for fence in _FENCE.finditer(text, start, end):
        if opened is None:
            opened = fence
        elif fence[1].startswith(opened[1]):
            yield opened.start(), fence.end(), (opened.end(), fence.start())
            opened = None
    if opened is not None:
        yield opened.start(), end, (opened.end(), end)


def _looks_like_code(piece: str) -> bool:
    lines = piece.split("\n")
    return len(lines) > 1 and any(line.startswith((" ", "\t")) for line in lines[1:]) and not _ITEM.match(piece)


def _is_label(text: str, span: Span) -> bool:
    """Whether a line is a heading or a label rather than something said: short, alone, without an end or a value."""
    line = text[slice(*span)]
    if "\n" in line or len(line) > _LONGEST_LABEL or line.endswith(_SENTENCE_ENDS) or _ITEM.match(line + " "):
        return False
    alone = text[max(0, span[0] - 1) : span[0]] in ("", "\n") and text[span[1] : span[1] + 1] in ("", "\n")
    return alone and not _VALUE.search(line) and not line[:1].islower()
