"""Paints a file of the index: what it is, what became of it, and what can be done with it."""

from __future__ import annotations

import os

from PySide6.QtCore import QAbstractItemModel, QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QCursor, QFontMetrics, QHelpEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QToolTip
from typing_extensions import override

from app.base.index_values import FileRow
from app.base.values import FileState
from app.window.controls import row_painting
from app.window.controls.icons import file_icon_name, pixmap
from app.window.controls.theme import RADIUS, SIZE, SPACE, Theme, font
from app.window.controls.widgets import tip
from app.window.index.files_model import ACT_WORDS, FIX_WORDS, FIXES, Act, FilesModel, Index, told

ROW_PX = 54
TALL_PX = 72  # with two lines for the reason
_NAME_PX = 20
HOVER_ACTS: tuple[tuple[Act, str], ...] = (
    ("show", "file-text"), ("ask", "message-square"), ("open", "external-link"), ("retry", "refresh-cw"),
)  # fmt: skip
"""The buttons of a row that is pointed at, from left to right, with their icons."""

_ICONS: dict[FileState, tuple[str, str]] = {
    "ready": ("circle-check", "ok"),
    "waiting": ("clock", "text3"),
    "reading": ("loader-circle", "accent"),
    "ignored": ("file", "text3"),
    "offline": ("hard-drive", "text3"),
    "locked": ("lock", "warn"),
}
_CALM: tuple[FileState, ...] = ("empty", "unsupported")  # nothing is wrong with them, so nothing warns


class FileRowPainter(QStyledItemDelegate):
    """Draws rows and knows their buttons. act_wanted(FileRow, Act): one was clicked. tall: two lines for reasons."""

    act_wanted = Signal(object, str)

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self.theme = theme
        self.tall = False

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, TALL_PX if self.tall else ROW_PX)

    @override
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, FilesModel)
        row = model.file(index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = row_painting.ground(painter, self.theme, option)
        if row is not None:
            self._paint_row(painter, option, box, row)
        painter.restore()

    def _paint_row(self, painter: QPainter, option: QStyleOptionViewItem, box: QRect, row: FileRow) -> None:
        calm = (file_icon_name(row.path), "text3")
        name, token = calm if row.state in _CALM else _ICONS.get(row.state, ("triangle-alert", "warn"))
        drawn = pixmap(name, self.theme, SIZE["icon_small"], painter.device().devicePixelRatio(), token)
        painter.drawPixmap(QPoint(box.left() + SPACE[3], box.center().y() - SIZE["icon_small"] // 2), drawn)
        right = box.right() - SPACE[3]
        fix = FIXES.get(row.state)
        if fix is not None:
            button = fix_box(option.rect, fix)
            row_painting.button(painter, self.theme, button, FIX_WORDS[fix])
            right = button.left() - SPACE[3]
        if option.state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_Selected):
            pointed = self._pointed_at(option, row)
            for (act, icon_name), where in zip(HOVER_ACTS, act_boxes(option.rect, row), strict=True):
                self._paint_act(painter, icon_name, where, pointed=act == pointed)
            right = act_boxes(option.rect, row)[0].left() - SPACE[2]
        left = box.left() + SPACE[3] + SIZE["icon_small"] + SPACE[3]
        reason = told(row)
        metrics = QFontMetrics(font("small"))
        if self.tall and metrics.horizontalAdvance(reason) <= right - left:  # one line: both stand in the middle
            top = box.top() + (box.height() - _NAME_PX - metrics.lineSpacing()) // 2
        else:
            top = box.top() + SPACE[1] + 2
        line = QRect(left, top, right - left, _NAME_PX)
        middle = Qt.TextElideMode.ElideMiddle
        row_painting.line(painter, self.theme, line, os.path.basename(row.path), "body", "text", middle)
        rest = QRect(left, line.bottom() + 1, line.width(), box.bottom() - line.bottom() - SPACE[1] - 1)
        row_painting.lines(painter, self.theme, rest, reason, "small", "text2")

    def _paint_act(self, painter: QPainter, icon_name: str, where: QRect, *, pointed: bool) -> None:
        if pointed:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color("track"))
            painter.drawRoundedRect(where, RADIUS["s"] + 2, RADIUS["s"] + 2)
        ratio = painter.device().devicePixelRatio()
        drawn = pixmap(icon_name, self.theme, SIZE["icon_small"], ratio, "text" if pointed else "text2")
        inset = (where.width() - SIZE["icon_small"]) // 2
        painter.drawPixmap(where.topLeft() + QPoint(inset, inset), drawn)

    def _pointed_at(self, option: QStyleOptionViewItem, row: FileRow) -> Act | None:
        view = option.widget
        if not isinstance(view, QAbstractItemView) or not option.state & QStyle.StateFlag.State_MouseOver:
            return None
        return act_at(option.rect, row, view.viewport().mapFromGlobal(QCursor.pos()))

    @override
    def editorEvent(self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index) -> bool:
        if isinstance(event, QMouseEvent) and event.type() in (
            QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonDblClick,
        ):  # fmt: skip
            assert isinstance(model, FilesModel)
            row = model.file(index)
            act = act_at(option.rect, row, event.position().toPoint()) if row is not None else None
            if act is not None:
                if event.type() == QEvent.Type.MouseButtonRelease and event.button() == Qt.MouseButton.LeftButton:
                    self.act_wanted.emit(row, act)
                return True
        return super().editorEvent(event, model, option, index)

    @override
    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        model = index.model()
        row = model.file(index) if isinstance(model, FilesModel) else None
        act = act_at(option.rect, row, event.pos()) if row is not None else None
        if act is not None and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), tip(ACT_WORDS[act]), view)
            return True
        return super().helpEvent(event, view, option, index)


def fix_box(row: QRect, fix: Act) -> QRect:
    """Where a row's remedy is, given the row's rectangle."""
    return row_painting.button_box(row, FIX_WORDS[fix])


def act_boxes(rect: QRect, row: FileRow) -> list[QRect]:
    """Where the buttons of a row that is pointed at are, in the order of HOVER_ACTS."""
    fix = FIXES.get(row.state)
    right = fix_box(rect, fix).left() - SPACE[2] if fix is not None else rect.right() - SPACE[3]
    side = SIZE["icon_button"]
    top = rect.center().y() - side // 2
    first = right - side * len(HOVER_ACTS)
    return [QRect(first + side * place, top, side, side) for place in range(len(HOVER_ACTS))]


def act_at(rect: QRect, row: FileRow, spot: QPoint) -> Act | None:
    """Which of a row's buttons is at a spot."""
    fix = FIXES.get(row.state)
    if fix is not None and fix_box(rect, fix).contains(spot):
        return fix
    boxes = zip(HOVER_ACTS, act_boxes(rect, row), strict=True)
    return next((act for (act, _), where in boxes if where.contains(spot)), None)
