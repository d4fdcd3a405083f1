"""Servers: added with clear words about what goes where, and asked only after a yes in each conversation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.base.calls import Ask
from app.base.errors import Problem
from app.base.models import ModelsUse, RemoteAdd, RemoteModels
from app.window.chat.answer import AnswerView
from app.window.chat.consent import ConsentCard
from app.window.controls.theme import ThemeSource
from app.window.engine_client import EngineClient
from app.window.models.server_dialog import ServerDialog, host_of
from app.window.shell.main_window import MainWindow
from tests.support.fake_engine import FakeEngine, Script
from tests.support.fake_models import model, remote
from tests.support.hands import click, opened, press, write
from tests.support.main_window import ask, shown

URL = "http://localhost:11434/v1"


@pytest.fixture
def dialog(client: EngineClient, engine: FakeEngine, themes: ThemeSource, qtbot: QtBot) -> Iterator[ServerDialog]:
    """The dialog that adds a server."""
    engine.chat.servers[URL] = ["llama3.2:3b", "qwen3:8b"]
    with opened(lambda window: ServerDialog(window, client), qtbot) as made:
        yield made


@pytest.fixture
def window(window: MainWindow, engine: FakeEngine, client: EngineClient, qtbot: QtBot) -> MainWindow:
    """The main window, answering through a server."""
    engine.models = [remote("Team model", "llm.example.org", in_use=True), model("Qwen3 4B")]
    engine.tell("models")
    qtbot.waitUntil(lambda: len(client.models) == 2)
    return window


def ask_and_wait(window: MainWindow, question: str, qtbot: QtBot) -> None:
    ask(window, question)
    qtbot.waitUntil(lambda: not window.chat.is_busy)


def card(window: MainWindow) -> ConsentCard | None:
    view = window.chat.transcript.column.view(-1)
    return view.consent if isinstance(view, AnswerView) else None


def held_back(window: MainWindow, note: Path, qtbot: QtBot) -> ConsentCard:
    """What asks before a question about a file goes to the server."""
    note.write_text("x", encoding="utf-8")
    window.chat.attach([str(note)])
    ask_and_wait(window, "What is this?", qtbot)
    consent = card(window)
    assert consent is not None
    return consent


# ---- adding one


def test_server_is_asked_for_its_models_and_one_is_added(
    dialog: ServerDialog, engine: FakeEngine, client: EngineClient, qtbot: QtBot
) -> None:
    assert not dialog.agree.isEnabled()
    write(dialog.url, URL)
    write(dialog.key, "sk-secret")
    assert dialog.key.echoMode() == QLineEdit.EchoMode.Password
    press(dialog.key, Qt.Key.Key_Return)
    qtbot.waitUntil(dialog.models.isVisible)
    assert [dialog.models.itemText(at) for at in range(dialog.models.count())] == ["llama3.2:3b", "qwen3:8b"]
    dialog.models.setCurrentIndex(1)
    with qtbot.waitSignal(dialog.accepted):
        click(dialog.agree)
    assert engine.calls(RemoteModels) == [RemoteModels(url=URL, key="sk-secret")]
    assert engine.calls(RemoteAdd) == [RemoteAdd(url=URL, model="qwen3:8b", key="sk-secret")]
    qtbot.waitUntil(lambda: [each.name for each in client.models] == ["qwen3:8b"])


def test_no_key_leaves_the_kept_one_alone(dialog: ServerDialog, engine: FakeEngine, qtbot: QtBot) -> None:
    write(dialog.url, URL)
    click(dialog.ask)
    qtbot.waitUntil(dialog.models.isVisible)
    assert engine.calls(RemoteModels) == [RemoteModels(url=URL, key=None)]


@pytest.mark.parametrize(
    "problem",
    [
        Problem("remote.key", "The server does not accept the key.", "Check it."),
        Problem("remote.html", "That address answers with a web page.", "It often ends in /v1."),
    ],
)
def test_server_that_refuses_says_why_and_can_be_asked_again(
    dialog: ServerDialog, engine: FakeEngine, problem: Problem, qtbot: QtBot
) -> None:
    engine.chat.servers[URL] = problem
    write(dialog.url, URL)
    click(dialog.ask)
    qtbot.waitUntil(dialog.problem.isVisible)
    assert dialog.problem.text() == f"{problem.title} {problem.hint}"
    assert dialog.ask.isEnabled()
    assert not dialog.agree.isEnabled()


def test_server_without_models_says_what_to_do(dialog: ServerDialog, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.chat.servers[URL] = []
    write(dialog.url, URL)
    click(dialog.ask)
    qtbot.waitUntil(dialog.problem.isVisible)
    assert dialog.problem.text() == "localhost offers no models. Load one there, then ask again."
    assert not dialog.agree.isEnabled()


def test_another_address_wants_another_list(dialog: ServerDialog, qtbot: QtBot) -> None:
    write(dialog.url, URL)
    click(dialog.ask)
    qtbot.waitUntil(dialog.models.isVisible)
    write(dialog.url, "x")
    assert dialog.models.isHidden()
    assert not dialog.agree.isEnabled()


def test_tab_goes_through_the_fields_before_the_buttons(dialog: ServerDialog, qtbot: QtBot) -> None:
    dialog.activateWindow()
    write(dialog.url, URL)
    click(dialog.ask)
    qtbot.waitUntil(dialog.models.isVisible)
    wanted = [dialog.key, dialog.ask, dialog.models, dialog.cancel, dialog.agree]
    chain: list[QWidget] = []
    widget: QWidget | None = dialog.url.nextInFocusChain()
    while widget is not None and widget is not dialog.url:
        if widget in wanted:
            chain.append(widget)
        widget = widget.nextInFocusChain()
    assert chain == wanted


def test_host_is_named_as_typed() -> None:
    assert host_of("http://localhost:11434/v1") == "localhost"
    assert host_of("llm.example.org/v1") == "llm.example.org"
    assert host_of("http://[bad") == "http://[bad"


# ---- consent


def test_nothing_is_sent_before_a_yes_and_then_the_same_question_goes(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.scripts = [Script(["It renews in March."], mode="chat")]
    ask_and_wait(window, "When does the lease renew?", qtbot)
    consent = card(window)
    assert consent is not None
    assert consent.accessibleName() == "This conversation would go to llm.example.org"
    assert consent.send_button.text() == "Send to llm.example.org"
    click(consent.send_button)
    qtbot.waitUntil(lambda: "It renews in March." in shown(window))
    assert [call.consent for call in engine.calls(Ask)] == [False, True]
    assert len(engine.conversations) == 1
    assert {call.question for call in engine.calls(Ask)} == {"When does the lease renew?"}
    assert shown(window).count("When does the lease renew?") == 1
    engine.scripts = [Script(["Yes."], mode="chat")]
    ask_and_wait(window, "Sure?", qtbot)
    assert card(window) is None
    assert engine.calls(Ask)[-1].consent is False


def test_not_now_gives_the_question_back_with_its_files(
    window: MainWindow, engine: FakeEngine, tmp_path: Path, qtbot: QtBot
) -> None:
    note = tmp_path / "note.txt"
    consent = held_back(window, note, qtbot)
    click(consent.later_button)
    assert window.chat.composer.text() == "What is this?"
    assert [(file.path, file.waiting) for file in window.chat.attached] == [(str(note), True)]
    assert shown(window) == ""
    assert len(engine.calls(Ask)) == 1


def test_files_go_with_the_question_that_was_agreed_to(
    window: MainWindow, engine: FakeEngine, tmp_path: Path, qtbot: QtBot
) -> None:
    note = tmp_path / "note.txt"
    consent = held_back(window, note, qtbot)
    click(consent.send_button)
    qtbot.waitUntil(lambda: "You asked" in shown(window))
    assert engine.calls(Ask)[-1].attachments == [str(note)]
    assert [file.path for file in window.chat.attached] == [str(note)]


def test_another_question_waits_until_the_first_has_its_answer(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    ask_and_wait(window, "first", qtbot)
    ask_and_wait(window, "second", qtbot)
    assert window.chat.composer.text() == "second"
    assert window.toast.text == "Your last question waits for your word"
    assert card(window) is not None
    assert len(engine.calls(Ask)) == 1


def test_choosing_a_model_on_this_computer_takes_the_question_back(
    window: MainWindow, client: EngineClient, engine: FakeEngine, qtbot: QtBot
) -> None:
    ask_and_wait(window, "When?", qtbot)
    assert card(window) is not None
    client.request(ModelsUse(name="Qwen3 4B"), client.take_models)
    qtbot.waitUntil(lambda: card(window) is None)
    assert window.chat.composer.text() == "When?"


def test_leaving_the_conversation_keeps_the_question_as_its_draft(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    other = engine.add_conversation("Other")
    ask_and_wait(window, "When?", qtbot)
    left = window.chat.conversation
    assert left is not None
    window.open_conversation(other)
    assert window.chat.composer.text() == ""
    window.open_conversation(left)
    assert window.chat.composer.text() == "When?"
    assert card(window) is None
