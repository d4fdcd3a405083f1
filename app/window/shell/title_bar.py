"""The line above the chat: what is talked about, where it stays, and the two panels beside it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.window.controls.theme import SIZE, SPACE, Theme
from app.window.controls.widgets import ElidedLabel, IconButton, IconLabel, label, set_tip

PROMISE = "Nothing leaves this computer"


class TitleBar(QWidget):
    """The line. panel_wanted, pane_wanted: show or hide the left panel, the cited page."""

    panel_wanted = Signal()
    pane_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._panel_button = IconButton("panel-left", "Show or hide the left panel", theme)
        self._panel_button.clicked.connect(self.panel_wanted)
        self.title = ElidedLabel("", "strong", Qt.TextElideMode.ElideRight)
        self._lock = IconLabel("lock", theme, size=SIZE["icon_small"])
        self.promise = label("", "small")
        self._pane_button = IconButton("panel-right", "Show or hide the cited page", theme)
        self._pane_button.setCheckable(True)
        self._pane_button.clicked.connect(self.pane_wanted)
        row = QHBoxLayout()
        row.setContentsMargins(SPACE[4], SPACE[2], SPACE[4], SPACE[2])
        row.setSpacing(SPACE[2])
        row.addWidget(self._panel_button)
        row.addWidget(self.title, 1)
        row.addWidget(self._lock)
        row.addWidget(self.promise)
        row.addSpacing(SPACE[2])
        row.addWidget(self._pane_button)
        line = QFrame()
        line.setProperty("kind", "line")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(line)

    def show_promise(self, host: str) -> None:
        """Say that everything stays here, or the server that questions and passages go to."""
        told = f"Questions go to {host}" if host else PROMISE
        self._lock.set_icon("globe" if host else "lock", "warn" if host else "")
        set_tip(self._lock, told)
        self.promise.setText(told)

    def show_pane_open(self, opened: bool) -> None:
        """Show whether the cited page is open."""
        self._pane_button.setChecked(opened)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        for part in (self._panel_button, self._lock, self._pane_button):
            part.set_theme(theme)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.promise.setVisible(event.size().width() >= SIZE["main_min"])
