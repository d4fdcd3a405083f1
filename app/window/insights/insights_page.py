"""The page that shows how answers have been, week by week, and what failed."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.errors import Problem
from app.base.insight_wording import MEASURES, failure_line, summary
from app.base.insights import Insights, ShowInsights
from app.base.wording import count
from app.window.controls.page import PageView
from app.window.controls.theme import SPACE, Theme
from app.window.controls.widgets import Choice, announce, label
from app.window.engine_client import EngineClient
from app.window.insights.week_plot import WeekPlot

PAGE_WIDTH = 960
WIDE_PX, NARROW_PX = 860, 560
CHOICES = (4, 12, 26, 52)
_USUAL = 1
_MOST_FAILURES = 8


class InsightsPage(PageView):
    """The page. It is asked for anew whenever it is shown, and after each answer while it is."""

    def __init__(self, client: EngineClient, theme: Theme) -> None:
        super().__init__()
        self._client = client
        self._across = 0
        self.summary = label("", "small", wrap=True)
        self.range = Choice("How far back", theme)
        for weeks in CHOICES:
            self.range.addItem(count(weeks, "week"), weeks)
        self.range.setCurrentIndex(_USUAL)
        self.range.currentIndexChanged.connect(self._load)
        self.plots = [WeekPlot(measure, theme) for measure in MEASURES]
        self.failures = label("", "small", wrap=True, selectable=True)
        self._build()
        client.chats_changed.connect(self._load)
        client.connected.connect(self._load)

    @override
    def arrive(self, subject: str = "") -> None:
        """Take the focus."""
        self.range.setFocus()

    @override
    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self.range.set_theme(theme)
        for plot in self.plots:
            plot.set_theme(theme)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit(3 if self.width() >= WIDE_PX else 2 if self.width() >= NARROW_PX else 1)
        super().resizeEvent(event)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._load()

    def _build(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(label("Insights", "h1"))
        words.addWidget(self.summary)
        head = QHBoxLayout()
        head.setSpacing(SPACE[2])
        head.addLayout(words, 1)
        head.addWidget(self.range)
        self._plots = QWidget()
        self._grid = QGridLayout(self._plots)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(SPACE[3])
        self._failed = QFrame()
        self._failed.setProperty("kind", "card")
        card = QVBoxLayout(self._failed)
        card.setContentsMargins(SPACE[4], SPACE[3], SPACE[4], SPACE[3])
        card.addWidget(label("What failed", "strong"))
        card.addWidget(self.failures)
        self._failed.hide()
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(SPACE[6], SPACE[5], SPACE[6], SPACE[5])
        column.setSpacing(SPACE[3])
        column.addLayout(head)
        column.addWidget(self._plots)
        column.addWidget(self._failed)
        column.addWidget(
            label("These figures are made here from your conversations, and stay here.", "caption", wrap=True)
        )
        column.addStretch(1)
        self.set_inside(inside, PAGE_WIDTH)
        self._fit(3)

    def _fit(self, across: int) -> None:
        """Put so many plots side by side."""
        if across == self._across:
            return
        self._across = across
        for position, plot in enumerate(self.plots):
            self._grid.addWidget(plot, position // across, position % across)
        for column in range(len(self.plots)):
            self._grid.setColumnStretch(column, int(column < across))

    def _load(self) -> None:
        if self.isVisible():
            self._client.request(ShowInsights(weeks=int(self.range.currentData())), self._show, self._show_problem)

    def _show(self, insights: Insights) -> None:
        if not self._client.is_news("insights"):
            return
        some = any(week.answers or week.failed for week in insights.weeks)
        hint = "" if some else " Ask something, and how it went stands here."
        self.summary.setText(f"{summary(insights)}.{hint}")
        self._plots.setVisible(some)
        announce(self.summary, self.summary.text())
        for plot in self.plots:
            plot.show_weeks(insights.weeks)
        lines = [f"{failure_line(failure)}." for failure in insights.failures[:_MOST_FAILURES]]
        left = len(insights.failures) - len(lines)
        self.failures.setText("\n".join([*lines, f"{count(left, 'more sort')} of failure."] if left else lines))
        self._failed.setVisible(bool(lines))

    def _show_problem(self, problem: Problem) -> None:
        self.summary.setText(f"{problem.title} {problem.hint}".strip())
