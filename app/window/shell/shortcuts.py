"""The keyboard shortcuts, once: what the window binds is what its sheet shows. Pages bring theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QVBoxLayout, QWidget

from app.window.controls.page import Page
from app.window.controls.theme import SPACE
from app.window.controls.widgets import button, label


@dataclass(frozen=True)
class Shortcut:
    """Keys for one thing to do; `keys` are alternatives, the first is shown. name: of the window's action."""

    name: str
    keys: tuple[str, ...]
    text: str


SHORTCUTS = (
    Shortcut("new", ("Ctrl+N",), "New conversation"),
    Shortcut("search", ("Ctrl+K", "Ctrl+F"), "Search conversations"),
    Shortcut("compose", ("Ctrl+L",), "Type a question"),
    Shortcut("attach", ("Ctrl+O",), "Attach files"),
    Shortcut("copy", ("Ctrl+Shift+C",), "Copy the conversation"),
    Shortcut("undo", ("Ctrl+Z",), "Bring back the conversation deleted last"),
    Shortcut("sidebar", ("Ctrl+B",), "Show or hide the left panel"),
    Shortcut("settings", ("Ctrl+,",), "Settings"),
    Shortcut("keys", ("F1", "Ctrl+/"), "This list"),
    Shortcut("back", ("Esc",), "Close what is open, stop an answer"),
    Shortcut("quit", ("Ctrl+Q",), "Quit"),
)
IN_LISTS = (("Enter", "Open a conversation, or mend a file"), ("F2", "Rename a conversation"),
            ("Delete", "Delete a conversation"))  # fmt: skip


def of_page(page: Page) -> Shortcut:
    """The keys that lead to a page."""
    return Shortcut(page.name, (page.shortcut,), page.title)


class ShortcutSheet(QDialog):
    """The list of shortcuts."""

    def __init__(self, parent: QWidget, shortcuts: Sequence[Shortcut]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE[5])
        grid.setVerticalSpacing(SPACE[2])
        rows = [(" or ".join(shown(key) for key in shortcut.keys), shortcut.text) for shortcut in shortcuts]
        for row, (keys, text) in enumerate([*rows, *IN_LISTS]):
            grid.addWidget(label(keys, "strong"), row, 0, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(label(text, "body"), row, 1)
        buttons = QDialogButtonBox()
        close = button("Close", "primary", self.accept)
        buttons.addButton(close, QDialogButtonBox.ButtonRole.AcceptRole)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE[5], SPACE[5], SPACE[5], SPACE[4])
        column.setSpacing(SPACE[4])
        column.addWidget(label("Keyboard shortcuts", "title"))
        column.addLayout(grid)
        column.addWidget(buttons)


def shown(key: str) -> str:
    """Keys as this platform writes them."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
