"""The files of the index as Qt's views want them: a stretch is asked for when it is looked at."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from typing_extensions import override

from app.base.calls import FilesWindow
from app.base.foreign_text import harmless, harmless_line
from app.base.index_values import FileRow, FilesFound
from app.base.values import FileState
from app.window.controls.row_windows import STRETCH, Done, RowWindows
from app.window.controls.widgets import tip
from app.window.controls.wording import STATE_WORDS, size, under_home
from app.window.engine_client import EngineClient
from app.window.pending_request import PendingRequest

Act = Literal["show", "text", "ask", "open", "folder", "retry"]
Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
ACT_WORDS: dict[Act, str] = {
    "show": "Show it here",
    "text": "Show what was read",
    "ask": "Ask about this file",
    "open": "Open",
    "folder": "Show file",
    "retry": "Read it again",
}
"""What can be done with a file, in words."""
FIX_WORDS: dict[Act, str] = {"folder": "Show file", "retry": "Try again"}
FIXES: dict[FileState, Act] = {
    "locked": "folder",
    "damaged": "folder",
    "too_large": "folder",
    "placeholder": "folder",
    "unreadable": "retry",
    "offline": "retry",
    "quarantined": "retry",
}
"""The one remedy that is offered for a state that has one: look at the file, or read it again."""


@dataclass(frozen=True)
class Choice:
    """Which files are listed: of these states (() for all), below a folder, with these words in their path."""

    states: tuple[FileState, ...] = ()
    under: str = ""
    words: str = ""


class FilesModel(QAbstractListModel):
    """The files of a choice. counted(int): how many there are, whenever that was learned."""

    counted = Signal(int)

    def __init__(self, client: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._choice = Choice()
        self._total = 0
        self._asked: PendingRequest | None = None
        self.rows: RowWindows[FileRow] = RowWindows(self._fetch, self)
        self.rows.arrived.connect(self._on_arrived)

    @property
    def choice(self) -> Choice:
        """Which files are listed."""
        return self._choice

    def choose(self, choice: Choice) -> None:
        """List other files; those that were listed stay until the first of the new ones have come."""
        fresh = choice != self._choice
        self._choice = choice
        self._ask(0, fresh=fresh)

    def renew(self, near: int) -> None:
        """The index has changed. near: the first row that is seen."""
        self._ask(near // STRETCH * STRETCH, fresh=False)

    def file(self, index: Index) -> FileRow | None:
        """The file of a row; None if it has not come yet."""
        return self.rows.row(index.row()) if index.isValid() and index.row() < self._total else None

    def index_of(self, path: str) -> QModelIndex:
        """The row of a file; an invalid index if it is not among those that are here."""
        return next((self.index(number) for number, row in self.rows.held() if row.path == path), QModelIndex())

    @override
    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else self._total

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.file(index)
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return harmless_line(os.path.basename(row.path))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            offered = f"Enter: {FIX_WORDS.get(main_act(row), ACT_WORDS[main_act(row)])}."
            parts = (os.path.basename(row.path), STATE_WORDS[row.state], row.reason, row.hint, offered)
            return harmless(" ".join(part.rstrip(".") + "." for part in parts if part))
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(" ".join(filter(None, [under_home(row.path), "–", row.reason, row.hint])).rstrip(" –"))
        return None

    # ---- inner

    def _call(self, first: int, count: int) -> FilesWindow:
        choice = self._choice
        return FilesWindow(states=list(choice.states), under=choice.under, words=choice.words, first=first, count=count)

    def _ask(self, first: int, *, fresh: bool) -> None:
        if self._asked is not None:
            self._asked.drop()
        self._asked = self._client.request(
            self._call(first, STRETCH), lambda found: self._on_found(found, fresh), lambda _: None
        )

    def _on_found(self, found: FilesFound, fresh: bool) -> None:
        self._asked = None
        if fresh:
            self.rows.clear()
        else:
            self.rows.renew()
        if fresh or found.total != self._total:
            self.beginResetModel()
            self._total = found.total
            self.rows.put(found.first, found.rows)
            self.endResetModel()
        else:
            self.rows.put(found.first, found.rows)
        self.counted.emit(found.total)

    def _fetch(self, first: int, count: int, done: Done[FileRow]) -> None:
        self._client.request(self._call(first, count), lambda found: done(found.rows), lambda _: done(None))

    def _on_arrived(self, first: int, last: int) -> None:
        last = min(last, self._total - 1)
        if first <= last:
            self.dataChanged.emit(self.index(first), self.index(last))


def main_act(row: FileRow) -> Act:
    """What Enter does: the remedy if the file needs one, else show it."""
    return FIXES.get(row.state, "show")


def told(row: FileRow) -> str:
    """What became of a file, in one sentence or two."""
    if row.reason:
        return f"{row.reason} {row.hint}".strip()
    folder = under_home(os.path.dirname(row.path))
    weight = f" · {size(row.size_bytes)}" if row.size_bytes else ""
    return f"{STATE_WORDS[row.state]}{weight} · {folder}"
