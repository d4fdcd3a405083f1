"""The questions that wait until the answer under way has ended, each to be changed or taken back until then."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.base.foreign_text import harmless_line
from app.base.wording import count
from app.window.chat.running_turns import WaitingQuestion
from app.window.controls.theme import SIZE, SPACE, Theme
from app.window.controls.widgets import ElidedLabel, IconButton, IconLabel, announce, label, set_tip
from app.window.controls.wording import one_line


class _WaitingRow(QFrame):
    """One question."""

    def __init__(self, waiting: WaitingQuestion, place: str, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "sunken")
        shown = harmless_line(one_line(waiting.question, 200))
        self.setAccessibleName(f"{place}: {shown}")
        set_tip(self, "Asked when the answer under way has ended")
        self.edit = IconButton("pencil", f"Change: {shown}", theme, size=SIZE["icon_small"])
        self.remove = IconButton("x", f"Do not ask: {shown}", theme, size=SIZE["icon_small"])
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[3], SPACE[1], SPACE[1], SPACE[1])
        row.setSpacing(SPACE[2])
        row.addWidget(IconLabel("clock", theme, size=SIZE["icon_small"], color="text3"))
        row.addWidget(label(place, "caption"))
        row.addWidget(ElidedLabel(shown, "small", Qt.TextElideMode.ElideRight), 1)
        if waiting.attachments:
            row.addWidget(label(count(len(waiting.attachments), "file"), "caption"))
        row.addWidget(self.edit)
        row.addWidget(self.remove)


class WaitingQuestions(QWidget):
    """The list, first to be asked first.

    changed(): it shows others. edited(int), removed(int): the person's wish for one of them, by its place.
    """

    changed = Signal()
    edited = Signal(int)
    removed = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._waiting: tuple[WaitingQuestion, ...] = ()
        self.rows: list[_WaitingRow] = []
        self.setAccessibleName("Questions that wait")
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(SPACE[1])
        self.hide()

    @property
    def buttons(self) -> list[QWidget]:
        """What can be pressed, in order."""
        return [each for row in self.rows for each in (row.edit, row.remove)]

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self._show()

    def show_questions(self, waiting: Sequence[WaitingQuestion]) -> None:
        """Show these questions."""
        if self._waiting != tuple(waiting):
            more = len(waiting) > len(self._waiting)
            self._waiting = tuple(waiting)
            self._show()
            if more:
                announce(self, "Your question waits until the answer has ended.")

    def _show(self) -> None:
        for row in self.rows:
            self._box.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = []
        for at, waiting in enumerate(self._waiting):
            row = _WaitingRow(waiting, "Then" if at else "Next", self._theme)
            row.edit.clicked.connect(partial(self.edited.emit, at))
            row.remove.clicked.connect(partial(self.removed.emit, at))
            self.rows.append(row)
            self._box.addWidget(row)
            row.show()
        self.setVisible(bool(self.rows))
        self.changed.emit()
