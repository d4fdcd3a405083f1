"""Popups leave nothing lit behind, and a choice never makes its page wider than the window."""

from __future__ import annotations

from typing import Literal

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QColor, QCursor
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog, QMenu, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete, isValid

from app.window.controls.external_apps import confirm
from app.window.controls.popups import pop_up, settle_hover
from app.window.controls.theme import ThemeSource
from app.window.controls.widgets import CHOICE_MOST, Choice, button, tip
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


def _color_at(widget: QWidget, spot: QPoint) -> QColor:
    return widget.grab().toImage().pixelColor(spot)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_line_of_a_choice_that_the_arrow_keys_reached_is_lit(
    themes: ThemeSource, theme: Literal["light", "dark"], qtbot: QtBot
) -> None:
    themes.set_choice(theme)
    choice = Choice("State", themes.theme)
    choice.addItems(["Ready", "Waiting", "Damaged"])
    qtbot.addWidget(choice)
    choice.show()
    choice.showPopup()
    view = choice.view()
    qtbot.waitUntil(view.isVisible)
    view.setCurrentIndex(choice.model().index(1, 0))
    for row, ground in ((1, "hover"), (2, "raised")):
        line = view.visualRect(choice.model().index(row, 0))
        beside_the_letters = QPoint(line.right() - 8, line.center().y())
        assert _color_at(view.viewport(), beside_the_letters) == themes.theme.color(ground)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_buttons_of_the_toolkits_own_file_dialog_look_like_buttons(
    themes: ThemeSource, theme: Literal["light", "dark"], qtbot: QtBot
) -> None:
    themes.set_choice(theme)
    dialog = QFileDialog(None, "Choose a folder to read")
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    qtbot.addWidget(dialog)
    dialog.show()
    box = dialog.findChild(QDialogButtonBox)
    assert box is not None
    cancel = box.button(QDialogButtonBox.StandardButton.Cancel)
    assert _color_at(cancel, QPoint(0, cancel.height() // 2)) == themes.theme.color("line_strong")
    assert cancel.height() >= 30


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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Show or hide the left panel", "Show or hide the left panel"),
        ("<b>bold</b>", "<qt>&lt;b&gt;bold&lt;/b&gt;</qt>"),
        ("A sentence that is too long for one line, so that it is broken.", "<qt>A sentence that is too long"),
        ("", ""),
    ],
)
def test_short_tip_stays_on_one_line_and_none_is_read_as_markup(text: str, shown: str) -> None:
    assert tip(text).startswith(shown)
    assert not tip(text).startswith("<b>")
