"""The settings: few enough to be a menu. Look, model, how soon it answers, reading in the background."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.base.calls import Preferences, SetPreferences
from app.base.models import FirstWord
from app.window.controls.model_choice import fill_menu
from app.window.controls.wording import elapsed
from app.window.engine_client import EngineClient

Look = Literal["system", "light", "dark"]
FIRST_WORD_S = (2.0, 4.0, 8.0, 15.0, 30.0)
LOOKS: tuple[tuple[Look, str], ...] = (("system", "Like the system"), ("light", "Light"), ("dark", "Dark"))


class SettingsMenu(QObject):
    """Builds the menu anew each time it is asked for.

    models_wanted, setup_wanted, shortcuts_wanted, quit_wanted: the person chose these.
    """

    models_wanted = Signal()
    setup_wanted = Signal()
    shortcuts_wanted = Signal()
    quit_wanted = Signal()

    def __init__(self, client: EngineClient, parent: QWidget) -> None:
        super().__init__(parent)
        self._client = client
        self._window = parent
        self._first_word_s = 0.0
        client.connected.connect(self._ask_first_word)
        if client.is_connected:
            self._ask_first_word()

    def build(self) -> QMenu:
        """The menu as things stand now; the caller shows and deletes it."""
        menu = QMenu(self._window)
        self._add_looks(menu.addMenu("Look"))
        self._add_models(menu.addMenu("Chat model"))
        self._add_first_word(menu.addMenu("Answers begin within"))
        background = menu.addAction("Keep reading in the background")
        background.setCheckable(True)
        background.setChecked(self._preferences.background)
        background.setToolTip("Familiar goes on reading changed files after its window was closed")
        background.toggled.connect(lambda on: self._client.save_preferences(SetPreferences(background=on)))
        menu.addSeparator()
        menu.addAction("Set up Familiar…", self.setup_wanted.emit)
        menu.addAction("Keyboard shortcuts\tF1", self.shortcuts_wanted.emit)
        menu.addSeparator()
        menu.addAction("Quit\tCtrl+Q", self.quit_wanted.emit)
        menu.setToolTipsVisible(True)
        return menu

    def choose_look(self, look: Look) -> None:
        """Keep light, dark, or like the system."""
        self._client.save_preferences(SetPreferences(theme=look))

    @property
    def _preferences(self) -> Preferences:
        return self._client.preferences or Preferences()

    def _add_looks(self, menu: QMenu) -> None:
        group = QActionGroup(menu)
        for look, text in LOOKS:
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(self._preferences.theme == look)
            action.triggered.connect(lambda _=False, look=look: self.choose_look(look))
            group.addAction(action)

    def _add_models(self, menu: QMenu) -> None:
        fill_menu(menu, self._client, self.models_wanted.emit)
        self._add_setup(menu)

    def _ask_first_word(self) -> None:
        self._client.request(FirstWord(), self._on_first_word, lambda _: None)

    def _on_first_word(self, seconds: float) -> None:
        if self._client.is_news(FirstWord):
            self._first_word_s = seconds

    def _add_first_word(self, menu: QMenu) -> None:
        group = QActionGroup(menu)
        for seconds in sorted({*FIRST_WORD_S, self._first_word_s} - {0.0}):
            action = menu.addAction(f"{seconds:g} seconds")
            action.setCheckable(True)
            action.setChecked(seconds == self._first_word_s)
            action.setToolTip("With more time, a chat model reads more of your files first")
            action.triggered.connect(lambda _=False, seconds=seconds: self._choose_first_word(seconds))
            group.addAction(action)
        menu.setToolTipsVisible(True)

    def _choose_first_word(self, seconds: float) -> None:
        self._client.request(FirstWord(seconds=seconds), self._on_first_word)

    def _add_setup(self, menu: QMenu) -> None:
        setup = self._client.setup
        if setup.state not in ("building", "failed"):
            return
        menu.addSeparator()
        if setup.state == "building":
            text = f"The chat engine is being compiled ({elapsed(setup.elapsed_s)} so far)"
        else:
            text = "Chat models could not be prepared; “familiar doctor” says why"
        menu.addAction(text).setEnabled(False)
