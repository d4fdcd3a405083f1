"""Quotes as parts of an answer, in Markdown: in quotation marks, as an item, as a table or as code."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.assistant.quoting.quotes import Quote
from app.assistant.quoting.tables import Cells, cells_of, is_rule
from app.assistant.terms import terms

_MOST_COLUMNS = 8
_LONGEST_CELL = 120
_CITED = re.compile(r"\[(\d{1,3})\]")
_LINK = re.compile(r"!?\[([^\[\]\n]{1,300})\]\((?:[^()\n]{0,500})\)")
_MARKS = re.compile(r"(?<!\w)(\*{1,3}|_{2,3}|~~)(?=\S)([^*_~\n]{1,300})(?<=\S)\1(?!\w)")
_CODE = re.compile(r"(?<!`)(`{1,2})(?!`)([^`\n]{1,300})\1(?!`)")
_LEAD = re.compile(r"^[ \t]{0,12}(?:#{1,6} |> ?|[-*+•–▪◦] (?:\[[ xX]\] )?)", re.MULTILINE)
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>~])")
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~])")


def as_written(quote: Quote, question: str = "") -> str:
    """A quote as part of an answer, ready for its number to follow.

    question: chooses the columns of a wide table. What would read as a citation, a block's end or a heading is written
    otherwise, and Markdown's own marks are gone; the citation keeps the exact words.
    """
    if quote.kind == "code":
        return _block(quote.text)
    if quote.kind == "row" and quote.table is not None:
        return _table(quote, question)
    return f"“{' '.join(plain(quote.text).split())}”"


def plain(text: str) -> str:
    """Text without the marks of Markdown: what its headings, links, emphases and code say."""
    text = _LEAD.sub("", text)
    text = _LINK.sub(r"\1", text)
    text = _CODE.sub(r"\2", text)
    for _ in range(2):  # bold within italic
        text = _MARKS.sub(r"\2", text)
    text = _ESCAPED.sub(r"\1", text)
    text = _CITED.sub(r"(\1)", text)
    return _SPECIAL.sub(r"\\\1", text)


def _block(text: str) -> str:
    safe = _CITED.sub(r"(\1)", text).replace("```", "'''").replace("~~~", "---")
    return f"```\n{safe}\n```\n"


def _table(quote: Quote, question: str) -> str:
    table = quote.table
    assert table is not None
    lines = [line for line in quote.text.split("\n") if line.strip() and not is_rule(line)]
    rows = [cells_of(line, table.separator) for line in lines]
    width = max((len(row) for row in rows), default=0)
    columns = table.columns
    if not columns:
        return f"“{' · '.join(plain(cell) for row in rows for cell in row if cell)}”"
    shown = _shown(columns, rows, width, question)
    head = _row([columns[at] if at < len(columns) else "" for at in shown])
    body = [_row([row[at] if at < len(row) else "" for at in shown]) for row in rows]
    return "\n".join([head, f"|{'---|' * len(shown)}", *body]) + "\n\n"


def _shown(columns: Cells, rows: Sequence[Cells], width: int, question: str) -> list[int]:
    """The columns that are shown: all if they are few, else those that the question is about, and the first ones."""
    every = range(max(width, len(columns)))
    filled = [at for at in every if any(at < len(row) and row[at] for row in rows)]
    if len(filled) <= _MOST_COLUMNS:
        return filled
    wanted = frozenset(terms(question))

    def told(at: int) -> int:
        cells = [columns[at] if at < len(columns) else "", *(row[at] for row in rows if at < len(row))]
        return sum(word in wanted for cell in cells for word in terms(cell))

    first = sorted(filled, key=lambda at: (-told(at), at))[:_MOST_COLUMNS]
    return sorted(first)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(cell: str) -> str:
    line = " ".join(plain(cell).split())
    return line if len(line) <= _LONGEST_CELL else f"{line[: _LONGEST_CELL - 1].rstrip()}…"
