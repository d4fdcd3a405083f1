"""What the files say is on screen while a model still reads, and gone when its answer is there."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.window.chat.answer import AnswerView
from app.window.chat.message import MessageItem
from app.window.controls.theme import DARK, LIGHT
from tests.support.answers import answer, citation

QUOTES = "“The lease ends in June.” [1]\n\n“Rent is due on the third day.” [2]"


@pytest.fixture
def item() -> MessageItem:
    made = MessageItem("assistant", question="When?", live=True)
    made.cited = (citation(1), citation(2))
    return made


@pytest.fixture
def view(item: MessageItem, qtbot: QtBot) -> AnswerView:
    page = QWidget()
    qtbot.addWidget(page)
    made = AnswerView(item, LIGHT, page)
    made.page = page  # type: ignore[attr-defined]
    made.fit(600)
    page.show()
    return made


def test_quotes_stand_under_the_answer_that_is_being_written(item: MessageItem, view: AnswerView) -> None:
    height = view.fit(600)
    assert not view.first_quotes.isVisible()
    item.first_quotes = QUOTES
    view.show_first_quotes()
    assert view.fit(600) > height
    assert view.first_quotes.isVisible()
    assert "The lease ends in June." in view.first_quotes.text.toPlainText()
    view.add_text("It ends in June.")
    view.fit(600)
    assert view.text.y() < view.first_quotes.y()
    assert view.first_quotes.text in view.focus_chain()


def test_they_are_gone_when_the_answer_is_done(item: MessageItem, view: AnswerView) -> None:
    item.first_quotes = QUOTES
    view.show_first_quotes()
    item.live = False
    item.take_answer(msgspec.structs.replace(answer("It ends in June [1]."), citations=item.cited))
    view.show_state()
    view.set_theme(DARK)
    view.fit(600)
    assert not view.first_quotes.isVisible()
    assert view.first_quotes.text not in view.focus_chain()


def test_number_of_a_quote_opens_its_source(item: MessageItem, view: AnswerView, qtbot: QtBot) -> None:
    item.first_quotes = QUOTES
    view.show_first_quotes()
    with qtbot.waitSignal(view.citation_chosen) as chosen:
        view.first_quotes.link_chosen.emit("cite:2")
    assert chosen.args == [item.cited[1]]
