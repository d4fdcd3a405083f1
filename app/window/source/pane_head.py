"""The head of the pane: which file it is, and the ways to it outside of Familiar."""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.window.controls.icons import file_icon_name
from app.window.controls.theme import SPACE, Theme
from app.window.controls.widgets import ElidedLabel, IconButton, IconLabel
from app.window.controls.wording import under_home


class PaneHead(QWidget):
    """Name and folder of a file. folder_wanted(), open_wanted(), closed(): its buttons."""

    folder_wanted = Signal()
    open_wanted = Signal()
    closed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._mark = IconLabel("file-text", theme)
        self.name = ElidedLabel("", "strong")
        self._folder = ElidedLabel("", "caption")
        self.folder_button = IconButton("folder-open", "Show in folder", theme)
        self.folder_button.clicked.connect(self.folder_wanted)
        self.open_button = IconButton("external-link", "Open the file", theme)
        self.open_button.clicked.connect(self.open_wanted)
        self.close_button = IconButton("x", "Close (Esc)", theme)
        self.close_button.clicked.connect(self.closed)
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self.name)
        names.addWidget(self._folder)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE[1])
        row.addWidget(self._mark)
        row.addSpacing(SPACE[1])
        row.addLayout(names, 1)
        for each in (self.folder_button, self.open_button, self.close_button):
            row.addWidget(each)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        for each in (self._mark, self.folder_button, self.open_button, self.close_button):
            each.set_theme(theme)

    def show_file(self, path: str) -> None:
        """Name a file."""
        self._mark.set_icon(file_icon_name(path))
        self.name.set_full_text(PurePath(path).name)
        self._folder.set_full_text(under_home(str(PurePath(path).parent)))
