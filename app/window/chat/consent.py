"""The question whether a conversation may leave this computer, asked where the answer would stand."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from app.window.controls.flow_layout import FlowLayout
from app.window.controls.theme import SPACE, Theme
from app.window.controls.widgets import IconLabel, button, label

WHAT_GOES = (
    "What goes there: your question, what was said in this conversation, the passages found in your files, and what "
    "the model looks up in your folders: names of files, and parts of them. Nothing has been sent yet. You are asked "
    "once for each conversation."
)


class ConsentCard(QFrame):
    """The card. answered(bool): whether the conversation may go to `host`."""

    answered = Signal(bool)

    def __init__(self, host: str, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "consent")
        title = f"This conversation would go to {host}"
        self.setAccessibleName(title)
        self._mark = IconLabel("globe", theme, color="warn")
        self.send_button = button(f"Send to {host}", "primary", lambda: self.answered.emit(True))
        self.later_button = button("Not now", "secondary", lambda: self.answered.emit(False))
        words = QVBoxLayout()
        words.setSpacing(SPACE[1])
        words.addWidget(label(title, "strong", wrap=True, selectable=True))
        words.addWidget(label(WHAT_GOES, "small", wrap=True, selectable=True))
        words.addSpacing(SPACE[2])
        choices = FlowLayout(SPACE[2])
        choices.addWidget(self.send_button)
        choices.addWidget(self.later_button)
        words.addLayout(choices)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[4], SPACE[3], SPACE[4], SPACE[4])
        row.setSpacing(SPACE[3])
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._mark.set_theme(theme)
