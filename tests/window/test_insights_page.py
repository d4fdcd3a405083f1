"""The insights page: figures by week with their plots, and what failed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.base.errors import Problem
from app.base.insights import Insights, ShowInsights, Week
from app.window.controls.theme import DARK, LIGHT, ThemeSource
from app.window.engine_client import EngineClient
from app.window.insights.insights_page import InsightsPage
from app.window.insights.week_plot import WeekPlot
from tests.support.fake_engine import FakeEngine
from tests.support.insights import insights


@pytest.fixture
def page(engine: FakeEngine, client: EngineClient, themes: ThemeSource, qtbot: QtBot) -> InsightsPage:
    engine.insights = insights(12)
    made = InsightsPage(client, themes.theme)
    qtbot.addWidget(made)
    made.resize(960, 800)
    made.show()
    qtbot.waitUntil(lambda: made.summary.text() != "")
    return made


def plot(page: InsightsPage, title: str) -> WeekPlot:
    return next(one for one in page.plots if one.line.accessibleName().startswith(title))


def test_each_figure_shows_its_newest_week_and_says_all_of_them(page: InsightsPage) -> None:
    assert page.summary.text() == "284 answers in the last 12 weeks."
    words = plot(page, "First word")
    assert (words.number.text(), words.when.text()) == ("1.3 s", "week of 23 Nov")
    told = words.line.accessibleDescription()
    assert told.startswith("7 Sep: 2.4 s; 14 Sep: 2.3 s; 28 Sep: 2.1 s")
    assert plot(page, "Borne out").number.text() == "80%"
    assert page.failures.text() == "2 answers failed at the model, reading and writing: chat.died."


def test_arrow_keys_walk_the_weeks_that_have_the_figure(page: InsightsPage, qtbot: QtBot) -> None:
    words = plot(page, "First word")
    words.line.setFocus()
    qtbot.waitUntil(words.line.hasFocus)
    QTest.keyClick(words.line, Qt.Key.Key_Left)
    assert words.when.text() == "week of 23 Nov"
    for _ in range(9):
        QTest.keyClick(words.line, Qt.Key.Key_Left)
    assert (words.when.text(), words.number.text()) == ("week of 14 Sep", "2.3 s")
    QTest.keyClick(words.line, Qt.Key.Key_Left)
    QTest.keyClick(words.line, Qt.Key.Key_Left)
    assert words.when.text() == "week of 7 Sep"
    QTest.keyClick(words.line, Qt.Key.Key_Right)
    assert words.when.text() == "week of 14 Sep"
    page.range.setFocus()
    qtbot.waitUntil(lambda: not words.line.hasFocus())
    assert words.when.text() == "week of 23 Nov"


def test_another_range_is_asked_for(page: InsightsPage, engine: FakeEngine, qtbot: QtBot) -> None:
    page.range.setCurrentIndex(2)
    qtbot.waitUntil(lambda: [call.weeks for call in engine.seen if isinstance(call, ShowInsights)][-1] == 26)


def test_new_answers_come_in_while_it_is_shown(page: InsightsPage, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.insights = Insights(weeks=(Week(monday="2026-11-23"),))
    page._client.chats_changed.emit()
    qtbot.waitUntil(lambda: page.summary.text().startswith("No answers this week."))
    assert not any(one.isVisible() for one in page.plots)
    assert {one.number.text() for one in page.plots} == {"–"}
    assert plot(page, "Thumbs").line.accessibleDescription() == "Nothing was measured."
    assert not page.failures.isVisible()


def test_failure_to_tell_is_said_on_the_page(page: InsightsPage, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.insights = Problem("store.busy", "The conversations are in use.", "Try again.")
    page.range.setCurrentIndex(0)
    qtbot.waitUntil(lambda: page.summary.text() == "The conversations are in use. Try again.")


@pytest.mark.parametrize(("width", "across"), [(1000, 3), (700, 2), (420, 1)])
def test_plots_stand_side_by_side_where_there_is_room(
    page: InsightsPage, qtbot: QtBot, width: int, across: int
) -> None:
    page.resize(width, 800)
    qtbot.waitUntil(lambda: len({one.x() for one in page.plots}) == across)
    for theme in (DARK, LIGHT):
        page.set_theme(theme)
    qtbot.waitUntil(lambda: page.horizontalScrollBar().maximum() == 0)
