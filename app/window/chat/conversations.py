"""The list of conversations: grouped by age, searched, renamed in place, deleted with a way back."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QObject,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QFont, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.base.calls import ChatDelete, ChatRename, ChatRestore, ChatsList
from app.base.values import Conversation, ConversationId
from app.window.chat.conversations_model import TITLE_LENGTH, ConversationsModel, Index
from app.window.controls.icons import icon, pixmap
from app.window.controls.theme import RADIUS, SIZE, SPACE, Theme, font
from app.window.controls.widgets import label
from app.window.engine_client import EngineClient
from app.window.pending_request import PendingRequest

TYPING_MS = 180
ROW_PX, HEAD_PX = 34, 34
Undoable = Callable[[str, Callable[[], None]], None]


class _Row(QStyledItemDelegate):
    """Paints a row and edits its title in place."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self.theme = theme

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        selectable = bool(index.flags() & Qt.ItemFlag.ItemIsSelectable)
        return QSize(0, ROW_PX if selectable else HEAD_PX)

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, ConversationsModel)
        painter.save()
        box: QRect = option.rect
        if model.conversation(index) is None:
            face = QFont(font("caption"))
            face.setWeight(font("strong").weight())
            painter.setFont(face)
            painter.setPen(self.theme.color("text3"))
            inside = box.adjusted(SPACE[2] + 2, 0, 0, -SPACE[1])
            painter.drawText(inside, Qt.AlignmentFlag.AlignBottom, str(index.data()).upper())
        else:
            self._paint_conversation(painter, option, box, index, model)
        painter.restore()

    def _paint_conversation(
        self, painter: QPainter, option: QStyleOptionViewItem, box: QRect, index: Index, model: ConversationsModel
    ) -> None:
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        box = box.adjusted(0, 1, 0, -1)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(self.theme.color("hover"))
            painter.drawRoundedRect(box, RADIUS["s"] + 2, RADIUS["s"] + 2)
        if state & QStyle.StateFlag.State_HasFocus and state & QStyle.StateFlag.State_KeyboardFocusChange:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(self.theme.color("focus"))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), RADIUS["s"] + 1, RADIUS["s"] + 1)
        ratio = painter.device().devicePixelRatio()
        small = SIZE["icon_small"]
        name, token = ("loader-circle", "accent") if model.is_running(index) else ("message-square", "text2")
        drawn = pixmap(name, self.theme, small, ratio, token)
        painter.drawPixmap(QPoint(box.left() + SPACE[2] + 2, box.center().y() - small // 2 + 1), drawn)
        face = font("strong" if chosen else "body")
        painter.setFont(face)
        painter.setPen(self.theme.color("text"))
        inside = box.adjusted(SPACE[2] + 2 + small + SPACE[2] + 2, 0, -SPACE[2], 0)
        shown = QFontMetrics(face).elidedText(str(index.data()), Qt.TextElideMode.ElideRight, inside.width())
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter, shown)

    @override
    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setMaxLength(TITLE_LENGTH)
        editor.setAccessibleName("Name of the conversation")
        return editor

    @override
    def setEditorData(self, editor: QWidget, index: Index) -> None:
        assert isinstance(editor, QLineEdit)
        editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))
        editor.selectAll()

    @override
    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        assert isinstance(editor, QLineEdit)
        model.setData(index, editor.text())


class _List(QListView):
    """The list itself. Enter opens, Delete deletes, F2 or a double click renames."""

    opened = Signal(object)
    delete_wanted = Signal(object)

    def __init__(self, model: ConversationsModel, theme: Theme) -> None:
        super().__init__()
        self._model = model
        self.theme = theme
        self.setModel(model)
        self.row = _Row(theme, self)
        self.setItemDelegate(self.row)
        self.setAccessibleName("Conversations")
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.DoubleClicked)
        self.clicked.connect(self._on_clicked)

    @property
    def is_editing(self) -> bool:
        """Whether a title is being edited."""
        return self.state() == QAbstractItemView.State.EditingState

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        conversation = self._model.conversation(index)
        if conversation is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self.is_editing:
            self.opened.emit(conversation.id)
        elif conversation is not None and event.key() == Qt.Key.Key_Delete:
            self.delete_wanted.emit(conversation)
        else:
            super().keyPressEvent(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if keyboard else self.indexAt(event.pos())
        conversation = self._model.conversation(index)
        if conversation is None:
            return
        menu = QMenu(self)
        menu.addAction(icon("pencil", self.theme), "Rename\tF2", lambda: self.edit(index))
        menu.addAction(icon("trash-2", self.theme), "Delete\tDel", lambda: self.delete_wanted.emit(conversation))
        where = self.viewport().mapToGlobal(self.visualRect(index).bottomLeft()) if keyboard else event.globalPos()
        menu.exec(where)
        menu.deleteLater()

    def _on_clicked(self, index: QModelIndex) -> None:
        conversation = self._model.conversation(index)
        if conversation is not None:
            self.opened.emit(conversation.id)


class ConversationsPanel(QWidget):
    """Search field and list, kept true to the engine.

    opened(ConversationId): the person chose one. deleted(ConversationId): it is gone from the list.
    changed(): the list, or a title in it.
    undoable: shows a sentence with an Undo button.
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
        self.heads: dict[ConversationId, Conversation] = {}
        self.model = ConversationsModel(self)
        self.model.renamed.connect(self._on_renamed)
        self.list = _List(self.model, theme)
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
        client.connected.connect(self.refresh)
        client.chats_changed.connect(self.refresh)
        if client.is_connected:
            self.refresh()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self.list.theme = self.list.row.theme = theme
        self.list.viewport().update()

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
        self._mark()

    def refresh(self) -> None:
        """Read the list again; not under the person's fingers while they rename."""
        if self.list.is_editing:
            self._stale = True
            return
        if self._asked is not None:
            self._asked.drop()
        query = self.search.text().strip()
        self._asked = self._client.request(ChatsList(query=query), self._on_list, lambda _: None)

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
        self.heads = {conversation.id: conversation for conversation in conversations}
        self.model.show(conversations, int(time.time() * 1000))
        query = self.search.text().strip()
        self.empty.setText(f"Nothing found for “{query}”." if query else "Conversations appear here.")
        self.empty.setVisible(not conversations)
        self._mark()
        self.changed.emit()

    def _mark(self) -> None:
        index = self.model.index_of(self._shown)
        if index.isValid():
            self.list.setCurrentIndex(index)
        else:
            self.list.clearSelection()
            self.list.setCurrentIndex(QModelIndex())

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
        self._client.request(ChatRename(conversation=ident, title=title), lambda _: self.refresh())

    def _on_delete_wanted(self, conversation: Conversation) -> None:
        def done(_: None) -> None:
            self.deleted.emit(conversation.id)
            self.refresh()
            self._undoable("Conversation deleted", restore)

        def restore() -> None:
            self._client.request(ChatRestore(conversation=conversation.id), restored)

        def restored(_: Conversation) -> None:
            self.refresh()
            self.opened.emit(conversation.id)

        self._client.request(ChatDelete(conversation=conversation.id), done)
