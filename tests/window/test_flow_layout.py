"""A row that wraps, in rooms of every size, and in none."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.window.controls.flow_layout import FlowLayout
from app.window.controls.widgets import button


@pytest.mark.parametrize("width", [-40, -1, 0, 1, 30, 200, 5000])
def test_every_widget_has_a_place_however_little_room_there_is(width: int, qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    flow = FlowLayout()
    page.setLayout(flow)
    buttons = [button(f"Choice {number}") for number in range(4)]
    for each in buttons:
        flow.addWidget(each)
    flow.setGeometry(QRect(0, 0, width, 400))
    assert flow.heightForWidth(width) >= buttons[0].sizeHint().height()
    tops = [each.y() for each in buttons]
    assert tops == sorted(tops)
    assert len(set(tops)) == (1 if width == 5000 else 2 if width == 200 else 4)
