"""What makes the next first paint right: places and sizes, and a copy of the preferences. Losing it loses nothing."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings

from app.base.calls import Preferences
from app.base.paths import Home


class WindowState:
    """HOME/window.ini. Where the home cannot be written, it is forgotten silently."""

    def __init__(self, home: Home) -> None:
        self._ini = QSettings(str(home.window_ini), QSettings.Format.IniFormat)

    def recall(self, name: str) -> QByteArray:
        """A geometry or splitter state; empty if none was kept."""
        kept = self._ini.value(name)
        return kept if isinstance(kept, QByteArray) else QByteArray()

    def keep(self, name: str, value: QByteArray) -> None:
        """Keep a geometry or splitter state."""
        self._ini.setValue(name, value)

    def preferences(self) -> Preferences:
        """The preferences as they were last known; the engine's are the truth and come later."""
        theme = str(self._ini.value("theme", "system"))
        return Preferences(
            theme="light" if theme == "light" else "dark" if theme == "dark" else "system",
            first_run=str(self._ini.value("first_run", "true")) == "true",
        )

    def keep_preferences(self, preferences: Preferences) -> None:
        """Keep a copy for the next start."""
        self._ini.setValue("theme", preferences.theme)
        self._ini.setValue("first_run", "true" if preferences.first_run else "false")

    def save(self) -> None:
        """Write to disk."""
        self._ini.sync()
