"""The extract worker's entry: one file after another, each within its limits."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.base.calls import Call
from app.base.preview import Preview, Rows
from app.base.tables import TableResult
from app.base.values import Document
from app.base.worker_calls import DrawPlace, QueryTables, ReadDocument, ReadRows
from app.link.confinement import confine
from app.link.lending import LentPlaces, Places, places
from app.link.peer import Handler, Incoming
from app.link.serving import serve
from app.workers.extract.limits import Watchdog, forbid_more_memory
from app.workers.extract.page import DRAW_S, ask_tables, draw_place, read_rows
from app.workers.extract.reading import read_file
from app.workers.extract.tables.querying import MOST_S, AskedSheets
from app.workers.extract.tokens import Tokens
from app.workers.extract.views.grid_view import Workbooks

ASK_S = MOST_S + 8.0  # reading the file included


class ExtractWorker:
    """Answers the engine's calls. Holds the embedder's tokenizer once a file was read."""

    def __init__(self, places: Places) -> None:
        """places: who opens the files."""
        self._places = places
        self._watchdog = Watchdog()
        self._tokens: Tokens | None = None
        self._workbooks = Workbooks()
        self._asked = AskedSheets()

    def handlers(self) -> Mapping[type[Call[Any]], Handler]:
        """How each call is answered."""
        return {ReadDocument: self.read, DrawPlace: self.draw, ReadRows: self.rows, QueryTables: self.ask}

    def read(self, call: ReadDocument, incoming: Incoming) -> Document:
        """One file's chunks, or why it has none."""
        if self._tokens is None:
            self._tokens = Tokens.load()
        with self._watchdog.watching(call.timeout_s):
            return read_file(call, self._tokens, lambda: incoming.cancelled, self._places)

    def draw(self, call: DrawPlace, incoming: Incoming) -> Preview:
        """The view of a place, with the quote marked."""
        with self._watchdog.watching(DRAW_S):
            return draw_place(call, lambda: incoming.cancelled, self._workbooks, self._places)

    def ask(self, call: QueryTables, incoming: Incoming) -> TableResult:
        """What a question about the tables of a file gives."""
        with self._watchdog.watching(ASK_S):
            return ask_tables(call, lambda: incoming.cancelled, self._workbooks, self._asked, self._places)

    def rows(self, call: ReadRows, incoming: Incoming) -> Rows:
        """Rows of a grid that is being looked at."""
        with self._watchdog.watching(DRAW_S):
            return read_rows(call, lambda: incoming.cancelled, self._workbooks, self._places)


def begin() -> Places:
    """Give up what reading needs not; returns how files are reached from then on."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # other workers read beside this one
    logging.getLogger("pypdfium2").setLevel(logging.ERROR)  # it tells of every odd table of contents
    forbid_more_memory()
    reached = places()
    if isinstance(reached, LentPlaces):  # else it must open the files itself
        confine(Path(tempfile.gettempdir()))
    return reached


def main() -> int:
    """Serve the engine until it goes; returns the exit code."""
    return serve("extract", ExtractWorker(begin()).handlers())
