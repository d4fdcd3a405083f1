"""The left panel: beside the rest in a wide window, over it in a narrow one, as wide as the person drew it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QByteArray, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFrame, QSplitterHandle, QWidget
from pytestqt.qtbot import QtBot

from app.window.controls.theme import SIZE, ThemeSource
from app.window.shell.side_panel import LEAST_PX, LEFT_OPEN_PX, MOST_PX, NARROW_PX, SidePanel
from tests.support.hands import PLAIN, click


class Rooms:
    """A side panel of two plain widgets in a window of its own."""

    def __init__(self, themes: ThemeSource) -> None:
        self.panel, self.rest = QFrame(), QWidget()
        self.side = SidePanel(self.panel, self.rest, themes.theme)


@pytest.fixture
def rooms(themes: ThemeSource, qtbot: QtBot) -> Rooms:
    made = Rooms(themes)
    qtbot.addWidget(made.side)
    made.side.resize(1200, 700)
    made.side.show()
    qtbot.waitExposed(made.side)
    return made


def test_panel_over_a_narrow_window_takes_no_room_from_the_rest(rooms: Rooms, qtbot: QtBot) -> None:
    rooms.side.resize(600, 700)
    qtbot.waitUntil(lambda: rooms.side.lies_over and not rooms.side.is_shown)
    whole = rooms.rest.width()
    rooms.side.toggle()
    assert rooms.side.is_shown
    assert rooms.rest.width() == whole == 600
    assert rooms.panel.geometry().left() == 0


@pytest.mark.parametrize("width", [240, 320, 420, NARROW_PX - 1])
def test_something_of_the_rest_stays_to_click_beside_an_open_panel(rooms: Rooms, width: int, qtbot: QtBot) -> None:
    rooms.side.resize(width, 700)
    qtbot.waitUntil(lambda: rooms.side.lies_over)
    rooms.side.toggle()
    assert rooms.panel.width() <= max(LEAST_PX, width - LEFT_OPEN_PX)
    below = rooms.side.childAt(width - 10, 300)
    assert below is not None
    click(below)
    assert not rooms.side.is_shown


def test_panel_comes_back_when_the_window_is_wide_again_unless_it_was_put_away(rooms: Rooms, qtbot: QtBot) -> None:
    rooms.side.resize(600, 700)
    qtbot.waitUntil(lambda: not rooms.side.is_shown)
    rooms.side.resize(1200, 700)
    qtbot.waitUntil(lambda: rooms.side.is_shown)
    rooms.side.toggle()
    rooms.side.resize(600, 700)
    rooms.side.resize(1200, 700)
    qtbot.waitUntil(lambda: not rooms.side.lies_over)
    assert not rooms.side.is_shown


def test_width_is_kept_for_the_next_start(rooms: Rooms, themes: ThemeSource, qtbot: QtBot) -> None:
    rooms.side.restore_state(QByteArray(b"333"))
    qtbot.waitUntil(lambda: rooms.panel.width() == 333)
    assert rooms.side.state() == QByteArray(b"333")
    rooms.side.resize(600, 700)
    qtbot.waitUntil(lambda: rooms.side.lies_over)
    assert rooms.side.state() == QByteArray(b"333")
    rooms.side.resize(1200, 700)
    qtbot.waitUntil(lambda: rooms.panel.width() == 333)


@pytest.mark.parametrize(("width", "rest"), [(660, 450), (920, 700)])
def test_panel_has_its_width_again_once_the_rest_leaves_it_room(
    rooms: Rooms, width: int, rest: int, qtbot: QtBot
) -> None:
    rooms.side.restore_state(QByteArray(b"333"))
    rooms.rest.setMinimumWidth(rest)  # as a page beside a conversation has
    rooms.side.resize(width, 700)
    qtbot.waitUntil(lambda: rooms.panel.width() < 333 or rooms.side.lies_over)
    rooms.side.resize(1200, 700)
    qtbot.waitUntil(lambda: rooms.panel.width() == 333)
    assert rooms.side.state() == QByteArray(b"333")


def test_width_that_a_person_draws_is_kept(rooms: Rooms, qtbot: QtBot) -> None:
    handle = rooms.side.findChildren(QSplitterHandle)[1]
    middle = handle.rect().center()
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, PLAIN, middle)
    QTest.mouseMove(handle, middle + QPoint(60, 0))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, PLAIN, handle.rect().center())
    drawn = rooms.panel.width()
    assert LEAST_PX < drawn != SIZE["sidebar"]
    rooms.side.resize(600, 700)
    qtbot.waitUntil(lambda: rooms.side.lies_over)
    rooms.side.resize(1200, 700)
    qtbot.waitUntil(lambda: rooms.panel.width() == drawn)
    assert rooms.side.state() == QByteArray(str(drawn).encode("ascii"))


@pytest.mark.parametrize("kept", [b"", b"nonsense", b"9" * 5000, b"-5"])
def test_nonsense_of_an_earlier_start_is_no_width(rooms: Rooms, kept: bytes) -> None:
    rooms.side.restore_state(QByteArray(kept))
    assert LEAST_PX <= rooms.panel.width() <= MOST_PX
