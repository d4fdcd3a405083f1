"""A figure over weeks: its newest value, and a line with a point for each week that has one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.insight_wording import Measure, said, week_name
from app.base.insights import Week
from app.window.controls.theme import SIZE, SPACE, Theme, font
from app.window.controls.widgets import label

_POINT = 3.0
_CHOSEN = 5.0
_APART_PX = 10  # points closer than that would hide their line
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class _Line(QWidget):
    """The line. chosen(week or None): the one under the pointer, or gone to with the arrow keys."""

    chosen = Signal(object)

    def __init__(self, measure: Measure, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self._measure = measure
        self._weeks: Sequence[Week] = ()
        self._at: int | None = None
        self.setMinimumSize(SPACE[7], SIZE["plot"])
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_weeks(self, weeks: Sequence[Week]) -> None:
        """Draw these, oldest first."""
        self._weeks = weeks
        self._choose(None)
        told = [f"{week_name(week)}: {said(self._measure, week)}" for week in weeks if self._value(week) is not None]
        self.setAccessibleName(f"{self._measure.title} by week")
        self.setAccessibleDescription("; ".join(told) or "Nothing was measured.")
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(SPACE[7] * 4, SIZE["plot"])

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        there = [at for at, week in enumerate(self._weeks) if self._value(week) is not None]
        if step is None or not there:
            super().keyPressEvent(event)
            return
        here = len(there) - 1 if self._at not in there else there.index(self._at) + step
        self._choose(there[max(0, min(here, len(there) - 1))])

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        near = [at for at, week in enumerate(self._weeks) if self._value(week) is not None]
        self._choose(min(near, key=lambda at: abs(self._x(at) - event.position().x()), default=None))

    @override
    def leaveEvent(self, event: object) -> None:
        self._choose(None)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._choose(None)
        super().focusOutEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = self._box()
        painter.setPen(QPen(self.theme.color("line"), 1))
        for share in (0.0, 0.5, 1.0):
            y = round(box.bottom() - share * box.height()) + 0.5
            painter.drawLine(QPointF(0, y), QPointF(self.width(), y))
        self._paint_names(painter, box)
        points = [None if self._value(week) is None else self._point(at) for at, week in enumerate(self._weeks)]
        painter.setPen(QPen(self.theme.color("accent"), 2))
        for one, other in pairwise(points):
            if one is not None and other is not None:
                painter.drawLine(one, other)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("accent"))
        crowded = len(points) > 1 and self._x(1) - self._x(0) < _APART_PX
        for at, point in enumerate(points):
            beside = points[max(0, at - 1) : at] + points[at + 1 : at + 2]
            if point is not None and (at == self._at or not crowded or not any(beside)):
                radius = _CHOSEN if at == self._at else _POINT
                painter.drawEllipse(point, radius, radius)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.theme.color("focus"), SIZE["focus"]))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), SPACE[1], SPACE[1])

    def _paint_names(self, painter: QPainter, box: QRectF) -> None:
        painter.setFont(font("caption"))
        painter.setPen(self.theme.color("text3"))
        if not self._weeks:
            return
        below = QRectF(
            SPACE[1], box.bottom() + SPACE[1], self.width() - 2 * SPACE[1], self.height() - box.bottom() - SPACE[1]
        )
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, week_name(self._weeks[0]))
        if len(self._weeks) > 1:
            painter.drawText(below, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, week_name(self._weeks[-1]))
        if any(self._value(week) is not None for week in self._weeks):
            above = QRectF(SPACE[1], 0, self.width() - 2 * SPACE[1], box.top())
            painter.drawText(
                above, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._measure.say(self._top())
            )

    def _choose(self, at: int | None) -> None:
        if at != self._at:
            self._at = at
            self.chosen.emit(None if at is None else self._weeks[at])
            self.update()

    def _value(self, week: Week) -> float | None:
        return self._measure.of(week)

    def _top(self) -> float:
        return self._measure.top or max((self._value(week) or 0.0 for week in self._weeks), default=0.0) or 1.0

    def _box(self) -> QRectF:
        names = self.fontMetrics().height()
        return QRectF(0, names + SPACE[1], self.width(), self.height() - 2 * names - SPACE[3])

    def _x(self, at: int) -> float:
        room = self.width() - 2 * SPACE[2]
        return SPACE[2] + (room / 2 if len(self._weeks) < 2 else room * at / (len(self._weeks) - 1))

    def _point(self, at: int) -> QPointF:
        box = self._box()
        return QPointF(self._x(at), box.bottom() - (self._value(self._weeks[at]) or 0.0) / self._top() * box.height())


class WeekPlot(QFrame):
    """A card with a figure: its name, its value in the newest week that has one, and the line."""

    def __init__(self, measure: Measure, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._measure = measure
        self._weeks: Sequence[Week] = ()
        self.number = label("–", "h1")
        self.when = label("", "caption")
        self.line = _Line(measure, theme)
        self.line.chosen.connect(self._show_week)
        head = QHBoxLayout()
        head.addWidget(self.number)
        head.addStretch(1)
        head.addWidget(self.when, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE[4], SPACE[3], SPACE[4], SPACE[3])
        column.setSpacing(SPACE[1])
        column.addWidget(label(measure.title, "strong"))
        column.addLayout(head)
        column.addWidget(self.line)
        column.addWidget(label(measure.note, "caption", wrap=True))
        column.addStretch(1)

    def show_weeks(self, weeks: Sequence[Week]) -> None:
        """Show these, oldest first."""
        self._weeks = weeks
        self.line.show_weeks(weeks)
        self._show_week(None)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self.line.theme = theme
        self.line.update()

    def _show_week(self, week: Week | None) -> None:
        """week: None for the newest that has the figure."""
        measured = [one for one in self._weeks if self._measure.of(one) is not None]
        shown = week or (measured[-1] if measured else None)
        self.number.setText("–" if shown is None else said(self._measure, shown))
        self.when.setText("" if shown is None else f"week of {week_name(shown)}")
