"""The extract worker's entry: one file after another, each within its limits."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import Any

from app.base.calls import Call, DrawPlace, ReadDocument, ReadRows
from app.base.preview import Preview, Rows
from app.base.values import Document
from app.link.peer import Handler, Incoming
from app.link.serving import serve
from app.workers.extract.limits import Watchdog, forbid_more_memory
from app.workers.extract.page import DRAW_S, draw_place, read_rows
from app.workers.extract.reading import read_file
from app.workers.extract.tokens import Tokens
from app.workers.extract.views.grid_view import Workbooks


class ExtractWorker:
    """Answers the engine's calls. Holds the embedder's tokenizer once a file was read."""

    def __init__(self) -> None:
        self._watchdog = Watchdog()
        self._tokens: Tokens | None = None
        self._workbooks = Workbooks()

    def handlers(self) -> Mapping[type[Call[Any]], Handler]:
        """How each call is answered."""
        return {ReadDocument: self.read, DrawPlace: self.draw, ReadRows: self.rows}

    def read(self, call: ReadDocument, incoming: Incoming) -> Document:
        """One file's chunks, or why it has none."""
        if self._tokens is None:
            self._tokens = Tokens.load()
        with self._watchdog.watching(call.timeout_s):
            return read_file(call, self._tokens, lambda: incoming.cancelled)

    def draw(self, call: DrawPlace, incoming: Incoming) -> Preview:
        """The view of a place, with the quote marked."""
        with self._watchdog.watching(DRAW_S):
            return draw_place(call, lambda: incoming.cancelled, self._workbooks)

    def rows(self, call: ReadRows, incoming: Incoming) -> Rows:
        """Rows of a grid that is being looked at."""
        with self._watchdog.watching(DRAW_S):
            return read_rows(call, lambda: incoming.cancelled, self._workbooks)


def main() -> int:
    """Serve the engine until it goes; returns the exit code."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # other workers read beside this one
    logging.getLogger("pypdfium2").setLevel(logging.ERROR)  # it tells of every odd table of contents
    forbid_more_memory()
    return serve("extract", ExtractWorker().handlers())
