"""The settings menu, apart from what the main window's tests go through."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.window.engine_client import EngineClient
from app.window.shell.settings_menu import SettingsMenu
from tests.support.fake_engine import FakeEngine


def targets(settings: SettingsMenu) -> dict[str, QAction]:
    """The choices of how soon an answer should begin."""
    menu = next(action for action in settings.build().actions() if action.text() == "Answers begin within").menu()
    assert menu is not None
    return {action.text(): action for action in menu.actions()}  # type: ignore[attr-defined]  # stubs: QObject


def test_how_soon_answers_should_begin_is_shown_and_can_be_changed(
    engine: FakeEngine, client: EngineClient, qtbot: QtBot
) -> None:
    engine.chat.first_word_s = 6.0
    parent = QWidget()
    qtbot.addWidget(parent)
    settings = SettingsMenu(client, parent)
    qtbot.waitUntil(lambda: "6 seconds" in targets(settings))
    shown = targets(settings)
    assert [text for text, action in shown.items() if action.isChecked()] == ["6 seconds"]
    shown["15 seconds"].trigger()
    qtbot.waitUntil(lambda: engine.chat.first_word_s == 15.0)
    qtbot.waitUntil(
        lambda: [text for text, action in targets(settings).items() if action.isChecked()] == ["15 seconds"]
    )
