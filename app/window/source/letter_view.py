"""A mail: its header as fields above what it says."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from app.base.preview import Letter
from app.window.controls.theme import SPACE, Theme
from app.window.controls.widgets import ElidedLabel, label
from app.window.source.lines_view import LinesView


class LetterView(QWidget):
    """Shows one message."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.body = LinesView(theme)
        self._head = QFrame()
        self._head.setProperty("kind", "sunken")
        self._fields = QGridLayout(self._head)
        self._fields.setContentsMargins(SPACE[3], SPACE[2] + 2, SPACE[3], SPACE[2] + 2)
        self._fields.setHorizontalSpacing(SPACE[3])
        self._fields.setVerticalSpacing(2)
        self._fields.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[2])
        column.addWidget(self._head)
        column.addWidget(self.body, 1)
        self.setFocusProxy(self.body)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self.body.set_theme(theme)

    def set_letter(self, letter: Letter) -> None:
        """Show a message."""
        while (item := self._fields.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for row, (name, value) in enumerate(letter.header):
            subject = name == "Subject"
            said = ElidedLabel(value, "strong" if subject else "small", Qt.TextElideMode.ElideRight)
            said.setAccessibleName(f"{name}: {value}")
            if subject:
                self._fields.addWidget(said, row, 0, 1, 2)
            else:
                self._fields.addWidget(label(name, "caption"), row, 0)
                self._fields.addWidget(said, row, 1)
        self._head.setVisible(bool(letter.header))
        self.body.set_lines(letter.text, letter.marks)
