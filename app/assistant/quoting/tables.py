"""Tables as they stand in text: rows of cells parted by pipes, tabs, semicolons or commas, and the names above them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath

import msgspec

Cells = tuple[str, ...]
_LINE = re.compile(r"[^\n]+")
_RULE = re.compile(r"[ \t]*+(?:\|[ \t]*+)?:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*+\|?[ \t]*+")
_NUMBER = re.compile(r"[\s\d.,:/%€$£+-]+")
_SHEETS = frozenset({".csv", ".tsv", ".tab", ".psv", ".ssv"})
_SEPARATORS = ("\t", ";", ",", "|")
_FEWEST_ROWS = 3
_FEWEST_CELLS = 3
_LONGEST_CELL = 40
_LONGEST_HEAD = 60


class Row(msgspec.Struct, frozen=True):
    """A line of a table: where it stands in the text, and its cells without quotation marks."""

    start: int
    end: int
    cells: Cells


class Table(msgspec.Struct, frozen=True):
    """Rows that stand together, without the one of names and the rule below it. columns: those names, () if none.

    start, end: of all of it, the names too.
    """

    rows: tuple[Row, ...]
    columns: Cells
    separator: str
    start: int
    end: int


def tables(text: str, path: str = "", *, sheet: bool = False) -> list[Table]:
    """The tables of a text, in order. path: of the file, whose name tells a table of values. sheet: of a workbook."""
    values = PurePath(path).suffix.lower() in _SHEETS
    found = []
    for lines in _blocks(text):
        begin = 0
        while begin < len(lines):
            separator, count = _table_at(text, lines[begin:], values=values, sheet=sheet)
            if count:
                found.append(_table(text, lines[begin : begin + count], separator))
            begin += max(1, count)
    return found


def names_in(line: str, separator: str) -> Cells:
    """The cells of a row if they name columns: texts, all of them, and none that is a number."""
    cells = cells_of(line, separator)
    named = len(cells) > 1 and all(
        cell and len(cell) <= _LONGEST_HEAD and not _NUMBER.fullmatch(cell) and not cell[:1].isdigit() for cell in cells
    )
    return cells if named else ()


def cells_of(line: str, separator: str) -> Cells:
    """The cells of a row: quotation marks undone, spaces around them gone."""
    if separator == "|":
        line = line.strip().removeprefix("|")
        line = line.removesuffix("|") if not line.endswith("\\|") else line
        return tuple(cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", line))
    return tuple(_split(line, separator))


def _split(line: str, separator: str) -> Iterator[str]:
    at = 0
    while True:
        begin = at
        while begin < len(line) and line[begin] == " " and separator != " ":
            begin += 1
        if line[begin : begin + 1] == '"' and separator != "\t":
            close = begin + 1
            while close < len(line) and not (line[close] == '"' and line[close + 1 : close + 2] != '"'):
                close += 2 if line[close] == '"' else 1
            end = line.find(separator, close)
            cell = line[begin + 1 : close].replace('""', '"')
        else:
            end = line.find(separator, at)
            cell = line[at : end if end >= 0 else len(line)]
        yield cell.strip()
        if end < 0:
            return
        at = end + 1


def _blocks(text: str) -> Iterator[list[tuple[int, int]]]:
    """Lines that follow each other without an empty one between them."""
    block: list[tuple[int, int]] = []
    for line in _LINE.finditer(text):
        if block and (line.start() > block[-1][1] + 1 or not line.group().strip()):
            yield block
            block = []
        if line.group().strip():
            block.append(line.span())
    if block:
        yield block


def _table_at(text: str, lines: Sequence[tuple[int, int]], *, values: bool, sheet: bool) -> tuple[str, int]:
    """What parts the cells of a table that begins with the first of the lines, and how many of them are its; or 0."""
    first = text[slice(*lines[0])]
    if "|" in first and not values:
        piped = _while(text, lines, lambda line: "|" in line)
        if any(is_rule(text[slice(*line)]) for line in lines[1:2]) or (
            piped > 1 and all(text[slice(*line)].strip().startswith("|") for line in lines[:piped])
        ):
            return "|", piped
    if "\t" in first.strip():
        tabbed = _while(text, lines, lambda line: "\t" in line.strip() or sheet)
        if tabbed > 1 or sheet or values:
            return "\t", tabbed
    if values:
        separator = max(_SEPARATORS, key=lambda one: len(cells_of(first, one)))
        return (separator, len(lines)) if separator in first else ("", 0)
    for separator in (";", ","):
        alike = _alike(text, lines, separator)
        if alike >= _FEWEST_ROWS:
            return separator, alike
    return "", 0


def _alike(text: str, lines: Sequence[tuple[int, int]], separator: str) -> int:
    """How many lines from the first on are rows of as many cells as it has, and no sentences."""
    first = text[slice(*lines[0])]
    count = len(cells_of(first, separator))
    if count < _FEWEST_CELLS or len(first) > count * _LONGEST_CELL:
        return 0
    alike = _while(text, lines, lambda line: len(cells_of(line, separator)) == count)
    return 0 if any(text[slice(*line)].endswith((".", separator)) for line in lines[:alike]) else alike


def _while(text: str, lines: Sequence[tuple[int, int]], holds: Callable[[str], bool]) -> int:
    count = 0
    while count < len(lines) and holds(text[slice(*lines[count])]):
        count += 1
    return count


def _table(text: str, lines: Sequence[tuple[int, int]], separator: str) -> Table:
    ruled = len(lines) > 1 and separator == "|" and is_rule(text[slice(*lines[1])])
    first = text[slice(*lines[0])]
    columns = cells_of(first, separator) if ruled else names_in(first, separator) if len(lines) > 1 else ()
    rows = [
        Row(start, end, cells_of(text[start:end], separator))
        for start, end in lines[1 if columns else 0 :]
        if not (separator == "|" and is_rule(text[start:end]))
    ]
    return Table(tuple(rows), columns, separator, lines[0][0], lines[-1][1])


def is_rule(line: str) -> bool:
    """Whether a line is the rule below the names of a Markdown table."""
    return "|" in line and _RULE.fullmatch(line) is not None
