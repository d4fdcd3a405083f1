"""The files of the index as a list that stays quick with tens of thousands of rows, each with its one remedy."""

from __future__ import annotations

import os
from typing import Literal

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QMenu, QStyledItemDelegate, QStyleOptionViewItem
from typing_extensions import override

from app.base.foreign_text import harmless, harmless_line
from app.base.values import FileRow, FileState
from app.window.controls import row_painting
from app.window.controls.icons import icon, pixmap
from app.window.controls.popups import pop_up
from app.window.controls.theme import SIZE, SPACE, Theme
from app.window.controls.widgets import tip
from app.window.controls.wording import STATE_WORDS, size, under_home

Fix = Literal["show", "retry", ""]
Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
ROW_PX = 54
FIX_WORDS: dict[Fix, str] = {"show": "Show file", "retry": "Try again"}
FIXES: dict[FileState, Fix] = {
    "partial": "show",
    "empty": "show",
    "locked": "show",
    "damaged": "show",
    "too_large": "show",
    "unsupported": "show",
    "placeholder": "show",
    "unreadable": "retry",
    "offline": "retry",
    "quarantined": "retry",
}
"""The one remedy that is offered for each state: look at the file, or read it again."""

_ICONS: dict[FileState, tuple[str, str]] = {
    "ready": ("circle-check", "ok"),
    "waiting": ("clock", "text3"),
    "reading": ("loader-circle", "accent"),
    "ignored": ("file", "text3"),
    "offline": ("hard-drive", "text3"),
    "locked": ("lock", "warn"),
}


class FilesModel(QAbstractListModel):
    """Rows of FileRow, narrowed by a text in their path."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[FileRow] = []
        self._rows: list[FileRow] = []
        self._words: list[str] = []

    def show(self, rows: list[FileRow]) -> None:
        """Replace all rows."""
        self._all = rows
        self._narrow()

    def narrow(self, text: str) -> None:
        """Show only rows whose path has all these words."""
        self._words = text.casefold().split()
        self._narrow()

    def file(self, index: Index) -> FileRow | None:
        """The file of a row."""
        return self._rows[index.row()] if index.isValid() else None

    def index_of(self, path: str) -> QModelIndex:
        """The row of a file; an invalid index if it is not shown."""
        for number, row in enumerate(self._rows):
            if row.path == path:
                return self.index(number)
        return QModelIndex()

    @override
    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return harmless_line(os.path.basename(row.path))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            fix = FIXES.get(row.state, "")
            offered = f"Enter: {FIX_WORDS[fix]}." if fix else ""
            parts = (os.path.basename(row.path), STATE_WORDS[row.state], row.reason, row.hint, offered)
            return harmless(" ".join(part.rstrip(".") + "." for part in parts if part))
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(" ".join(filter(None, [under_home(row.path), "–", row.reason, row.hint])).rstrip(" –"))
        return None

    def _narrow(self) -> None:
        rows = [row for row in self._all if all(word in row.path.casefold() for word in self._words)]
        if rows != self._rows:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()


class _Row(QStyledItemDelegate):
    """Paints a file: icon, name, what became of it, and its remedy as a button.

    fix_wanted(FileRow): the button was clicked.
    """

    fix_wanted = Signal(object)

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self.theme = theme

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, ROW_PX)

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, FilesModel)
        row = model.file(index)
        assert row is not None
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = row_painting.ground(painter, self.theme, option)
        name, token = _ICONS.get(row.state, ("triangle-alert", "warn"))
        drawn = pixmap(name, self.theme, SIZE["icon_small"], painter.device().devicePixelRatio(), token)
        painter.drawPixmap(QPoint(box.left() + SPACE[3], box.center().y() - SIZE["icon_small"] // 2), drawn)
        right = box.right() - SPACE[3]
        fix = FIXES.get(row.state, "")
        if fix:
            button = fix_box(option.rect, fix)
            row_painting.button(painter, self.theme, button, FIX_WORDS[fix])
            right = button.left() - SPACE[4]
        left = box.left() + SPACE[3] + SIZE["icon_small"] + SPACE[3]
        lines = box.adjusted(0, SPACE[1] + 2, 0, -SPACE[1] - 2)
        half = lines.height() // 2
        line = QRect(left, lines.top(), right - left, half)
        middle = Qt.TextElideMode.ElideMiddle
        row_painting.line(painter, self.theme, line, os.path.basename(row.path), "body", "text", middle)
        row_painting.line(painter, self.theme, line.translated(0, half), told(row), "small", "text2")
        painter.restore()

    @override
    def editorEvent(self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index) -> bool:
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease:
            assert isinstance(model, FilesModel)
            row = model.file(index)
            fix = FIXES.get(row.state, "") if row is not None else ""
            if fix and fix_box(option.rect, fix).contains(event.position().toPoint()):
                self.fix_wanted.emit(row)
                return True
        return super().editorEvent(event, model, option, index)


class FilesList(QListView):
    """The list. fix_wanted(FileRow, Fix): by click, by Enter or from the row's menu."""

    fix_wanted = Signal(object, str)

    def __init__(self, model: FilesModel, theme: Theme) -> None:
        super().__init__()
        self._model = model
        self._row = _Row(theme, self)
        self._row.fix_wanted.connect(self._on_fix_wanted)
        self.setModel(model)
        self.setItemDelegate(self._row)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setAccessibleName("Files")
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._row.theme = theme
        self.viewport().update()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self._model.file(self.currentIndex())
        if row is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._on_fix_wanted(row)
        else:
            super().keyPressEvent(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if keyboard else self.indexAt(event.pos())
        row = self._model.file(index)
        if row is None:
            return
        menu = QMenu(self)
        theme = self._row.theme
        menu.addAction(icon("folder-open", theme), "Show file", lambda: self.fix_wanted.emit(row, "show"))
        menu.addAction(icon("refresh-cw", theme), "Read it again", lambda: self.fix_wanted.emit(row, "retry"))
        where = self.viewport().mapToGlobal(self.visualRect(index).bottomLeft()) if keyboard else event.globalPos()
        pop_up(menu, where)

    def _on_fix_wanted(self, row: FileRow) -> None:
        self.fix_wanted.emit(row, FIXES.get(row.state, "show"))


def fix_box(row: QRect, fix: Fix) -> QRect:
    """Where a row's button is, given the row's rectangle."""
    return row_painting.button_box(row, FIX_WORDS[fix])


def told(row: FileRow) -> str:
    """What became of a file, in one line."""
    if row.reason:
        return f"{row.reason} {row.hint}".strip()
    folder = under_home(os.path.dirname(row.path))
    weight = f" · {size(row.size_bytes)}" if row.size_bytes else ""
    return f"{STATE_WORDS[row.state]}{weight} · {folder}"
