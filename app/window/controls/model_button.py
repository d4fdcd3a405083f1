"""The button that says what answers: one line, shortened where it does not fit, with its sign before and an arrow."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy
from typing_extensions import override

from app.base.foreign_text import harmless
from app.window.controls import row_painting
from app.window.controls.icons import icon
from app.window.controls.row_painting import painter_over
from app.window.controls.theme import SIZE, SPACE, Theme, font
from app.window.controls.widgets import set_tip

_SIDE = SPACE[2]
_GAP = SPACE[1] + 1


class ModelButton(QPushButton):
    """The button; it is as wide as its text, or as the room that others leave."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._said = ""
        self._mark = ""
        self.setProperty("kind", "toggle")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedHeight(SIZE["chip"])
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.say("")

    @property
    def said(self) -> str:
        """What it says, however much of it there is room for."""
        return self._said

    def say(self, text: str, tip: str = "", mark: str = "") -> None:
        """Show what answers; mark: an icon before it, or ""."""
        self._said, self._mark = harmless(" ".join(text.split())), mark
        self.setAccessibleName(f"Answers: {self._said}" if self._said else "Choose what answers")
        self.setAccessibleDescription(harmless(tip))
        set_tip(self, "\n".join(part for part in (self._said, tip) if part))
        self.setVisible(bool(text))
        self.setMaximumWidth(QFontMetrics(font("caption")).horizontalAdvance(self._said) + 2 + self._fixed())
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.update()

    @override
    def sizeHint(self) -> QSize:
        """As little as makes sense: it takes what others leave, up to what its text needs."""
        least = QFontMetrics(font("caption")).horizontalAdvance("mmmm…")
        return QSize(min(least + self._fixed(), self.maximumWidth()), SIZE["chip"])

    @override
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_over(self)
        size = SIZE["icon_tiny"]
        top = (self.height() - size) // 2
        x = _SIDE
        if self._mark:
            icon(self._mark, self._theme, size, "warn").paint(painter, QRect(x, top, size, size))
            x += size + _GAP
        room = self.width() - self._fixed()
        token = "text2" if self._mark else "text3"
        used = row_painting.line(painter, self._theme, QRect(x, 0, room, self.height()), self._said, "caption", token)
        icon("chevron-down", self._theme, size, "text3").paint(painter, QRect(x + used + _GAP, top, size, size))

    def _fixed(self) -> int:
        arrow = SIZE["icon_tiny"] + _GAP
        return 2 * _SIDE + arrow + (arrow if self._mark else 0)
