"""The sidebar and what another launch asks: files attached at once, shown and hidden, on into the main window."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from app.base.calls import Ask, OpenWindow, Preferences, SetPreferences
from app.base.paths import Home
from app.window.controls.theme import DARK, LIGHT, ThemeSource
from app.window.shell import application as application_module
from app.window.shell.application import Application, room_beside
from app.window.shell.sidebar import FileCard, Sidebar
from tests.support.fake_engine import FakeEngine, Script, citation
from tests.support.hands import press, write


@pytest.fixture
def application(
    engine: FakeEngine, home: Home, themes: ThemeSource, qapp: QApplication, qtbot: QtBot
) -> Iterator[Application]:
    home.create()
    made = Application(qapp, home, engine.dial, OpenWindow(view="sidebar"))
    made.client.open()
    qtbot.waitUntil(lambda: made.client.status is not None and made.client.preferences is not None)
    yield made
    made.close()
    for window in (made.main, made.sidebar):
        if window is not None:
            window.deleteLater()


@pytest.fixture
def note(tmp_path: Path) -> Path:
    file = tmp_path / "a report & 'notes' 100%.txt"
    file.write_text("The gate code is 4711.")
    return file


def sidebar(application: Application) -> Sidebar:
    assert application.sidebar is not None
    return application.sidebar


def cards(application: Application) -> list[FileCard]:
    return [card for card in sidebar(application).findChildren(FileCard) if card.isVisibleTo(sidebar(application))]


def files(application: Application) -> list[str]:
    return [file.path for file in sidebar(application).chat.attached]


def ask(application: Application, question: str, qtbot: QtBot) -> None:
    field = sidebar(application).chat.composer.field
    write(field, question)
    press(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not sidebar(application).chat.is_busy)


def test_files_from_the_file_manager_are_attached_and_asked_about(
    application: Application, note: Path, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.tell("open", OpenWindow(view="sidebar", paths=[str(note)]))
    qtbot.waitUntil(lambda: files(application) == [str(note)])
    assert sidebar(application).isVisible()
    qtbot.waitUntil(lambda: len(cards(application)) == 1)
    engine.scripts = [Script(["“4711”"], (citation(1, str(note), "4711"),))]
    ask(application, "What is the code?", qtbot)
    assert engine.calls(Ask) == [Ask(question="What is the code?", approves=True, attachments=[str(note)])]
    assert files(application) == [str(note)]


def test_other_files_begin_another_conversation(
    application: Application, note: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    application.open("sidebar", [str(note)])
    ask(application, "q", qtbot)
    other = tmp_path / "b.txt"
    other.write_text("x")
    application.open("sidebar", [str(other)])
    assert sidebar(application).chat.is_new
    assert files(application) == [str(other)]


def test_many_files_are_counted(application: Application, tmp_path: Path, qtbot: QtBot) -> None:
    made = [tmp_path / f"{n}.txt" for n in range(6)]
    for file in made:
        file.write_text("x")
    application.open("sidebar", [str(file) for file in made])
    qtbot.waitUntil(lambda: len(cards(application)) == 3)
    assert len(files(application)) == 6


def test_a_file_can_be_taken_off_until_it_was_asked_about(application: Application, note: Path, qtbot: QtBot) -> None:
    application.open("sidebar", [str(note)])
    qtbot.waitUntil(lambda: len(cards(application)) == 1)
    cards(application)[0].removed.emit(str(note))
    assert cards(application) == []
    application.open("sidebar", [str(note)])
    assert sidebar(application).chat.attached[0].waiting
    ask(application, "q", qtbot)
    assert not sidebar(application).chat.attached[0].waiting


def test_sidebar_is_shown_and_hidden_in_turn(application: Application, engine: FakeEngine, qtbot: QtBot) -> None:
    application.open("main", [])  # with no other window, hiding the last one would end the application
    assert sidebar(application).isVisible()
    engine.tell("open", OpenWindow(view="sidebar"))
    qtbot.waitUntil(lambda: not sidebar(application).isVisible())
    engine.tell("open", OpenWindow(view="sidebar"))
    qtbot.waitUntil(lambda: sidebar(application).isVisible())


def test_sidebar_is_slim_at_the_right_edge_and_stays_on_top(application: Application, qapp: QApplication) -> None:
    window = sidebar(application)
    room = qapp.primaryScreen().availableGeometry()
    assert window.width() == 372
    assert window.geometry().right() == room.right()
    assert window.windowFlags() & Qt.WindowType.WindowStaysOnTopHint


def test_conversation_goes_on_in_the_main_window(
    application: Application, note: Path, engine: FakeEngine, qtbot: QtBot
) -> None:
    application.open("sidebar", [str(note)])
    cited = citation(1, str(note), "4711")
    engine.scripts = [Script(["“4711”"], (cited,))]
    ask(application, "What is the code?", qtbot)
    sidebar(application).chat.citation_activated.emit(cited)
    main = application.main
    assert main is not None
    qtbot.waitUntil(lambda: "4711" in main.chat.transcript.copy_conversation())
    assert main.chat.conversation == sidebar(application).chat.conversation
    assert main.cited.pane.isVisibleTo(main)


def test_answer_is_followed_in_both_windows(application: Application, engine: FakeEngine, qtbot: QtBot) -> None:
    ask(application, "first", qtbot)
    application.open("main", [])
    main = application.main
    assert main is not None
    main.open_conversation(sidebar(application).chat.conversation)
    qtbot.waitUntil(lambda: "You asked: first" in main.chat.transcript.copy_conversation())
    ask(application, "second", qtbot)
    qtbot.waitUntil(lambda: "You asked: second" in main.chat.transcript.copy_conversation())


def test_escape_closes_the_sidebar(application: Application, qtbot: QtBot) -> None:
    application.open("main", [])
    press(sidebar(application), Qt.Key.Key_Escape)
    assert not sidebar(application).isVisible()


def test_look_follows_the_preferences_and_the_next_start_begins_with_it(
    application: Application, engine: FakeEngine, home: Home, qapp: QApplication, qtbot: QtBot
) -> None:
    assert application.themes.theme == LIGHT or application.themes.theme == DARK
    application.client.save_preferences(SetPreferences(theme="dark", first_run=False))
    assert application.themes.theme == DARK
    application.close()
    again = Application(qapp, home, engine.dial, OpenWindow(view="sidebar"))
    assert again.themes.theme == DARK
    assert again.state.preferences() == Preferences(theme="dark", first_run=False)
    again.client.save_preferences(SetPreferences(theme="light", first_run=False))
    again.close()


@pytest.mark.expects_warnings
def test_mistake_of_ours_is_logged_and_said_once(
    application: Application, qapp: QApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", application_module._say_crash)
    qapp.setProperty("familiar_crash_said", None)
    for _ in range(2):
        try:
            raise RuntimeError("bug")
        except RuntimeError as error:
            sys.excepthook(RuntimeError, error, error.__traceback__)
    boxes = [box for box in qapp.topLevelWidgets() if isinstance(box, QMessageBox) and box.isVisible()]
    assert [box.text() for box in boxes] == ["Familiar’s window made a mistake."]
    boxes[0].close()


def test_sidebar_never_covers_the_window_that_it_opened(application: Application, qtbot: QtBot) -> None:
    slim = sidebar(application)
    slim.main_wanted.emit(None, None)
    main = application.main
    assert main is not None
    qtbot.waitUntil(main.isVisible)
    qtbot.waitUntil(lambda: not slim.isVisible() or not slim.frameGeometry().intersects(main.frameGeometry()))


@pytest.mark.parametrize(
    ("sidebar_at", "room"),
    [(QRect(1200, 0, 400, 900), QRect(0, 0, 1200, 900)), (QRect(0, 0, 400, 900), QRect(400, 0, 1200, 900))],
)
def test_room_beside_the_sidebar_is_the_larger_side(sidebar_at: QRect, room: QRect) -> None:
    assert room_beside(sidebar_at, QRect(0, 0, 1600, 900)) == room


def test_a_file_that_cannot_be_read_is_said_in_the_sidebar_and_nothing_else_is_asked(
    application: Application, note: Path, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.unreadable[str(note)] = "It has a password."
    application.open("sidebar", [str(note)])
    unread = sidebar(application).chat.foot.unread
    qtbot.waitUntil(unread.isVisible)
    assert unread.reason.text() == "It has a password."
    assert unread.leave_out.text() == "Ask all folders instead"
    ask(application, "What is the code?", qtbot)
    assert engine.calls(Ask) == []
    assert sidebar(application).chat.composer.text() == "What is the code?"


def test_a_long_paste_is_attached_in_the_sidebar_too(
    application: Application, engine: FakeEngine, qtbot: QtBot
) -> None:
    composer = sidebar(application).chat.composer
    composer.text_pasted.emit("x" * 5_000_000)
    qtbot.waitUntil(lambda: len(engine.pasted) == 1)
    qtbot.waitUntil(lambda: [file.name for file in sidebar(application).chat.attached] == ["Pasted text · 5 MB"])
    qtbot.waitUntil(lambda: len(cards(application)) == 1)
    told = [label.text() for label in cards(application)[0].findChildren(QLabel)]
    assert "Pasted text · 5 MB" in told
    assert "Kept with this conversation" in told
    ask(application, "What is this?", qtbot)
    qtbot.waitUntil(
        lambda: engine.calls(Ask) == [Ask(question="What is this?", approves=True, attachments=list(engine.pasted))]
    )
