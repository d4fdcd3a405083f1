"""The lines above the chat and above a page: what is shown, where it stays, and the way to what is beside it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.window.controls.icons import icon
from app.window.controls.theme import SIZE, SPACE, Theme
from app.window.controls.widgets import ElidedLabel, IconButton, IconLabel, button, label, set_tip

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
        row = _row()
        row.addWidget(self._panel_button)
        row.addWidget(self.title, 1)
        row.addWidget(self._lock)
        row.addWidget(self.promise)
        row.addSpacing(SPACE[2])
        row.addWidget(self._pane_button)
        _underline(self, row)

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


class PageBar(QWidget):
    """The line above a page that has taken the chat's place. back_wanted: the chat again."""

    panel_wanted = Signal()
    back_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._panel_button = IconButton("panel-left", "Show or hide the left panel", theme)
        self._panel_button.clicked.connect(self.panel_wanted)
        self.back = button("Back to the conversation", "ghost", self.back_wanted.emit)
        self.back.setIconSize(QSize(SIZE["icon_small"], SIZE["icon_small"]))
        row = _row()
        row.addWidget(self._panel_button)
        row.addWidget(self.back)
        row.addStretch(1)
        _underline(self, row)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._panel_button.set_theme(theme)
        self.back.setIcon(icon("chevron-left", theme, SIZE["icon_small"], "accent_text"))


def _row() -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(SPACE[4], SPACE[2], SPACE[4], SPACE[2])
    row.setSpacing(SPACE[2])
    return row


def _underline(bar: QWidget, row: QHBoxLayout) -> None:
    line = QFrame()
    line.setProperty("kind", "line")
    column = QVBoxLayout(bar)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addLayout(row)
    column.addWidget(line)
