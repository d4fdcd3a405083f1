"""The list of files: quick with any number of rows, each with what can be done with its file."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, Qt
from PySide6.QtWidgets import QAbstractItemView, QListView, QMenu
from typing_extensions import override

from app.base.index_values import FileRow
from app.window.controls.icons import icon
from app.window.controls.popups import asked_at, pop_up
from app.window.controls.theme import Theme
from app.window.index.file_row import FileRowPainter
from app.window.index.files_model import ACT_WORDS, Act, FilesModel, Index, main_act

_MENU: tuple[tuple[Act, str], ...] = (
    ("show", "file-text"), ("text", "file-code"), ("ask", "message-square"), ("open", "external-link"),
    ("folder", "folder-open"), ("retry", "refresh-cw"),
)  # fmt: skip
_MENU_WORDS: dict[Act, str] = ACT_WORDS | {"open": "Open in its own program…", "folder": "Show in folder"}


class FilesList(QListView):
    """The list. act_wanted(FileRow, Act): by a row's button, by Enter, by a double click or from its menu.

    current_changed(): another row is the current one.
    """

    act_wanted = Signal(object, str)
    current_changed = Signal()

    def __init__(self, model: FilesModel, theme: Theme) -> None:
        super().__init__()
        self._model = model
        self._painter = FileRowPainter(theme, self)
        self._painter.act_wanted.connect(self.act_wanted)
        self.setModel(model)
        self.setItemDelegate(self._painter)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setAccessibleName("Files")
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.doubleClicked.connect(self._on_double_clicked)

    @property
    def current(self) -> FileRow | None:
        """The file of the current row."""
        return self._model.file(self.currentIndex())

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._painter.theme = theme
        self.viewport().update()

    def set_tall(self, tall: bool) -> None:
        """Whether rows have two lines for the reason that their file was not read."""
        if tall != self._painter.tall:
            self._painter.tall = tall
            self.scheduleDelayedItemsLayout()

    def first_seen(self) -> int:
        """The number of the topmost row that is seen."""
        return max(self.indexAt(self.viewport().rect().topLeft()).row(), 0)

    @override
    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self.current_changed.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.current
        if row is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.act_wanted.emit(row, main_act(row))
        else:
            super().keyPressEvent(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index, where = asked_at(self, event)
        row = self._model.file(index)
        if row is None:
            return
        menu = QMenu(self)
        for act, icon_name in _MENU:
            if act in ("ask", "folder"):
                menu.addSeparator()
            made = menu.addAction(icon(icon_name, self._painter.theme), _MENU_WORDS[act])
            made.triggered.connect(lambda _=False, act=act: self.act_wanted.emit(row, act))
        pop_up(menu, where)

    @Slot(QModelIndex)
    def _on_double_clicked(self, index: QModelIndex) -> None:
        row = self._model.file(index)
        if row is not None:
            self.act_wanted.emit(row, "show")
