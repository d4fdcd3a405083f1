"""What both windows are made with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.window.chat.running_turns import RunningTurns
from app.window.controls.page import Page
from app.window.controls.theme import ThemeSource
from app.window.engine_client import EngineClient
from app.window.shell.window_state import WindowState


@dataclass(frozen=True)
class WindowParts:
    """One client, one list of running turns and one look for all windows. pages: what can take the chat's place."""

    client: EngineClient
    turns: RunningTurns
    themes: ThemeSource
    state: WindowState
    pages: Sequence[Page]
