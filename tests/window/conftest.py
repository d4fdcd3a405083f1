"""What window tests stand on: Python's collector runs in the window's thread only, as in the window itself."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.base.calls import Preferences
from app.base.paths import Home
from app.window.chat.running_turns import RunningTurns
from app.window.chat.transcript import TranscriptView
from app.window.controls.theme import LIGHT, ThemeSource, apply
from app.window.engine_client import EngineClient
from app.window.shell.main_window import MainWindow
from app.window.shell.window_parts import WindowParts
from app.window.shell.window_state import WindowState
from tests.support.fake_engine import FakeEngine
from tests.support.hands import on_screen
from tests.support.pages import PAGES


@pytest.fixture(autouse=True)
def _collect_here_only() -> Iterator[None]:
    gc.disable()
    gc.freeze()  # what is here already need not be walked at the end of every test
    yield
    gc.collect()
    gc.enable()


@pytest.fixture
def engine() -> Iterator[FakeEngine]:
    """An engine of make-believe."""
    fake = FakeEngine()
    yield fake
    fake.close()


@pytest.fixture
def client(engine: FakeEngine, qtbot: QtBot) -> Iterator[EngineClient]:
    """A client with that engine, connected and up to date; a test fills the engine before it asks for this."""
    made = EngineClient(engine.dial)
    made.open()
    qtbot.waitUntil(lambda: made.status is not None and made.preferences is not None)
    yield made
    made.close()


@pytest.fixture
def themes(qapp: QApplication) -> Iterator[ThemeSource]:
    """The light theme, applied; light again afterwards."""
    source = ThemeSource(qapp)
    source.set_choice("light")
    apply(qapp, source.theme)
    yield source
    source.set_choice("light")


@pytest.fixture
def state(home: Home) -> WindowState:
    """What the window keeps for its next start, in the test's own home; the set-up was done before."""
    home.create()
    made = WindowState(home)
    made.keep_preferences(Preferences(first_run=False))
    return made


@pytest.fixture
def turns(client: EngineClient) -> RunningTurns:
    """The turns of that client."""
    return RunningTurns(client)


@pytest.fixture
def window(
    client: EngineClient, turns: RunningTurns, themes: ThemeSource, state: WindowState, qtbot: QtBot
) -> MainWindow:
    """The main window on the screen."""
    return on_screen(MainWindow(WindowParts(client, turns, themes, state, PAGES)), 1280, 820, qtbot)


@pytest.fixture
def transcript(themes: ThemeSource, qtbot: QtBot) -> Iterator[TranscriptView]:
    """A transcript on the screen."""
    made = on_screen(TranscriptView(LIGHT), 800, 600, qtbot)
    yield made
    made.clear()
