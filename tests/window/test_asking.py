"""Asking in the main window: questions that wait, pasted texts, files that cannot be read, drops, and the Tab key."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from pytestqt.qtbot import QtBot

from app.base.calls import Ask, Attach, DropPasted, KeepPasted
from app.base.errors import Problem
from app.window.chat import chat_context, chat_foot
from app.window.chat.answer import AnswerView
from app.window.chat.question import QuestionView
from app.window.chat.sources import SourceChip
from app.window.chat.unread_card import UnreadCard
from app.window.shell.main_window import MainWindow
from tests.support.fake_engine import FakeEngine, Script, citation
from tests.support.hands import click, drop, press, walk, write
from tests.support.main_window import ask


def paste(window: MainWindow, text: str) -> None:
    data = QMimeData()
    data.setText(text)
    window.chat.composer.field.insertFromMimeData(data)


def asked(engine: FakeEngine) -> list[str]:
    return [call.question for call in engine.calls(Ask)]


def rows(window: MainWindow) -> list[str]:
    return [row.accessibleName() for row in window.chat.foot.waiting.rows]


def chips(window: MainWindow) -> list[str]:
    return [chip.file.name for chip in window.chat.composer.files.chips]


def done(window: MainWindow, engine: FakeEngine, number: int, qtbot: QtBot) -> None:
    """That so many questions were asked, and the last of them is answered."""
    qtbot.waitUntil(lambda: len(engine.calls(Ask)) == number and not window.chat.is_busy)


# ---- questions that wait


def test_questions_asked_while_an_answer_streams_wait_and_are_asked_in_their_order(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    gate = threading.Semaphore(0)
    engine.scripts = [Script(["done"], gate=gate)]
    for question in ("first", "second", "third"):
        ask(window, question)
    assert rows(window) == ["Next: second", "Then: third"]
    assert window.chat.composer.text() == ""
    gate.release()
    done(window, engine, 3, qtbot)
    assert asked(engine) == ["first", "second", "third"]
    assert len({call.conversation for call in engine.calls(Ask)[1:]}) == 1
    assert rows(window) == []
    assert window.chat.foot.waiting.isHidden()


def test_a_waiting_question_can_be_changed_and_taken_back(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    gate = threading.Semaphore(0)
    engine.scripts = [Script(["done"], gate=gate)]
    for question in ("first", "second", "third", "fourth"):
        ask(window, question)
    write(window.chat.composer.field, "typed")
    click(window.chat.foot.waiting.rows[1].edit)
    assert window.chat.composer.text() == "third\n\ntyped"
    press(window.chat.foot.waiting.rows[0].remove, Qt.Key.Key_Return)
    assert rows(window) == ["Next: fourth"]
    gate.release()
    done(window, engine, 2, qtbot)
    assert asked(engine) == ["first", "fourth"]


def test_tab_comes_to_waiting_questions_right_after_the_composer(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.scripts = [Script(["done"], gate=threading.Semaphore(0))]
    ask(window, "first")
    ask(window, "second")
    window.activateWindow()
    window.chat.composer.send_button.setFocus()
    names = walk(window, Qt.Key.Key_Tab, 3)
    assert names == ["Change: second", "Do not ask: second", "You asked"]
    press(window.chat.foot.waiting.rows[0].remove, Qt.Key.Key_Space)
    window.chat.stop()
    qtbot.waitUntil(lambda: not window.chat.is_busy)


def test_waiting_questions_go_on_while_another_conversation_is_shown(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    gate = threading.Semaphore(0)
    engine.scripts = [Script(["done"], gate=gate)]
    ask(window, "first")
    qtbot.waitUntil(lambda: window.chat.conversation is not None)
    left = window.chat.conversation
    assert left is not None
    ask(window, "second")
    window.open_conversation(None)
    assert rows(window) == []
    window.open_conversation(left)
    qtbot.waitUntil(lambda: rows(window) == ["Next: second"])
    window.open_conversation(None)
    gate.release()
    qtbot.waitUntil(lambda: len(engine.messages[left]) == 4)
    assert [(call.question, call.conversation) for call in engine.calls(Ask)] == [("first", None), ("second", left)]
    assert window.chat.conversation is None


def test_stopping_an_answer_asks_what_waits(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.scripts = [Script(["done"], gate=threading.Semaphore(0))]
    ask(window, "first")
    ask(window, "second")
    qtbot.waitUntil(lambda: window.chat.conversation is not None)
    press(window.chat.composer.field, Qt.Key.Key_Escape)
    done(window, engine, 2, qtbot)
    assert asked(engine) == ["first", "second"]


def test_what_waits_for_an_answer_that_fails_comes_back_with_its_files(
    window: MainWindow, engine: FakeEngine, tmp_path: Path, qtbot: QtBot
) -> None:
    note = tmp_path / "note.txt"
    note.write_text("x")
    held = engine.hold(Ask)
    engine.scripts = [Script([], failure=Problem("chat.failed", "It failed.", ""))]
    late = engine.hold(Attach)
    ask(window, "first")
    window.chat.attach([str(note)])
    ask(window, "second")
    ask(window, "third")
    held.set()
    late.set()
    qtbot.waitUntil(lambda: not window.chat.is_busy)
    assert window.chat.composer.text() == "first\n\nsecond\n\nthird"
    assert [(file.path, file.waiting) for file in window.chat.attached] == [(str(note), True)]
    assert asked(engine) == ["first"]


# ---- pasted texts


def test_a_long_paste_becomes_an_attached_file_and_the_question_is_kept(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    write(window.chat.composer.field, "What is this?")
    text = "All of it. " * 900_000
    paste(window, text)
    qtbot.waitUntil(lambda: chips(window) == ["Pasted text · 10 MB"] and bool(engine.pasted))
    press(window.chat.composer.field, Qt.Key.Key_Return)
    done(window, engine, 1, qtbot)
    (path,) = engine.pasted
    assert engine.pasted[path] == text
    assert engine.calls(Ask) == [Ask(question="What is this?", approves=True, attachments=[path])]
    assert len(window.windowTitle()) < 120
    assert chips(window) == []


def test_a_question_sent_while_its_text_is_being_kept_is_asked_with_it(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    late = engine.hold(KeepPasted)
    paste(window, "x" * 5_000)
    assert chips(window) == ["Pasted text · 5 KB"]
    ask(window, "What is this?")
    assert window.chat.composer.text() == "What is this?"
    late.set()
    done(window, engine, 1, qtbot)
    assert engine.calls(Ask) == [Ask(question="What is this?", approves=True, attachments=list(engine.pasted))]
    assert window.chat.composer.text() == ""


def test_a_text_that_cannot_be_kept_is_said_and_the_question_stays(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.paste_failure = Problem("paste.failed", "The pasted text could not be kept: No space left.", "Free some.")
    late = engine.hold(KeepPasted)
    paste(window, "x" * 5_000)
    ask(window, "What is this?")
    late.set()
    qtbot.waitUntil(lambda: window.toast.text == "The pasted text could not be kept: No space left.")
    assert chips(window) == []
    assert window.chat.composer.text() == "What is this?"
    assert engine.calls(Ask) == []


def test_an_attached_file_can_be_opened_before_and_after_it_was_asked_about(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def show(_parent: object, path: str) -> str:
        seen.append(path)
        return ""

    monkeypatch.setattr(chat_foot, "open_file", show)
    paste(window, "x" * 5_000)
    qtbot.waitUntil(lambda: bool(window.chat.subject.waiting))
    (path,) = engine.pasted
    press(window.chat.composer.files.chips[0].name_button, Qt.Key.Key_Return)
    ask(window, "What is this?")
    done(window, engine, 1, qtbot)
    question = window.chat.transcript.column.view(-2)
    assert isinstance(question, QuestionView)
    assert question.files[0].remove_button.isHidden()
    press(question.files[0].name_button, Qt.Key.Key_Return)
    assert seen == [path, path]


def test_a_text_beyond_all_measure_is_not_taken_and_the_way_is_named(
    window: MainWindow, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_context, "MOST_PASTED", 10_000)
    write(window.chat.composer.field, "What is this?")
    paste(window, "x" * 11_000)
    assert window.toast.text == "A text of 11 KB is too long to be pasted"
    assert chips(window) == []
    assert window.chat.composer.text() == "What is this?"
    assert engine.calls(KeepPasted) == []


def test_a_pasted_text_that_is_taken_off_or_undone_is_removed(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    for number in (1, 2):
        paste(window, "x" * 5_000)
        qtbot.waitUntil(lambda: len(engine.pasted) == 1 and "" not in
                        [chip.file.path for chip in window.chat.composer.files.chips])  # fmt: skip
        if number == 1:
            click(window.chat.composer.files.chips[0].remove_button)
        else:
            press(window.chat.composer.field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: not engine.pasted)
        assert chips(window) == []
    assert len(engine.calls(DropPasted)) == 2


def test_a_pasted_text_stays_with_the_conversation_it_was_pasted_into(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    other = engine.add_conversation("Other")
    late = engine.hold(KeepPasted)
    paste(window, "x" * 5_000)
    write(window.chat.composer.field, "draft")
    window.open_conversation(other)
    assert chips(window) == []
    late.set()
    qtbot.waitUntil(lambda: bool(engine.calls(Attach)))
    assert chips(window) == []
    window.open_conversation(None)
    assert chips(window) == ["Pasted text · 5 KB"]
    assert window.chat.composer.text() == "draft"


# ---- files that cannot be read


def attach_locked(window: MainWindow, note: Path, engine: FakeEngine, qtbot: QtBot) -> UnreadCard:
    """What is said of an attached file that has a password."""
    note.write_text("x")
    engine.unreadable[str(note)] = "It has a password."
    window.chat.attach([str(note)])
    unread = window.chat.foot.unread
    qtbot.waitUntil(unread.isVisible)
    return unread


def test_a_file_that_cannot_be_read_is_never_answered_from_others_unasked(
    window: MainWindow, engine: FakeEngine, tmp_path: Path, qtbot: QtBot
) -> None:
    note = tmp_path / "locked.pdf"
    unread = attach_locked(window, note, engine, qtbot)
    assert unread.title.text() == "locked.pdf cannot be read"
    ask(window, "When does it end?")
    qtbot.waitUntil(lambda: window.focusWidget() is unread.leave_out)
    assert engine.calls(Ask) == []
    assert window.chat.composer.text() == "When does it end?"
    press(unread.leave_out, Qt.Key.Key_Return)
    done(window, engine, 1, qtbot)
    assert engine.calls(Ask) == [Ask(question="When does it end?", approves=True)]
    assert unread.isHidden()


def test_a_file_that_can_be_read_after_all_is_asked_about(
    window: MainWindow, engine: FakeEngine, tmp_path: Path, qtbot: QtBot
) -> None:
    note = tmp_path / "locked.pdf"
    unread = attach_locked(window, note, engine, qtbot)
    del engine.unreadable[str(note)]
    unread.again.click()
    qtbot.waitUntil(unread.isHidden)
    ask(window, "When does it end?")
    done(window, engine, 1, qtbot)
    assert engine.calls(Ask) == [Ask(question="When does it end?", approves=True, attachments=[str(note)])]


def test_a_file_that_cannot_be_read_can_be_opened_and_shown_in_its_folder(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def show(path: str) -> str:
        seen.append(path)
        return "The folder is not there."

    monkeypatch.setattr(chat_foot, "open_file", lambda _parent, path: show(path))
    monkeypatch.setattr(chat_foot, "show_in_folder", show)
    window.chat.attach(["/gone/x.pdf"])
    unread = window.chat.foot.unread
    qtbot.waitUntil(unread.isVisible)
    unread.open_file.click()
    unread.show_in_folder.click()
    assert seen == ["/gone/x.pdf", "/gone/x.pdf"]
    assert window.toast.text == "The folder is not there."


def test_other_files_are_asked_about_without_the_one_that_cannot_be_read(
    window: MainWindow, engine: FakeEngine, tmp_path: Path, qtbot: QtBot
) -> None:
    good = tmp_path / "good.txt"
    good.write_text("x")
    window.chat.attach([str(good), "/gone/x.pdf"])
    unread = window.chat.foot.unread
    qtbot.waitUntil(unread.isVisible)
    assert unread.leave_out.text() == "Ask without it"
    ask(window, "When?")
    unread.leave_out.click()
    done(window, engine, 1, qtbot)
    assert engine.calls(Ask) == [Ask(question="When?", approves=True, attachments=[str(good)])]


# ---- by mouse and by keyboard


def test_files_dropped_on_the_conversation_are_attached(
    window: MainWindow, engine: FakeEngine, tmp_path: Path, qtbot: QtBot
) -> None:
    note = tmp_path / "note.txt"
    note.write_text("x")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(note))])
    assert drop(window.chat.empty, data) is window.chat
    assert chips(window) == ["note.txt"]
    engine.scripts = [Script(["A long answer. " * 50])]
    ask(window, "When?")
    done(window, engine, 1, qtbot)
    other = tmp_path / "other.txt"
    other.write_text("x")
    data.setUrls([QUrl.fromLocalFile(str(other))])
    view = window.chat.transcript.column.view(-1)
    assert view is not None
    assert drop(view.text.viewport(), data) is window.chat
    assert chips(window) == ["other.txt"]
    assert not window.chat.composer.property("dropping")


def test_enter_opens_a_source(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    cited = citation(1, "/docs/Lease.pdf", "renews")
    engine.scripts = [Script(["It renews [1]."], (cited,))]
    ask(window, "When?")
    done(window, engine, 1, qtbot)
    chip = window.chat.transcript.findChildren(SourceChip)[-1]
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
        with qtbot.waitSignal(window.chat.citation_activated) as caught:
            press(chip, key)
        assert caught.args == [cited]


def test_tab_comes_from_the_composer_to_the_answer_before_anything_else(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.scripts = [Script(["It renews [1]."], (citation(1, "/docs/Lease.pdf", "renews"),))]
    ask(window, "When?")
    done(window, engine, 1, qtbot)
    window.chat.composer.focus_text()
    names = walk(window, Qt.Key.Key_Tab, 7)
    wanted = ["Attach files", "Look in: All folders", "You asked", "Familiar answered"]
    assert list(dict.fromkeys(name for name in names if name in wanted)) == wanted
    assert names[-1] == "Source 1: Lease.pdf, page 2"


# ---- asking again


def answers(window: MainWindow) -> list[str]:
    return [item.text for item in window.chat.transcript.column.items if item.role == "assistant"]


def answer_view(window: MainWindow, at: int = -1) -> AnswerView:
    view = window.chat.transcript.column.view(at)
    assert isinstance(view, AnswerView)
    return view


def test_asking_again_gives_a_new_version_and_the_older_one_stays_reachable(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.scripts = [Script(["old"]), Script(["new"])]
    ask(window, "When?")
    done(window, engine, 1, qtbot)
    turn = window.chat.transcript.column.items[1].turn
    answer_view(window).again_button.click()
    done(window, engine, 2, qtbot)
    assert engine.calls(Ask)[1].again == turn
    assert answers(window) == ["new"]
    assert answer_view(window).versions.told.text() == "2 of 2"
    press(answer_view(window).versions.older, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: answers(window) == ["old"])
    assert answer_view(window).versions.told.text() == "1 of 2"
    ident = window.chat.conversation
    assert ident is not None
    window.open_conversation(None)
    window.open_conversation(ident)
    qtbot.waitUntil(lambda: answers(window) == ["new"])
    assert answer_view(window).versions.told.text() == "2 of 2"


def test_a_version_under_way_is_joined_in_its_place(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    gate = threading.Semaphore(0)
    engine.scripts = [Script(["one"]), Script(["two"]), Script(["one ", "anew"], gate=gate)]
    for number, question in enumerate(("One?", "Two?"), 1):
        ask(window, question)
        done(window, engine, number, qtbot)
    ident = window.chat.conversation
    assert ident is not None
    answer_view(window, 1).again_button.click()
    gate.release()
    qtbot.waitUntil(lambda: engine.messages[ident][1].text == "one ")
    window.open_conversation(None)
    window.open_conversation(ident)
    qtbot.waitUntil(lambda: window.chat.is_busy and len(answers(window)) == 2)
    gate.release()
    qtbot.waitUntil(lambda: answers(window) == ["one anew", "two"])
    assert not window.chat.is_busy
    assert answer_view(window, 1).versions.told.text() == "2 of 2"


def test_an_answer_stays_where_asking_again_was_refused(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    busy = Problem("ask.busy", "An answer is still being written.", "Wait.")
    engine.scripts = [Script(["old"]), Script([], failure=busy)]
    ask(window, "When?")
    done(window, engine, 1, qtbot)
    answer_view(window).again_button.click()
    qtbot.waitUntil(lambda: window.toast.text == "An answer is still being written.")
    assert answers(window) == ["old"]
    assert window.chat.composer.text() == ""


def test_asking_again_waits_for_the_answer_under_way(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    gate = threading.Semaphore(0)
    engine.scripts = [Script(["old"]), Script(["two"], gate=gate), Script(["new"])]
    ask(window, "When?")
    done(window, engine, 1, qtbot)
    ask(window, "Two?")
    answer_view(window, 1).again_button.click()
    assert rows(window) == ["Next: When?"]
    gate.release()
    done(window, engine, 3, qtbot)
    assert answers(window) == ["new", "two"]
