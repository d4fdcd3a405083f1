"""Spreadsheets and files of separated values as grids, whose rows the window asks for as they are looked at."""

from __future__ import annotations

import csv
import itertools
import re
from bisect import bisect_right
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.base.errors import Problem
from app.base.preview import Column, Grid, Preview, Rows, Span
from app.base.wording import display_width
from app.base.worker_calls import DrawPlace, ReadRows
from app.workers.extract.content import Section
from app.workers.extract.views.passage import passage

COLUMNS = 256
CELL_CHARS = 2_000
MOST_ROWS = 500  # given at once
SAMPLE_ROWS = 200  # that decide how wide a column is
LETTERS = 60
NUMERIC_SHARE = 0.8
KEPT = 2  # workbooks
_SEPARATORS = {".tsv": "\t", ".tab": "\t", ".psv": "|"}
_NUMBER = re.compile(r"[-+−(]?[€$£¥]?[.,:/ \u00a0\u202f]*+\d[\d.,:/ \u00a0\u202f]*+[%€$£¥)]?")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a file. header: the names of its columns, () if it has none. first_number: of the first of `rows`.

    text: what was extracted of it, at `offset` of all text. starts: where each of `rows` begins in it.
    """

    name: str
    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    first_number: int
    text: str
    offset: int
    starts: Sequence[int]

    @property
    def width(self) -> int:
        """How many columns it has."""
        return max((len(row) for row in (self.header, *self.rows)), default=0)


class Workbooks:
    """The tables of the last few files, by the hash of their bytes: rows are asked for many times."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, dict[int, Table]] = OrderedDict()

    def tables(self, sha256: str, read: Callable[[], dict[int, Table]]) -> dict[int, Table]:
        """The tables by number, read if they are not known."""
        if sha256 not in self._kept:
            self._kept[sha256] = read()
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(sha256)
        return self._kept[sha256]


def sheets(sections: Sequence[Section]) -> dict[int, Table]:
    """The sheets of a workbook, by number: each text is a name, then rows of cells parted by tabs."""
    found: dict[int, Table] = {}
    offset = 0
    for number, group in itertools.groupby(sections, key=lambda section: section.number):
        parts = list(group)
        text = "".join(part.text for part in parts)
        name, *lines = text.rstrip("\n").split("\n")
        starts = list(itertools.accumulate((len(line) + 1 for line in lines), initial=len(name) + 1))
        rows = [tuple(line.split("\t")) for line in lines]
        found[number] = _table(name, rows, starts, max(parts[0].first_row, 1), text, offset)
        offset += len(text)
    return found


def separated(text: str, suffix: str) -> Table | None:
    """A file of separated values as a table; None if it is not one."""
    lines = text.splitlines(keepends=True)
    separator = _SEPARATORS.get(suffix) or _separator(lines)
    if not separator:
        return None
    begins = list(itertools.accumulate(map(len, lines), initial=0))
    reader = csv.reader(lines, delimiter=separator)
    rows: list[tuple[str, ...]] = []
    starts: list[int] = []
    try:
        line = 0
        for row in reader:
            rows.append(tuple(" ".join(cell.split()) for cell in row))
            starts.append(begins[line])
            line = reader.line_num
    except csv.Error:
        return None
    return _table("", rows, starts, 1, text, 0)


def show_grid(tables: dict[int, Table], call: DrawPlace) -> Preview:
    """The table of the place, its rows that hold the quote marked."""
    cited = call.place.first if call.place.kind == "sheet" else 1
    wanted = call.number or cited
    number = min(tables, key=lambda held: abs(held - wanted))
    table = tables[number]
    match, _ = passage(call, table.text, table.offset)
    here = call.place.kind != "sheet" or cited <= number <= call.place.last
    marked = tuple(_rows_of(table, span) for span in match.spans)
    view = Grid(
        columns=_columns(table, [row for span in marked for row in range(*span)][:SAMPLE_ROWS]),
        rows=len(table.rows), first_number=table.first_number, name=table.name,
        marked=tuple(span for span in marked if span[0] < span[1]), left_out=max(0, table.width - COLUMNS),
    )  # fmt: skip
    return Preview(
        view=view, match=match.kind, unit="sheet", number=number, count=max(tables), at_place=here, has_text=True
    )


def rows_of(tables: dict[int, Table], call: ReadRows) -> Rows:
    """Some rows of one of the tables."""
    table = tables.get(call.number)
    if table is None:
        raise Problem("preview.changed", "The file has changed.", "It is shown anew.")
    first = min(max(call.first, 0), len(table.rows))
    wanted = table.rows[first : first + min(max(call.count, 0), MOST_ROWS)]
    return Rows(first=first, rows=tuple(tuple(cell[:CELL_CHARS] for cell in row[:COLUMNS]) for row in wanted))


def _table(name: str, rows: list[tuple[str, ...]], starts: list[int], number: int, text: str, offset: int) -> Table:
    named = bool(rows) and _names(rows[0])
    return Table(
        name, rows[0] if named else (), rows[1:] if named else rows, number + named, text, offset,
        starts[1:] if named else starts,
    )  # fmt: skip


def _names(row: Sequence[str]) -> bool:
    """Whether a row names the columns below it: at least two words, no figures."""
    cells = [cell for cell in row if cell]
    return (
        len(cells) >= 2 and len(cells) * 2 > len(row) and not any(_NUMBER.fullmatch(cell[:LETTERS]) for cell in cells)
    )


def _separator(lines: Sequence[str]) -> str:
    """The sign that parts the values: the one that most of the first lines have equally often; "" if none does."""
    sample = [line for line in lines[:SAMPLE_ROWS] if line.strip()][:20]
    best, most = "", (0, 0)
    for sign in ",;\t|":
        counts = Counter(line.count(sign) for line in sample)
        often, agreeing = max(
            ((n, times) for n, times in counts.items() if n), key=lambda pair: pair[1], default=(0, 0)
        )
        if (agreeing, often) > most:
            best, most = sign, (agreeing, often)
    return best


def _rows_of(table: Table, span: Span) -> Span:
    """The rows that a stretch of the table's text touches."""
    first = max(bisect_right(table.starts, span[0]) - 1, 0)
    last = bisect_right(table.starts, max(span[0], span[1] - 1))
    return first, min(last, len(table.rows))


def _columns(table: Table, marked: Sequence[int]) -> tuple[Column, ...]:
    sample = [*table.rows[:SAMPLE_ROWS], *(table.rows[row] for row in marked)]
    columns = []
    for index in range(min(table.width, COLUMNS)):
        cells = [row[index] for row in sample if index < len(row) and row[index]]
        figures = sum(_NUMBER.fullmatch(cell[:LETTERS]) is not None for cell in cells)
        name = table.header[index] if index < len(table.header) else ""
        letters = min(max((display_width(cell[:LETTERS]) for cell in (*cells, name)), default=0), LETTERS)
        columns.append(
            Column(name=name, letters=letters, numeric=bool(cells) and figures >= NUMERIC_SHARE * len(cells))
        )
    return tuple(columns)
