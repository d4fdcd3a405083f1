"""The watched folders at the foot of the left panel, each with how far its reading has come."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.base.foreign_text import harmless
from app.base.index_values import Folder
from app.window.controls.folder_actions import FolderActions
from app.window.controls.theme import SIZE, SPACE, Theme, set_kind
from app.window.controls.widgets import ElidedLabel, IconButton, IconLabel, button, label, set_tip
from app.window.controls.wording import folder_name, folder_summary, under_home
from app.window.engine_client import EngineClient

HIGHEST_PX = 232


class FolderRow(QPushButton):
    """A folder as a button: its name, one line on how it stands, a bar while it is being read."""

    menu_wanted = Signal()

    def __init__(self, folder: Folder, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "row")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._icon = IconLabel("folder", theme, size=SIZE["icon"])
        self._name = ElidedLabel("", "body")
        self._summary = ElidedLabel("", "caption", Qt.TextElideMode.ElideRight)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        words = QVBoxLayout()
        words.setSpacing(0)
        for widget in (self._name, self._summary, self._bar):
            widget.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            words.addWidget(widget)
        words.insertSpacing(2, SPACE[1])
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[2] + 2, 5, SPACE[2], 5)
        row.setSpacing(SPACE[2] + 2)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self.folder = folder
        self.show_folder(folder)

    def show_folder(self, folder: Folder) -> None:
        """Show how the folder stands now."""
        self.folder = folder
        away = folder.state in ("offline", "unreadable")
        self._icon.set_icon("hard-drive" if away else "folder", "warn" if folder.state == "unreadable" else "")
        name, summary = folder_name(folder.path), folder_summary(folder)
        self._name.set_full_text(name)
        self._summary.set_full_text(summary)
        reading = folder.state == "reading" or bool(folder.pending)
        self._bar.setVisible(reading and not away)
        # 0 of 0 shows as "busy", which is the truth while files are still being looked for
        self._bar.setRange(0, folder.files)
        self._bar.setValue(folder.files - folder.pending)
        self.setAccessibleName(harmless(f"{name}: {summary}"))
        told = dict.fromkeys([under_home(folder.path), summary, folder.reason])  # each once
        set_tip(self, " · ".join(filter(None, told)))
        self.updateGeometry()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._icon.set_theme(theme)

    @override
    def sizeHint(self) -> QSize:
        return self.layout().sizeHint()  # type: ignore[union-attr]  # it has one from its constructor on

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wanted.emit()


class FoldersPanel(QWidget):
    """The folders, live. chosen(str): the person wants to see what was read of a folder."""

    chosen = Signal(str)

    def __init__(self, client: EngineClient, actions: FolderActions, theme: Theme) -> None:
        super().__init__()
        self._actions = actions
        self._theme = theme
        self._rows: dict[str, FolderRow] = {}
        self.add_button = IconButton("plus", "Add a folder", theme)
        self.add_button.clicked.connect(actions.choose_and_add)
        head = QHBoxLayout()
        head.setContentsMargins(SPACE[2] + 2, 0, 0, 0)
        head.addWidget(label("Folders", "section"), 1)
        head.addWidget(self.add_button)
        self._column = QVBoxLayout()
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        inside = QWidget()
        inside.setLayout(self._column)
        set_kind(inside, "panel")
        self._inside = inside
        self._scroll = QScrollArea()
        set_kind(self._scroll, "bare")
        self._scroll.setWidget(inside)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside.installEventFilter(self)
        self._empty = button("Add a folder to read", "secondary", actions.choose_and_add)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[1])
        column.addLayout(head)
        column.addWidget(self._empty)
        column.addWidget(self._scroll)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        client.folders_changed.connect(self.show_folders)
        self.show_folders(client.folders)

    @property
    def rows(self) -> list[FolderRow]:
        """The rows, from top to bottom."""
        return sorted(self._rows.values(), key=self._column.indexOf)

    def show_folders(self, folders: list[Folder]) -> None:
        """Show these folders; rows that stay keep the focus."""
        paths = {folder.path for folder in folders}
        for path in [path for path in self._rows if path not in paths]:
            row = self._rows.pop(path)
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        for position, folder in enumerate(folders):
            kept = self._rows.get(folder.path)
            if kept is None:
                kept = self._make_row(folder)
            elif kept.folder != folder:
                kept.show_folder(folder)
            if self._column.indexOf(kept) != position:
                self._column.insertWidget(position, kept)
        self._empty.setVisible(not folders)
        self._scroll.setVisible(bool(folders))
        self._fit()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.add_button.set_theme(theme)
        for row in self._rows.values():
            row.set_theme(theme)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def _make_row(self, folder: Folder) -> FolderRow:
        row = FolderRow(folder, self._theme)
        row.clicked.connect(lambda: self.chosen.emit(row.folder.path))
        row.menu_wanted.connect(lambda: self._actions.show_menu(row.folder, row, self._theme))
        self._rows[folder.path] = row
        return row

    def _fit(self) -> None:
        self._scroll.setFixedHeight(min(self._inside.sizeHint().height(), HIGHEST_PX))
