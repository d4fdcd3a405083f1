"""The conversations as rows, grouped by age."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from typing_extensions import override

from app.base.foreign_text import harmless, harmless_line
from app.base.values import Conversation, ConversationId
from app.window.controls.widgets import tip
from app.window.controls.wording import age

TITLE_LENGTH = 200
Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class ConversationsModel(QAbstractListModel):
    """Rows: a group's name, or a conversation. Editing a row's text says `renamed`."""

    renamed = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[str | Conversation] = []
        self._running: set[ConversationId] = set()

    def show(self, conversations: list[Conversation], now_ms: int) -> None:
        """Replace all rows. conversations: last used first."""
        rows: list[str | Conversation] = []
        group = ""
        for conversation in conversations:
            if (mine := age(conversation.updated_at, now_ms)) != group:
                group = mine
                rows.append(group)
            rows.append(conversation)
        if rows != self._rows:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    def set_running(self, running: set[ConversationId]) -> None:
        """Mark the conversations in which an answer is under way."""
        if running != self._running and self._rows:
            self._running = running
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def conversation(self, index: Index) -> Conversation | None:
        """The conversation of a row; None for a group's name or no row."""
        row = self._rows[index.row()] if index.isValid() else ""
        return row if isinstance(row, Conversation) else None

    def is_running(self, index: Index) -> bool:
        """Whether an answer is under way in a row's conversation."""
        conversation = self.conversation(index)
        return conversation is not None and conversation.id in self._running

    def index_of(self, ident: ConversationId | None) -> QModelIndex:
        """The row of a conversation; an invalid index if it is not listed."""
        for number, row in enumerate(self._rows):
            if isinstance(row, Conversation) and row.id == ident:
                return self.index(number)
        return QModelIndex()

    @override
    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        if isinstance(row, str):
            return row if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole) else None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return harmless(row.title) + (", being answered" if row.id in self._running else "")
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return harmless_line(row.title)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(row.title)
        return None

    @override
    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        conversation = self.conversation(index)
        title = " ".join(str(value).split())[:TITLE_LENGTH]
        if conversation is None or not title or title in (conversation.title, harmless_line(conversation.title)):
            return False
        self.renamed.emit(conversation.id, title)
        return True

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.conversation(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable
