"""The claims of an answer: its sentences, list items and rows of tables, without what claims nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from app.assistant.citation_markers import without_markers
from app.assistant.quoting.sentences import spans

_FENCE = re.compile(r"[ \t]{0,3}(?:```|~~~)")
_HEADING = re.compile(r"[ \t]{0,3}#{1,6}[ \t]")
_RULE = re.compile(r"[ \t|:=*_-]{3,}$")
_ITEM = re.compile(r"[ \t]{0,12}(?:[-*+•]|\d{1,3}[.)])[ \t]+|[ \t]{0,12}>[ \t]?")
_ROW = re.compile(r"[ \t]{0,3}\|")
_TRAILING = re.compile(r"[ \t]{0,4}(?:\[\d{1,3}\]){1,12}(?:[ \t]{0,2}[.!?])?")
_MARKS = re.compile(r"[*_`]{1,3}")
_WORD = re.compile(r"\w")
_FULL_STOPS = (".", "!", "…", "。", "！")
_LONGEST = 2_000


class Stretch(msgspec.Struct, frozen=True):
    """A claim as it stands in an answer: answer[start:end]. text: its words, without marks and citation numbers.

    whole: whether more of the answer can no longer change it. row: a row of a table. cut_short: whether `text` is only
    the beginning of its words.
    """

    start: int
    end: int
    text: str
    whole: bool = True
    row: bool = False
    cut_short: bool = False


def cut(answer: str, *, ended: bool = True) -> list[Stretch]:
    """The stretches of an answer that may claim something, in order.

    Code, questions and headings that are no sentence claim nothing.

    ended: whether no more is coming; else the last one may be unfinished, and says so.
    """
    found: list[Stretch] = []
    for start, end, row in _parts(answer):
        for first, last in [(start, end)] if row else _sentences(answer, start, end):
            text = _plain(answer[first:last], row=row)
            if _WORD.search(text) and not text.rstrip().endswith(("?", "？", ":", "：", "؟")):
                found.append(Stretch(first, last, text[:_LONGEST], row=row, cut_short=len(text) > _LONGEST))
    if found and not ended and not answer[found[-1].end :].strip():
        tail = answer[found[-1].end :]
        found[-1] = msgspec.structs.replace(found[-1], whole="\n" in tail)
    return found


def _parts(answer: str) -> Iterator[tuple[int, int, bool]]:
    """(start, end, whether it is a table's row) of what stands between the marks of Markdown."""
    at = 0
    begun: int | None = None
    fenced = header = False
    lines = answer.splitlines(keepends=True)
    for number, line in enumerate(lines):
        start, at = at, at + len(line)
        bare = line.rstrip()
        fence = _FENCE.match(line) is not None
        ends = fenced or fence or not bare or _HEADING.match(line) or _RULE.match(bare) or _ROW.match(line)
        item = _ITEM.match(line)
        if begun is not None and (ends or item):
            yield begun, start, False
            begun = None
        fenced ^= fence
        heading = None if fenced else _HEADING.match(line)
        if heading is not None and without_markers(bare).rstrip().endswith(_FULL_STOPS):
            yield start + heading.end(), start + len(bare), False
        if _ROW.match(line) and not fenced:
            header = number + 1 < len(lines) and _RULE.match(lines[number + 1].rstrip()) is not None
            if not header and not _RULE.match(bare):
                yield start, start + len(bare), True
        elif not ends and begun is None:
            begun = start + (item.end() if item else 0)
    if begun is not None:
        yield begun, len(answer), False


def _sentences(answer: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Sentences of a part; the numbers that stand behind a sentence's end belong to it."""
    part = answer[start:end]
    reached = 0
    for first, last in spans(part):
        first = max(first, reached)
        numbers = _TRAILING.match(part, last)
        if numbers is not None and part[last:].strip():
            last = numbers.end()
        if last > first:
            yield start + first, start + last
        reached = max(reached, last)


def _plain(text: str, *, row: bool) -> str:
    plain = _MARKS.sub("", without_markers(text)).strip()
    return "; ".join(cell.strip() for cell in plain.strip("|").split("|") if cell.strip()) if row else plain
