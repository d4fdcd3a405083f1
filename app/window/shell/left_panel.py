"""The left panel: the mark, search, conversations, folders, and the way to the settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout
from typing_extensions import override

from app.window.chat.conversations import ConversationsPanel, Undoable
from app.window.controls.folder_actions import FolderActions
from app.window.controls.icons import icon, logo
from app.window.controls.page import Page
from app.window.controls.theme import SIZE, SPACE, Theme
from app.window.controls.widgets import IconButton, button, label
from app.window.engine_client import EngineClient
from app.window.index.folders_panel import FoldersPanel


class LeftPanel(QFrame):
    """The panel. Its signals say what the person wants; page_wanted names a page. pages: each has a button."""

    new_wanted = Signal()
    page_wanted = Signal(str)
    settings_wanted = Signal()
    look_wanted = Signal()

    def __init__(
        self,
        client: EngineClient,
        actions: FolderActions,
        theme: Theme,
        undoable: Undoable,
        pages: Sequence[Page],
    ) -> None:
        super().__init__()
        self.setProperty("kind", "panel")
        self._logo = QLabel()
        self._search = self._icon_button("search", "Search conversations", theme, self._on_search)
        self.new = button("New conversation", "secondary", self.new_wanted.emit)
        self.new.setIconSize(QSize(SIZE["icon_small"], SIZE["icon_small"]))
        self.conversations = ConversationsPanel(client, theme, undoable)
        self.folders = FoldersPanel(client, actions, theme)
        self.settings_button = self._icon_button("settings", "Settings", theme, self.settings_wanted.emit)
        self.page_buttons = {
            page.name: self._icon_button(page.icon, page.title, theme, partial(self.page_wanted.emit, page.name))
            for page in pages
        }
        for page_button in self.page_buttons.values():
            page_button.setCheckable(True)
        self._look = self._icon_button("moon", "", theme, self.look_wanted.emit)
        head = QHBoxLayout()
        head.setContentsMargins(SPACE[2], 0, 0, 0)
        head.setSpacing(SPACE[2] + 2)
        head.addWidget(self._logo)
        head.addWidget(label("Familiar", "strong"), 1)
        head.addWidget(self._search)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE[1])
        foot.addWidget(self.settings_button)
        for page_button in self.page_buttons.values():
            foot.addWidget(page_button)
        foot.addStretch(1)
        foot.addWidget(self._look)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE[2] + 2, SPACE[3], SPACE[2] + 2, SPACE[2])
        column.setSpacing(SPACE[2])
        column.addLayout(head)
        column.addWidget(self.new)
        column.addWidget(self.conversations, 1)
        column.addWidget(self.folders)
        column.addLayout(foot)
        self.set_theme(theme)

    def show_page(self, name: str) -> None:
        """Mark the button of the page that is shown; "" for none."""
        for each, page_button in self.page_buttons.items():
            page_button.setChecked(each == name)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        large = SIZE["logo"] + SPACE[1]
        self._logo.setPixmap(logo(theme, large).pixmap(QSize(large, large), self.devicePixelRatioF()))
        self.new.setIcon(icon("plus", theme, SIZE["icon_small"], "text"))
        self._look.set_icon("sun" if theme.dark else "moon")
        self._look.set_name("Use light colours" if theme.dark else "Use dark colours")
        for part in (self._search, self.conversations, self.folders, self.settings_button, self._look):
            part.set_theme(theme)
        for page_button in self.page_buttons.values():
            page_button.set_theme(theme)

    @override
    def sizeHint(self) -> QSize:
        return QSize(SIZE["sidebar"], super().sizeHint().height())

    def _icon_button(self, name: str, said: str, theme: Theme, act: Callable[[], object]) -> IconButton:
        made = IconButton(name, said, theme)
        made.clicked.connect(act)
        return made

    def _on_search(self) -> None:
        if not self.conversations.close_search():
            self.conversations.focus_search()
