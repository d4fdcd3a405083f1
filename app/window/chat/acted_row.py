"""Below an answer in which something was done: a way back, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.base.values import ToolStep
from app.window.controls.theme import SPACE
from app.window.controls.widgets import button, label


def acted(steps: Sequence[ToolStep]) -> bool:
    """Whether something was done in a turn, or was to be."""
    return any(step.effect != "read" for step in steps)


class ActedRow(QWidget):
    """The row. undo_wanted(ids of actions)."""

    undo_wanted = Signal(object)

    def __init__(self, actions: Sequence[int]) -> None:
        super().__init__()
        self.undo: QPushButton = button("Undo", "secondary", lambda: self.undo_wanted.emit(tuple(actions)))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, SPACE[2], 0, 0)
        row.setSpacing(SPACE[2])
        row.addWidget(self.undo)
        row.addWidget(label("It can be undone for 30 days, here or on the page Changes.", "caption"), 1)
