"""The chat, and the pages that take its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.window.controls.page import Page, PageParts, PageView
from app.window.controls.theme import Theme


class PageStack(QStackedWidget):
    """Shows one of them at a time. said(title, hint, action, act): from a page, as a toast takes it; file_wanted(path,
    as_text) and ask_wanted(path) likewise, see PageView.

    chat: what is shown at first. pages: each is made when it is first wanted, so that the first paint need not wait.
    """

    said = Signal(str, str, str, object)
    file_wanted = Signal(str, bool)
    ask_wanted = Signal(str)

    def __init__(self, chat: QWidget, pages: Sequence[Page], parts: PageParts) -> None:
        super().__init__()
        self._chat = chat
        self._pages = {page.name: page for page in pages}
        self._parts = parts
        self._views: dict[str, PageView] = {}
        self.addWidget(chat)

    @property
    def shown(self) -> str:
        """The name of the page that is shown; "" for the chat."""
        return next((name for name, view in self._views.items() if view is self.currentWidget()), "")

    @property
    def shows_chat(self) -> bool:
        """Whether no page has taken the chat's place."""
        return self.currentWidget() is self._chat

    def view(self, name: str) -> PageView:
        """A page's view; made if it was not wanted before. Raises KeyError if there is no such page."""
        if name not in self._views:
            made = self._pages[name].make(self._parts)
            made.said.connect(self.said)
            made.file_wanted.connect(self.file_wanted)
            made.ask_wanted.connect(self.ask_wanted)
            self.addWidget(made)
            self._views[name] = made
        return self._views[name]

    def show_page(self, name: str, subject: str = "") -> None:
        """Show a page. subject: what of it; see `PageView.arrive`."""
        view = self.view(name)
        self.setCurrentWidget(view)
        view.arrive(subject)

    def show_chat(self) -> None:
        """Show the chat."""
        self.setCurrentWidget(self._chat)

    def go_back(self) -> bool:
        """Close what is open on the page shown; whether there was anything."""
        return any(view.go_back() for view in self._views.values() if view is self.currentWidget())

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._parts = replace(self._parts, theme=theme)
        for view in self._views.values():
            view.set_theme(theme)
