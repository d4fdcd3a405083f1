"""Where the sentences of a text begin and end; for lists, tables and code, their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from app.assistant.quoting.abbreviations import ends_no_sentence

Span = tuple[int, int]

LONGEST = 600
_CODE_LINES = 6
_CODE_SHARE = 0.4
_WIDE = 40
_SHORT_LINE = 0.6

_BLOCK = re.compile(r"(?<![ \t])(?:[ \t]*+\n){2,}+|\f")
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"”’»)\]*_]*+(?=\s)|[؟۔।॥]++[\"”’»)\]]*+|[。！？｡．።။។៕]++[」』”’）)]*+")
_SPACES = re.compile(r"\s*")
_LOOK_BACK = 32
_LOOK_AHEAD = 20
_SPACELESS = "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
_CLAUSE_END = re.compile(rf"(?<={_SPACELESS}) ++(?={_SPACELESS})")
_CLAUSE = 60
"""Thai and its neighbours end their sentences, and clauses, with a space alone: a cut after so many characters."""
_ITEM = re.compile(
    r"[ \t]*(?:(?:[-*+•–▪◦#>|]|\d{1,3}[.)]|[a-zA-Z][.)])[ \t]|\[?\d{4}-\d\d-\d\d[T \]]|\[?\d{1,2}:\d\d(?::\d\d)?[\] ]"
    r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d |\[[A-Z]{3,8}\])"
)
"""The sign of a list's item, or the time with which a line of a log begins."""
_CODE_END = (";", "{", "}", "(", ")", "):", "],", "},", "),")


def spans(text: str) -> list[Span]:
    """Offsets of the sentences of `text`, in order, without the white space around them; at most 600 characters each.

    A line break ends a sentence only where the line was meant to end: before an item of a list, after a heading or a
    line much shorter than the others. Code is cut into at most six lines each.
    """
    found: list[Span] = []
    for start, end in _blocks(text):
        pieces = _code(text, start, end) if _is_code(text[start:end]) else _prose(text, start, end)
        for piece in pieces:
            found += _bounded(text, *piece)
    return found


def _blocks(text: str) -> Iterator[Span]:
    at = 0
    for gap in _BLOCK.finditer(text):
        yield at, gap.start()
        at = gap.end()
    yield at, len(text)


def _trim(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _is_code(block: str) -> bool:
    lines = [line.rstrip() for line in block.split("\n") if line.strip()]
    if len(lines) < 2:
        return False
    marks = sum(line.endswith(_CODE_END) or line.startswith(("    ", "\t")) for line in lines)
    return marks / len(lines) >= _CODE_SHARE


def _code(text: str, start: int, end: int) -> Iterator[Span]:
    at, count = start, 0
    for line in re.finditer(r"[^\n]*\n?", text[start:end]):
        stop = start + line.end()
        count += 1
        if count == _CODE_LINES or stop - at > LONGEST - 100 or stop == end:
            yield at, stop
            at, count = stop, 0


def _prose(text: str, start: int, end: int) -> Iterator[Span]:
    """Pieces of a block that has no blank line."""
    cuts = sorted({*_line_cuts(text, start, end), *_sentence_cuts(text, start, end), end})
    at = start
    for cut in cuts:
        yield at, cut
        at = cut


def _sentence_cuts(text: str, start: int, end: int) -> Iterator[int]:
    for mark in _END.finditer(text, start, end):
        follows = _SPACES.match(text, mark.end(), end)
        next_at = follows.end() if follows is not None else end
        if mark.group()[0] not in ".…":
            yield mark.end()
            continue
        after = text[next_at : min(next_at + _LOOK_AHEAD, end)]
        before = text[max(start, mark.start() - _LOOK_BACK) : mark.start() + 1]
        if not after[:1].islower() and not ends_no_sentence(before, after):
            yield mark.end()
    at = start
    for gap in _CLAUSE_END.finditer(text, start, end):
        if gap.start() - at >= _CLAUSE:
            yield gap.start()
            at = gap.end()


def _line_cuts(text: str, start: int, end: int) -> Iterator[int]:
    lines = [(start + m.start(), start + m.end()) for m in re.finditer(r"[^\n]+", text[start:end])]
    widest = max((stop - at for at, stop in lines), default=0)
    for (at, stop), (next_at, next_stop) in pairwise(lines):
        following = text[next_at:next_stop]
        short = widest < _WIDE or stop - at < widest * _SHORT_LINE
        heading = text[at:stop].lstrip().startswith("#")
        if heading or _ITEM.match(following) or (short and not following.lstrip()[:1].islower()):
            yield stop


def _bounded(text: str, start: int, end: int) -> Iterator[Span]:
    """The piece, trimmed, cut where it is longer than 600 characters: at a clause, else at a word, else anywhere."""
    start, end = _trim(text, start, end)
    while end - start > LONGEST:
        stretch = text[start : start + LONGEST]
        cut = max((stretch.rfind(mark) + len(mark) for mark in ("; ", ", ", ": ", "\n", "，", "；")), default=0)
        if cut < LONGEST // 2:
            cut = stretch.rfind(" ") + 1
        if cut < LONGEST // 2:
            cut = LONGEST
        yield _trim(text, start, start + cut)
        start, end = _trim(text, start + cut, end)
    if end > start:
        yield start, end
