"""One thing that was done to files: when, what became of each part, and the way back."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from app.base.action_wording import outcome
from app.base.actions import Action
from app.base.foreign_text import harmless_line
from app.base.wording import count
from app.window.controls.theme import SPACE, Theme
from app.window.controls.widgets import IconLabel, breaking_label, button, label, show_if
from app.window.controls.wording import ago

_SHOWN = 4  # lines of an action, until more are wanted
_ICONS = {"create": "file-plus", "edit": "pencil", "move": "folder-input", "trash": "trash-2", "folder": "folder-plus"}


class ActionRow(QFrame):
    """The row. undone(): it is to be taken back."""

    undone = Signal()

    def __init__(self, action: Action, now_ms: int, theme: Theme) -> None:
        super().__init__()
        self.action = action
        self.setProperty("kind", "card")
        lines = [outcome(effect) for effect in action.effects]
        kinds = [effect.change.kind for effect in action.effects if effect.change.kind != "folder"]
        self._icon = IconLabel(_ICONS.get(kinds[0] if kinds else "folder", "wrench"), theme, color="text3")
        self.lines: list[QLabel] = [breaking_label(harmless_line(line), "small") for line in lines[:_SHOWN]]
        self._rest = lines[_SHOWN:]
        self.undo = button("Undo", "secondary", self.undone.emit)
        self.undo.setAccessibleName(f"Undo: {harmless_line(action.title)}")
        self.more = button(f"Show {count(len(self._rest), 'more line')}", "link", self._on_more)
        told = ago(action.at, now_ms)
        self.told = label(f"{told} · {action.undoable}" if action.undoable else told, "caption", wrap=True)
        self._column = QVBoxLayout()
        self._column.setSpacing(SPACE[1])
        self._column.addWidget(breaking_label(harmless_line(action.title), "name"))
        for line in self.lines:
            self._column.addWidget(line)
        self._column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self._column.addWidget(self.told)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[4], SPACE[3], SPACE[3], SPACE[3])
        row.setSpacing(SPACE[3])
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._column, 1)
        row.addWidget(self.undo, 0, Qt.AlignmentFlag.AlignVCenter)
        show_if(self.more, bool(self._rest))
        show_if(self.undo, not action.undoable)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._icon.set_theme(theme)

    def _on_more(self) -> None:
        at = self._column.indexOf(self.more)
        for n, line in enumerate(self._rest):
            made = breaking_label(harmless_line(line), "small")
            self.lines.append(made)
            self._column.insertWidget(at + n, made)
        self._rest = []
        show_if(self.more, False)
