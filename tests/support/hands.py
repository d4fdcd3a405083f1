"""Hands for window tests: they press keys and buttons on real widgets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

W = TypeVar("W", bound=QWidget)
D = TypeVar("D", bound=QDialog)
PLAIN = Qt.KeyboardModifier.NoModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


def on_screen(made: W, width: int, height: int, qtbot: QtBot) -> W:
    """A widget of that size, when it can be seen."""
    qtbot.addWidget(made)
    made.resize(width, height)
    with qtbot.waitExposed(made):
        made.show()
    return made


def press(widget: QWidget, key: Qt.Key, modifier: Qt.KeyboardModifier = PLAIN) -> None:
    """Press and release a key with the widget in focus."""
    QTest.keyClick(widget, key, modifier)


def write(widget: QWidget, text: str) -> None:
    """Type a text."""
    QTest.keyClicks(widget, text)


def click(widget: QWidget, where: QPoint | None = None) -> None:
    """Click with the left button, in the middle unless said where."""
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, PLAIN, where or widget.rect().center())


def drop(widget: QWidget, data: QMimeData) -> QWidget:
    """Drag something over a widget and let it go; returns who took it, as Qt finds it: who accepts drops there."""
    target = widget
    while not target.acceptDrops() and (above := target.parentWidget()) is not None:
        target = above
    where = target.mapFrom(widget.window(), widget.mapTo(widget.window(), widget.rect().center()))
    for kind in (QDragEnterEvent, QDropEvent):
        event = kind(where, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, PLAIN)
        QApplication.sendEvent(target, event)
    return target


def tab_through(times: int) -> Iterator[QWidget]:
    """What has the focus after each press of Tab."""
    for _ in range(times):
        focused = QApplication.focusWidget()
        assert focused is not None
        QTest.keyClick(focused, Qt.Key.Key_Tab)
        reached = QApplication.focusWidget()
        assert reached is not None
        yield reached


def walk(window: QWidget, key: Qt.Key, steps: int) -> list[str]:
    """Press a key again and again; returns the name of what has the window's focus after each time."""
    names = []
    for _ in range(steps):
        focused = window.focusWidget()
        assert focused is not None
        press(focused, key)
        reached = window.focusWidget()
        assert reached is not None
        names.append(reached.accessibleName())
    return names


@contextmanager
def opened(make: Callable[[QWidget], D], qtbot: QtBot) -> Iterator[D]:
    """A dialog over an empty window, as long as the block lasts."""
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    made = make(window)
    made.open()
    qtbot.waitUntil(made.isVisible)
    yield made
    window.close()
