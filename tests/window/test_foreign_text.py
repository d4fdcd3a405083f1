"""Hostile names, titles and answers, in every room of the window: what is shown shows all that it holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtGui import QAction, QGuiApplication, QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)  # fmt: skip
from pytestqt.qtbot import QtBot

from app.base.foreign_text import harmless
from app.base.index_values import FileRow, Folder
from app.base.preview import Column, Grid, Letter, Preview, Rendered
from app.base.values import Message, ToolStep, TurnId
from app.window.chat.deleted_chats import DeletedChats
from app.window.chat.running_turns import RunningTurns
from app.window.controls.model_choice import fill_menu
from app.window.controls.theme import LIGHT, ThemeSource
from app.window.engine_client import EngineClient
from app.window.shell import first_run
from app.window.shell.first_run import FirstRun
from app.window.shell.main_window import MainWindow
from app.window.shell.sidebar import Sidebar
from app.window.shell.window_parts import WindowParts
from app.window.shell.window_state import WindowState
from app.window.source.cited_page import CitedPage
from app.window.text.streamed_markdown import MarkdownStream
from tests.support.answers import answer
from tests.support.fake_engine import FakeEngine, Script, citation
from tests.support.fake_models import download, model, remote
from tests.support.hands import press
from tests.support.pages import PAGES

EVIL = "Invoice \u202efdp.desktop\u2066\u200b\u200e\u061c\x1b[1m\x07\x9b31m\ufeff\U000e0041"
ANSWER = (
    f"A {EVIL} b &#x202e;c&#8238;d [1]\n\n```{EVIL}\ncode {EVIL}\n```\n\n`inline {EVIL}` https://x.example/{EVIL}\n"
)


def _models(view: QAbstractItemView) -> Iterator[tuple[str, str]]:
    rows: QAbstractItemModel = view.model()
    roles = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
    for row in range(rows.rowCount()):
        for role in roles:
            yield f"row {row} of {type(view).__name__}", str(rows.index(row, 0).data(role) or "")


def said_by(root: QWidget) -> Iterator[tuple[str, str]]:
    """Every text that a window shows or says, with where."""
    for widget in [root, *root.findChildren(QWidget)]:
        name = type(widget).__name__
        yield f"tip of {name}", widget.toolTip()
        yield f"name of {name}", widget.accessibleName()
        yield f"description of {name}", widget.accessibleDescription()
        yield f"title of {name}", widget.windowTitle()
        if isinstance(widget, (QLabel, QAbstractButton)):
            yield f"text of {name}", widget.text()
        elif isinstance(widget, (QTextEdit, QPlainTextEdit)):
            if widget.isReadOnly():
                yield f"text of {name}", widget.toPlainText()
            yield f"hint of {name}", widget.placeholderText()
        elif isinstance(widget, QLineEdit):
            yield f"hint of {name}", widget.placeholderText()
        elif isinstance(widget, QAbstractItemView) and widget.model() is not None:
            yield from _models(widget)
        for action in [*widget.actions(), *widget.findChildren(QAction)]:
            yield f"action of {name}", action.text()


def assert_harmless(root: QWidget) -> None:
    said = [(where, text) for where, text in said_by(root) if text]
    assert said
    assert [(where, text) for where, text in said if harmless(text) != text] == []


@pytest.fixture
def hostile(engine: FakeEngine, tmp_path: Path) -> FakeEngine:
    """An engine whose every name and title was chosen by an enemy."""
    path = f"/home/ana/{EVIL}"
    engine.folders = [Folder(path=path, state="unreadable", files=3, ready=2, reason=EVIL)]
    engine.files = [FileRow(path=f"{path}/{EVIL}", state="damaged", reason=EVIL, hint=EVIL)]
    engine.status = engine.status.__class__(
        files={"damaged": 1, "waiting": 2}, chunks=1, pending_vectors=0, embedded_total=0, settled=False,
        paused=None, pids=engine.status.pids, current=f"{path}/{EVIL}", vectors_error=EVIL,
    )  # fmt: skip
    engine.models = [
        model(EVIL, in_use=True, licence=EVIL, architecture=EVIL),
        model(f"other {EVIL}", problem=EVIL),
        remote(f"far {EVIL}", EVIL),
    ]
    engine.chat.downloads = [download(EVIL, problem=EVIL, state="failed")]
    step = ToolStep(
        call="1", name="search_files", arguments={"query": EVIL}, title=f"Searched {EVIL}", state="done", result=EVIL
    )
    reply = answer(ANSWER, citations=[citation(1, f"{path}/{EVIL}", EVIL)], steps=[step], error=EVIL)
    question = Message(turn=TurnId(1), role="user", text=EVIL, at=0, attachments=(f"{path}/{EVIL}",))
    engine.add_conversation(
        EVIL, [question, Message(turn=TurnId(1), role="assistant", text=ANSWER, at=0, answer=reply)]
    )
    return engine


def test_nothing_foreign_is_shown_unmarked_in_the_whole_window(
    hostile: FakeEngine,
    client: EngineClient,
    turns: RunningTurns,
    themes: ThemeSource,
    state: WindowState,
    qtbot: QtBot,
) -> None:
    window = MainWindow(WindowParts(client, turns, themes, state, PAGES))
    qtbot.addWidget(window)
    window.show()
    conversations = window.left.conversations
    qtbot.waitUntil(lambda: bool(conversations.heads) and client.models_known and bool(client.downloads))
    ident = next(iter(conversations.heads))
    window.open_conversation(ident)
    qtbot.waitUntil(lambda: "inline Invoice" in window.chat.transcript.copy_conversation())
    window.cited.show_citation(citation(1, f"/home/ana/{EVIL}", EVIL))
    qtbot.waitUntil(lambda: "Before." in window.cited.pane.body.lines.toPlainText())
    window.say(EVIL, EVIL, EVIL, lambda: None)
    window.banner.say(EVIL, EVIL)
    assert_harmless(window)
    for page in PAGES:
        window.show_page(page.name)
        if page.name == "index":
            qtbot.waitUntil(lambda: _rows(window.pages.currentWidget()) > 0)
        assert_harmless(window)
    menu = QMenu()
    qtbot.addWidget(menu)
    fill_menu(menu, client, lambda: None)
    assert_harmless(menu)
    assert "Invoice \ufffdfdp.desktop" in window.windowTitle()
    window.show_page(PAGES[0].name)
    window.open_conversation(ident)
    window.chat.transcript.copy_conversation()
    copied = QGuiApplication.clipboard().text()
    assert "Invoice \ufffdfdp.desktop" in copied
    assert harmless(copied) == copied, "it may be pasted into a terminal"


def _rows(page: QWidget | None) -> int:
    assert page is not None
    return max((view.model().rowCount() for view in page.findChildren(QAbstractItemView)), default=0)


def test_sidebar_shows_what_the_names_of_its_files_hold(
    hostile: FakeEngine, client: EngineClient, turns: RunningTurns, themes: ThemeSource, state: WindowState,
    tmp_path: Path, qtbot: QtBot,
) -> None:  # fmt: skip
    sidebar = Sidebar(WindowParts(client, turns, themes, state, PAGES))
    qtbot.addWidget(sidebar)
    sidebar.show()
    files = [tmp_path / f"{number} \u202efdp.desktop\u200b" for number in range(5)]
    for file in files:
        file.write_text("words")
    sidebar.ask_about([str(file) for file in files])
    qtbot.waitUntil(lambda: any("\ufffdfdp.desktop" in text for _, text in said_by(sidebar)))
    assert_harmless(sidebar)


def test_lists_of_deleted_conversations_and_of_first_folders_too(
    hostile: FakeEngine, client: EngineClient, themes: ThemeSource, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    ident, conversation = next(iter(hostile.conversations.items()))
    hostile.deleted[ident] = conversation
    parent = QWidget()
    qtbot.addWidget(parent)
    deleted = DeletedChats(parent, client)
    deleted.open()
    qtbot.waitUntil(lambda: deleted.list.count() == 1)
    assert_harmless(deleted)
    monkeypatch.setattr(first_run, "suggested_folders", lambda: [f"/home/ana/{EVIL}"])
    page = FirstRun(client, themes.theme)
    qtbot.addWidget(page)
    page.resize(900, 700)
    page.show()
    qtbot.waitUntil(lambda: any("\ufffdfdp.desktop" in text for _, text in said_by(page)))
    assert_harmless(page)


def test_tables_and_letters_show_what_their_cells_and_headers_hold(
    hostile: FakeEngine, client: EngineClient, themes: ThemeSource, qtbot: QtBot
) -> None:
    pane = CitedPage(client, themes.theme, QWidget())
    qtbot.addWidget(pane.splitter)
    pane.splitter.show()
    views = (
        Grid(columns=(Column(name=EVIL, letters=20),), rows=1, name=EVIL),
        Letter(header=(("Subject", EVIL), ("From", EVIL)), text=EVIL),
        Rendered(markdown=ANSWER),
    )
    for view in views:
        hostile.previews.append(Preview(view=view, match="exact"))
        pane.show_citation(citation(1, f"/home/ana/{EVIL}.csv", EVIL))
        qtbot.waitUntil(lambda: not hostile.previews and pane.pane.body.shows_view)
        assert_harmless(pane.splitter)


def test_no_naughty_string_breaks_the_window(
    engine: FakeEngine, client: EngineClient, turns: RunningTurns, themes: ThemeSource, state: WindowState,
    yardsticks: Path, qapp: QApplication, qtbot: QtBot,
) -> None:  # fmt: skip
    """Each as a title, all in a few questions and answers, and as cited files' names."""
    naughty = json.loads((yardsticks / "agent" / "naughty_strings" / "blns.json").read_text(encoding="utf-8"))
    texts = [text for text in naughty if text]
    for text in texts[:200]:
        engine.add_conversation(text[:200])
    window = MainWindow(WindowParts(client, turns, themes, state, PAGES))
    qtbot.addWidget(window)
    window.show()
    for start in range(0, len(texts), 60):
        part = texts[start : start + 60]
        cited = tuple(citation(n, f"/home/ana/{text}", text) for n, text in enumerate(part[:9], 1))
        engine.scripts.append(Script([f"{text} [{n % 9 + 1}]\n\n" for n, text in enumerate(part)], cited, mode="chat"))
        window.chat.composer.set_text("\n".join(part)[:9000])
        press(window.chat.composer.field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: not window.chat.is_busy and not engine.scripts, timeout=30_000)
    qtbot.waitUntil(lambda: len(window.left.conversations.heads) >= 200, timeout=30_000)
    assert_harmless(window)
    assert window.grab().width() == window.width()


def test_name_of_a_language_beside_code_is_harmless_too(qapp: QApplication) -> None:
    stream = MarkdownStream(QTextDocument(), LIGHT)
    stream.rewrite("```pyth\u202enoh\nx = 1\n```\n")
    assert list(stream.languages.values()) == ["pyth\ufffdnoh"]
