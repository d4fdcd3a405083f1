"""The sidebar: one conversation in a slim window at the screen's edge, about files that came from the file manager."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMainWindow, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.wording import count
from app.window.chat.attached_files import AttachedFile
from app.window.chat.chat_view import ChatView
from app.window.controls.external_apps import open_link
from app.window.controls.folder_actions import FolderActions
from app.window.controls.icons import app_icon, file_icon_name, logo
from app.window.controls.theme import SIZE, SPACE, Theme
from app.window.controls.widgets import ElidedLabel, IconButton, IconLabel, label, set_tip
from app.window.controls.wording import folder_name, size
from app.window.shell.notices import Banner, Toast
from app.window.shell.window_parts import WindowParts

CARDS = 3
TALLEST = 920
LEAST_SIZE = QSize(320, 420)


class FileCard(QFrame):
    """A file that the conversation is about: it can be opened, and taken off until it was asked about."""

    opened = Signal(str)
    removed = Signal(str)

    def __init__(self, file: AttachedFile, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "sunken")
        set_tip(self, "\n".join(part for part in (file.path, file.trouble) if part))
        weight = size(file.size_bytes) if file.size_bytes else ""
        place = "Kept with this conversation" if file.pasted else folder_name(os.path.dirname(file.path))
        told = file.trouble or " · ".join(filter(None, ["" if file.pasted else weight, place]))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(ElidedLabel(file.name, "body"))
        words.addWidget(ElidedLabel(told, "caption", Qt.TextElideMode.ElideRight))
        line = QHBoxLayout(self)
        line.setContentsMargins(SPACE[3], SPACE[2] - 2, SPACE[2], SPACE[2] - 2)
        line.setSpacing(SPACE[3])
        mark, color = ("triangle-alert", "warn") if file.trouble else (file_icon_name(file.path), "")
        line.addWidget(IconLabel(mark, theme, size=SIZE["icon_small"], color=color))
        line.addLayout(words, 1)
        if file.path:
            see = IconButton("external-link", f"Open {file.name}", theme, size=SIZE["icon_small"])
            see.clicked.connect(lambda: self.opened.emit(file.path))
            line.addWidget(see)
        if file.waiting and file.path:
            remove = IconButton("x", f"Do not ask about {file.name}", theme, size=SIZE["icon_small"])
            remove.clicked.connect(lambda: self.removed.emit(file.path))
            line.addWidget(remove)


class Sidebar(QMainWindow):
    """The slim window. main_wanted(ConversationId | None, Citation | None): go on in the main window.

    page_wanted(str): show a page there.
    """

    main_wanted = Signal(object, object)
    page_wanted = Signal(str)
    quit_wanted = Signal()

    def __init__(self, parts: WindowParts) -> None:
        super().__init__()
        client, turns, themes, state, pages = parts.client, parts.turns, parts.themes, parts.state, parts.pages
        self._client = client
        self._state = state
        self._theme: Theme = themes.theme
        self.setWindowTitle("Ask Familiar")
        self.setWindowIcon(app_icon())
        self.setMinimumSize(LEAST_SIZE)
        self.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint)
        actions = FolderActions(client, self)
        self.chat = ChatView(client, turns, actions, self._theme, column=0, margin=SPACE[4], slim=True)
        self._cards = QVBoxLayout()
        self._cards.setSpacing(SPACE[1])
        self._cards.setContentsMargins(SPACE[4], 0, SPACE[4], 0)
        self.banner = Banner(self._theme, "Try now", client.retry)
        page = QWidget()
        page.setProperty("kind", "page")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[2])
        column.addLayout(self._build_head())
        column.addWidget(self.banner)
        column.addLayout(self._cards)
        column.addWidget(self.chat, 1)
        self.setCentralWidget(page)
        self.toast = Toast(page, self._theme, clear=self.chat.composer)
        themes.changed.connect(self._on_theme_changed)
        client.connected.connect(self.banner.hide)
        client.lost.connect(lambda title, hint, mending: self.banner.say(title, hint, busy=mending))
        client.trouble.connect(self._say)
        self.chat.said.connect(self._say)
        actions.said.connect(self._say)
        self.chat.files_changed.connect(self._show_files)
        self.chat.citation_activated.connect(lambda cited: self.main_wanted.emit(self.chat.conversation, cited))
        self.chat.link_opened.connect(self._on_link_opened)
        self.chat.models_wanted.connect(lambda: self.page_wanted.emit("models"))
        for keys, act in (
            ("Ctrl+N", self.chat.start_new),
            ("Ctrl+L", self.chat.composer.focus_text),
            ("Ctrl+O", self.chat.choose_and_attach),
            ("Ctrl+Q", self.quit_wanted.emit),
            ("Esc", self._back),
            *((page.shortcut, partial(self.page_wanted.emit, page.name)) for page in pages),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(act)
        if not self.restoreGeometry(state.recall("sidebar")):
            self._place()
        self._show_files()

    def ask_about(self, paths: Sequence[str]) -> None:
        """Begin a conversation about these files, or add them to one that has not begun."""
        if not self.chat.is_new:
            self.chat.start_new()
        self.chat.attach(paths)

    def raise_and_activate(self) -> None:
        """Bring the window before the person's eyes."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()
        self.chat.composer.focus_text()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self._state.keep("sidebar", self.saveGeometry())
        super().closeEvent(event)

    def _build_head(self) -> QHBoxLayout:
        self._logo = QLabel()
        self._fresh = IconButton("plus", "New conversation", self._theme)
        self._fresh.clicked.connect(self.chat.start_new)
        self._main = IconButton("external-link", "Open in the main window", self._theme)
        self._main.clicked.connect(lambda: self.main_wanted.emit(self.chat.conversation, None))
        self._close = IconButton("x", "Close the sidebar", self._theme)
        self._close.clicked.connect(self.close)
        self._show_logo()
        head = QHBoxLayout()
        head.setContentsMargins(SPACE[4] + SPACE[1], SPACE[3], SPACE[3], 0)
        head.setSpacing(SPACE[2])
        head.addWidget(self._logo)
        head.addWidget(label("Ask Familiar", "strong"), 1)
        head.addWidget(self._fresh)
        head.addWidget(self._main)
        head.addWidget(self._close)
        return head

    def _show_logo(self) -> None:
        width = SIZE["logo"]
        self._logo.setPixmap(logo(self._theme, width).pixmap(QSize(width, width), self.devicePixelRatioF()))

    def _place(self) -> None:
        """At the right edge of the screen, as tall as fits."""
        room = QGuiApplication.primaryScreen().availableGeometry()
        width, height = min(SIZE["slim"], room.width()), min(TALLEST, room.height())
        self.setGeometry(room.right() - width + 1, room.top() + (room.height() - height) // 2, width, height)

    def _show_files(self) -> None:
        while (item := self._cards.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        files = self.chat.attached
        for file in files[:CARDS]:
            card = FileCard(file, self._theme)
            card.opened.connect(self.chat.open_file)
            card.removed.connect(self.chat.detach)
            self._cards.addWidget(card)
        if len(files) > CARDS:
            more = label(f"and {count(len(files) - CARDS, 'more file', 'more files')}", "caption")
            set_tip(more, " · ".join(file.name for file in files[CARDS:]))
            self._cards.addWidget(more)

    def _say(self, title: str, hint: str = "", action: str = "", act: object = None) -> None:
        self.toast.say(title, hint, action, act if callable(act) else None)

    def _on_theme_changed(self, theme: Theme) -> None:
        self._theme = theme
        self._show_logo()
        for part in (self._fresh, self._main, self._close, self.chat, self.banner, self.toast):
            part.set_theme(theme)
        self._show_files()

    def _on_link_opened(self, address: str) -> None:
        reason = open_link(self, address)
        if reason:
            self._say(reason)

    def _back(self) -> None:
        if self.chat.is_busy:
            self.chat.stop()
        elif not self.toast.isHidden():
            self.toast.hide()
        else:
            self.close()
