"""The method table: how the engine answers each call of a client, in one part for each room of the house."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from app.base.calls import (
    Call,
    Doctor,
    Drain,
    Follow,
    GetPreferences,
    OpenWindow,
    Preferences,
    SetPreferences,
)
from app.base.errors import Problem
from app.base.index_values import Check
from app.base.settings import SettingsFile
from app.engine.subscriptions import Subscriptions
from app.link.peer import Handler, Incoming

Table = dict[type[Call[Any]], Handler]


class OwnMethods:
    """Answers calls about Familiar itself; each runs in a thread of its own. drain: have the engine leave."""

    def __init__(
        self,
        settings: SettingsFile,
        subscriptions: Subscriptions,
        *,
        doctor: Callable[[], list[Check]],
        drain: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._subscriptions = subscriptions
        self._doctor = doctor
        self._drain = drain

    def table(self) -> Table:
        """The handler of each call."""
        return {
            Doctor: lambda _call, _incoming: self._doctor(),
            GetPreferences: lambda _call, _incoming: self._settings.value.window,
            SetPreferences: self._set_preferences,
            OpenWindow: lambda call, _incoming: self._subscriptions.open_window(call),
            Follow: self._subscriptions.follow,
            Drain: lambda _call, incoming: incoming.afterwards(self._drain),
        }

    def _set_preferences(self, call: SetPreferences, _incoming: Incoming) -> Preferences:
        return self._settings.change(lambda s: msgspec.structs.replace(s, window=call.applied_to(s.window))).window


def absolute(paths: Sequence[str]) -> list[str]:
    """The paths as clients gave them, which must be absolute. Raises Problem path.relative, path.invalid."""
    for path in paths:
        if "\0" in path:
            raise Problem("path.invalid", f"“{path}” is no path: it holds a NUL character.", "Nothing was changed.")
        if not os.path.isabs(path):
            raise Problem("path.relative", f"“{path}” is not an absolute path.", "Nothing was changed.")
    return [os.path.normpath(path) for path in paths]
