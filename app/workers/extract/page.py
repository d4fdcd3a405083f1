"""Shows a place of a file as what the file is: a drawn page, a grid, a mail, rendered Markdown, or else its lines."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from app.base.errors import Problem
from app.base.preview import Preview, Rows
from app.base.tables import TableResult
from app.base.worker_calls import DrawPlace, QueryTables, ReadRows
from app.link.lending import OWN, Places
from app.workers.extract.content import Findings, Refused, Section
from app.workers.extract.html import LEAST_SHARE
from app.workers.extract.kinds import kind_of
from app.workers.extract.reading import collect, read_source
from app.workers.extract.source import Source, open_source
from app.workers.extract.tables.form import as_sql
from app.workers.extract.tables.querying import AskedSheets
from app.workers.extract.task import Task
from app.workers.extract.text import decoded
from app.workers.extract.views.grid_view import Table, Workbooks, rows_of, separated, sheets, show_grid
from app.workers.extract.views.html_markdown import markdown_of
from app.workers.extract.views.letter_view import show_letter
from app.workers.extract.views.markdown_view import show_markdown, show_page
from app.workers.extract.views.pdf_view import draw_page
from app.workers.extract.views.picture_view import draw_picture
from app.workers.extract.views.text_view import show_text

DRAW_S = 5.0
MAX_BYTES = 512 * 1024 * 1024
MAX_CHARS = 20_000_000
SHEETS = ("xlsx", "xlsb", "xls", "ods")
LETTERS = ("mail", "mbox", "msg")


def draw_place(call: DrawPlace, cancelled: Callable[[], bool], workbooks: Workbooks, places: Places = OWN) -> Preview:
    """The view of a place. places: who opens files.

    Raises Problem preview.* if the file cannot be shown, file.linked or file.replaced if it is not the one meant.
    """
    task = Task(MAX_CHARS, time.monotonic() + DRAW_S, cancelled, read_source)
    try:
        with open_source(Path(call.path), MAX_BYTES, call.identity, places) as source:
            if not source.size_bytes:
                raise Refused("empty", "The file has no bytes in it.")
            made = _draw(source, call, task, workbooks, places)
            return msgspec.structs.replace(made, sha256=source.sha256)
    except Refused as refused:
        raise Problem(f"preview.{refused.state}", refused.reason, refused.hint) from refused


def read_rows(call: ReadRows, cancelled: Callable[[], bool], workbooks: Workbooks, places: Places = OWN) -> Rows:
    """Rows of a grid.

    Raises Problem preview.changed if the file has other bytes than the grid was made from; file.linked.
    """
    task = Task(MAX_CHARS, time.monotonic() + DRAW_S, cancelled, read_source)
    try:
        with open_source(Path(call.path), MAX_BYTES, places=places) as source:
            if source.sha256 != call.sha256:
                raise Problem("preview.changed", "The file has changed.", "It is shown anew.")
            return rows_of(workbooks.tables(source.sha256, lambda: _tables(source, task)), call)
    except Refused as refused:
        raise Problem(f"preview.{refused.state}", refused.reason, refused.hint) from refused


def ask_tables(
    call: QueryTables, cancelled: Callable[[], bool], workbooks: Workbooks, asked: AskedSheets, places: Places = OWN
) -> TableResult:
    """What a question about the tables of a file gives. asked: the tables that were asked last.

    Raises Problem table.*, file.linked, file.replaced.
    """
    task = Task(MAX_CHARS, time.monotonic() + DRAW_S, cancelled, read_source)
    try:
        with open_source(Path(call.path), MAX_BYTES, call.identity, places) as source:
            sha256 = source.sha256
            tables = asked.of(sha256, lambda: workbooks.tables(sha256, lambda: _tables(source, task)))
    except Refused as refused:
        raise Problem("table.none", refused.reason, refused.hint) from refused
    sql = as_sql(call.form, tables.infos) if call.form is not None else call.sql
    result = tables.ask(sql) if sql.strip() else TableResult(tables=tables.infos)
    return msgspec.structs.replace(result, sha256=sha256)


def _draw(source: Source, call: DrawPlace, task: Task, workbooks: Workbooks, places: Places) -> Preview:
    kind = kind_of(source)
    if kind == "image":
        return draw_picture(source, call, places)
    if kind == "pdf" and not call.as_text:
        return draw_page(source, call, places)
    if (kind in SHEETS or kind == "csv") and not call.as_text:
        tables = workbooks.tables(source.sha256, lambda: _tables(source, task))
        if tables:
            return show_grid(tables, call)
    sections = _sections(source, task)
    if not call.as_text and kind == "markdown":
        return show_markdown("".join(section.text for section in sections), call)
    if not call.as_text and kind == "html":
        extracted = "".join(section.text for section in sections)
        markdown = markdown_of(decoded(source, MAX_CHARS))
        if len(markdown) >= LEAST_SHARE * len(extracted):  # what was left out as furniture was not the page itself
            return show_page(extracted, markdown, call)
    if not call.as_text and kind in LETTERS:
        return show_letter(sections, call)
    shown = show_text(sections, kind, source.name, call)
    return msgspec.structs.replace(shown, has_text=call.as_text)


def _sections(source: Source, task: Task) -> list[Section]:
    sections = collect(source, Findings(""), task)
    if not sections:
        raise Refused("empty", "The file holds no text.")
    return sections


def _tables(source: Source, task: Task) -> dict[int, Table]:
    """The tables of a workbook or of a file of separated values, by number; none if they cannot be told."""
    if kind_of(source) in SHEETS:
        return sheets(_sections(source, task))
    table = separated(decoded(source, MAX_CHARS), source.suffix)
    return {1: table} if table is not None and table.width > 1 else {}
