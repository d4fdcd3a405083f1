"""Why an answer is as it is unfolds below it, and is asked for only then."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.base.errors import Problem
from app.window.chat.answer import AnswerView
from app.window.chat.message import MessageItem
from app.window.controls.theme import DARK, LIGHT
from tests.support.answers import answer, citation
from tests.support.traces import answer_trace

ANSWER = answer("It ends in June [1].", citations=[citation(1)])


@pytest.fixture
def page(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def view(page: QWidget) -> AnswerView:
    item = MessageItem("assistant", question="When?")
    item.take_answer(ANSWER)
    made = AnswerView(item, LIGHT, page)
    made.fit(600)
    page.show()
    return made


def words(view: AnswerView) -> list[str]:
    assert view.why is not None
    return [each.text() for each in view.why.findChildren(QLabel) if each.isVisible()]


def test_it_is_asked_for_by_key_and_shown_when_it_is_there(view: AnswerView, qtbot: QtBot) -> None:
    assert view.why is not None
    assert view.focus_chain()[-1] is view.why.toggle
    folded = view.fit(600)
    with qtbot.waitSignal(view.why_wanted):
        QTest.keyClick(view.why.toggle, Qt.Key.Key_Space)
    assert words(view) == ["…"]
    with qtbot.waitSignal(view.resized):
        view.why.show_trace(answer_trace(ANSWER, passed_over=30))
    assert view.fit(600) > folded
    shown = words(view)
    assert shown[0] == "Searched"
    assert "“lease end”" in shown
    assert "and 18 more: familiar trace 1" in shown
    view.why.toggle.click()
    assert view.fit(600) == folded
    view.set_theme(DARK)
    assert view.fit(600) == folded


def test_what_cannot_be_told_says_why_and_is_asked_for_again(view: AnswerView, qtbot: QtBot) -> None:
    assert view.why is not None
    view.why.toggle.click()
    view.why.show_problem(Problem("ask.no_turn", "There is no answer 1.", "It was removed."))
    assert words(view) == ["There is no answer 1. It was removed."]
    view.why.toggle.click()
    with qtbot.waitSignal(view.why_wanted):
        view.why.toggle.click()


def test_answer_being_written_has_no_why(page: QWidget) -> None:
    item = MessageItem("assistant", question="When?", live=True)
    assert AnswerView(item, LIGHT, page).why is None
