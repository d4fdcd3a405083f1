"""A request that outlives the widget which made it speaks to nobody."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.base.calls import GetStatus
from app.base.index_values import Status
from app.window.engine_client import EngineClient
from tests.support.fake_engine import FakeEngine


class Dialog(QWidget):
    """Shows a status once it is known."""

    def __init__(self) -> None:
        super().__init__()
        self.told = QLabel(parent=self)

    def show_status(self, status: Status) -> None:
        self.told.setText(str(status.chunks))


def test_reply_to_a_dialog_that_was_closed_meanwhile_reaches_nothing(
    client: EngineClient, engine: FakeEngine, qtbot: QtBot
) -> None:
    method, closure, heard = Dialog(), Dialog(), Dialog()
    qtbot.addWidget(heard)
    held = [engine.hold(GetStatus) for _ in range(3)]
    client.request(GetStatus(), method.show_status)
    client.request(GetStatus(), lambda status: closure.told.setText(f"{status.chunks} passages"))
    client.request(GetStatus(), heard.show_status)
    for dialog in (method, closure):
        delete(dialog)
    for each in held:
        each.set()
    qtbot.waitUntil(lambda: heard.told.text() == "0")
