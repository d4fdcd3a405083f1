"""The main window in tests: asking in it, and what it shows."""

from __future__ import annotations

from PySide6.QtCore import Qt

from app.window.shell.main_window import MainWindow
from tests.support.hands import press, write


def ask(window: MainWindow, question: str) -> None:
    """Type a question and send it."""
    field = window.chat.composer.field
    write(field, question)
    press(field, Qt.Key.Key_Return)


def shown(window: MainWindow) -> str:
    """All that the conversation says."""
    return window.chat.transcript.copy_conversation()
