"""The list of conversations: searched, renamed in place, deleted with a way back."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.calls import ChatDelete, ChatRename, ChatRestore, ChatsDeleted, ChatsList
from app.base.values import Conversation, ConversationId
from app.window.chat.conversation_list import ConversationList
from app.window.chat.conversations_model import ConversationsModel
from app.window.chat.deleted_chats import DeletedChats
from app.window.controls.icons import icon
from app.window.controls.theme import SIZE, SPACE, Theme
from app.window.controls.widgets import button, label
from app.window.engine_client import EngineClient
from app.window.pending_request import PendingRequest

TYPING_MS = 180
Undoable = Callable[[str, str, Callable[[], None]], None]


class ConversationsPanel(QWidget):
    """Search field and list, kept true to the engine.

    opened(ConversationId): the person chose one. deleted(ConversationId): it is gone from the list.
    changed(): the list, or a title in it. heads: of all conversations met so far, also those that a search leaves out.
    undoable: shows a sentence and what to know about it, with an Undo button.
    """

    opened = Signal(object)
    deleted = Signal(object)
    changed = Signal()

    def __init__(self, client: EngineClient, theme: Theme, undoable: Undoable) -> None:
        super().__init__()
        self._client = client
        self._undoable = undoable
        self._shown: ConversationId | None = None
        self._stale = False
        self._asked: PendingRequest | None = None
        self._asked_deleted: PendingRequest | None = None
        self._undo: list[ConversationId] = []
        self.heads: dict[ConversationId, Conversation] = {}
        self.model = ConversationsModel(self)
        self.model.renamed.connect(self._on_renamed)
        self.list = ConversationList(self.model, theme)
        self.list.opened.connect(self.opened)
        self.list.delete_wanted.connect(self._on_delete_wanted)
        self.list.row.closeEditor.connect(self._on_editor_closed)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search conversations")
        self.search.setAccessibleName("Search conversations")
        self.search.setClearButtonEnabled(True)
        self.search.installEventFilter(self)
        self.search.hide()
        self.empty = label("Conversations appear here.", "caption", wrap=True)
        self.empty.setContentsMargins(SPACE[2] + 2, SPACE[2], SPACE[2], 0)
        self.deleted_button = button(" Recently deleted", "toggle", self.show_deleted)
        self.deleted_button.setIconSize(QSize(SIZE["icon_small"], SIZE["icon_small"]))
        self.deleted_button.hide()
        self._typing = QTimer(self, interval=TYPING_MS, singleShot=True)
        self._typing.timeout.connect(self.refresh)
        self.search.textChanged.connect(lambda _: self._typing.start())
        self.search.returnPressed.connect(self._on_search_entered)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[1])
        column.addWidget(self.search)
        column.addWidget(self.empty)
        column.addWidget(self.list, 1)
        column.addWidget(self.deleted_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.set_theme(theme)
        client.connected.connect(self.refresh)
        client.chats_changed.connect(self.refresh)
        if client.is_connected:
            self.refresh()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self.list.theme = self.list.row.theme = theme
        self.list.viewport().update()
        self.deleted_button.setIcon(icon("trash-2", theme, SIZE["icon_small"]))

    def focus_search(self) -> None:
        """Show the search field and put the cursor there."""
        self.search.show()
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def close_search(self) -> bool:
        """Empty and hide the search field. False if it was hidden."""
        if self.search.isHidden():
            return False
        self.search.clear()
        self.search.hide()
        self._typing.stop()
        self.refresh()
        return True

    def show_as_current(self, ident: ConversationId | None) -> None:
        """Mark the conversation that is shown beside the list."""
        self._shown = ident
        self.list.mark(ident)

    def refresh(self) -> None:
        """Read the list again; not under the person's fingers while they rename."""
        if self.list.is_editing:
            self._stale = True
            return
        if self._asked is not None:
            self._asked.drop()
        query = self.search.text().strip()
        self._asked = self._client.request(ChatsList(query=query), self._on_list, lambda _: None)
        if self._asked_deleted is not None:
            self._asked_deleted.drop()
        self._asked_deleted = self._client.request(ChatsDeleted(), self._on_deleted_known, lambda _: None)

    def undo_delete(self) -> None:
        """Bring back the conversation that was deleted last here; asked again, the one before it."""
        if self._undo:
            self._restore(self._undo[-1])

    def show_deleted(self) -> None:
        """Show the deleted conversations, to bring one back or remove it for good."""
        dialog = DeletedChats(self.window(), self._client)
        dialog.restored.connect(self._on_restored)
        dialog.open()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and event.type() == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            if event.key() == Qt.Key.Key_Escape:
                self.close_search()
                self.list.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
            if event.key() == Qt.Key.Key_Down:
                self._select_first()
                self.list.setFocus(Qt.FocusReason.TabFocusReason)
                return True
        return super().eventFilter(watched, event)

    def _on_list(self, conversations: list[Conversation]) -> None:
        self._asked = None
        if self.list.is_editing:
            self._stale = True
            return
        self.heads |= {conversation.id: conversation for conversation in conversations}
        self.model.show(conversations, int(time.time() * 1000))
        query = self.search.text().strip()
        self.empty.setText(f"Nothing found for “{query}”." if query else "Conversations appear here.")
        self.empty.setVisible(not conversations)
        self.list.mark(self._shown)
        self.changed.emit()
        if query and self._shown is not None and self._shown not in self.heads:  # it began while this search was open
            self._client.request(ChatsList(), self._on_heads, lambda _: None)

    def _on_heads(self, conversations: list[Conversation]) -> None:
        self.heads |= {conversation.id: conversation for conversation in conversations}
        self.changed.emit()

    def _on_deleted_known(self, conversations: list[Conversation]) -> None:
        self._asked_deleted = None
        self.deleted_button.setVisible(bool(conversations))

    def _select_first(self) -> None:
        for row in range(self.model.rowCount()):
            if self.model.conversation(self.model.index(row)) is not None:
                self.list.setCurrentIndex(self.model.index(row))
                return

    def _on_search_entered(self) -> None:
        self._select_first()
        conversation = self.model.conversation(self.list.currentIndex())
        if conversation is not None:
            self.opened.emit(conversation.id)

    def _on_editor_closed(self) -> None:
        if self._stale:
            self._stale = False
            QTimer.singleShot(0, self.refresh)  # the view leaves its editing state after this signal

    def _on_renamed(self, ident: ConversationId, title: str) -> None:
        def renamed(head: Conversation) -> None:
            self.heads[ident] = head
            self.refresh()

        self._client.request(ChatRename(conversation=ident, title=title), renamed)

    def _on_delete_wanted(self, conversation: Conversation) -> None:
        def done(_: None) -> None:
            self._undo.append(conversation.id)
            self.deleted.emit(conversation.id)
            self.refresh()
            self._undoable(
                "Conversation deleted",
                "It is kept for 30 days. Ctrl+Z brings it back, too.",
                lambda: self._restore(conversation.id),
            )

        self._client.request(ChatDelete(conversation=conversation.id), done)

    def _restore(self, ident: ConversationId) -> None:
        self._client.request(ChatRestore(conversation=ident), self._on_restored)

    def _on_restored(self, conversation: Conversation) -> None:
        self._undo = [ident for ident in self._undo if ident != conversation.id]
        self.heads[conversation.id] = conversation
        self.refresh()
        self.opened.emit(conversation.id)
