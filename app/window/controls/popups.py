"""Menus and lists that pop up: with round corners, and no hover left behind when they close."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent, QCursor, QGuiApplication, QPainterPath, QRegion
from PySide6.QtWidgets import QApplication, QListView, QMenu, QWidget
from shiboken6 import isValid
from typing_extensions import override

from app.window.controls.theme import RADIUS


def pop_up(menu: QMenu, where: QPoint) -> None:
    """Show a menu at a point of the screen until the person chose or left, then delete it."""
    make_round(menu)
    menu.exec(where)
    if isValid(menu):  # it goes with a window that was closed meanwhile
        menu.deleteLater()
    settle_hover()


def asked_at(view: QListView, event: QContextMenuEvent) -> tuple[QModelIndex, QPoint]:
    """The row whose menu is wanted, by mouse or by the Menu key, and where on the screen that menu goes."""
    if event.reason() != QContextMenuEvent.Reason.Keyboard:
        return view.indexAt(event.pos()), event.globalPos()
    index = view.currentIndex()
    return index, view.viewport().mapToGlobal(view.visualRect(index).bottomLeft())


def make_round(popup: QWidget) -> None:
    """Let a popup's corners be as round as the style sheet draws them; to be called before it is first shown."""
    popup.setWindowFlag(Qt.WindowType.FramelessWindowHint)
    popup.setWindowFlag(Qt.WindowType.NoDropShadowWindowHint)
    if QGuiApplication.platformName() == "xcb":
        popup.installEventFilter(_Mask(popup))  # without a compositor what is translucent there is black
    else:
        popup.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)


class _Mask(QObject):
    """Cuts a window's corners off."""

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            outline = QPainterPath()
            outline.addRoundedRect(QRectF(watched.rect()), RADIUS["m"], RADIUS["m"])
            watched.setMask(QRegion(outline.toFillPolygon().toPolygon()))
        return False


def settle_hover() -> None:
    """Have what the pointer is no longer over look so.

    What lay under the pointer when a popup or a dialog took it gets no leave event, and stays lit until it is hovered
    again.
    """
    pointer = QCursor.pos()
    for widget in QApplication.allWidgets():
        if widget.underMouse() and not widget.rect().contains(widget.mapFromGlobal(pointer)):
            QApplication.sendEvent(widget, QEvent(QEvent.Type.Leave))
            widget.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
            widget.update()
