"""Popups leave nothing lit behind, and a choice never makes its page wider than the window."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete, isValid

from app.window.controls.external_apps import confirm
from app.window.controls.popups import pop_up, settle_hover
from app.window.controls.theme import ThemeSource
from app.window.controls.widgets import CHOICE_MOST, Choice, button
from tests.support.hands import press


def test_what_the_pointer_has_left_is_no_longer_lit(qtbot: QtBot) -> None:
    lit = button("Settings")
    qtbot.addWidget(lit)
    lit.show()
    lit.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    QCursor.setPos(lit.mapToGlobal(lit.rect().bottomRight() + QPoint(400, 400)))
    settle_hover()
    assert not lit.underMouse()


def test_what_the_pointer_is_on_stays_lit(qtbot: QtBot) -> None:
    lit = button("Settings")
    qtbot.addWidget(lit)
    lit.show()
    QCursor.setPos(lit.mapToGlobal(lit.rect().center()))
    lit.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    settle_hover()
    assert lit.underMouse()


def test_menu_is_gone_once_somebody_chose(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    menu = QMenu(window)
    chosen: list[str] = []
    menu.addAction("Rename", lambda: chosen.append("Rename"))
    menu.aboutToShow.connect(lambda: press(menu, Qt.Key.Key_Down), Qt.ConnectionType.QueuedConnection)
    menu.aboutToShow.connect(lambda: press(menu, Qt.Key.Key_Return), Qt.ConnectionType.QueuedConnection)
    pop_up(menu, QPoint(10, 10))
    qtbot.waitUntil(lambda: not isValid(menu))
    assert chosen == ["Rename"]


def test_long_name_in_a_choice_does_not_widen_its_page(qtbot: QtBot, themes: ThemeSource) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    choice = Choice("In which folder", themes.theme)
    choice.addItem("A folder whose name is so long that no page could hold it " * 4)
    column.addWidget(choice)
    assert choice.sizeHint().width() <= CHOICE_MOST
    assert page.minimumSizeHint().width() < CHOICE_MOST


def test_question_whose_window_went_meanwhile_counts_as_no(qtbot: QtBot) -> None:
    window = QWidget()
    QTimer.singleShot(50, lambda: delete(window))
    assert not confirm(window, "Delete it for good?", "It cannot be brought back.", "Delete", danger=True)


def test_menu_whose_window_went_meanwhile_is_simply_gone(qtbot: QtBot) -> None:
    window = QWidget()
    window.show()
    menu = QMenu(window)
    menu.addAction("Rename")
    QTimer.singleShot(50, lambda: delete(window))
    pop_up(menu, QPoint(10, 10))
    assert not isValid(menu)
