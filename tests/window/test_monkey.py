"""A monkey at the window: thousands of clicks, keys, resizes and switches, and never an exception, a warning or a page
that belongs to another conversation.
"""

from __future__ import annotations

import logging
import os
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from app.base.calls import SetupProgress
from app.base.index_values import FileRow, Folder
from app.base.values import Answer, ConversationId, FileState, Message, TurnId
from app.window.chat import chat_context
from app.window.chat.running_turns import RunningTurns
from app.window.controls import folder_actions
from app.window.controls.theme import ThemeSource
from app.window.engine_client import EngineClient
from app.window.models import models_page
from app.window.shell.main_window import MainWindow
from app.window.shell.window_parts import WindowParts
from app.window.shell.window_state import WindowState
from tests.support.fake_engine import FakeEngine, Script, citation
from tests.support.fake_models import download, model, remote
from tests.support.hands import CONTROL
from tests.support.pages import PAGES
from tests.support.random_views import RandomViews

ACTIONS = int(os.environ.get("FAMILIAR_MONKEY_ACTIONS", "5000"))
SEEDS = [int(seed) for seed in os.environ.get("FAMILIAR_MONKEY_SEEDS", "1").split()]
CHATS = 8
OFFSCREEN = "This plugin does not support"  # a window that nobody sees cannot be raised
LOST = "the engine has gone"  # it was made to go
CHARACTERS = "abc é漢\u202e\u0000\n\t`*_[]()<&>|#1"
PLAIN_KEYS = (
    Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Escape, Qt.Key.Key_Up,
    Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home,
    Qt.Key.Key_End, Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_F1, Qt.Key.Key_F2, Qt.Key.Key_Menu,
)  # fmt: skip
WITH_CONTROL = tuple(Qt.Key(ord(letter)) for letter in "NKFLOBIMZAVC,/+-0")


class Monkey:
    """Does one random thing after another. Its seed is its whole memory: the same seed does the same."""

    def __init__(self, window: MainWindow, engine: FakeEngine, client: EngineClient, seed: int, folder: Path) -> None:
        self.window, self.engine, self.client, self.folder = window, engine, client, folder
        self.chance = random.Random(seed)
        self.done: list[str] = []
        self._gates: list[threading.Semaphore] = []
        self._things: tuple[tuple[Callable[[], str], int], ...] = (
            (self.click, 40), (self.press, 30), (self.write, 6), (self.switch, 8), (self.resize, 5), (self.cite, 6),
            (self.tell, 3), (self.show_page, 4), (self.look, 1), (self.lose, 1), (self.attach, 1),
        )  # fmt: skip

    def act(self) -> None:
        """Do something, and let what it set off happen."""
        things, weights = zip(*self._things, strict=True)
        act = self.chance.choices(things, weights)[0]
        self.done.append(act())
        QApplication.processEvents()

    def let_go(self) -> None:
        """Let every answer that is being written come to its end."""
        for gate in self._gates:
            gate.release(9)

    def click(self) -> str:
        """Any button on anything that can be seen, once or twice."""
        popup = QApplication.activePopupWidget() or QApplication.activeModalWidget() or self.window
        seen = [each for each in popup.findChildren(QWidget) if each.isVisible() and each.width() and each.height()]
        target = self.chance.choice(seen or [popup])
        where = QPoint(self.chance.randrange(max(1, target.width())), self.chance.randrange(max(1, target.height())))
        side = self.chance.choices((Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton), (9, 1))[0]
        told = f"{side.name} on {type(target).__name__} {target.accessibleName()!r} at {where.x()}, {where.y()}"
        self.done.append(f"about to {told}")
        if self.chance.random() < 0.1:
            QTest.mouseDClick(target, side, Qt.KeyboardModifier.NoModifier, where)
        else:
            QTest.mouseClick(target, side, Qt.KeyboardModifier.NoModifier, where)
        return told

    def press(self) -> str:
        """A key, for whatever has the focus."""
        target = QApplication.focusWidget() or self.window
        if self.chance.random() < 0.6:
            key = self.chance.choice(PLAIN_KEYS)
            self.done.append(f"about to press {key.name}")
            QTest.keyClick(target, key)
        else:
            key = self.chance.choice(WITH_CONTROL)
            self.done.append(f"about to press Ctrl+{key.name}")
            QTest.keyClick(target, key, CONTROL)
        return key.name

    def write(self) -> str:
        """Some letters, strange ones among them, and sometimes Enter."""
        text = "".join(self.chance.choices(CHARACTERS, k=self.chance.randrange(1, 30)))
        field = self.window.chat.composer.field
        field.insertPlainText(text)
        if self.chance.random() < 0.7:
            cited = (citation(1, str(self.folder / "asked.txt"), "renews"),)
            gate = threading.Semaphore(self.chance.randrange(3))
            self._gates.append(gate)
            self.engine.scripts.append(Script(["One. ", "Two [1]. ", "Three."], cited, gate=gate))
            QTimer.singleShot(self.chance.randrange(80), self.window, lambda: gate.release(9))
            QTest.keyClick(field, Qt.Key.Key_Return)
        return f"write {text!r}"

    def switch(self) -> str:
        """Another conversation, or a new one."""
        chat = self.chance.choice([None, *self.engine.conversations])
        self.window.open_conversation(chat)
        return f"switch to {chat}"

    def resize(self) -> str:
        """Any size that a window may have."""
        self.window.resize(self.chance.randrange(420, 1700), self.chance.randrange(420, 1000))
        return f"resize to {self.window.width()}"

    def cite(self) -> str:
        """A source of the conversation that is shown."""
        ident = self.window.chat.conversation
        with self.engine.lock:
            messages = list(self.engine.messages.get(ident, [])) if ident is not None else []
        cited = [each for message in messages if message.answer for each in message.answer.citations]
        if not cited:
            return "nothing to cite"
        self.window.chat.citation_activated.emit(self.chance.choice(cited))
        return "cite"

    def tell(self) -> str:
        """The engine has news."""
        kind = self.chance.randrange(5)
        if kind == 0:
            self.engine.set_status(files={"ready": self.chance.randrange(99), "waiting": self.chance.randrange(3)})
        elif kind == 1:
            self.engine.tell("setup", SetupProgress(state="building", text="compiling the chat engine, 1 of 83"))
        elif kind == 2:
            self.engine.tell("models")
        elif kind == 3:
            self.engine.chat.set_download(download())
        elif self.engine.conversations:
            with self.engine.lock:
                gone = self.chance.choice(list(self.engine.conversations))
                self.engine.deleted[gone] = self.engine.conversations.pop(gone)
            self.engine.tell("chats")
        return f"news {kind}"

    def show_page(self) -> str:
        """One of the pages."""
        page = self.chance.choice(PAGES)
        self.window.show_page(page.name)
        return f"page {page.name}"

    def look(self) -> str:
        """Light or dark."""
        self.window.settings.choose_look(self.chance.choice(("light", "dark")))
        return "look"

    def lose(self) -> str:
        """The engine goes, and is there again."""
        self.engine.die()
        self.client.retry()
        return "engine gone"

    def attach(self) -> str:
        """Files that are there, and one that is not."""
        self.window.chat.attach([str(self.folder / "asked.txt"), str(self.folder / "gone.txt")])
        return "attach"


@pytest.fixture
def no_way_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Nothing leaves the window: the system's own dialogs choose a folder or nothing, and no program is opened."""
    (tmp_path / "chosen").mkdir()
    monkeypatch.setattr(folder_actions, "choose_folder", lambda *_: str(tmp_path / "chosen"))
    monkeypatch.setattr(chat_context, "choose_files", lambda *_: [])
    monkeypatch.setattr(models_page, "choose_model", lambda *_: "")
    monkeypatch.setattr(models_page, "choose_folder", lambda *_: "")
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda *_: True)
    # Menus and questions that wait for an answer are left again after a while, as a person would.
    closer = QTimer()
    closer.setInterval(40)

    def leave() -> None:
        waiting = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if isinstance(waiting, QDialog):
            waiting.reject()
        elif waiting is not None:
            waiting.close()

    closer.timeout.connect(leave)
    closer.start()
    yield
    closer.stop()


def filled(engine: FakeEngine) -> None:
    """Conversations that cite a file of their own each, files in every state, models and folders."""
    states: tuple[FileState, ...] = ("ready", "partial", "damaged", "locked", "waiting", "ignored")
    engine.files = [FileRow(path=f"/docs/{n}.pdf", state=states[n % 6], reason="A reason.") for n in range(60)]
    engine.folders = [Folder(path="/docs", state="reading", files=60, ready=20, pending=9)]
    engine.models = [model("One"), model("Two", in_use=True), remote("Far", "example.test")]
    for n in range(1, CHATS + 1):
        text = "The lease renews [1]. " + "A longer sentence about nothing at all. " * (n * 5)
        answer = Answer(conversation=ConversationId(n), turn=TurnId(500 + n), mode="quotes", state="done", text=text,
                        citations=(citation(1, f"/docs/chat {n}.pdf", "renews"),))  # fmt: skip
        engine.add_conversation(
            f"Conversation {n} " * n,
            [Message(turn=TurnId(500 + n), role="user", text="When? " * n, at=0),
             Message(turn=TurnId(500 + n), role="assistant", text=text, at=0, answer=answer)],
        )  # fmt: skip


def stale_page(window: MainWindow, engine: FakeEngine) -> str:
    """What the pane shows that the conversation which is shown does not cite; "" if all is well."""
    if not window.cited.is_shown:
        return ""
    name = window.cited.pane.head.name.full_text
    if not name.startswith("chat "):
        return ""  # a file of the index, or of a question that was asked here
    own = f"chat {window.chat.conversation}.pdf"
    return "" if name == own else f"{name} beside conversation {window.chat.conversation}"


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", SEEDS)
def test_monkey_finds_no_exception_no_warning_and_no_stale_page(
    seed: int, engine: FakeEngine, themes: ThemeSource, state: WindowState, no_way_out: None, tmp_path: Path,
    qtbot: QtBot, qtlog: Any, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    (tmp_path / "asked.txt").write_text("The lease renews.")
    filled(engine)
    engine.draw = RandomViews(seed, tmp_path)
    client = EngineClient(engine.dial)
    client.open()
    qtbot.waitUntil(lambda: client.status is not None and client.preferences is not None)
    window = MainWindow(WindowParts(client, RunningTurns(client), themes, state, PAGES))
    qtbot.addWidget(window)
    window.resize(1280, 820)
    window.show()
    qtbot.waitExposed(window)
    monkey = Monkey(window, engine, client, seed, tmp_path)
    try:
        for number in range(ACTIONS):
            monkey.act()
            stale = stale_page(window, engine)
            assert not stale, f"action {number}: {stale}; before it: {monkey.done[-6:]}"
        told = [record.message for record in qtlog.records if not record.message.startswith(OFFSCREEN)]
        told += [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
        assert [each for each in told if not each.startswith(LOST)] == []
    finally:
        monkey.let_go()
        client.close()
