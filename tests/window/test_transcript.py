"""The transcript: as few widgets as are seen, a steady place, answers in every state, all by keyboard."""

from __future__ import annotations

import random
import subprocess
import sys
from itertools import pairwise

import msgspec
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QTextCursor, QTextTable
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from app.base.turn_events import Delta
from app.base.values import Answer, Coverage, FileShare, Message, TurnId
from app.window.chat.answer import AnswerView
from app.window.chat.message import MessageView
from app.window.chat.question import QuestionView
from app.window.chat.sources import coverage_text, share_text
from app.window.chat.transcript import TranscriptView
from app.window.controls.theme import DARK, LIGHT, ThemeSource
from app.window.controls.widgets import ElidedLabel
from app.window.text.text_view import TextView
from tests.support import markdown_corpus as corpus
from tests.support.answers import answer, citation, messages, step
from tests.support.hands import tab_through


def _views(transcript: TranscriptView) -> list[MessageView]:
    """The messages that exist as widgets, from top to bottom."""
    return sorted(
        (view for view in transcript.findChildren(MessageView) if not view.isHidden()), key=lambda view: view.y()
    )


def _answer(transcript: TranscriptView) -> AnswerView:
    """The last answer."""
    view = _views(transcript)[-1]
    assert isinstance(view, AnswerView)
    return view


def _words(widget: QWidget) -> list[str]:
    """All that labels in a widget say."""
    return [each.text() for each in widget.findChildren(QLabel) if each.isVisible() and each.text()]


def _last_question(transcript: TranscriptView) -> QuestionView:
    view = transcript.column.view(-2)
    assert isinstance(view, QuestionView)
    return view


def _area(transcript: TranscriptView) -> QScrollArea:
    area = transcript.findChild(QScrollArea)
    assert isinstance(area, QScrollArea)
    return area


def _long(count: int) -> list[Message]:
    source = random.Random(5)
    return messages(*((corpus.prose(source, 30), answer(corpus.text(source, 6))) for _ in range(count)))


# ---- only what is seen --------------------------------------------------------------------------------------------


def test_a_thousand_messages_make_few_widgets(transcript: TranscriptView, qtbot: QtBot) -> None:
    transcript.set_messages(_long(500))
    bar = _area(transcript).verticalScrollBar()
    assert bar.maximum() > 50_000
    assert 0 <= _last_question(transcript).y() - bar.value() < 60
    for place in (0.0, 0.3, 0.31, 0.9, 1.0):
        bar.setValue(int(bar.maximum() * place))
        qtbot.waitUntil(lambda: transcript.column.is_settled)
        qtbot.waitUntil(lambda: len(transcript.findChildren(MessageView)) < 60)
        assert 2 <= len(_views(transcript)) < 40


def test_every_part_of_the_viewport_is_covered_wherever_one_scrolls(transcript: TranscriptView) -> None:
    transcript.set_messages(_long(80))
    area = _area(transcript)
    bar = area.verticalScrollBar()
    for share in range(0, 101, 5):
        bar.setValue(bar.maximum() * share // 100)
        top, bottom = bar.value(), bar.value() + area.viewport().height()
        seen = [view for view in _views(transcript) if view.y() < bottom and view.y() + view.height() > top]
        assert seen
        assert seen[0].y() <= top + 48
        assert seen[-1].y() + seen[-1].height() >= bottom - 48
        for before, after in pairwise(seen):
            assert 0 < after.y() - before.y() - before.height() <= 48


def test_what_is_read_stays_where_it_is_while_heights_above_become_known(
    transcript: TranscriptView, qtbot: QtBot
) -> None:
    transcript.set_messages(_long(200))
    bar = _area(transcript).verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    watched = next(view for view in _views(transcript) if view.y() >= bar.value())
    before = watched.y() - bar.value()
    qtbot.waitUntil(lambda: transcript.column.is_settled)
    assert watched.y() - bar.value() == before


def test_reader_is_not_torn_away_by_a_growing_answer(transcript: TranscriptView, qtbot: QtBot) -> None:
    transcript.set_messages(_long(20))
    transcript.begin_turn("More?")
    bar = _area(transcript).verticalScrollBar()
    bar.setValue(bar.maximum() // 3)
    qtbot.waitUntil(lambda: transcript.column.is_settled)
    before = bar.value()
    for _ in range(30):
        transcript.apply(Delta(text="a paragraph\n\n"))
    transcript.apply(answer("a paragraph\n\n" * 30))
    assert bar.value() == before
    assert transcript.column.latest_button.isVisible()
    transcript.column.latest_button.click()
    assert bar.value() == bar.maximum()
    assert not transcript.column.latest_button.isVisible()


def test_end_is_followed_while_an_answer_grows(transcript: TranscriptView, qtbot: QtBot) -> None:
    transcript.begin_turn("Tell me all")
    bar = _area(transcript).verticalScrollBar()
    for _ in range(60):
        transcript.apply(Delta(text="a paragraph\n\n"))
    qtbot.waitUntil(lambda: bar.maximum() > 500)
    assert bar.value() == bar.maximum()


def test_focused_and_selected_messages_outlive_scrolling(transcript: TranscriptView, qtbot: QtBot) -> None:
    transcript.set_messages(_long(300))
    bar = _area(transcript).verticalScrollBar()
    view = _views(transcript)[-1]
    view.text.selectAll()
    bar.setValue(0)
    qtbot.waitUntil(lambda: transcript.column.is_settled)
    assert view in _views(transcript)
    assert view.text.textCursor().hasSelection()


def test_narrow_window_wraps_and_wide_window_keeps_the_column(transcript: TranscriptView) -> None:
    transcript.set_messages(messages(("Why?", answer("word " * 200))))
    assert _answer(transcript).width() == 660
    low = _answer(transcript).height()
    transcript.resize(372, 600)
    assert _answer(transcript).width() == 372 - 32
    assert _answer(transcript).height() > low
    transcript.set_column(0)
    transcript.resize(1000, 600)
    assert _answer(transcript).width() == 1000 - 32


def test_wheel_over_a_message_scrolls_the_conversation(transcript: TranscriptView, qtbot: QtBot) -> None:
    transcript.set_messages(_long(20))
    bar = _area(transcript).verticalScrollBar()
    before = bar.value()
    text = _views(transcript)[-1].text
    QTest.wheelEvent(transcript.windowHandle(), QPointF(text.mapTo(transcript, QPoint(5, 5))), QPoint(0, 120))
    qtbot.waitUntil(lambda: bar.value() < before)


def test_keys_scroll_from_within_a_message(transcript: TranscriptView) -> None:
    transcript.set_messages(_long(20))
    bar = _area(transcript).verticalScrollBar()
    text = _views(transcript)[-1].text
    text.setFocus()
    QTest.keyClick(text, Qt.Key.Key_PageUp)
    assert bar.value() < bar.maximum()
    QTest.keyClick(text, Qt.Key.Key_End)
    assert bar.value() == bar.maximum()
    QTest.keyClick(text, Qt.Key.Key_Home)
    assert bar.value() == 0


# ---- a turn -------------------------------------------------------------------------------------------------------


def test_turn_is_shown_step_by_step(transcript: TranscriptView, qtbot: QtBot) -> None:
    transcript.begin_turn("How much?", ["/home/ana/Lease 2024.pdf"])
    question, reply = _views(transcript)
    assert isinstance(question, QuestionView)
    assert [chip.name_button.text() for chip in question.files] == ["Lease 2024.pdf"]
    transcript.apply(step("searching", "Searching your files"))
    assert "Searching your files…" in _words(reply)
    transcript.apply(step("reading", "Reading 3 passages", done=40, total=100, citations=[citation(1)]))
    assert "Reading 3 passages… 40 %" in _words(reply)
    transcript.apply(Delta(text="It fell by **$49 mil"))
    transcript.apply(Delta(text="lion** [1]."))
    qtbot.waitUntil(lambda: "million" in reply.text.toPlainText())
    assert "[1]" not in reply.text.toPlainText()
    transcript.apply(answer("It fell by **$49 million** [1].", citations=[citation(1)]))
    assert "1 source · 6.1 s" in _words(reply)
    assert not any("…" in words for words in _words(reply))
    assert _answer(transcript).copy_button.isVisible()


def test_numbers_become_chips_when_the_citations_come_later(transcript: TranscriptView, qtbot: QtBot) -> None:
    transcript.begin_turn("How much?")
    transcript.apply(Delta(text="It fell [1]."))
    qtbot.waitUntil(lambda: "fell" in _answer(transcript).text.toPlainText())
    assert "[1]" in _answer(transcript).text.toPlainText()
    transcript.apply(step("reading", "Reading", citations=[citation(1)]))
    assert "fell" in _answer(transcript).text.toPlainText()
    assert "[1]" not in _answer(transcript).text.toPlainText()
    transcript.apply(Delta(text=" And more."))
    qtbot.waitUntil(lambda: "And more" in _answer(transcript).text.toPlainText())


def test_words_of_a_model_of_which_less_is_asked_now_are_gone(transcript: TranscriptView, qtbot: QtBot) -> None:
    transcript.begin_turn("How much?")
    transcript.apply(step("found", "Found one passage", citations=[citation(1)]))
    transcript.apply(Delta(text="I, I, I, "))
    transcript.apply(step("found", "Found one passage", citations=[citation(1)]))
    assert _answer(transcript).text.toPlainText() == ""
    transcript.apply(Delta(text="It fell [1]."))
    qtbot.waitUntil(lambda: "It fell" in _answer(transcript).text.toPlainText())
    assert "I, I" not in _answer(transcript).text.toPlainText()


def test_events_without_a_question_still_show(transcript: TranscriptView) -> None:
    transcript.apply(answer("By itself"))
    assert _answer(transcript).text.toPlainText() == "By itself"
    assert not _answer(transcript).again_button.isVisible()


def test_failure_keeps_the_text_that_had_come(transcript: TranscriptView, qtbot: QtBot) -> None:
    transcript.begin_turn("How much?")
    transcript.apply(Delta(text="Half an ans"))
    transcript.fail("The model stopped working.", "It was started again; ask again.")
    assert _answer(transcript).text.toPlainText() == "Half an ans"
    said = {"The model stopped working.", "It was started again; ask again."}
    qtbot.waitUntil(lambda: said <= set(_words(_answer(transcript))))


def test_second_question_ends_a_turn_that_was_never_answered(transcript: TranscriptView) -> None:
    transcript.begin_turn("One")
    transcript.begin_turn("Two")
    assert [item.live for item in transcript.column.items] == [False, False, False, True]


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (answer("“x” [1]", mode="quotes", citations=[citation(1)]), "Quotes from your files"),
        (answer("Nothing matches.", mode="not_found", coverage=Coverage()), "Not found in your files"),
        (answer("It was", state="stopped"), "Stopped"),
        (answer("It was", state="interrupted"), "Interrupted"),
        (answer("It was", state="streaming"), "Still being written"),
        (answer("", state="failed", error="Out of memory."), "Out of memory."),
        (answer("It goes", error="The answer was cut off."), "The answer was cut off."),
    ],
)
def test_every_state_of_an_answer_is_said(transcript: TranscriptView, reply: Answer, said: str) -> None:
    transcript.set_messages(messages(("Q", reply)))
    assert said in _words(_answer(transcript))


def test_done_chat_answer_wears_no_badge(transcript: TranscriptView) -> None:
    transcript.set_messages(messages(("Q", answer("Plain."))))
    badges = [
        each for each in _answer(transcript).findChildren(QLabel) if str(each.property("kind")).startswith("pill-")
    ]
    assert badges == []


def test_conversation_ends_and_another_begins(transcript: TranscriptView, qtbot: QtBot) -> None:
    empty = QLabel("Ask about your files")
    transcript.set_empty_widget(empty)
    assert empty.isVisible()
    transcript.set_messages(_long(3))
    assert not empty.isVisible()
    transcript.clear()
    assert empty.isVisible()
    qtbot.waitUntil(lambda: not transcript.findChildren(MessageView))
    transcript.begin_turn("A")
    assert not empty.isVisible()


def test_first_words_are_shown_at_once_and_later_ones_together(transcript: TranscriptView) -> None:
    transcript.begin_turn("When?")
    transcript.apply(Delta(text="In"))
    assert _answer(transcript).text.toPlainText() == "In"
    for piece in (" June", ", or", " July"):
        transcript.apply(Delta(text=piece))
    assert _answer(transcript).text.toPlainText() == "In"
    transcript.flush()
    assert _answer(transcript).text.toPlainText() == "In June, or July"


# ---- sources, coverage, links -------------------------------------------------------------------------------------


def _anchor_spot(text: TextView, href: str) -> QPoint:
    """A point in the middle of a link."""
    cursor = QTextCursor(text.document())
    while not cursor.atEnd():
        cursor.movePosition(QTextCursor.MoveOperation.NextCharacter)
        if cursor.charFormat().anchorHref() == href:
            here = text.cursorRect(cursor)
            return here.center() + QPoint(1, 0)
    raise AssertionError(f"no link to {href}")


def test_chip_in_the_text_opens_its_citation(transcript: TranscriptView, qtbot: QtBot) -> None:
    cited = [citation(1), citation(2, page=30)]
    transcript.set_messages(messages(("Q", answer("It fell [1] and rose [2].", citations=cited))))
    text = _answer(transcript).text
    with qtbot.waitSignal(transcript.citation_activated) as caught:
        QTest.mouseClick(text.viewport(), Qt.MouseButton.LeftButton, pos=_anchor_spot(text, "cite:2"))
    assert caught.args == [cited[1]]


def test_chips_and_sources_are_reached_and_opened_by_keyboard(transcript: TranscriptView, qtbot: QtBot) -> None:
    cited = [citation(1), citation(2, "/home/ana/b.md", 3, kind="line")]
    transcript.set_messages(messages(("Q", answer("It fell [1] and rose [2].", citations=cited))))
    opened: list[object] = []
    transcript.citation_activated.connect(opened.append)
    view = _answer(transcript)
    view.text.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(2):
        QTest.keyClick(view.text, Qt.Key.Key_Tab)
        QTest.keyClick(view.text, Qt.Key.Key_Return)
    assert [widget.accessibleName() for widget in tab_through(7)] == [
        "Source 1: 3M_2018_10K.pdf, page 28", "Source 2: b.md, line 3", "This answer is right", "This answer is wrong",
        "Copy answer", "Ask again", "Read 4 of 9 matching files",
    ]  # fmt: skip
    assert opened == cited
    assert view._sources is not None
    QTest.keyClick(view._sources.chips[1], Qt.Key.Key_Space)
    assert opened[-1] == cited[1]


def test_question_that_the_tab_key_reached_has_a_ring(transcript: TranscriptView) -> None:
    transcript.set_messages(messages(("When does it renew?", answer("Soon."))))
    view = _last_question(transcript)
    bubble = view.text.parentWidget()
    assert bubble is not None
    edge = QPoint(1, bubble.height() // 2)
    assert bubble.grab().toImage().pixelColor(edge) == LIGHT.color("user")
    view.text.setFocus(Qt.FocusReason.TabFocusReason)
    assert bubble.grab().toImage().pixelColor(edge) == LIGHT.color("focus")
    view.text.clearFocus()
    assert bubble.grab().toImage().pixelColor(edge) == LIGHT.color("user")


def test_ring_goes_from_the_answer_to_the_link_in_it(transcript: TranscriptView, qtbot: QtBot) -> None:
    transcript.set_messages(messages(("Q", answer("It fell [1].", citations=[citation(1)]))))
    text = _answer(transcript).text
    text.setFocus(Qt.FocusReason.TabFocusReason)
    assert text.is_reached
    with qtbot.waitSignal(text.focus_moved):  # whoever painted the ring paints anew
        QTest.keyClick(text, Qt.Key.Key_Tab)
    assert not text.is_reached


def test_citations_of_one_place_share_a_source(transcript: TranscriptView) -> None:
    cited = [citation(1), citation(2), citation(3, page=29)]
    transcript.set_messages(messages(("Q", answer("x [1][2][3]", citations=cited))))
    sources = _answer(transcript)._sources
    assert sources is not None
    assert [chip.accessibleName() for chip in sources.chips] == [
        "Sources 1, 2: 3M_2018_10K.pdf, page 28",
        "Source 3: 3M_2018_10K.pdf, page 29",
    ]
    assert "1 source, 3 passages · 6.1 s" in _words(_answer(transcript))


def test_many_sources_are_folded_until_asked_for(transcript: TranscriptView) -> None:
    cited = [citation(n, f"/home/ana/{n}.pdf") for n in range(1, 10)]
    transcript.set_messages(messages(("Q", answer("x", citations=cited))))
    view = _answer(transcript)
    sources = view._sources
    assert sources is not None
    assert sources.more is not None
    assert sum(chip.isVisible() for chip in sources.chips) == 6
    height = view.height()
    sources.more.click()
    assert all(chip.isVisible() for chip in sources.chips)
    assert not sources.more.isVisible()
    assert view.height() >= height


def test_coverage_opens_its_list_of_files(transcript: TranscriptView) -> None:
    shares = tuple(FileShare(path=f"/home/ana/file {n}.pdf", share=n / 50) for n in range(50))
    covered = Coverage(matching=1204, read=50, files=shares, waiting=3, by_meaning=True)
    transcript.set_messages(messages(("Q", answer("x", coverage=covered))))
    view = _answer(transcript)
    coverage = view._coverage
    assert coverage is not None
    assert coverage.toggle.text() == "Read 50 of 1,204 matching files · 3 files not read yet"
    closed = view.height()
    coverage.toggle.click()
    assert view.height() > closed
    assert {"file 1.pdf", "2 %", "and 10 more files"} <= set(_words(view))
    coverage.toggle.click()
    assert view.height() == closed


@pytest.mark.parametrize(
    ("coverage", "text"),
    [
        (Coverage(), ""),
        (Coverage(matching=1, read=1, by_meaning=True), "Read 1 of 1 matching file"),
        (Coverage(matching=9, read=4), "Read 4 of 9 matching files · found by words only"),
        (Coverage(waiting=1), "1 file not read yet"),
        (Coverage(read=2), "Read 2 files"),
    ],
)
def test_coverage_is_told_in_a_line(coverage: Coverage, text: str) -> None:
    assert coverage_text(coverage) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0 %"), (0.001, "under 1 %"), (0.5, "50 %"), (0.999, "99 %"), (1, "100 %")]
)
def test_shares_never_call_little_nothing_nor_nearly_all_all(share: float, text: str) -> None:
    assert share_text(share) == text


def test_link_is_handed_over_and_never_opened(transcript: TranscriptView, qtbot: QtBot) -> None:
    transcript.set_messages(messages(("Q", answer("See [here](https://example.org/a).\n\nMore."))))
    text = _answer(transcript).text
    before = text.toPlainText()
    with qtbot.waitSignal(transcript.link_opened) as caught:
        QTest.mouseClick(text.viewport(), Qt.MouseButton.LeftButton, pos=_anchor_spot(text, "https://example.org/a"))
    assert caught.args == ["https://example.org/a"]
    assert text.toPlainText() == before


# ---- copying, asking again ----------------------------------------------------------------------------------------


def test_answer_is_copied_with_its_sources_and_asked_again(transcript: TranscriptView, qtbot: QtBot) -> None:
    transcript.set_messages(messages(("How much?", answer("It **fell** [1].", citations=[citation(1)]))))
    view = _answer(transcript)
    view.copy_button.click()
    assert QGuiApplication.clipboard().text() == (
        "It **fell** [1].\n\n[1] 3M_2018_10K.pdf, page 28 (/home/ana/Reports/3M_2018_10K.pdf)"
    )
    with qtbot.waitSignal(transcript.question_again) as caught:
        view.again_button.click()
    (item,) = caught.args
    assert (item.question, item.turn) == ("How much?", TurnId(1))


def test_code_is_copied_from_its_source(transcript: TranscriptView) -> None:
    transcript.set_messages(messages(("Q", answer("```python\nif x:\n\ty = `1`\n```\n\n```\nz\n```"))))
    first, second = _answer(transcript).text.copy_buttons()
    assert (first.accessibleName(), second.accessibleName()) == ("Copy python code", "Copy code")
    first.click()
    assert QGuiApplication.clipboard().text() == "if x:\n\ty = `1`"
    assert first.y() < second.y()


def test_whole_conversation_is_copied(transcript: TranscriptView) -> None:
    transcript.set_messages(messages(("One?", answer("First.")), ("Two?", answer("Second."))))
    text = transcript.copy_conversation()
    assert text == "**You:**\n\nOne?\n\n**Familiar:**\n\nFirst.\n\n**You:**\n\nTwo?\n\n**Familiar:**\n\nSecond."
    assert QGuiApplication.clipboard().text() == text


def test_question_is_shown_letter_by_letter(transcript: TranscriptView) -> None:
    transcript.begin_turn("# Not **bold** <b>x</b> [1]\nsecond line")
    question = _views(transcript)[0]
    assert question.text.toPlainText() == "# Not **bold** <b>x</b> [1]\nsecond line"


def test_very_long_question_is_folded(transcript: TranscriptView, qtbot: QtBot) -> None:
    transcript.begin_turn("word " * 20_000)
    question = _views(transcript)[0]
    assert isinstance(question, QuestionView)
    assert len(question.text.toPlainText()) < 2_000
    folded = question.height()
    assert question._more is not None
    assert question._more.text() == "Show all 100,000 characters"
    question._more.click()
    assert len(question.text.toPlainText()) == 100_000
    assert question.height() > 10 * folded


# ---- looks, screen readers, imports -------------------------------------------------------------------------------


def test_another_theme_reaches_every_message(transcript: TranscriptView) -> None:
    transcript.set_messages(messages(("Q", answer("Text `code` [1]", citations=[citation(1)]))))
    transcript.set_theme(DARK)
    view = _answer(transcript)
    colors = {piece.format.foreground().color().name().upper() for piece in view.text.document().begin().textFormats()}
    assert DARK.text in colors
    assert LIGHT.text not in colors
    transcript.begin_turn("In the dark")
    assert view.text.palette().highlight().color() == DARK.color("accent")


def test_end_of_an_answer_is_announced(transcript: TranscriptView, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(QAccessible, "isActive", lambda: True)
    monkeypatch.setattr(QAccessible, "updateAccessibility", lambda event: said.append(event.message()))
    transcript.begin_turn("Q")
    transcript.apply(answer("x [1]", citations=[citation(1)]))
    transcript.begin_turn("Q")
    transcript.apply(answer("x", mode="not_found"))
    transcript.begin_turn("Q")
    transcript.apply(answer("x", state="stopped"))
    transcript.begin_turn("Q")
    transcript.fail("The engine has gone.", "It is started again.")
    assert said == [
        "Answer finished. 1 source.",
        "Not found in your files.",
        "Answer stopped.",
        "The engine has gone. It is started again.",
    ]


def test_messages_are_named_for_screen_readers(transcript: TranscriptView) -> None:
    transcript.set_messages(messages(("Q", answer("A"))))
    assert [view.text.accessibleName() for view in _views(transcript)] == ["You asked", "Familiar answered"]
    assert all(
        button.accessibleName() for button in (_answer(transcript).copy_button, _answer(transcript).again_button)
    )


def test_running_turn_says_how_long_it_takes(transcript: TranscriptView, monkeypatch: pytest.MonkeyPatch) -> None:
    transcript.begin_turn("Q")
    transcript.column.items[-1].began_s -= 7
    transcript.apply(step("reading", "Reading 2 passages"))
    caption = _answer(transcript).findChild(ElidedLabel)
    assert isinstance(caption, ElidedLabel)
    assert caption.full_text == "Reading 2 passages… · 7 s"


def test_drawing_widgets_never_import_the_engines_libraries() -> None:
    code = (
        "import sys\n"
        "import app.window.chat.transcript, app.window.chat.composer, app.window.source.preview_pane\n"
        "heavy = {'chromadb', 'llama_cpp', 'onnxruntime', 'numpy', 'kreuzberg', 'pypdfium2'}\n"
        "heavy |= {'pygments', 'markdown_it'}  # these come with the first answer\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_turn_ids_are_not_needed_to_show_a_conversation(transcript: TranscriptView) -> None:
    transcript.set_messages([Message(turn=TurnId(1), role="assistant", text="Only text", at=0)])
    assert _answer(transcript).text.toPlainText() == "Only text"


def test_a_piece_of_text_does_not_lay_out_the_whole_answer_again(transcript: TranscriptView, qtbot: QtBot) -> None:
    transcript.begin_turn("Q")
    transcript.apply(Delta(text="first\n\n"))
    transcript.flush()
    document = _answer(transcript).text.document()
    asked: list[float] = []
    document.setTextWidth = asked.append  # type: ignore[method-assign]  # Qt lays all out anew whenever this is called
    for _ in range(20):
        transcript.apply(Delta(text="more\n\n"))
        transcript.flush()
    assert document.blockCount() == 21
    assert asked == []


def _table_of(transcript: TranscriptView) -> QTextTable:
    frames = _answer(transcript).text.document().rootFrame().childFrames()
    assert isinstance(frames[0], QTextTable)
    return frames[0]


def _wide_table(columns: int) -> str:
    rows = [[f"Heading{n}" for n in range(columns)], ["---"] * columns, ["some words in a cell"] * columns]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def test_table_too_wide_for_the_column_keeps_its_words_whole(transcript: TranscriptView) -> None:
    transcript.set_messages(messages(("Q", answer(_wide_table(6)))))
    text = _answer(transcript).text
    assert text.document().size().width() <= text.width() + 1
    for column in range(6):
        block = _table_of(transcript).cellAt(0, column).firstCursorPosition().block()
        assert block.layout().lineCount() == 1


def test_table_with_very_many_columns_is_scrolled_sideways_from_its_beginning(
    transcript: TranscriptView, qtbot: QtBot
) -> None:
    transcript.resize(372, 600)
    transcript.set_messages(messages(("Q", answer(f"Before\n\n{_wide_table(12)}"))))
    bar = _answer(transcript).text.horizontalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    assert bar.value() == 0
    transcript.resize(2000, 600)
    transcript.set_column(0)
    assert _answer(transcript).text.horizontalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAlwaysOff


def test_sources_stand_below_a_live_answer_and_never_on_it(transcript: TranscriptView, qtbot: QtBot) -> None:
    text = "A sentence that is long enough to wrap in the column of this window, more than once, surely. [1]\n\n" * 4
    transcript.begin_turn("Q")
    transcript.apply(Delta(text=text))
    qtbot.wait(50)  # the live answer is painted
    transcript.apply(answer(text, citations=[citation(1)]))
    view = _answer(transcript)
    assert view._sources is not None
    assert view._sources.mapTo(view, QPoint(0, 0)).y() >= view.text.geometry().bottom()
    assert view.text.height() >= view.text.document().size().height()


# ---- where a conversation opens -----------------------------------------------------------------------------------


def test_a_long_answer_opens_with_its_question_on_top_and_a_short_one_at_its_end(
    transcript: TranscriptView, qtbot: QtBot
) -> None:
    bar = _area(transcript).verticalScrollBar()
    transcript.set_messages([*_long(3), *messages(("Last?", answer("a paragraph\n\n" * 60)))])
    qtbot.waitUntil(lambda: transcript.column.is_settled)
    assert 0 < _last_question(transcript).y() - bar.value() < 60
    assert bar.value() < bar.maximum() - 500
    assert transcript.column.latest_button.isVisible()
    transcript.set_messages([*_long(3), *messages(("Last?", answer("short")))])
    qtbot.waitUntil(lambda: transcript.column.is_settled)
    assert bar.value() == bar.maximum()


def test_a_conversation_opened_before_it_is_shown_opens_there_too(themes: ThemeSource, qtbot: QtBot) -> None:
    made = TranscriptView(LIGHT)
    qtbot.addWidget(made)
    made.set_messages([*_long(3), *messages(("Last?", answer("a paragraph\n\n" * 60)))])
    made.resize(700, 500)
    with qtbot.waitExposed(made):
        made.show()
    qtbot.waitUntil(lambda: made.column.is_settled)
    made.resize(420, 500)
    qtbot.waitUntil(lambda: made.column.is_settled)
    assert 0 < _last_question(made).y() - _area(made).verticalScrollBar().value() < 60
    made.clear()


def test_the_end_is_followed_again_once_a_question_is_asked(transcript: TranscriptView, qtbot: QtBot) -> None:
    bar = _area(transcript).verticalScrollBar()
    transcript.set_messages(messages(("First?", answer("a paragraph\n\n" * 60))))
    transcript.begin_turn("Next?")
    for _ in range(60):
        transcript.apply(Delta(text="a paragraph\n\n"))
    transcript.flush()
    assert bar.value() == bar.maximum()


# ---- versions -----------------------------------------------------------------------------------------------------


def test_a_new_version_comes_in_the_place_of_the_answer(transcript: TranscriptView) -> None:
    transcript.set_messages(messages(("One?", answer("old")), ("Two?", answer("two"))))
    first = transcript.column.items[1]
    first.turn = TurnId(7)
    transcript.begin_turn("One?", again=TurnId(7))
    assert [item.text for item in transcript.column.items] == ["One?", "", "Two?", "two"]
    transcript.apply(Delta(text="ne"))
    transcript.apply(msgspec.structs.replace(answer("new"), turn=TurnId(9)))
    items = transcript.column.items
    assert [item.text for item in items] == ["One?", "new", "Two?", "two"]
    assert (items[1].turn, items[1].versions) == (TurnId(9), (TurnId(7), TurnId(9)))
    view = transcript.column.view(1)
    assert isinstance(view, AnswerView)
    assert view.versions.isVisible()
    assert view.versions.told.text() == "2 of 2"
    assert not view.versions.newer.isEnabled()


def test_older_versions_are_reached_by_arrows_and_keys(transcript: TranscriptView, qtbot: QtBot) -> None:
    transcript.set_messages(messages(("One?", answer("new"))))
    item = transcript.column.items[1]
    item.versions = (TurnId(7), TurnId(1))
    transcript.show_version(item, msgspec.structs.replace(answer("new"), turn=TurnId(1)))
    view = _answer(transcript)
    with qtbot.waitSignal(transcript.version_wanted) as caught:
        QTest.keyClick(view.versions.older, Qt.Key.Key_Return)
    assert caught.args == [item, TurnId(7)]
    transcript.show_version(item, msgspec.structs.replace(answer("old", citations=[citation(3)]), turn=TurnId(7)))
    assert view.text.toPlainText().strip() == "old"
    assert view.versions.told.text() == "1 of 2"
    assert transcript.copy_conversation().endswith("[3] 3M_2018_10K.pdf, page 28 (/home/ana/Reports/3M_2018_10K.pdf)")


def test_a_new_version_that_came_to_nothing_gives_way_to_the_answer(transcript: TranscriptView) -> None:
    transcript.set_messages(messages(("One?", answer("old")), ("Two?", answer("two"))))
    transcript.column.items[1].turn = TurnId(7)
    transcript.begin_turn("One?", again=TurnId(7))
    transcript.withdraw()
    assert [item.text for item in transcript.column.items] == ["One?", "old", "Two?", "two"]
