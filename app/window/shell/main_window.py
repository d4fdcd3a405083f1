"""The main window: conversations and folders on the left, the chat or another page, a cited page on the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.base.calls import Preferences
from app.base.foreign_text import harmless_line
from app.base.models import Download
from app.base.values import ConversationId
from app.window.chat.chat_view import ChatView
from app.window.chat.running_turns import RunningTurns
from app.window.controls.folder_actions import FolderActions
from app.window.controls.icons import app_icon
from app.window.controls.model_choice import remote_host, used_model
from app.window.controls.page import Page, PageParts
from app.window.controls.popups import pop_up
from app.window.controls.theme import SIZE, SPACE, Theme, ThemeSource
from app.window.engine_client import EngineClient
from app.window.shell.left_panel import LeftPanel
from app.window.shell.notices import Banner, Toast
from app.window.shell.page_stack import PageStack
from app.window.shell.settings_menu import SettingsMenu
from app.window.shell.shortcuts import SHORTCUTS, ShortcutSheet, of_page
from app.window.shell.side_panel import SidePanel
from app.window.shell.title_bar import PageBar, TitleBar
from app.window.shell.window_parts import WindowParts
from app.window.source.cited_page import CitedPage

if TYPE_CHECKING:
    from app.window.shell.first_run import FirstRun

FIRST_SIZE = QSize(1280, 820)
LEAST_SIZE = QSize(420, 420)
NEW_TITLE = "New conversation"


class MainWindow(QMainWindow):
    """The window. quit_wanted: end the whole application. closed: this window went."""

    quit_wanted = Signal()
    closed = Signal()

    def __init__(self, parts: WindowParts) -> None:
        super().__init__()
        client, turns, themes, state, pages = parts.client, parts.turns, parts.themes, parts.state, parts.pages
        self._client = client
        self._state = state
        self._theme: Theme = themes.theme
        self.sheet: ShortcutSheet | None = None
        self._first_run: FirstRun | None = None
        self.setWindowTitle("Familiar")
        self.setWindowIcon(app_icon())
        self.setMinimumSize(LEAST_SIZE)
        self.folder_actions = FolderActions(client, self)
        self.settings = SettingsMenu(client, self)
        self._build(client, turns, pages)
        self.toast = Toast(self.whole, self._theme, clear=self.chat.composer)
        self._connect(client, turns, themes)
        self._shortcuts = (*SHORTCUTS, *map(of_page, pages))
        self._bind(pages)
        if not self.restoreGeometry(state.recall("main")):
            self.resize(FIRST_SIZE.boundedTo(QGuiApplication.primaryScreen().availableSize()))
        for beside in (self.cited, self.beside):
            beside.restore_state(state.recall("preview"))
        self._usual.restore_state(state.recall("panel"))
        self._show_promise()
        self.show_first_run(state.preferences().first_run)
        self._show_conversation(None)

    # ---- what can be asked of it

    def say(self, title: str, hint: str = "", action: str = "", act: object = None) -> None:
        """Show a sentence that goes by itself, with at most one thing to do."""
        self.toast.say(title, hint, action, act if callable(act) else None)

    def open_conversation(self, conversation: ConversationId | None) -> None:
        """Show a conversation, or a new one."""
        self.pages.show_chat()
        self._usual.put_away()
        if conversation is None:
            self.chat.start_new()
        else:
            self.chat.open(conversation)

    def show_page(self, name: str, subject: str = "") -> None:
        """Show a page. subject: what of it, a folder of the index or the name of a model."""
        self.whole.setCurrentWidget(self._usual)
        self.pages.show_page(name, subject)

    def show_models(self) -> None:
        """Show the page of chat models."""
        self.show_page("models")

    def show_first_run(self, wanted: bool) -> None:
        """Show the set-up instead of everything else, or take it away."""
        self.whole.setCurrentWidget(self.first_run if wanted else self._usual)
        if not wanted:
            self.chat.composer.focus_text()

    def raise_and_activate(self) -> None:
        """Bring the window before the person's eyes."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()

    # ---- its parts

    @property
    def first_run(self) -> FirstRun:
        """The set-up, made when it is first wanted."""
        if self._first_run is None:
            from app.window.shell.first_run import FirstRun

            self._first_run = FirstRun(self._client, self._theme)
            self._first_run.finished.connect(lambda: self.show_first_run(False))
            self.whole.addWidget(self._first_run)
        return self._first_run

    def _build(self, client: EngineClient, turns: RunningTurns, pages: Sequence[Page]) -> None:
        theme = self._theme
        self.left = LeftPanel(client, self.folder_actions, theme, self._say_undoable, pages)
        self.chat = ChatView(client, turns, self.folder_actions, theme, column=SIZE["column"], margin=SPACE[4])
        self.cited = CitedPage(client, theme, self._build_chat_page())
        self.pages = PageStack(self.cited.splitter, pages, PageParts(client, self.folder_actions, theme))
        self.page_bar = PageBar(theme)
        self.page_bar.hide()
        self.beside = CitedPage(client, theme, self.pages)
        self.banner = Banner(theme, "Try now", client.retry)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self.page_bar)
        column.addWidget(self.beside.splitter, 1)
        self._usual = SidePanel(self.left, middle, theme)
        self.whole = QStackedWidget()
        self.whole.addWidget(self._usual)
        self.setCentralWidget(self.whole)

    def _build_chat_page(self) -> QWidget:
        self.bar = TitleBar(self._theme)
        page = QWidget()
        page.setProperty("kind", "page")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.chat, 1)
        page.setFocusProxy(self.chat.composer.field)
        return page

    def _connect(self, client: EngineClient, turns: RunningTurns, themes: ThemeSource) -> None:
        themes.changed.connect(self._on_theme_changed)
        client.connected.connect(self.banner.hide)
        client.lost.connect(self._on_lost)
        client.trouble.connect(self.say)
        client.preferences_changed.connect(self._on_preferences)
        client.models_changed.connect(self._show_promise)
        client.download_finished.connect(self._on_download_finished)
        self.left.new_wanted.connect(lambda: self.open_conversation(None))
        self.left.conversations.opened.connect(self.open_conversation)
        self.left.conversations.deleted.connect(self._on_conversation_deleted)
        self.left.conversations.changed.connect(self._show_title)
        self.left.folders.chosen.connect(lambda folder: self.show_page("index", folder))
        self.left.page_wanted.connect(self.show_page)
        self.left.settings_wanted.connect(self.show_settings)
        self.left.look_wanted.connect(self._on_look_wanted)
        self.chat.conversation_changed.connect(self._show_conversation)
        self.chat.citation_activated.connect(self.cited.show_citation)
        self.chat.link_opened.connect(self.cited.open_link)
        self.cited.shown_changed.connect(self.bar.show_pane_open)
        for bar in (self.bar, self.page_bar):
            bar.panel_wanted.connect(self._usual.toggle)
        self.page_bar.back_wanted.connect(self._compose)
        self.pages.currentChanged.connect(self._on_page_changed)
        self.bar.pane_wanted.connect(self.cited.toggle)
        self.pages.file_wanted.connect(lambda path, as_text: self.beside.show_file(path, as_text=as_text))
        self.pages.ask_wanted.connect(self._ask_about)
        self.pages.currentChanged.connect(lambda _: self.beside.close())  # a file is shown beside the page it is from
        for speaker in (self.chat, self.cited, self.beside, self.pages, self.folder_actions):
            speaker.said.connect(self.say)
        for asker in (self.settings, self.chat):
            asker.models_wanted.connect(self.show_models)
        self.settings.setup_wanted.connect(self._set_up_again)
        self.settings.shortcuts_wanted.connect(self.show_shortcuts)
        self.settings.quit_wanted.connect(self.quit_wanted)
        for changed in (turns.started, turns.finished, turns.failed):
            changed.connect(lambda *_: self.left.conversations.model.set_running(turns.conversations()))
        turns.started.connect(lambda _: self.left.conversations.refresh())

    def _bind(self, pages: Sequence[Page]) -> None:
        slots: dict[str, Callable[[], object]] = {
            "new": lambda: self.open_conversation(None),
            "search": self._search,
            "compose": self._compose,
            "attach": self.chat.choose_and_attach,
            "copy": self._copy,
            "undo": self.left.conversations.undo_delete,
            "sidebar": self._usual.toggle,
            "settings": self.show_settings,
            "keys": self.show_shortcuts,
            "quit": self.quit_wanted.emit,
        }
        slots |= {page.name: partial(self.show_page, page.name) for page in pages}
        for shortcut in self._shortcuts:
            if shortcut.name not in slots:
                continue  # Escape: not a shortcut but what nobody else wanted, so that every view can use it first
            action = QAction(shortcut.text, self)
            action.setObjectName(shortcut.name)
            action.setShortcuts([QKeySequence(key) for key in shortcut.keys])
            action.triggered.connect(lambda _=False, name=shortcut.name: slots[name]())
            self.addAction(action)

    # ---- what happens around it

    def _on_theme_changed(self, theme: Theme) -> None:
        self._theme = theme
        for part in (
            self.left,
            self._usual,
            self.bar,
            self.page_bar,
            self.chat,
            self.cited,
            self.beside,
            self.pages,
            self.banner,
            self.toast,
        ):
            part.set_theme(theme)
        if self._first_run is not None:
            self._first_run.set_theme(theme)

    def _show_promise(self) -> None:
        """Say where questions and passages stay, or go."""
        self.bar.show_promise(remote_host(self._client))

    def _on_page_changed(self, _: int) -> None:
        self.page_bar.setVisible(not self.pages.shows_chat)
        self.left.show_page(self.pages.shown)
        self._usual.put_away()

    def _on_download_finished(self, download: Download) -> None:
        used = used_model(self._client)
        told = "Familiar answers with it now." if used is not None and used.path == download.path else ""
        self.say(f"{download.name} is on this computer now", told, "Models", self.show_models)

    def _on_lost(self, title: str, hint: str, mending: bool) -> None:
        self.banner.say(title, hint, busy=mending)

    def _on_preferences(self, preferences: Preferences) -> None:
        self._state.keep_preferences(preferences)
        if preferences.first_run == (self.whole.currentWidget() is self._usual):
            self.show_first_run(preferences.first_run)

    def _ask_about(self, path: str) -> None:
        self.open_conversation(None)
        self.chat.attach([path])

    def _on_conversation_deleted(self, conversation: ConversationId) -> None:
        if conversation == self.chat.conversation:
            self.chat.start_new()

    def _show_conversation(self, conversation: ConversationId | None) -> None:
        self.left.conversations.show_as_current(conversation)
        self.cited.show_conversation(conversation)
        self._show_title()

    def _show_title(self) -> None:
        ident = self.chat.conversation
        head = self.left.conversations.heads.get(ident) if ident is not None else None
        title = head.title if head is not None else self.chat.working_title or NEW_TITLE
        self.bar.title.set_full_text(title)
        self.setWindowTitle("Familiar" if self.chat.is_new else f"{harmless_line(title)} – Familiar")

    def _say_undoable(self, title: str, hint: str, undo: object) -> None:
        self.say(title, hint, "Undo", undo)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow() and self._client.is_connected:
            self._client.refresh_models()  # the command line may have chosen another one meanwhile

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._back()
        else:
            super().keyPressEvent(event)

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self._state.keep("main", self.saveGeometry())
        self._state.keep("preview", self.cited.state())
        self._state.keep("panel", self._usual.state())
        super().closeEvent(event)
        self.closed.emit()

    # ---- what the person does

    def _search(self) -> None:
        self._show_panel()
        self.left.conversations.focus_search()

    def _show_panel(self) -> None:
        self.whole.setCurrentWidget(self._usual)
        self._usual.show_panel()

    def _compose(self) -> None:
        self.pages.show_chat()
        self.chat.composer.focus_text()

    def _copy(self) -> None:
        text = self.chat.transcript.copy_conversation()
        self.say("The conversation was copied" if text else "There is nothing to copy yet")

    def show_settings(self) -> None:
        """Open the settings menu."""
        menu = self.settings.build()
        self._show_panel()
        button = self.left.settings_button
        pop_up(menu, button.mapToGlobal(button.rect().topLeft()) - QPoint(0, menu.sizeHint().height()))

    def _set_up_again(self) -> None:
        self.show_first_run(True)
        self.first_run.come_again()

    def show_shortcuts(self) -> None:
        """Show the sheet of shortcuts."""
        self.sheet = ShortcutSheet(self, self._shortcuts)
        self.sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.sheet.open()

    def _on_look_wanted(self) -> None:
        self.settings.choose_look("light" if self._theme.dark else "dark")

    def _back(self) -> None:
        """Escape: the nearest thing that can be closed, else stop the answer."""
        on_chat = self.pages.shows_chat
        if on_chat and self.chat.is_busy:
            self.chat.stop()
        elif not self.toast.isHidden():
            self.toast.hide()
        elif self._usual.put_away() or self.left.conversations.close_search():
            self.chat.composer.focus_text()
        elif not on_chat:
            if not (self.beside.close() or self.pages.go_back()):
                self._compose()
        else:
            self.cited.close()
