"""The main window: asking, stopping, switching, sources, attachments, and everything by keyboard."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.base.calls import Ask, Attach, ChatRestore, ChatShow, Preferences, SetPreferences, ShowPlace
from app.base.errors import Problem
from app.base.index_values import FileRow, Folder
from app.base.paths import Home
from app.base.preview import Drawn, FileStamp, Lines, Preview
from app.base.values import Answer, ConversationId, Message, TurnId
from app.window.chat.question import QuestionView
from app.window.chat.running_turns import RunningTurns
from app.window.controls import external_apps as opening
from app.window.controls.theme import ThemeSource
from app.window.engine_client import EngineClient
from app.window.index.index_page import IndexPage
from app.window.models.models_page import ModelsPage
from app.window.shell.main_window import MainWindow
from app.window.shell.window_parts import WindowParts
from app.window.shell.window_state import WindowState
from app.window.source.preview_pane import PreviewPane
from tests.support.fake_engine import FakeEngine, Script, citation
from tests.support.fake_models import download, model, remote
from tests.support.hands import CONTROL, press, write
from tests.support.main_window import ask, shown
from tests.support.pages import PAGES

LEASE = "The lease renews on 1 March 2027."


def busy(window: MainWindow) -> bool:
    return window.chat.is_busy


def answered(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not busy(window))


def scope(window: MainWindow) -> str:
    return window.chat.composer.scope_button.accessibleName().removeprefix("Look in: ")


def files(window: MainWindow) -> list[str]:
    return [file.path for file in window.chat.attached]


def titles(window: MainWindow) -> list[str]:
    model = window.left.conversations.model
    return [str(model.index(row).data()) for row in range(model.rowCount())]


def kept(engine: FakeEngine, title: str, answer: str = LEASE) -> ConversationId:
    """A conversation of one question and answer."""
    ident = engine.add_conversation(title, at=int(time.time() * 1000))
    done = Answer(conversation=ident, turn=TurnId(70), mode="quotes", state="done", text=answer,
                  citations=(citation(1, "/docs/Lease.pdf", "renews"),))  # fmt: skip
    engine.messages[ident] = [
        Message(turn=TurnId(70), role="user", text=f"{title}?", at=1),
        Message(turn=TurnId(70), role="assistant", text=answer, at=2, answer=done),
    ]
    return ident


def opened(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> ConversationId:
    """The conversation “Lease”, listed and shown."""
    ident = kept(engine, "Lease")
    engine.tell("chats")
    qtbot.waitUntil(lambda: "Lease" in titles(window))
    window.open_conversation(ident)
    return ident


def exact_page(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> PreviewPane:
    """The pane with a cited page, in which the quote stands."""
    window.open_conversation(kept(engine, "Lease"))
    window.chat.citation_activated.emit(citation(1, "/docs/Lease.pdf", "renews"))
    pane = window.cited.pane
    qtbot.waitUntil(lambda: "Exact match on this page" in words_on(pane))
    return pane


# ---- asking


def test_question_is_asked_answered_and_listed(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.scripts = [Script(["The lease ", "renews."], (citation(1, "/docs/Lease.pdf", "renews"),))]
    ask(window, "When does the lease renew?")
    answered(window, qtbot)
    assert "The lease renews." in shown(window)
    assert "Lease.pdf" in shown(window)
    qtbot.waitUntil(lambda: titles(window) == ["Today", "When does the lease renew?"])
    assert window.bar.title.full_text == "When does the lease renew?"
    assert window.windowTitle() == "When does the lease renew? – Familiar"
    assert engine.calls(Ask) == [Ask(question="When does the lease renew?", approves=True)]
    ask(window, "And before?")
    answered(window, qtbot)
    assert engine.calls(Ask)[1].conversation == window.chat.conversation


def test_stop_keeps_what_there_is(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.scripts = [Script(["First part. ", "second"], gate=threading.Semaphore(1))]
    ask(window, "q")
    qtbot.waitUntil(lambda: "First part." in shown(window))
    press(window, Qt.Key.Key_Escape)
    answered(window, qtbot)
    assert "First part." in shown(window)
    assert "second" not in shown(window)
    assert window.chat.composer.text() == ""


def test_answer_goes_on_while_another_conversation_is_shown(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    other = kept(engine, "Lease")
    gate = threading.Semaphore(1)
    engine.scripts = [Script(["one ", "two ", "three"], gate=gate)]
    ask(window, "count")
    qtbot.waitUntil(lambda: "one" in shown(window))
    running = window.chat.conversation
    assert running is not None
    window.open_conversation(other)
    qtbot.waitUntil(lambda: LEASE in shown(window))
    gate.release()
    qtbot.waitUntil(lambda: engine.messages[running][-1].text == "one two ")
    assert "two" not in shown(window)
    assert not busy(window)
    window.open_conversation(running)
    qtbot.waitUntil(lambda: "one two" in shown(window))
    assert shown(window).count("count") == 1
    assert busy(window)
    gate.release()
    answered(window, qtbot)
    assert "one two three" in shown(window)


def test_answer_that_ended_meanwhile_is_whole_on_return(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    gate = threading.Semaphore(1)
    engine.scripts = [Script(["one ", "two"], gate=gate)]
    ask(window, "count")
    qtbot.waitUntil(lambda: window.chat.conversation is not None)
    running = window.chat.conversation
    window.open_conversation(None)
    gate.release()
    assert running is not None
    qtbot.waitUntil(lambda: [m.answer is not None and m.answer.state for m in engine.messages[running]][-1] == "done")
    window.open_conversation(running)
    qtbot.waitUntil(lambda: "one two" in shown(window))
    assert not busy(window)


def test_draft_waits_in_its_conversation(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    other = kept(engine, "Lease")
    write(window.chat.composer.field, "half a thought")
    window.open_conversation(other)
    assert window.chat.composer.text() == ""
    window.open_conversation(None)
    assert window.chat.composer.text() == "half a thought"


def test_question_that_was_refused_comes_back(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.scripts = [Script([], failure=Problem("ask.too_long", "The question is too long.", "Nothing was sent."))]
    ask(window, "a question")
    answered(window, qtbot)
    assert window.chat.composer.text() == "a question"
    assert window.chat.transcript.findChildren(QWidget)


@pytest.mark.expects_warnings
def test_engine_death_is_said_and_the_answer_comes_back_as_interrupted(
    window: MainWindow, engine: FakeEngine, client: EngineClient, qtbot: QtBot
) -> None:
    engine.scripts = [Script(["Written so far. ", "rest"], gate=threading.Semaphore(1))]
    ask(window, "q")
    qtbot.waitUntil(lambda: "Written so far." in shown(window))
    said: list[str] = []
    client.lost.connect(lambda title, *_: said.append(title))
    asked = len(engine.calls(ChatShow))
    engine.die()
    qtbot.waitUntil(lambda: said == ["Familiar’s engine stopped; starting it again…"])
    qtbot.waitUntil(lambda: len(engine.calls(ChatShow)) > asked and not busy(window))
    qtbot.waitUntil(lambda: "Written so far." in shown(window))
    assert window.banner.isHidden()
    ask(window, "again")
    answered(window, qtbot)
    assert "You asked: again" in shown(window)


@pytest.mark.expects_warnings
def test_engine_that_cannot_start_is_named_in_the_banner(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.refusal = Problem("home.unwritable", "Familiar cannot write to its home.", "Free some space.")
    engine.die()
    qtbot.waitUntil(lambda: window.banner.text == "Familiar cannot write to its home.")
    engine.refusal = None
    qtbot.waitUntil(window.banner.isHidden)


def test_answer_written_by_another_client_is_followed(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    ident = kept(engine, "Lease", "Half an")
    head = engine.messages[ident][1]
    assert head.answer is not None
    partial = Answer(conversation=ident, turn=TurnId(70), mode="chat", state="streaming", text="Half an")
    engine.messages[ident][1] = Message(turn=TurnId(70), role="assistant", text="Half an", at=2, answer=partial)
    window.open_conversation(ident)
    qtbot.waitUntil(lambda: "Half an" in shown(window))
    engine.messages[ident][1] = Message(turn=TurnId(70), role="assistant", text="Half and whole.", at=2,
                                        answer=head.answer)  # fmt: skip
    engine.tell("chats")
    qtbot.waitUntil(lambda: "Half and whole." in shown(window))


# ---- sources


def test_source_opens_its_page_and_other_pages(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    ident = kept(engine, "Lease")
    window.open_conversation(ident)
    cited = citation(1, "/docs/Lease.pdf", "renews")
    window.chat.citation_activated.emit(cited)
    assert window.cited.pane.isVisible()
    qtbot.waitUntil(lambda: len(engine.calls(ShowPlace)) == 1)
    call = engine.calls(ShowPlace)[0]
    assert (call.path, call.quote, call.number, call.conversation) == ("/docs/Lease.pdf", "renews", 0, ident)
    window.cited.pane.page_requested.emit(3)
    qtbot.waitUntil(lambda: [call.number for call in engine.calls(ShowPlace)] == [0, 3])
    window.chat.composer.focus_text()
    press(window.chat.composer.field, Qt.Key.Key_Escape)
    assert not window.cited.pane.isVisible()


def test_escape_in_the_page_closes_it_and_gives_the_focus_back(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.chat.composer.focus_text()
    window.cited.show_citation(citation(1, "/docs/Lease.pdf", "renews"))
    button = window.cited.pane.findChildren(QToolButton)[0]
    button.setFocus(Qt.FocusReason.TabFocusReason)
    assert button.hasFocus()
    press(button, Qt.Key.Key_Escape)
    assert not window.cited.pane.isVisible()
    assert window.chat.composer.field.hasFocus()


def test_pane_shows_only_pages_of_the_conversation_that_is_shown(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    lease, trip = kept(engine, "Lease"), kept(engine, "Trip")
    toggle = window.bar._pane_button
    window.open_conversation(lease)
    qtbot.waitUntil(lambda: LEASE in shown(window))
    window.chat.citation_activated.emit(citation(1, "/docs/Lease.pdf", "renews"))
    qtbot.waitUntil(lambda: "“renews”" in words_on(window.cited.pane))
    window.open_conversation(trip)
    assert (window.cited.is_shown, toggle.isChecked()) == (False, False)
    toggle.click()  # there is no page of this conversation to be shown again
    assert (window.cited.is_shown, toggle.isChecked()) == (False, False)
    window.chat.citation_activated.emit(citation(2, "/docs/Trip.pdf", "flight"))
    window.open_conversation(None)
    assert (window.cited.is_shown, toggle.isChecked()) == (False, False)
    for conversation, quote in ((lease, "“renews”"), (trip, "“flight”")):
        window.open_conversation(conversation)
        assert (window.cited.is_shown, toggle.isChecked()) == (True, True)
        assert quote in words_on(window.cited.pane)
    qtbot.waitUntil(lambda: engine.calls(ShowPlace)[-1].path == "/docs/Trip.pdf")
    assert engine.calls(ShowPlace)[-1].conversation == trip


def test_page_that_a_vanished_source_opened_closes_and_the_focus_goes_to_the_composer(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.open_conversation(kept(engine, "Lease"))
    source = QToolButton(window.chat)
    source.show()
    source.setFocus()
    window.cited.show_citation(citation(1, "/docs/Lease.pdf", "renews"))
    shiboken6.delete(source)  # as when the answers are written anew
    button = window.cited.pane.findChildren(QToolButton)[0]
    button.setFocus(Qt.FocusReason.TabFocusReason)
    press(button, Qt.Key.Key_Escape)
    assert not window.cited.is_shown
    assert not window.bar._pane_button.isChecked()
    assert window.chat.composer.field.hasFocus()


def test_source_whose_file_is_gone_is_said_plainly(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.previews = [Problem("file.missing", "Lease.pdf is no longer there.", "The quote was kept.")]
    window.cited.show_citation(citation(1, "/docs/Lease.pdf", "renews", checked="missing"))
    qtbot.waitUntil(lambda: "Lease.pdf is no longer there." in words_on(window.cited.pane))


def test_only_the_newest_page_is_shown_and_the_other_drawing_is_deleted(
    window: MainWindow, engine: FakeEngine, tmp_path: Path, qtbot: QtBot
) -> None:
    def drawn(name: str) -> Preview:
        pixels = tmp_path / f"{name}.bgra"
        pixels.write_bytes(b"\xff" * (4 * 20 * 30))
        return Preview(view=Drawn(path=str(pixels), width=20, height=30), match="exact", number=2, count=9)

    engine.previews = [drawn("first"), drawn("second")]
    window.cited.show_citation(citation(1, "/docs/Lease.pdf", "renews"))
    window.cited.show_citation(citation(2, "/docs/Lease.pdf", "renews"))
    qtbot.waitUntil(lambda: list(tmp_path.glob("*.bgra")) == [])


def test_file_opens_only_after_a_yes_and_only_the_cited_one(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    file = tmp_path / "Lease.txt"
    file.write_text("renews")
    opened: list[str] = []
    answers = iter([False, True])

    def open_url(url: QUrl) -> bool:
        opened.append(url.toLocalFile())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    monkeypatch.setattr(opening, "confirm", lambda *_, **__: next(answers))
    window.cited.show_citation(citation(1, str(file), "renews"))
    window.cited.pane.open_requested.emit("/etc/passwd")
    window.cited.pane.open_requested.emit(str(file))
    assert opened == []
    window.cited.pane.open_requested.emit(str(file))
    assert opened == [str(file)]


def test_link_in_an_answer_opens_only_after_a_yes_that_names_its_host(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def confirm(_: QWidget, title: str, *rest: object, **named: object) -> bool:
        asked.append(title)
        return False

    monkeypatch.setattr(opening, "confirm", confirm)
    window.chat.link_opened.emit("https://good.example@evil.example/x")
    window.chat.link_opened.emit("file:///etc/passwd")
    assert asked == ["Open evil.example in the browser?"]
    assert window.toast.text == "Familiar opens only web and mail addresses."


# ---- attachments and scope


def test_attached_files_go_with_the_question_and_stay_with_the_conversation(
    window: MainWindow, engine: FakeEngine, tmp_path: Path, qtbot: QtBot
) -> None:
    file = tmp_path / "Lease & more.txt"
    file.write_text("renews")
    window.chat.composer.files_dropped.emit([str(file)])
    qtbot.waitUntil(lambda: engine.calls(Attach) == [Attach(paths=[str(file)])])
    assert files(window) == [str(file)]
    assert scope(window) == "This file"
    ask(window, "When?")
    answered(window, qtbot)
    assert engine.calls(Ask)[0].attachments == [str(file)]
    ask(window, "And?")
    answered(window, qtbot)
    assert engine.calls(Ask)[1].attachments == []
    assert files(window) == [str(file)]
    ident = window.chat.conversation
    assert ident is not None
    window.open_conversation(None)
    assert files(window) == []
    window.open_conversation(ident)
    qtbot.waitUntil(lambda: files(window) == [str(file)])


def test_attachment_can_be_taken_off(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "a.txt"
    file.write_text("x")
    window.chat.attach([str(file)])
    window.chat.composer.attachment_removed.emit(str(file))
    assert files(window) == []
    assert scope(window) == "All folders"


def test_folder_dropped_on_the_composer_becomes_the_scope(
    window: MainWindow, engine: FakeEngine, client: EngineClient, tmp_path: Path, qtbot: QtBot
) -> None:
    inside = tmp_path / "docs" / "Lisbon"
    inside.mkdir(parents=True)
    client.take_folders([Folder(path=str(tmp_path / "docs"), state="current")])
    window.chat.attach([str(inside)])
    assert scope(window) == "Lisbon"
    ask(window, "q")
    answered(window, qtbot)
    assert engine.calls(Ask)[0].scope == [str(inside)]
    client.take_folders([])
    assert scope(window) == "All folders"


def test_folder_that_is_not_watched_is_offered_to_be_added(
    window: MainWindow, client: EngineClient, tmp_path: Path, qtbot: QtBot
) -> None:
    window.chat.attach([str(tmp_path)])
    assert window.toast.text == f"Familiar does not read {tmp_path.name} yet"
    window.toast.action_button.click()
    qtbot.waitUntil(lambda: [folder.path for folder in client.folders] == [str(tmp_path)])
    assert scope(window) == tmp_path.name


# ---- list, pages, keys


def test_deleting_the_shown_conversation_leaves_a_new_one_and_undo_brings_it_back(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    ident = opened(window, engine, qtbot)
    window.left.conversations.list.setFocus()
    press(window.left.conversations.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: window.toast.text == "Conversation deleted")
    assert window.chat.conversation is None
    window.toast.action_button.click()
    qtbot.waitUntil(lambda: window.chat.conversation == ident)
    qtbot.waitUntil(lambda: "Lease" in titles(window))


def test_renaming_the_shown_conversation_renames_the_window(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    ident = opened(window, engine, qtbot)
    window.left.conversations.model.renamed.emit(ident, "Flat")
    qtbot.waitUntil(lambda: window.bar.title.full_text == "Flat")


def test_keys_reach_everything(window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    press(window, Qt.Key.Key_K, CONTROL)
    assert window.left.conversations.search.hasFocus()
    press(window.left.conversations.search, Qt.Key.Key_Escape)
    assert window.left.conversations.search.isHidden()
    press(window, Qt.Key.Key_I, CONTROL)
    assert window.pages.currentWidget() is window.pages.view("index")
    press(window, Qt.Key.Key_Escape)
    assert window.pages.shows_chat
    press(window, Qt.Key.Key_M, CONTROL)
    assert window.pages.currentWidget() is window.pages.view("models")
    models = window.pages.view("models")
    assert isinstance(models, ModelsPage)
    assert models.panes.list.hasFocus()
    press(window, Qt.Key.Key_Escape)
    assert window.pages.shows_chat
    press(window, Qt.Key.Key_L, CONTROL)
    assert window.chat.composer.field.hasFocus()
    press(window, Qt.Key.Key_B, CONTROL)
    assert not window.left.isVisible()
    press(window, Qt.Key.Key_F, CONTROL)
    assert window.left.isVisible()
    press(window, Qt.Key.Key_F1)
    assert window.sheet is not None
    qtbot.waitUntil(window.sheet.isVisible)
    window.sheet.accept()
    with qtbot.waitSignal(window.quit_wanted):
        press(window, Qt.Key.Key_Q, CONTROL)


def test_tab_walks_through_the_window_and_comes_back(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.chat.composer.focus_text()
    seen: list[QWidget] = []
    for _ in range(60):
        focused = QApplication.focusWidget()
        assert focused is not None
        if focused in seen:
            break
        seen.append(focused)
        press(focused, Qt.Key.Key_Tab)
    assert window.chat.composer.send_button not in seen  # nothing to send yet
    assert {window.left.new, window.left.settings_button, window.chat.composer.scope_button} <= set(seen)
    unnamed = [widget for widget in seen if not (widget.accessibleName() or getattr(widget, "text", str)())]
    assert unnamed == []


def test_narrow_window_belongs_to_the_conversation(window: MainWindow, qtbot: QtBot) -> None:
    assert window.left.isVisible()
    window.resize(700, 700)
    qtbot.waitUntil(lambda: not window.left.isVisible())
    window.cited.show_citation(citation(1, "/docs/Lease.pdf", "renews"))
    qtbot.waitUntil(lambda: not window.chat.isVisible())
    focused = window.focusWidget()
    assert focused is not None
    assert window.cited.pane.isAncestorOf(focused)
    window.cited.close()
    qtbot.waitUntil(window.chat.isVisible)
    window.resize(1280, 820)
    qtbot.waitUntil(window.left.isVisible)


def test_folder_in_the_panel_opens_its_files(
    window: MainWindow, engine: FakeEngine, client: EngineClient, qtbot: QtBot
) -> None:
    engine.files = [FileRow(path="/docs/a.md", state="ready"), FileRow(path="/other/b.md", state="ready")]
    client.take_folders([Folder(path="/docs", state="current"), Folder(path="/other", state="current")])
    window.left.folders.rows[0].click()
    assert window.pages.currentWidget() is window.pages.view("index")
    index = window.pages.view("index")
    assert isinstance(index, IndexPage)
    qtbot.waitUntil(lambda: index.files.rowCount() == 1)


def test_look_is_kept_and_applied(
    window: MainWindow, engine: FakeEngine, themes: ThemeSource, client: EngineClient, qtbot: QtBot
) -> None:
    client.preferences_changed.connect(lambda preferences: themes.set_choice(preferences.theme))
    window.settings.choose_look("dark")
    qtbot.waitUntil(lambda: engine.preferences.theme == "dark")
    assert themes.theme.dark
    page = window.chat.grab().toImage().pixelColor(4, 4)
    assert page == themes.theme.color("bg")


def test_first_run_is_shown_when_the_engine_says_so_and_can_be_left(
    engine: FakeEngine, client: EngineClient, turns: RunningTurns, themes: ThemeSource, state: WindowState, qtbot: QtBot
) -> None:
    client.save_preferences(SetPreferences(first_run=True))
    window = MainWindow(WindowParts(client, turns, themes, state, PAGES))
    qtbot.addWidget(window)
    window.show()
    client.preferences_changed.emit(Preferences(first_run=True))
    assert window.first_run.isVisible()
    window.first_run.skip.click()
    assert not window.first_run.isVisible()
    assert window.chat.isVisible()
    qtbot.waitUntil(lambda: not engine.preferences.first_run)


def test_place_and_size_are_remembered(
    window: MainWindow, client: EngineClient, turns: RunningTurns, themes: ThemeSource, home: Home, state: WindowState,
    qtbot: QtBot,
) -> None:  # fmt: skip
    window.resize(781, 603)
    window.close()
    state.save()
    again = MainWindow(WindowParts(client, turns, themes, WindowState(home), PAGES))
    qtbot.addWidget(again)
    assert (again.width(), again.height()) == (781, 603)


def test_settings_menu_offers_models_and_quotes(
    window: MainWindow, engine: FakeEngine, client: EngineClient, qtbot: QtBot
) -> None:
    engine.models = [model("small & quick", in_use=True), model("of others", origin="found")]
    engine.tell("models")
    qtbot.waitUntil(lambda: len(client.models) == 2)
    menu = window.settings.build()
    models = next(action for action in menu.actions() if action.text() == "Chat model").menu()
    assert models is not None
    texts = {action.text(): action for action in models.actions()}  # type: ignore[attr-defined]  # stubs: QObject
    assert texts["small && quick"].isChecked()
    assert "of others" not in texts
    texts["Models…\tCtrl+M"].trigger()
    assert window.pages.currentWidget() is window.pages.view("models")
    texts["Quotes, without a model"].trigger()
    qtbot.waitUntil(lambda: not any(model.in_use for model in client.models))


def test_composer_names_what_answers_and_lets_choose(
    window: MainWindow, engine: FakeEngine, client: EngineClient, qtbot: QtBot
) -> None:
    said = window.chat.composer.model_button
    assert said.said == "Quotes · on this computer"
    note = "Runs on the processor although there is a graphics card."
    engine.models = [
        model("Qwen3 4B", in_use=True, note=note),
        remote("Team model", "llm.example.org"),
        model("Ended", quarantine="It ended twice."),
    ]
    engine.tell("models")
    qtbot.waitUntil(lambda: said.said == "Qwen3 4B · on this computer")
    assert said.accessibleDescription() == note
    assert window.bar.promise.text() == "Nothing leaves this computer"
    menu = window.chat.model_menu()
    texts = {action.text(): action for action in menu.actions()}
    assert not texts["Ended"].isEnabled()
    assert texts["Ended"].toolTip() == "It ended twice."
    texts["Team model · via llm.example.org"].trigger()
    qtbot.waitUntil(lambda: said.said == "Team model · via llm.example.org")
    assert window.bar.promise.text() == "Questions go to llm.example.org"
    texts["Models…\tCtrl+M"].trigger()
    assert window.pages.currentWidget() is window.pages.view("models")


def test_composer_says_that_the_model_cannot_be_used_or_is_on_its_way(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    said = window.chat.composer.model_button
    engine.chat.set_download(download())
    qtbot.waitUntil(lambda: said.said == "Quotes · Qwen3 4B comes, 40 %")
    engine.models = [model("Gone", in_use=True, problem="The file is not there any more.")]
    engine.tell("models")
    qtbot.waitUntil(lambda: said.said == "Gone · cannot be used")
    assert said.accessibleDescription() == "Gone: The file is not there any more."


def test_download_that_is_whole_is_said(
    window: MainWindow, engine: FakeEngine, client: EngineClient, qtbot: QtBot
) -> None:
    engine.chat.set_download(download())
    qtbot.waitUntil(lambda: bool(client.downloads))
    engine.chat.set_download(download(state="done", path="/models/x.gguf"))
    qtbot.waitUntil(lambda: window.toast.text == "Qwen3 4B is on this computer now")
    window.toast.action_button.click()
    assert window.pages.currentWidget() is window.pages.view("models")


def test_window_never_imports_the_engines_heavy_libraries() -> None:
    code = (
        "import sys; import app.window.shell.application; "
        "heavy = {'chromadb', 'llama_cpp', 'onnxruntime', 'tokenizers', 'numpy', 'kreuzberg', 'pypdfium2', 'pygments'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def words_on(widget: QWidget) -> str:
    """All text of the visible labels below a widget."""
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def test_ctrl_z_brings_a_deleted_conversation_back_where_no_text_is_to_be_undone(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    ident = kept(engine, "Lease")
    engine.tell("chats")
    qtbot.waitUntil(lambda: "Lease" in titles(window))
    window.open_conversation(ident)
    conversations = window.left.conversations
    conversations.list.setFocus()
    press(conversations.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: "Lease" not in titles(window))
    field = window.chat.composer.field
    assert window.focusWidget() is field
    write(field, "x")
    press(field, Qt.Key.Key_Z, CONTROL)
    assert window.chat.composer.text() == ""
    assert engine.calls(ChatRestore) == []
    press(field, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: window.chat.conversation == ident)
    assert engine.calls(ChatRestore) == [ChatRestore(conversation=ident)]


def test_searching_conversations_leaves_the_title_of_the_open_one(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    ident = kept(engine, "Lease")
    kept(engine, "Garden")
    engine.tell("chats")
    qtbot.waitUntil(lambda: "Lease" in titles(window))
    window.open_conversation(ident)
    assert window.windowTitle() == "Lease – Familiar"
    press(window, Qt.Key.Key_K, CONTROL)
    write(window.left.conversations.search, "garden")
    qtbot.waitUntil(lambda: "Lease" not in titles(window))
    assert window.windowTitle() == "Lease – Familiar"


def test_a_long_question_takes_one_line_of_the_title(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.scripts = [Script(["x"], gate=threading.Semaphore(0))]
    window.chat.ask("a line\n" * 400)
    assert len(window.windowTitle()) < 120
    assert "\n" not in window.windowTitle()
    window.chat.stop()
    answered(window, qtbot)


# ---- a file that changes while it is shown


def test_page_that_is_edited_under_ones_eyes_is_drawn_anew_and_no_longer_exact(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    window.open_conversation(kept(engine, "Lease"))
    window.chat.citation_activated.emit(citation(1, "/docs/Lease.pdf", "renews", sha256="a" * 64))
    pane = window.cited.pane
    qtbot.waitUntil(lambda: "Exact match on this page" in words_on(pane))
    edited = FileStamp(size_bytes=7, mtime_ns=8)
    engine.previews = [
        Preview(view=Lines(text="All new."), unit="page", number=2, count=4, sha256="b" * 64, stamp=edited)
    ]
    engine.touch("/docs/Lease.pdf", edited)
    qtbot.waitUntil(lambda: "Changed since it was cited" in words_on(pane))
    assert pane.body.lines.toPlainText() == "All new."
    assert "Exact" not in words_on(pane)


def test_page_that_is_deleted_under_ones_eyes_stays_to_be_read_and_says_so(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    pane = exact_page(window, engine, qtbot)
    engine.touch("/docs/Lease.pdf", FileStamp(there=False))
    qtbot.waitUntil(lambda: "Deleted" in words_on(pane))
    assert "renews" in pane.body.lines.toPlainText()
    engine.touch("/docs/Lease.pdf", FileStamp())
    qtbot.waitUntil(lambda: "Exact match on this page" in words_on(pane))


@pytest.mark.expects_warnings
def test_page_is_not_called_exact_while_the_engine_is_away(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    pane = exact_page(window, engine, qtbot)
    asked = len(engine.calls(ShowPlace))
    engine.refusal = Problem("engine.refused", "No engine.", "")
    engine.die()
    qtbot.waitUntil(lambda: "Not checked now" in words_on(pane))
    engine.refusal = None
    window._client.retry()
    qtbot.waitUntil(lambda: "Exact match on this page" in words_on(pane), timeout=15_000)
    assert len(engine.calls(ShowPlace)) == asked + 1


def test_file_of_the_index_that_was_deleted_and_put_back_is_shown_again(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    window.show_page("index")
    window.pages.view("index").file_wanted.emit("/docs/a.md", False)
    pane = window.beside.pane
    qtbot.waitUntil(lambda: pane.body.shows_view)
    engine.touch("/docs/a.md", FileStamp(there=False))
    qtbot.waitUntil(lambda: "a.md was deleted." in words_on(pane))
    engine.touch("/docs/a.md", FileStamp())
    qtbot.waitUntil(lambda: pane.body.shows_view)


def test_closed_page_is_followed_no_longer(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    window.open_conversation(kept(engine, "Lease"))
    window.chat.citation_activated.emit(citation(1, "/docs/Lease.pdf", "renews"))
    qtbot.waitUntil(lambda: engine.watching("/docs/Lease.pdf") == 1)
    window.cited.close()
    qtbot.waitUntil(lambda: engine.watching("/docs/Lease.pdf") == 0)


def test_page_has_a_visible_way_back_and_its_button_is_lit(window: MainWindow, qtbot: QtBot) -> None:
    assert window.page_bar.isHidden()
    window.left.page_buttons["models"].click()
    assert window.page_bar.isVisible()
    assert {name for name, each in window.left.page_buttons.items() if each.isChecked()} == {"models"}
    window.page_bar.back.click()
    assert window.pages.shows_chat
    assert window.page_bar.isHidden()
    assert not any(each.isChecked() for each in window.left.page_buttons.values())


def test_escape_puts_an_open_panel_away_first(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(600, 700)
    qtbot.waitUntil(lambda: not window.left.isVisible())
    window.show_page("index")
    press(window, Qt.Key.Key_B, CONTROL)
    assert window.left.isVisible()
    press(window, Qt.Key.Key_Escape)
    assert not window.left.isVisible()
    assert window.pages.shown == "index"


@pytest.mark.parametrize("width", [420, 560, 700, 1280])
@pytest.mark.parametrize("name", ["index", "insights", "memory", "models"])
def test_page_is_never_cut_off_at_the_right(
    window: MainWindow, engine: FakeEngine, client: EngineClient, name: str, width: int, qtbot: QtBot
) -> None:
    engine.files = [FileRow(path="/docs/" + "long name " * 20, state="locked", reason="It has a password. " * 9)]
    client.take_folders([Folder(path="/home/a/" + "folder with a long name " * 9, state="reading", pending=3)])
    window.resize(width, 700)
    window.show_page(name)
    page = window.pages.view(name)
    inside = page.widget()
    assert inside is not None
    qtbot.waitUntil(lambda: inside.width() <= page.viewport().width())


def test_toast_stands_at_the_bottom_of_what_is_shown(window: MainWindow, qtbot: QtBot) -> None:
    window.say("Lease.pdf was read again")
    composer = window.chat.composer
    qtbot.waitUntil(lambda: window.toast.geometry().bottom() < composer.mapTo(window.whole, QPoint(0, 0)).y())
    window.show_page("index")
    qtbot.waitUntil(lambda: window.whole.height() - window.toast.geometry().bottom() < 40)


def test_question_is_whole_after_the_window_became_narrow_behind_a_page(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    question = "What did the plumber charge for the second visit in the autumn of 2024, and was it ever paid back?"
    ident = engine.add_conversation("Plumber", [Message(turn=TurnId(1), role="user", text=question, at=0)])
    window.resize(620, 700)
    window.open_conversation(ident)
    qtbot.waitUntil(lambda: bool(window.findChildren(QuestionView)))
    window.show_page("models")
    window.resize(420, 700)
    window.open_conversation(ident)
    view = window.findChildren(QuestionView)[0]
    qtbot.waitUntil(lambda: view.isVisible() and view.text.height() >= view.text.document().size().height())
    qtbot.waitUntil(lambda: view.height() > view.text.height())


def test_file_of_the_index_is_shown_beside_it_and_asked_about(
    window: MainWindow, engine: FakeEngine, tmp_path: Path, qtbot: QtBot
) -> None:
    file = tmp_path / "a.md"
    file.write_text("Some words.")
    window.show_page("index")
    page = window.pages.view("index")
    page.file_wanted.emit(str(file), True)
    qtbot.waitUntil(lambda: any(call.as_text for call in engine.calls(ShowPlace)))
    assert window.beside.pane.tools.as_text.isChecked()
    press(window, Qt.Key.Key_Escape)
    assert (window.beside.is_shown, window.pages.shows_chat) == (False, False)
    page.file_wanted.emit(str(file), False)
    page.ask_wanted.emit(str(file))
    assert (window.beside.is_shown, window.pages.shows_chat) == (False, True)
    qtbot.waitUntil(lambda: window.chat.subject.files == [str(file)])
