"""The versions of an answer that was asked for again: which one is shown, and the way to the others."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.base.values import TurnId
from app.window.controls.theme import SIZE, Theme
from app.window.controls.widgets import IconButton, label


class VersionSwitch(QWidget):
    """“‹ 2 of 3 ›”; hidden where there is one version. chosen(TurnId): the person wants to see that one."""

    chosen = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._versions: Sequence[TurnId] = ()
        self._at = 0
        self.older = IconButton("chevron-left", "Older version of this answer", theme, size=SIZE["icon_small"])
        self.newer = IconButton("chevron-right", "Newer version of this answer", theme, size=SIZE["icon_small"])
        self.told = label("", "caption")
        self.older.clicked.connect(lambda: self._choose(self._at - 1))
        self.newer.clicked.connect(lambda: self._choose(self._at + 1))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for part in (self.older, self.told, self.newer):
            row.addWidget(part)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Tint the icons anew."""
        for part in (self.older, self.newer):
            part.set_theme(theme)

    def focus_chain(self) -> list[QWidget]:
        """What the Tab key visits, in order."""
        return [self.older, self.newer]

    def show_version(self, turn: TurnId | None, versions: Sequence[TurnId]) -> None:
        """Show which of the versions, oldest first, this turn is."""
        known = turn is not None and len(versions) > 1 and turn in versions
        self.setVisible(known)
        if known and turn is not None:
            self._versions, self._at = versions, versions.index(turn)
            self.told.setText(f"{self._at + 1} of {len(versions)}")
            self.setAccessibleName(f"Version {self.told.text()}")
            self.older.setEnabled(self._at > 0)
            self.newer.setEnabled(self._at < len(versions) - 1)

    def _choose(self, at: int) -> None:
        if 0 <= at < len(self._versions):
            self.chosen.emit(self._versions[at])
