"""The list of conversations: groups, search, renaming in place, deleting with a way back."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QColor, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from app.base.calls import ChatDelete, ChatErase, ChatRename, ChatRestore, ChatsList
from app.base.values import ConversationId, Message, TurnId
from app.window.chat.conversations import ConversationsPanel
from app.window.chat.deleted_chats import DeletedChats
from app.window.controls.theme import DARK, ThemeSource
from app.window.engine_client import EngineClient
from tests.support.fake_engine import FakeEngine
from tests.support.hands import click, press, write

DAY_MS = 86_400_000


class Undo:
    """Stands for the toast: keeps what was said and how to take it back."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.back: Callable[[], None] = lambda: None

    def __call__(self, title: str, hint: str, back: Callable[[], None]) -> None:
        self.said.append(title)
        self.back = back


@pytest.fixture
def undo() -> Undo:
    return Undo()


@pytest.fixture
def idents(engine: FakeEngine) -> list[ConversationId]:
    """Three conversations: two of today, one of long ago."""
    now = int(time.time() * 1000)
    said = Message(turn=TurnId(1), role="user", text="When does the lease end?", at=now)
    return [
        engine.add_conversation("Trip receipts", at=now - 1000),
        engine.add_conversation("Lease renewal date", [said], at=now),
        engine.add_conversation("Biology notes, chapter 4", at=now - 9 * DAY_MS),
    ]


@pytest.fixture
def panel(
    idents: list[ConversationId], client: EngineClient, themes: ThemeSource, undo: Undo, qtbot: QtBot
) -> ConversationsPanel:
    made = ConversationsPanel(client, themes.theme, undo)
    qtbot.addWidget(made)
    made.resize(252, 400)
    made.show()
    qtbot.waitUntil(lambda: made.model.rowCount() == 5)
    return made


def titles(panel: ConversationsPanel) -> list[str]:
    return [str(panel.model.index(row).data()) for row in range(panel.model.rowCount())]


def choose(panel: ConversationsPanel, ident: ConversationId) -> None:
    panel.list.setCurrentIndex(panel.model.index_of(ident))
    panel.list.setFocus()


def marked(panel: ConversationsPanel) -> ConversationId | None:
    conversation = panel.model.conversation(panel.list.currentIndex())
    return conversation.id if conversation is not None else None


def dialog(panel: ConversationsPanel, qtbot: QtBot) -> DeletedChats:
    """The list of deleted conversations, opened by its button and filled."""
    qtbot.waitUntil(panel.deleted_button.isVisible)
    panel.deleted_button.click()
    made = panel.window().findChild(DeletedChats)
    assert made is not None
    qtbot.waitUntil(lambda: made.list.count() > 0)
    return made


def test_conversations_are_grouped_last_used_first(panel: ConversationsPanel) -> None:
    assert titles(panel) == ["Today", "Lease renewal date", "Trip receipts", "Earlier", "Biology notes, chapter 4"]


def test_click_and_enter_open_a_conversation(
    panel: ConversationsPanel, idents: list[ConversationId], qtbot: QtBot
) -> None:
    opened: list[ConversationId] = []
    panel.opened.connect(opened.append)
    middle = panel.list.visualRect(panel.model.index_of(idents[0])).center()
    click(panel.list.viewport(), middle)
    choose(panel, idents[2])
    press(panel.list, Qt.Key.Key_Return)
    assert opened == [idents[0], idents[2]]


def test_a_groups_name_cannot_be_opened(panel: ConversationsPanel, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(panel.opened):
        click(panel.list.viewport(), QPoint(20, 10))


def begin_rename(panel: ConversationsPanel, ident: ConversationId) -> QLineEdit:
    """The field in which a conversation's name is typed."""
    choose(panel, ident)
    press(panel.list, Qt.Key.Key_F2)
    editor = panel.list.findChild(QLineEdit)
    assert editor is not None
    return editor


def test_f2_renames_in_place(
    panel: ConversationsPanel, idents: list[ConversationId], engine: FakeEngine, qtbot: QtBot
) -> None:
    editor = begin_rename(panel, idents[1])
    assert editor.selectedText() == "Lease renewal date"
    row = panel.list.visualRect(panel.list.currentIndex())
    assert row.contains(editor.geometry())
    assert abs(editor.geometry().center().y() - row.center().y()) <= 1
    write(editor, "  Lease of  the flat ")
    press(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "Lease of the flat" in titles(panel))
    assert engine.calls(ChatRename) == [ChatRename(conversation=idents[1], title="Lease of the flat")]


def test_escape_and_an_empty_name_leave_the_title(
    panel: ConversationsPanel, idents: list[ConversationId], engine: FakeEngine, qtbot: QtBot
) -> None:
    for keys, end in (("Another name", Qt.Key.Key_Escape), ("   ", Qt.Key.Key_Return)):
        choose(panel, idents[1])
        press(panel.list, Qt.Key.Key_F2)
        editor = panel.list.findChildren(QLineEdit)[-1]
        write(editor, keys)
        press(editor, end)
        qtbot.waitUntil(lambda: not panel.list.is_editing)
    assert titles(panel)[1] == "Lease renewal date"
    assert engine.calls(ChatRename) == []


def test_list_does_not_change_under_the_fingers_that_rename(
    panel: ConversationsPanel, idents: list[ConversationId], engine: FakeEngine, qtbot: QtBot
) -> None:
    editor = begin_rename(panel, idents[1])
    asked = len(engine.calls(ChatsList))
    engine.add_conversation("Another", at=int(time.time() * 1000) + 1000)
    panel.refresh()
    assert panel.list.is_editing
    assert len(engine.calls(ChatsList)) == asked
    press(editor, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: "Another" in titles(panel))


def test_deleting_offers_undo_that_brings_it_back(
    panel: ConversationsPanel, idents: list[ConversationId], engine: FakeEngine, undo: Undo, qtbot: QtBot
) -> None:
    deleted: list[ConversationId] = []
    panel.deleted.connect(deleted.append)
    choose(panel, idents[0])
    press(panel.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: "Trip receipts" not in titles(panel))
    assert (undo.said, deleted) == (["Conversation deleted"], [idents[0]])
    with qtbot.waitSignal(panel.opened) as opened:
        undo.back()
    assert opened.args == [idents[0]]
    qtbot.waitUntil(lambda: "Trip receipts" in titles(panel))
    assert engine.calls(ChatDelete) == [ChatDelete(conversation=idents[0])]
    assert engine.calls(ChatRestore) == [ChatRestore(conversation=idents[0])]


def test_search_looks_into_messages_and_says_when_nothing_is_found(panel: ConversationsPanel, qtbot: QtBot) -> None:
    panel.focus_search()
    write(panel.search, "lease end")
    qtbot.waitUntil(lambda: titles(panel) == ["Today", "Lease renewal date"])
    write(panel.search, "zzz")
    qtbot.waitUntil(lambda: panel.model.rowCount() == 0)
    assert panel.empty.isVisible()
    assert panel.empty.text() == "Nothing found for “lease endzzz”."
    press(panel.search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 5)
    assert panel.search.isHidden()


def test_enter_in_the_search_opens_the_first_found(
    panel: ConversationsPanel, idents: list[ConversationId], qtbot: QtBot
) -> None:
    panel.focus_search()
    write(panel.search, "biology")
    qtbot.waitUntil(lambda: len(titles(panel)) == 2)
    with qtbot.waitSignal(panel.opened) as opened:
        press(panel.search, Qt.Key.Key_Return)
    assert opened.args == [idents[2]]


def test_shown_conversation_stays_marked_when_the_list_changes(
    panel: ConversationsPanel, idents: list[ConversationId], engine: FakeEngine, qtbot: QtBot
) -> None:
    panel.show_as_current(idents[2])
    engine.add_conversation("Another", at=int(time.time() * 1000) + 1000)
    engine.tell("chats")
    qtbot.waitUntil(lambda: panel.model.rowCount() == 6)
    current = panel.model.conversation(panel.list.currentIndex())
    assert current is not None
    assert current.id == idents[2]


def test_nothing_yet_is_said_in_words(
    engine: FakeEngine, client: EngineClient, themes: ThemeSource, undo: Undo, qtbot: QtBot
) -> None:
    made = ConversationsPanel(client, themes.theme, undo)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: bool(engine.calls(ChatsList)))
    qtbot.waitUntil(made.empty.isVisible)
    assert made.empty.text() == "Conversations appear here."


def test_a_title_is_shown_as_it_stands_and_screen_readers_hear_it(
    panel: ConversationsPanel, engine: FakeEngine, qtbot: QtBot
) -> None:
    ident = engine.add_conversation("<b>Bold</b> & co", at=int(time.time() * 1000) + 1000)
    engine.tell("chats")
    qtbot.waitUntil(lambda: panel.model.index_of(ident).isValid())
    index = panel.model.index_of(ident)
    panel.model.set_running({ident})
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "<b>Bold</b> & co, being answered"
    assert "&lt;b&gt;" in str(index.data(Qt.ItemDataRole.ToolTipRole))


def test_rows_are_drawn_in_the_theme(panel: ConversationsPanel, idents: list[ConversationId], qtbot: QtBot) -> None:
    panel.set_theme(DARK)
    panel.show_as_current(idents[1])
    drawn = panel.list.viewport().grab().toImage()
    box = panel.list.visualRect(panel.model.index_of(idents[1]))
    assert drawn.pixelColor(box.right() - 12, box.center().y()) == QColor(DARK.hover)


def test_a_search_that_leaves_the_shown_one_out_does_not_forget_its_title(
    panel: ConversationsPanel, idents: list[ConversationId], engine: FakeEngine, qtbot: QtBot
) -> None:
    panel.show_as_current(idents[0])
    panel.focus_search()
    write(panel.search, "lease")
    qtbot.waitUntil(lambda: titles(panel) == ["Today", "Lease renewal date"])
    assert panel.heads[idents[0]].title == "Trip receipts"
    begun = engine.add_conversation("Begun meanwhile", at=int(time.time() * 1000) + 1000)
    panel.show_as_current(begun)
    engine.tell("chats")
    qtbot.waitUntil(lambda: begun in panel.heads)
    assert panel.heads[begun].title == "Begun meanwhile"
    assert titles(panel) == ["Today", "Lease renewal date"]


def test_a_right_click_that_chooses_nothing_leaves_the_mark_where_it_is(
    panel: ConversationsPanel, idents: list[ConversationId], qtbot: QtBot
) -> None:
    panel.show_as_current(idents[1])
    where = panel.list.visualRect(panel.model.index_of(idents[2])).center()
    viewport = panel.list.viewport()

    def escape() -> None:
        menu = QApplication.activePopupWidget()
        if isinstance(menu, QMenu):
            press(menu, Qt.Key.Key_Escape)
        else:
            QTimer.singleShot(20, escape)

    QTimer.singleShot(0, escape)
    QTest.mousePress(viewport, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, where)
    QApplication.sendEvent(
        viewport, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, viewport.mapToGlobal(where))
    )
    QTest.mouseRelease(viewport, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, where)
    assert marked(panel) == idents[1]


def test_a_press_that_ends_elsewhere_and_leaving_the_list_restore_the_mark(
    panel: ConversationsPanel, idents: list[ConversationId], qtbot: QtBot
) -> None:
    panel.show_as_current(idents[1])
    where = panel.list.visualRect(panel.model.index_of(idents[2])).center()
    QTest.mousePress(panel.list.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)
    away = QPoint(where.x(), panel.list.viewport().height() - 2)
    QTest.mouseRelease(panel.list.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, away)
    assert marked(panel) == idents[1]
    panel.activateWindow()
    panel.list.setFocus()
    qtbot.waitUntil(panel.list.hasFocus)
    press(panel.list, Qt.Key.Key_Down)
    assert marked(panel) == idents[0]
    panel.focus_search()
    assert marked(panel) == idents[1]


def test_deletions_are_undone_one_after_another(
    panel: ConversationsPanel, idents: list[ConversationId], qtbot: QtBot
) -> None:
    for ident in (idents[0], idents[2]):
        choose(panel, ident)
        press(panel.list, Qt.Key.Key_Delete)
        qtbot.waitUntil(lambda ident=ident: not panel.model.index_of(ident).isValid())  # type: ignore[misc]
    panel.undo_delete()
    qtbot.waitUntil(lambda: panel.model.index_of(idents[2]).isValid())
    panel.undo_delete()
    qtbot.waitUntil(lambda: panel.model.index_of(idents[0]).isValid())
    panel.undo_delete()  # there is nothing more: nothing happens


def test_deleted_conversations_are_listed_and_can_be_brought_back(
    panel: ConversationsPanel, idents: list[ConversationId], qtbot: QtBot
) -> None:
    assert panel.deleted_button.isHidden()
    choose(panel, idents[0])
    press(panel.list, Qt.Key.Key_Delete)
    made = dialog(panel, qtbot)
    assert made.list.item(0).text() == "Trip receipts\nDeleted just now, kept for 30 more days"
    with qtbot.waitSignal(panel.opened) as opened:
        press(made.list, Qt.Key.Key_Return)
    assert opened.args == [idents[0]]
    qtbot.waitUntil(lambda: "Trip receipts" in titles(panel))
    qtbot.waitUntil(panel.deleted_button.isHidden)


def test_list_of_deleted_conversations_does_not_grow_as_it_opens(
    panel: ConversationsPanel, idents: list[ConversationId], qtbot: QtBot
) -> None:
    choose(panel, idents[0])
    press(panel.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(panel.deleted_button.isVisible)
    panel.deleted_button.click()
    made = panel.window().findChild(DeletedChats)
    assert made is not None
    assert made.list.count() == 0
    at_first = made.size()
    qtbot.waitUntil(lambda: made.list.count() > 0)
    assert made.size() == at_first


def test_a_deleted_conversation_is_removed_for_good_only_after_a_question(
    panel: ConversationsPanel, idents: list[ConversationId], engine: FakeEngine, qtbot: QtBot
) -> None:
    choose(panel, idents[0])
    press(panel.list, Qt.Key.Key_Delete)
    made = dialog(panel, qtbot)

    def answer(verb: str) -> None:
        box = next((each for each in QApplication.topLevelWidgets() if isinstance(each, QMessageBox)
                    and each.isVisible()), None)  # fmt: skip
        if box is None:
            QTimer.singleShot(20, lambda: answer(verb))
            return
        next(each for each in box.buttons() if each.text() == verb).click()

    QTimer.singleShot(0, lambda: answer("Cancel"))
    made.erase.click()
    assert engine.calls(ChatErase) == []
    QTimer.singleShot(0, lambda: answer("Delete for good"))
    made.erase.click()
    qtbot.waitUntil(lambda: made.list.count() == 0)
    assert engine.calls(ChatErase) == [ChatErase(conversation=idents[0])]
    assert made.nothing.isVisible()
    assert not made.restore.isEnabled()
    made.reject()
