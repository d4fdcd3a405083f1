"""Why an answer is as it is: what was searched, read and passed over, what was written, and how long each took."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame
from typing_extensions import override

from app.base.errors import Problem
from app.base.trace_wording import sections
from app.base.turn_trace import AnswerTrace
from app.window.controls.disclosure import Disclosure, sunken_grid
from app.window.controls.theme import SPACE, Theme
from app.window.controls.widgets import label

TITLE = "Why this answer?"
_MOST_LINES = 12  # of a section; “familiar trace” tells them all


class WhyView(Disclosure):
    """Unfolds to how the answer came about, which is asked for when it is first wanted. wanted: ask for it now."""

    wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, opens="Shows how the answer came about.", opened="It is shown.")
        self._shown: AnswerTrace | None = None
        self._failed = ""
        self.set_title(TITLE)

    def show_trace(self, shown: AnswerTrace) -> None:
        """This is how it came about."""
        self._shown, self._failed = shown, ""
        self._renew()

    def show_problem(self, problem: Problem) -> None:
        """Nobody can tell; asked for again when it is unfolded again."""
        self._failed = f"{problem.title} {problem.hint}".strip()
        self._renew()
        self._failed = ""

    @override
    def _on_toggled(self) -> None:
        if self._shown is None:
            self._clear()
        super()._on_toggled()

    @override
    def _build(self) -> QFrame:
        frame, grid = sunken_grid()
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        if self._shown is None:
            grid.addWidget(label(self._failed or "…", "small", wrap=True), 0, 0, 1, 2)
            if not self._failed:
                self.wanted.emit()
            return frame
        row = 0
        for section in sections(self._shown):
            title = label(section.title, "strong")
            title.setContentsMargins(0, SPACE[2] if row else 0, 0, 0)
            grid.addWidget(title, row, 0, 1, 2)
            for what, much in section.lines[:_MOST_LINES]:
                row += 1
                grid.addWidget(label(what, "small", wrap=True, selectable=True), row, 0, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(label(much, "small", wrap=True, selectable=True), row, 1, Qt.AlignmentFlag.AlignTop)
            left = len(section.lines) - _MOST_LINES
            if left > 0:
                row += 1
                more = f"and {left:,} more: familiar trace {self._shown.turn}"
                grid.addWidget(label(more, "caption", wrap=True, selectable=True), row, 0, 1, 2)
            row += 1
        return frame
