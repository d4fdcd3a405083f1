"""The rows of the conversation list: how they are drawn, renamed in place, and what keys and clicks on them mean."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)
from typing_extensions import override

from app.base.values import ConversationId
from app.window.chat.conversations_model import TITLE_LENGTH, ConversationsModel, Index
from app.window.controls.icons import icon, pixmap
from app.window.controls.popups import asked_at, pop_up
from app.window.controls.theme import RADIUS, SIZE, SPACE, Theme, font

ROW_PX, HEAD_PX = 34, 34
_PASSING = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)


class ConversationRow(QStyledItemDelegate):
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
        editor.setProperty("kind", "row")
        editor.setMaxLength(TITLE_LENGTH)
        editor.setAccessibleName("Name of the conversation")
        return editor

    @override
    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        """In the row's middle: a field is taller than a row, and would hang out of it below."""
        row: QRect = option.rect
        place = row.adjusted(SPACE[1], 1, -SPACE[1], -1)
        editor.setFixedHeight(place.height())
        editor.setGeometry(place)

    @override
    def setEditorData(self, editor: QWidget, index: Index) -> None:
        assert isinstance(editor, QLineEdit)
        editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))
        editor.selectAll()

    @override
    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        assert isinstance(editor, QLineEdit)
        model.setData(index, editor.text())


class ConversationList(QListView):
    """The list itself. Enter opens, Delete deletes, F2 or a double click renames.

    The marked row is that of the conversation which is shown (`mark`); keys may move the mark away as long as the list
    has the focus, nothing else does.
    """

    opened = Signal(object)
    delete_wanted = Signal(object)

    def __init__(self, model: ConversationsModel, theme: Theme) -> None:
        super().__init__()
        self._model = model
        self._shown: ConversationId | None = None
        self.theme = theme
        self.setModel(model)
        self.row = ConversationRow(theme, self)
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

    def mark(self, shown: ConversationId | None) -> None:
        """Mark the row of the conversation that is shown, unless keys have just moved the mark to another."""
        moved = self.hasFocus() and self.currentIndex().isValid() and shown == self._shown
        self._shown = shown
        if not moved:
            self._mark()

    def _mark(self) -> None:
        index = self._model.index_of(self._shown)
        if not index.isValid():
            self.clearSelection()
        self.setCurrentIndex(index)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)  # other buttons open a menu or do nothing: neither chooses a row

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if not self.is_editing:
            self._mark()  # pressed here and let go elsewhere: nothing was opened

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in _PASSING and not self.is_editing:
            self._mark()

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
        index, where = asked_at(self, event)
        conversation = self._model.conversation(index)
        if conversation is None:
            return
        menu = QMenu(self)
        menu.addAction(icon("pencil", self.theme), "Rename\tF2", lambda: self.edit(index))
        menu.addAction(icon("trash-2", self.theme), "Delete\tDel", lambda: self.delete_wanted.emit(conversation))
        pop_up(menu, where)

    def _on_clicked(self, index: QModelIndex) -> None:
        conversation = self._model.conversation(index)
        if conversation is not None:
            self.opened.emit(conversation.id)
