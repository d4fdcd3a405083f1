"""What a person changes in settings.toml by hand takes effect while the engine runs."""

from __future__ import annotations

import threading
from collections.abc import Callable

from app.base.settings import Settings, SettingsFile

LOOK_S = 2.0


class SettingsWatch:
    """Looks at the settings now and then, in a thread of its own, and tells when they are no longer what they were.

    on_change: gets the new settings, also those that the engine itself has changed. They have stood for two looks, so
    that a file that is just being written is not taken at half its word.
    """

    def __init__(
        self, settings: SettingsFile, on_change: Callable[[Settings], None], *, look_s: float = LOOK_S
    ) -> None:
        self._settings = settings
        self._on_change = on_change
        self._look_s = look_s
        self._ended = threading.Event()
        self._told = self._last = settings.value

    def start(self) -> None:
        """Look from now on."""
        threading.Thread(target=self._run, name="settings", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()

    def look(self) -> None:
        """Look once."""
        now = self._settings.value
        if now == self._last != self._told:
            self._told = now
            self._on_change(now)
        self._last = now

    def _run(self) -> None:
        while not self._ended.wait(self._look_s):
            self.look()
