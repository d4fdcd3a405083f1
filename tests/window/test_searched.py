"""What was searched, above an answer: shown where it is not the question, changed in place, limits taken away."""

from __future__ import annotations

import threading

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextTable
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.base.calls import Ask
from app.base.values import Answer, Coverage, FileShare, Filter
from app.window.chat.answer import AnswerView
from app.window.chat.searched import SearchedRow
from app.window.chat.transcript import TranscriptView
from app.window.controls.model_choice import remote_host
from app.window.engine_client import EngineClient
from app.window.shell.main_window import MainWindow
from tests.support.answers import answer, citation, messages
from tests.support.fake_engine import FakeEngine, Script
from tests.support.fake_models import remote
from tests.support.hands import click, press, tab_through, write
from tests.support.main_window import ask

PDF = Filter(kind="type", value="pdf", label="PDF files", start=0, end=3)
AFTER = Filter(kind="after", value="2024-03-01", label="after 1 March 2024", start=4, end=20)
CARRIED = "notice period Kastanienallee"
QUESTION = "and the notice period?"


def view_of(transcript: TranscriptView) -> AnswerView:
    view = transcript.column.view(-1)
    assert isinstance(view, AnswerView)
    return view


def searched(transcript: TranscriptView, query: str, *filters: Filter, question: str = QUESTION) -> SearchedRow:
    """The row above an answer that such a search gave."""
    made = msgspec.structs.replace(answer("x", mode="quotes"), query=query, filters=filters)
    transcript.set_messages(messages((question, made)))
    return view_of(transcript).searched


def asked(window: MainWindow, engine: FakeEngine, qtbot: QtBot, *filters: Filter) -> SearchedRow:
    """The row above the answer to a question that goes on, in the window."""
    engine.scripts = [Script(["Three months."], query=CARRIED, filters=filters) for _ in range(4)]
    ask(window, QUESTION)
    qtbot.waitUntil(lambda: not window.chat.is_busy and window.chat.conversation is not None)
    return view_of(window.chat.transcript).searched


def calls(engine: FakeEngine, qtbot: QtBot, window: MainWindow, count: int) -> Ask:
    """The last of so many questions, when it is answered."""
    qtbot.waitUntil(lambda: len(engine.calls(Ask)) == count and not window.chat.is_busy)
    last = engine.calls(Ask)[-1]
    assert isinstance(last, Ask)
    return last


def test_search_is_told_where_it_is_not_the_question(transcript: TranscriptView) -> None:
    row = searched(transcript, CARRIED)
    assert row.isVisible()
    assert [each.text() for each in row.findChildren(QLabel) if each.isVisible()] == ["Searched for:", CARRIED]
    assert row.accessibleName() == f"Searched for: {CARRIED}"
    assert searched(transcript, QUESTION).isHidden()
    assert searched(transcript, "").isHidden()
    long = "What about all of it? " * 200
    assert searched(transcript, long[:2000], question=long).isHidden(), "of a long question the beginning is searched"


def test_limits_are_chips_also_where_the_question_itself_was_searched(transcript: TranscriptView) -> None:
    row = searched(transcript, QUESTION, PDF, AFTER)
    assert [chip.accessibleName() for chip in row.chips] == ["Limited to: PDF files", "Limited to: after 1 March 2024"]
    assert not row.edit_button.isVisible()
    assert all(chip.isVisible() and "ask again" in chip.toolTip() for chip in row.chips)
    assert row.chips[0].x() + row.chips[0].width() < row.chips[1].x()


def test_changed_query_makes_a_new_version_of_the_answer(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    row = asked(window, engine, qtbot)
    click(row.edit_button)
    assert row.field.text() == CARRIED
    assert row.field.hasFocus() or not window.isActiveWindow()
    row.field.setText("")
    write(row.field, "notice period Hafenweg")
    press(row.field, Qt.Key.Key_Return)
    call = calls(engine, qtbot, window, 2)
    assert (call.question, call.query, call.without) == (QUESTION, "notice period Hafenweg", [])
    assert call.again is not None
    now = view_of(window.chat.transcript)
    assert now.versions.told.text() == "2 of 2"
    assert now.searched.accessibleName() == "Searched for: notice period Hafenweg"


def test_escape_leaves_the_query_as_it_was_and_stops_nothing(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    row = asked(window, engine, qtbot)
    row.edit_button.setFocus()
    press(row.edit_button, Qt.Key.Key_Return)
    write(row.field, "something else")
    press(row.field, Qt.Key.Key_Escape)
    assert (row.field.isVisible(), row.edit_button.isVisible()) == (False, True)
    click(row.edit_button)
    assert row.field.text() == CARRIED
    press(row.field, Qt.Key.Key_Return)
    assert not row.field.isVisible()
    assert len(engine.calls(Ask)) == 1, "the same words need not be searched again"


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Delete])
def test_limit_is_taken_away_by_keyboard_and_stays_away(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot, key: Qt.Key
) -> None:
    row = asked(window, engine, qtbot, PDF, AFTER)
    press(row.chips[0], key)
    call = calls(engine, qtbot, window, 2)
    assert (call.query, call.without) == (CARRIED, ["type:pdf"])
    row = view_of(window.chat.transcript).searched
    assert [chip.accessibleName() for chip in row.chips] == ["Limited to: after 1 March 2024"]
    press(row.chips[0], key)
    assert calls(engine, qtbot, window, 3).without == ["type:pdf", "after:2024-03-01"]


def test_search_that_is_changed_while_an_answer_is_written_waits_for_it(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    row = asked(window, engine, qtbot, PDF)
    gate = threading.Semaphore(0)
    engine.scripts = [Script(["slow"], gate=gate), Script(["then"])]
    ask(window, "another question")
    click(row.chips[0])
    gate.release()
    call = calls(engine, qtbot, window, 3)
    assert (call.question, call.without) == (QUESTION, ["type:pdf"])


def test_search_that_the_person_agreed_to_send_keeps_what_was_changed(
    window: MainWindow, engine: FakeEngine, client: EngineClient, qtbot: QtBot
) -> None:
    row = asked(window, engine, qtbot, PDF)
    engine.models = [remote("Far", "models.example", in_use=True)]
    engine.tell("models")
    qtbot.waitUntil(lambda: remote_host(client) == "models.example")
    click(row.chips[0])
    qtbot.waitUntil(lambda: view_of(window.chat.transcript).consent is not None)
    consent = view_of(window.chat.transcript).consent
    assert consent is not None
    click(consent.send_button)
    call = calls(engine, qtbot, window, 3)
    assert (call.consent, call.query, call.without) == (True, CARRIED, ["type:pdf"])


def test_search_is_shown_again_after_a_reload(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    asked(window, engine, qtbot, PDF)
    conversation = window.chat.conversation
    window.open_conversation(None)
    window.open_conversation(conversation)
    qtbot.waitUntil(lambda: len(window.chat.transcript.column.items) == 2)
    row = view_of(window.chat.transcript).searched
    assert row.accessibleName() == f"Searched for: {CARRIED}"
    assert [chip.accessibleName() for chip in row.chips] == ["Limited to: PDF files"]


def test_tab_comes_through_the_search_before_the_answer(transcript: TranscriptView, qtbot: QtBot) -> None:
    row = searched(transcript, CARRIED, PDF)
    transcript.activateWindow()
    row.edit_button.setFocus()
    qtbot.waitUntil(row.edit_button.hasFocus)
    names = ["Change what is searched for", *(each.accessibleName() for each in tab_through(2))]
    assert names.index("Change what is searched for") < names.index("Limited to: PDF files")
    assert names.index("Limited to: PDF files") < names.index("Familiar answered")
    assert row.edit_button.toolTip()


def test_long_labels_are_shortened_and_stay_inside(transcript: TranscriptView) -> None:
    path = f"/home/ana/{'a very long folder name ' * 5}/report.pdf"
    named = Filter(kind="name", value=path, label="r" * 300 + ".pdf", start=0, end=0)
    transcript.resize(320, 600)
    row = searched(transcript, "word " * 300, named, PDF)
    for part in (row.chips[0], row.chips[1], row.edit_button):
        assert part.isVisible()
        assert 0 <= part.mapTo(row, part.rect().topRight()).x() <= row.width()
    assert path.strip() in row.chips[0].toolTip()


def test_letters_that_steer_are_shown_and_steer_nothing(transcript: TranscriptView) -> None:
    named = Filter(kind="name", value="x", label="a\u202eb", start=0, end=0)
    row = searched(transcript, "deposit \u202egnp.exe", named)
    assert "\u202e" not in row.accessibleName()
    assert "\u202e" not in row.chips[0].accessibleName()


# ---- captions, tables, honesty -------------------------------------------------------------------------------------


def quotes(text: str, *captions: str, mode: str = "quotes") -> Answer:
    cited = [
        msgspec.structs.replace(citation(n, "/home/ana/lease.pdf", 2), caption=caption)
        for n, caption in enumerate(captions, 1)
    ]
    return answer(text, mode=mode, citations=cited)  # type: ignore[arg-type]


def lines(transcript: TranscriptView) -> list[str]:
    text = view_of(transcript).text.toPlainText().translate(dict.fromkeys(map(ord, "\u2068\u2069\xa0\u202f")))
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


def test_caption_stands_above_its_quote_with_file_and_page(transcript: TranscriptView) -> None:
    text = "“The deposit is two rents.” [1]\n\n“It lies on an account.” [2]"
    transcript.set_messages(messages(("Deposit?", quotes(text, "Rent › Deposit", ""))))
    assert lines(transcript) == [
        "Rent › Deposit · lease.pdf, page 2", "“The deposit is two rents.” 1",
        "lease.pdf, page 2", "“It lies on an account.” 2",
    ]  # fmt: skip


def test_answer_of_a_model_has_no_captions(transcript: TranscriptView) -> None:
    transcript.set_messages(messages(("Deposit?", quotes("Two rents [1].", "Rent › Deposit", mode="chat"))))
    assert len(lines(transcript)) == 1


def test_row_of_a_table_is_a_small_table_under_its_caption(transcript: TranscriptView) -> None:
    text = "| Item | Price |\n|---|---|\n| Oak \\| old | 12 |\n\n [1]\n\n```\nx = 1\n```\n [2]"
    transcript.set_messages(messages(("Oak?", quotes(text, "Sheet “Wood”", "Code"))))
    document = view_of(transcript).text.document()
    (table,) = [frame for frame in document.rootFrame().childFrames() if isinstance(frame, QTextTable)]
    assert (table.rows(), table.columns()) == (2, 2)
    assert table.cellAt(1, 0).firstCursorPosition().block().text() == "Oak | old"
    shown = lines(transcript)
    assert shown[0] == "Sheet “Wood” · lease.pdf, page 2"
    assert shown.index("Code · lease.pdf, page 2") < shown.index("x = 1")


def test_nearest_that_is_not_certain_does_not_look_like_an_answer(transcript: TranscriptView) -> None:
    for mode, said in (("quotes", "Quotes from your files"), ("not_found", "Nothing certain")):
        transcript.set_messages(messages(("Q", quotes("The nearest is:\n\n“Two rents.” [1]", "Rent", mode=mode))))
        assert lines(transcript)[:3] == ["The nearest is:", "Rent · lease.pdf, page 2", "“Two rents.” 1"]
        assert said in [each.text() for each in view_of(transcript).findChildren(QLabel) if each.isVisible()]
    transcript.set_messages(messages(("Q", quotes("Nothing matches.", mode="not_found"))))
    assert "Not found in your files" in [each.text() for each in view_of(transcript).findChildren(QLabel)]


def test_percentages_and_counts_say_what_they_mean(transcript: TranscriptView) -> None:
    covered = Coverage(matching=9, read=4, by_meaning=True, files=(FileShare(path="/home/ana/a.pdf", share=0.12),))
    transcript.set_messages(messages(("Q", answer("x", coverage=covered))))
    line = view_of(transcript)._coverage
    assert line is not None
    for told in (line.toggle.toolTip(), line.toggle.accessibleDescription()):
        assert "words of the question or is near it in meaning" in told
        assert "4 of 9 matching files" in told
    click(line.toggle)
    (percent,) = [each for each in line.findChildren(QLabel) if each.text() == "12 %"]
    meaning = "12 % of this file’s text was read for this answer; all of it was searched."
    assert percent.accessibleName() == meaning
    assert meaning in percent.toolTip()
    labels = [each.text() for each in line.findChildren(QLabel)]
    assert "How much of each file’s text was read for this answer" in labels
