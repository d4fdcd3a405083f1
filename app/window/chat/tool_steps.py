"""The calls that a turn made: quiet rows above its answer, each of which unfolds to what the tool brought."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.foreign_text import harmless
from app.base.values import ToolStep
from app.window.chat.turn_wording import call_arguments, call_note, call_result
from app.window.controls.icons import icon
from app.window.controls.row_painting import painter_over
from app.window.controls.theme import SIZE, SPACE, Theme, font
from app.window.controls.widgets import Spinner, label, set_tip, show_if

_SIDE = SPACE[1]
_GAP = SPACE[1] + 2


class ToolToggle(QPushButton):
    """The row of one call, painted as one piece: its kind, its title, what came of it, and whether it is unfolded."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._title, self._note, self._mark = "", "", ("wrench", "text3")
        self.spinner = Spinner(theme, SIZE["icon_tiny"])
        self.spinner.setParent(self)
        self.spinner.move(_SIDE, (SIZE["step"] - SIZE["icon_tiny"]) // 2)
        self.spinner.hide()
        self.setProperty("kind", "toggle")
        self.setCheckable(True)
        self.setAutoDefault(True)  # Enter presses it as Space does
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_call(self, step: ToolStep, *, live: bool) -> None:
        """Show how the call stands."""
        running = live and step.state == "running"
        failed = step.state == "failed"
        self._title = harmless(" ".join(step.title.split()) or step.name)
        self._note = harmless(call_note(step, live=live))
        self._mark = ("triangle-alert", "warn") if failed else (step.icon or "wrench", "text3")
        self.spinner.setVisible(running)
        self.setEnabled(not running)
        self.setAccessibleName(". ".join(part for part in (self._title, self._note) if part))
        set_tip(self, call_arguments(step))
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.spinner.set_theme(theme)
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(self._fixed() + sum(self._widths()), SIZE["step"])

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(self._fixed() + SPACE[6], SIZE["step"])

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painter_over(self)
        mark = SIZE["icon_tiny"]
        top = (self.height() - mark) // 2
        if self.spinner.isHidden():
            name, color = self._mark
            icon(name, self._theme, mark, color).paint(painter, QRect(_SIDE, top, mark, mark))
        room = self.width() - self._fixed()
        title, note = self._widths()
        # Of a row that is too short the note gets what the title leaves, and at least a third.
        note = min(note, max(room // 3, room - title))
        x = _SIDE + mark + _GAP
        x += self._write(painter, QRect(x, 0, min(title, room - note), self.height()), self._title, "text2")
        if self._note:
            x += _GAP
            token = "warn" if self._mark[1] == "warn" else "text3"
            x += self._write(painter, QRect(x, 0, note, self.height()), f"· {self._note}", token)
        if self.isEnabled():
            name = "chevron-down" if self.isChecked() else "chevron-right"
            icon(name, self._theme, mark, "text3").paint(painter, QRect(x + _GAP, top, mark, mark))

    def _widths(self) -> tuple[int, int]:
        metrics = QFontMetrics(font("small"))
        note = metrics.horizontalAdvance(f"· {self._note}") + 2 if self._note else 0
        return metrics.horizontalAdvance(self._title) + 2, note

    def _fixed(self) -> int:
        return 2 * _SIDE + 2 * (SIZE["icon_tiny"] + _GAP) + (_GAP if self._note else 0)

    def _write(self, painter: QPainter, box: QRect, text: str, color: str) -> int:
        painter.setFont(font("small"))
        painter.setPen(self._theme.color(color))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), shown)
        return painter.fontMetrics().horizontalAdvance(shown)


class ToolRow(QWidget):
    """One call. resized: it was folded or unfolded."""

    resized = Signal()

    def __init__(self, step: ToolStep, theme: Theme, *, live: bool) -> None:
        super().__init__()
        self._step = step
        self._frame: QFrame | None = None
        self.result: QLabel | None = None
        self.toggle = ToolToggle(theme)
        self.toggle.toggled.connect(self._on_toggled)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(SPACE[1])
        self._box.addWidget(self.toggle, 0, Qt.AlignmentFlag.AlignLeft)
        self.show_call(step, live=live)

    def show_call(self, step: ToolStep, *, live: bool) -> None:
        """Show how the call stands now."""
        self._step = step
        self.toggle.show_call(step, live=live)
        self._describe()
        if self.result is not None:
            self.result.setText(call_result(step))

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self.toggle.set_theme(theme)

    def focus_chain(self) -> list[QWidget]:
        """What the Tab key visits, in order."""
        shown = self.result is not None and self.toggle.isChecked()
        return [self.toggle, *([self.result] if shown and self.result is not None else [])]

    def _describe(self) -> None:
        opened = self.toggle.isChecked()
        self.toggle.setAccessibleDescription("The result is open." if opened else "Opens the result.")

    def _on_toggled(self, opened: bool) -> None:
        if self._frame is None:
            self._frame = self._build()
            self._box.addWidget(self._frame)
        show_if(self._frame, opened)
        self._describe()
        self._box.activate()  # so that the height is known at once
        self.resized.emit()

    def _build(self) -> QFrame:
        frame = QFrame()
        frame.setProperty("kind", "sunken")
        column = QVBoxLayout(frame)
        column.setContentsMargins(SPACE[3], SPACE[2], SPACE[3], SPACE[2])
        column.setSpacing(SPACE[1])
        column.addWidget(label(call_arguments(self._step), "caption", wrap=True, selectable=True))
        self.result = label(call_result(self._step), "small", wrap=True, selectable=True)
        self.result.setAccessibleName("Result")
        column.addWidget(self.result)
        return frame


class ToolSteps(QWidget):
    """All calls of a turn, in `rows` from top to bottom. resized: one was folded or unfolded."""

    resized = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.rows: list[ToolRow] = []
        self.setAccessibleName("What was looked up")
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, SPACE[2])
        self._box.setSpacing(0)
        self.hide()

    def show_steps(self, steps: Sequence[ToolStep], *, live: bool) -> bool:
        """Show these calls; whether that takes another height than before."""
        before = len(self.rows)
        for row, step in zip(self.rows, steps, strict=False):
            row.show_call(step, live=live)
        for step in steps[before:]:
            row = ToolRow(step, self._theme, live=live)
            row.resized.connect(self._on_row_resized)
            self.rows.append(row)
            self._box.addWidget(row)
            row.show()
        show_if(self, bool(self.rows))
        opened = any(row.toggle.isChecked() for row in self.rows)
        return opened or len(self.rows) != before

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        for row in self.rows:
            row.set_theme(theme)

    def focus_chain(self) -> list[QWidget]:
        """What the Tab key visits, in order."""
        return [widget for row in self.rows for widget in row.focus_chain()]

    def _on_row_resized(self) -> None:
        self._box.activate()
        self.resized.emit()
