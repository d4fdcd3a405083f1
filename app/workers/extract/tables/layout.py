"""Where in a sheet the table stands: its head, which may have two rows, its body, and the rows that sum up others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.workers.extract.tables.columns import DOT, is_day, is_figure, plain_figure, style_of
from app.workers.extract.views.grid_view import Table

_LOOKED_AT = 12  # rows in which a head is looked for
_YEAR = re.compile(r"(?:19|20)\d\d")
_ORDINAL = re.compile(r"\d{1,3}[^\W\d_]+")
_TOTAL = re.compile(
    r"(?:(?:grand|sub|zwischen|gesamt)[- ]?)?(?:total|totals|summe|sum|totale|totaux|gesamt|gesamtsumme|somme|suma)"
    r"(?:\s(?:total|general|général|generale|amount|betrag))?\s*:?",
    re.IGNORECASE,
)
_SUMS = re.compile(
    r"total|sum|summe|gesamt|insgesamt|betrag|balance|saldo|carried|brought|forward|übertrag|somme|suma|netto|brutto|net\b",
    re.IGNORECASE,
)  # what a row that sums up others may be called; its figures must bear it out
_UNIT = re.compile(r"[A-Z]{3}|[€$£¥%]")
_ROUNDED = Decimal("0.011")


@dataclass(frozen=True)
class Body:
    """A table of a sheet. titles: of its columns. rows: their cells, all of one width. numbers: of the rows.

    totals: numbers of rows that were left out because they sum up others. style: how it writes decimals, "" if that
    cannot be told.
    """

    name: str
    titles: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[int]
    totals: Sequence[int]
    style: str


def laid_out(table: Table) -> Body:
    """The table as it can be computed with."""
    lines = [(table.first_number - 1, table.header)] if table.header else []
    lines += [(table.first_number + at, row) for at, row in enumerate(table.rows)]
    width = max((len(row) for _, row in lines), default=0)
    full = [(number, [*(cell.strip() for cell in row), *[""] * (width - len(row))]) for number, row in lines]
    full = [(number, row) for number, row in full if any(row)]
    titles, begin = _head(full[:_LOOKED_AT])
    body = full[begin:]
    totals = _totals(body)
    kept = [(number, row) for number, row in body if number not in set(totals)]
    used = [at for at in range(width) if (titles and titles[at]) or any(row[at] for _, row in kept)]
    names = [titles[at] if titles else "" for at in used]
    rows = [[row[at] for at in used] for _, row in kept]
    style = style_of([cell for row in rows for cell in row])
    return Body(table.name, names, rows, [number for number, _ in kept], totals, style)


def _head(numbered: Sequence[tuple[int, Sequence[str]]]) -> tuple[list[str], int]:
    """The titles, and where the body begins; no titles where no row names the columns."""
    rows = [row for _, row in numbered]
    for at, (number, row) in enumerate(numbered):
        following = rows[at + 1] if at + 1 < len(rows) and numbered[at + 1][0] == number + 1 else []
        if sum(1 for cell in row if cell) < min(2, len(row)) and (row[0] or not following or not _names(following)):
            continue  # a title above the table
        if not _names(row):
            return [], at
        after = rows[at + 2] if at + 2 < len(rows) else []
        if following and _names(following) and after and not _names(after) and _is_spread(row, following):
            return _joined(row, following), at + 2
        return list(row), at + 1
    return [], 0


def _names(row: Sequence[str]) -> bool:
    """Whether a row can be one of names: words, and years beside them, or beside nothing where the words would be."""
    cells = [cell for cell in row if cell]
    words = [cell for cell in cells if _ORDINAL.fullmatch(cell) or not (is_figure(cell) or is_day(cell))]
    years = all(_YEAR.fullmatch(cell) for cell in cells if cell not in words)
    return years and (bool(words) or (len(cells) > 1 and not row[0]))


def _is_spread(row: Sequence[str], following: Sequence[str]) -> bool:
    """Whether names of this row stand above several columns: with gaps, or said again, above a fuller row."""
    cells = [cell for cell in row if cell]
    return len(cells) < len([cell for cell in following if cell]) or len(set(cells)) < len(cells)


def _joined(above: Sequence[str], below: Sequence[str]) -> list[str]:
    """The titles of two rows: a name of the upper one counts up to the next."""
    titles, group = [], ""
    for upper, lower in zip(above, below, strict=True):
        group = upper or group
        titles.append(f"{group} {lower}" if lower and group and group != lower else lower or group)
    return titles


def _totals(body: Sequence[tuple[int, Sequence[str]]]) -> list[int]:
    """The numbers of the rows that sum up others: by their name alone, or by a name that may say so, or none, where one
    of their figures is the sum of those above it, or of those since the last such row."""
    style = style_of([cell for _, row in body for cell in row]) or DOT
    totals: list[int] = []
    above: dict[int, tuple[Decimal, int]] = {}
    since: dict[int, tuple[Decimal, int]] = {}
    for at, (number, row) in enumerate(body):
        read = {n: plain_figure(cell, style) for n, cell in enumerate(row)}
        figures = {n: Decimal(plain) for n, plain in read.items() if plain is not None}
        words = [cell for n, cell in enumerate(row) if cell and n not in figures and not _UNIT.fullmatch(cell)]
        sums = any(_is_sum(value, some.get(n)) for n, value in figures.items() for some in (above, since))
        named = len(words) == 1 and _TOTAL.fullmatch(words[0]) is not None
        maybe = any(_SUMS.search(word) for word in words)
        bare = not words and at == len(body) - 1 and _has_words(body)
        if figures and (named or (sums and (maybe or bare))):
            totals.append(number)
            since = {}
            continue
        for n, value in figures.items():
            for some in (above, since):
                before, count = some.get(n, (Decimal(0), 0))
                some[n] = (before + value, count + 1)
    return totals


def _is_sum(value: Decimal, some: tuple[Decimal, int] | None) -> bool:
    return some is not None and some[1] > 1 and abs(some[0] - value) <= _ROUNDED


def _has_words(body: Sequence[tuple[int, Sequence[str]]]) -> bool:
    """Whether the rows of a table usually name what they are of."""
    named = sum(any(cell and not is_figure(cell) and not is_day(cell) for cell in row) for _, row in body)
    return named * 2 > len(body)
