"""The settings: few enough to be a menu. Look, model, reading in the background."""

from __future__ import annotations

from typing import Literal

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.base.calls import Preferences
from app.base.models import ModelInfo, ModelsAdd, ModelsRemove, ModelsUse
from app.window.choosing import choose_model
from app.window.opening import confirm
from app.window.session import Session
from app.window.words import elapsed, size, under_home

Look = Literal["system", "light", "dark"]
LOOKS: tuple[tuple[Look, str], ...] = (("system", "Like the system"), ("light", "Light"), ("dark", "Dark"))


class SettingsMenu(QObject):
    """Builds the menu anew each time it is asked for.

    said(title, hint, action, act): a sentence for the person, as a toast takes it.
    setup_wanted, shortcuts_wanted, quit_wanted: the person chose these.
    """

    said = Signal(str, str, str, object)
    setup_wanted = Signal()
    shortcuts_wanted = Signal()
    quit_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._window = parent

    def build(self) -> QMenu:
        """The menu as things stand now; the caller shows and deletes it."""
        menu = QMenu(self._window)
        self._add_looks(menu.addMenu("Look"))
        self._add_models(menu.addMenu("Chat model"))
        background = menu.addAction("Keep reading in the background")
        background.setCheckable(True)
        background.setChecked(self._preferences.background)
        background.setToolTip("Familiar goes on reading changed files after its window was closed")
        background.toggled.connect(lambda on: self._save(background=on))
        menu.addSeparator()
        menu.addAction("Set up Familiar…", self.setup_wanted.emit)
        menu.addAction("Keyboard shortcuts\tF1", self.shortcuts_wanted.emit)
        menu.addSeparator()
        menu.addAction("Quit\tCtrl+Q", self.quit_wanted.emit)
        menu.setToolTipsVisible(True)
        return menu

    def choose_look(self, look: Look) -> None:
        """Keep light, dark, or like the system."""
        self._save(theme=look)

    def choose_and_add_model(self) -> None:
        """Let the person choose a GGUF file, and answer with it."""
        path = choose_model(self._window)
        if path:
            self._session.request(ModelsAdd(path=path), self._on_added)

    @property
    def _preferences(self) -> Preferences:
        return self._session.preferences or Preferences()

    def _save(self, **changes: object) -> None:
        self._session.save_preferences(msgspec.structs.replace(self._preferences, **changes))

    def _add_looks(self, menu: QMenu) -> None:
        group = QActionGroup(menu)
        for look, text in LOOKS:
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(self._preferences.theme == look)
            action.triggered.connect(lambda _=False, look=look: self.choose_look(look))
            group.addAction(action)

    def _add_models(self, menu: QMenu) -> None:
        models = self._session.models
        group = QActionGroup(menu)
        quotes = self._add_model(menu, group, "Quotes, without a model", None)
        quotes.setChecked(not any(model.in_use for model in models))
        for model in models:
            weight = f"  ({size(model.size_bytes)})" if model.size_bytes else ""
            action = self._add_model(menu, group, f"{model.name}{weight}", model.name)
            action.setChecked(model.in_use)
            action.setToolTip(model.problem or under_home(model.path))
            if model.problem:
                action.setEnabled(False)
        menu.addSeparator()
        menu.addAction("Choose a GGUF file…", self.choose_and_add_model)
        if models:
            forget = menu.addMenu("Forget a model")
            for model in models:
                self._add_forget(forget, model)
        self._add_setup(menu)
        menu.setToolTipsVisible(True)

    def _add_model(self, menu: QMenu, group: QActionGroup, text: str, name: str | None) -> QAction:
        action = menu.addAction(_literal(text))
        action.setCheckable(True)
        action.triggered.connect(lambda: self._session.request(ModelsUse(name=name), self._session.take_models))
        group.addAction(action)
        return action

    def _add_forget(self, menu: QMenu, model: ModelInfo) -> None:
        menu.addAction(_literal(model.name), lambda: self._forget(model))

    def _add_setup(self, menu: QMenu) -> None:
        setup = self._session.setup
        if setup.state not in ("building", "failed"):
            return
        menu.addSeparator()
        if setup.state == "building":
            text = f"Chat models are being prepared: {elapsed(setup.elapsed_s)} so far"
        else:
            text = "Chat models could not be prepared; “familiar doctor” says why"
        menu.addAction(text).setEnabled(False)

    def _forget(self, model: ModelInfo) -> None:
        text = f"{under_home(model.path)}\n\nFamiliar no longer lists it. The file stays where it is."
        if confirm(self._window, f"Forget {model.name}?", text, "Forget", danger=True):
            self._session.request(ModelsRemove(name=model.name), self._session.take_models)

    def _on_added(self, model: ModelInfo) -> None:
        self._session.refresh_models()
        self.said.emit(f"Familiar answers with {model.name} now", "", "", None)


def _literal(text: str) -> str:
    return text.replace("&", "&&")
