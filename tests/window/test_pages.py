"""A page is one module: dropped into app/window/pages it has its button, its keys, its line in the list of keys."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

import app.window.pages
from app.base.calls import OpenWindow
from app.base.paths import Home
from app.window.controls.theme import ThemeSource
from app.window.shell.application import Application
from app.window.shell.main_window import MainWindow
from app.window.shell.shortcuts import shown
from tests.support.fake_engine import FakeEngine
from tests.support.hands import CONTROL, press

ALMANAC = """
from typing_extensions import override
from app.window.controls.page import Page, PageParts, PageView


class AlmanacView(PageView):
    def __init__(self, parts: PageParts) -> None:
        super().__init__()
        self.theme = parts.theme
        self.folded = True
        self.subject = ""

    @override
    def set_theme(self, theme):
        self.theme = theme

    @override
    def arrive(self, subject=""):
        self.subject = subject
        super().arrive()

    @override
    def go_back(self):
        before, self.folded = self.folded, True
        return not before


PAGE = Page("almanac", "Almanac: what comes when", "clock", "Ctrl+J", AlmanacView)
"""


@pytest.fixture
def application(
    engine: FakeEngine, home: Home, themes: ThemeSource, qapp: QApplication, qtbot: QtBot, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Application]:  # fmt: skip
    """The application with a page more than it has."""
    home.create()
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "almanac.py").write_text(ALMANAC)
    monkeypatch.setattr(app.window.pages, "__path__", [*app.window.pages.__path__, str(folder)])
    made = Application(qapp, home, engine.dial, OpenWindow())
    made.client.open()
    qtbot.waitUntil(lambda: made.client.status is not None and made.client.preferences is not None)
    yield made
    made.close()
    del sys.modules["app.window.pages.almanac"]
    for window in (made.main, made.sidebar):
        if window is not None:
            window.deleteLater()


def main(application: Application) -> MainWindow:
    assert application.main is not None
    return application.main


def test_page_of_its_own_module_is_reached_from_everywhere(application: Application, qtbot: QtBot) -> None:
    window = main(application)
    qtbot.waitUntil(window.isActiveWindow)
    almanac = window.pages.view("almanac")

    button = window.left.page_buttons["almanac"]
    assert button.accessibleName() == "Almanac: what comes when"
    button.click()
    assert window.pages.currentWidget() is almanac
    press(window, Qt.Key.Key_Escape)
    assert window.pages.shows_chat

    press(window, Qt.Key.Key_J, CONTROL)
    assert window.pages.currentWidget() is almanac

    window.show_shortcuts()
    assert window.sheet is not None
    words = [each.text() for each in window.sheet.findChildren(QLabel)]
    assert words[words.index("Almanac: what comes when") - 1] == shown("Ctrl+J")
    window.sheet.accept()

    window.open_conversation(None)
    application.open("sidebar", [])
    sidebar = application.sidebar
    assert sidebar is not None
    qtbot.waitUntil(sidebar.isActiveWindow)
    press(sidebar, Qt.Key.Key_J, CONTROL)
    assert window.pages.currentWidget() is almanac


def test_page_of_its_own_module_is_treated_like_every_other(application: Application, qtbot: QtBot) -> None:
    window = main(application)
    window.show_page("almanac", "March")
    almanac = window.pages.view("almanac")
    assert vars(almanac)["subject"] == "March"
    application.themes.set_choice("dark")
    assert vars(almanac)["theme"].dark
    almanac.said.emit("The moon is full", "", "", None)
    assert window.toast.text == "The moon is full"
    qtbot.waitUntil(window.isActiveWindow)
    press(window, Qt.Key.Key_Escape)  # the nearest thing first: the message
    vars(almanac)["folded"] = False
    press(window, Qt.Key.Key_Escape)
    assert window.pages.currentWidget() is almanac
    press(window, Qt.Key.Key_Escape)
    assert window.pages.shows_chat


def test_pages_that_there_are_have_buttons_in_their_modules_order(application: Application) -> None:
    assert list(main(application).left.page_buttons) == ["almanac", "changes", "index", "insights", "memory", "models"]
