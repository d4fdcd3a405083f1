"""The conversations that were deleted and can still be brought back."""

from __future__ import annotations

import time

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)
from typing_extensions import override

from app.base.calls import ChatErase, ChatRestore, ChatsDeleted
from app.base.foreign_text import harmless_line
from app.base.values import Conversation
from app.base.wording import count
from app.window.chat.conversations_model import Index
from app.window.controls import row_painting
from app.window.controls.dialog import Dialog
from app.window.controls.external_apps import confirm
from app.window.controls.theme import SPACE, theme_now
from app.window.controls.widgets import button, label
from app.window.controls.wording import ago
from app.window.engine_client import EngineClient

KEPT_MS = 30 * 24 * 3600 * 1000
_DAY_MS = 24 * 3600 * 1000
_LIST_PX, _ROW_PX = 220, 52


class _Row(QStyledItemDelegate):
    """Paints a conversation: its title, and below when it was deleted and how long it is kept."""

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, _ROW_PX)

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = theme_now()
        title, told = str(index.data()).split("\n", 1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = row_painting.ground(painter, theme, option).adjusted(SPACE[3], SPACE[1], -SPACE[3], -SPACE[1])
        upper = QRect(box.left(), box.top(), box.width(), box.height() // 2)
        row_painting.line(painter, theme, upper, title, "body", "text")
        row_painting.line(painter, theme, upper.translated(0, upper.height()), told, "caption", "text3")
        painter.restore()


class DeletedChats(Dialog):
    """The list. restored(Conversation): the person has brought one back; the dialog closes itself then."""

    restored = Signal(object)

    def __init__(self, parent: QWidget, client: EngineClient) -> None:
        told = "A deleted conversation is kept for 30 days, then it is removed for good."
        super().__init__(parent, "Recently deleted", told)
        self._client = client
        self.list = QListWidget()
        self.list.setItemDelegate(_Row(self.list))
        self.list.setMouseTracking(True)
        self.list.setAccessibleName("Deleted conversations")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setMinimumHeight(_LIST_PX)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemDoubleClicked.connect(lambda _: self._on_restore())
        self.list.currentRowChanged.connect(lambda _: self._show_state())
        self.nothing = label("Nothing is deleted.", "small")
        self.erase = button("Delete for good", "danger", self._on_erase)
        self.erase.setAutoDefault(False)
        self.close_button = button("Close", "secondary", self.reject)
        self.close_button.setAutoDefault(False)
        self.restore = button("Restore", "primary", self._on_restore)
        self.restore.setDefault(True)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE[2])
        foot.addWidget(self.erase)
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        foot.addWidget(self.restore)
        self.fields.addWidget(self.nothing)
        self.fields.addWidget(self.list, 1)
        self.fields.addSpacing(SPACE[3])
        self.fields.addLayout(foot)
        self._conversations: list[Conversation] | None = None  # not known yet
        self._show_state()
        client.chats_changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        self.hear(self._client.request(ChatsDeleted(), self._on_known, lambda _: None))

    def _on_known(self, conversations: list[Conversation]) -> None:
        if not self._client.is_news(self) or conversations == self._conversations:
            return
        row = max(self.list.currentRow(), 0)
        self._conversations = conversations
        self.list.clear()
        now_ms = int(time.time() * 1000)
        for conversation in conversations:
            self.list.addItem(QListWidgetItem(f"{harmless_line(conversation.title)}\n{_told(conversation, now_ms)}"))
        self.list.setCurrentRow(min(row, len(conversations) - 1))
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_all()

    def _show_state(self) -> None:
        there = self._chosen() is not None
        self.restore.setEnabled(there)
        self.erase.setEnabled(there)
        # The room of the list is kept for it until it is known: a window that grows as it opens is put anywhere.
        self.nothing.setVisible(self._conversations == [])
        self.list.setVisible(self._conversations != [])

    def _show_all(self) -> None:
        self._show_state()
        self.fit()

    def _chosen(self) -> Conversation | None:
        row = self.list.currentRow()
        known = self._conversations or []
        return known[row] if 0 <= row < len(known) else None

    def _on_restore(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self._client.request(ChatRestore(conversation=chosen.id), self._on_restored)

    def _on_restored(self, conversation: Conversation) -> None:
        self.restored.emit(conversation)
        self.accept()

    def _on_erase(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        text = "Its questions, its answers and the texts pasted into it go. This cannot be undone."
        if confirm(self, f"Delete “{chosen.title}” for good?", text, "Delete for good", danger=True):
            self._client.request(ChatErase(conversation=chosen.id), lambda _: self._refresh())


def _told(conversation: Conversation, now_ms: int) -> str:
    """ "Deleted 2 hours ago, kept for 30 more days"."""
    left = max(1, -(-(conversation.deleted_at + KEPT_MS - now_ms) // _DAY_MS))
    return f"Deleted {ago(conversation.deleted_at, now_ms)}, kept for {count(left, 'more day')}"
