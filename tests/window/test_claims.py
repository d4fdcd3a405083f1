"""What the files do not bear out of a model's answer: underlined, counted, and never shown like any answer."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.base.claim_wording import NOTHING_FOUND
from app.base.values import Claim, Reused, TurnId
from app.window.chat.answer import AnswerView
from app.window.chat.message import MessageItem
from app.window.controls.theme import DARK, LIGHT
from tests.support.answers import answer, citation

TEXT = "The **lease** ends in June [1]. It costs 300 euros. Dogs are welcome."
SUPPORTED = Claim(text="The lease ends in June.", start=0, end=31, verdict="supported", citations=(1,))
PARTLY = Claim(text="It costs 300 euros.", start=32, end=51, verdict="partly", citations=(1,), missing=("300 euros",))
NOT_FOUND = Claim(text="Dogs are welcome.", start=52, end=69, verdict="not_found")


@pytest.fixture
def page(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def shown(page: QWidget, *claims: Claim) -> AnswerView:
    item = MessageItem("assistant", question="When?")
    item.take_answer(msgspec.structs.replace(answer(TEXT), claims=claims, mode="chat", model="Some model"))
    view = AnswerView(item, LIGHT, page)
    view.fit(600)
    page.show()
    return view


def underlined(view: AnswerView, document: QTextDocument | None = None) -> dict[str, str]:
    """The tool tip of each underlined stretch, by its words. document: another than the answer's own."""
    found: dict[str, str] = {}
    document = document or view.text.document()
    cursor = QTextCursor(document)
    for at in range(document.characterCount() - 1):
        cursor.setPosition(at)
        cursor.setPosition(at + 1, QTextCursor.MoveMode.KeepAnchor)
        shape = cursor.charFormat()
        if shape.underlineStyle() == QTextCharFormat.UnderlineStyle.DotLine:
            found[shape.toolTip()] = found.get(shape.toolTip(), "") + cursor.selectedText()
    return {words: note for note, words in found.items()}


def pills(view: AnswerView) -> list[str]:
    return [each.text() for each in view.findChildren(QLabel) if str(each.property("kind")).startswith("pill")]


def test_statement_that_is_not_found_is_underlined_and_says_why(page: QWidget) -> None:
    view = shown(page, SUPPORTED, PARTLY, NOT_FOUND)
    assert underlined(view) == {
        "It costs 300 euros": "Only partly in your files. Missing: “300 euros”.",
        "Dogs are welcome": "Not found in your files.",
    }
    assert pills(view) == ["1 of 3 statements found"]


def test_marks_are_there_in_another_theme_too(page: QWidget) -> None:
    view = shown(page, SUPPORTED, NOT_FOUND)
    view.set_theme(DARK)
    assert list(underlined(view)) == ["Dogs are welcome"]


def test_answer_of_which_everything_was_found_says_so_and_has_no_marks(page: QWidget) -> None:
    view = shown(page, SUPPORTED)
    assert underlined(view) == {}
    assert pills(view) == ["Found in your files"]


def test_answer_of_which_nothing_was_found_begins_by_saying_so(page: QWidget) -> None:
    view = shown(page, NOT_FOUND)
    (lead,) = [each for each in view.findChildren(QLabel) if each.text() == NOTHING_FOUND]
    assert lead.isVisible()
    assert lead.y() < view.text.y()
    assert pills(view) == ["Not in your files"]


def test_statements_of_a_live_answer_are_marked_as_they_are_checked(page: QWidget) -> None:
    view = shown(page, SUPPORTED)
    item = view._item
    item.answer, item.live = None, True
    item.checked = [NOT_FOUND]
    view.show_claims()
    assert list(underlined(view)) == ["Dogs are welcome"]


def set_aside(page: QWidget, words: str = "Dogs are welcome [2].") -> AnswerView:
    item = MessageItem("assistant", question="When?")
    quotes = answer("“quote number 1” [1]", mode="quotes", citations=[citation(1)])
    item.take_answer(msgspec.structs.replace(quotes, claims=(NOT_FOUND,), model="Some model", unfounded=words))
    view = AnswerView(item, LIGHT, page)
    view.fit(600)
    page.show()
    return view


def test_what_a_model_made_up_is_folded_away_below_the_quotes(page: QWidget) -> None:
    view = set_aside(page)
    said = [each.text() for each in view.findChildren(QLabel) if each.isVisible()]
    assert "Nothing in your files bears out what Some model wrote. This is what they say:" in said
    assert pills(view) == ["Quotes from your files"]
    assert view.aside.toggle.text() == "Not in your files · written by Some model"
    assert view.aside.y() > view.text.y()
    assert view.aside.text is None
    assert "Dogs" not in view.text.document().toPlainText()
    chain = view.focus_chain()
    assert view.aside.toggle in chain


def test_what_a_model_made_up_unfolds_by_key_with_its_marks(page: QWidget, qtbot: QtBot) -> None:
    view = set_aside(page)
    folded = view.fit(600)
    with qtbot.waitSignal(view.resized):
        QTest.keyClick(view.aside.toggle, Qt.Key.Key_Space)
    assert view.fit(600) > folded
    assert view.aside.text is not None
    assert view.aside.text.isVisible()
    assert view.aside.text in view.focus_chain()
    assert "Dogs are welcome" in view.aside.text.document().toPlainText()
    assert list(underlined(view, view.aside.text.document())) == ["Dogs are welcome"]
    view.set_theme(DARK)
    assert view.aside.text.isVisible(), "another theme folds nothing"
    QTest.keyClick(view.aside.toggle, Qt.Key.Key_Return)
    assert view.fit(600) == folded


def test_long_name_of_a_model_is_cut_off_and_told_whole(page: QWidget) -> None:
    view = set_aside(page)
    assert view._item.answer is not None
    view._item.answer = msgspec.structs.replace(view._item.answer, model="An excessively long name " * 9)
    view.show_state()
    view.fit(300)
    assert view.aside.toggle.text().endswith("…")
    assert "long name" in view.aside.toggle.toolTip()
    assert view.width() == 300


def test_copied_answer_keeps_what_was_made_up_apart(page: QWidget) -> None:
    copied = set_aside(page, "Dogs are welcome.\n\nCats too.")._item.copied()
    assert copied.startswith("Nothing in your files bears out what Some model wrote.")
    assert copied.endswith("Not in your files · written by Some model:\n\n> Dogs are welcome.\n>\n> Cats too.")


def test_answer_given_once_more_says_from_when_it_is_and_can_be_asked_again(page: QWidget, qtbot: QtBot) -> None:
    item = MessageItem("assistant", question="When?")
    again = msgspec.structs.replace(
        answer(TEXT), claims=(SUPPORTED,), reused=Reused(turn=TurnId(7), at=1_790_000_000_000)
    )
    item.take_answer(again)
    view = AnswerView(item, LIGHT, page)
    view.fit(600)
    page.show()
    (note,) = [each.text() for each in view.findChildren(QLabel) if "asked this before" in each.text()]
    assert "of 21 September 2026" in note
    with qtbot.waitSignal(view.again):
        view.again_button.click()
