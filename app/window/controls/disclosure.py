"""A line that unfolds to what it names: folded at first, worked by mouse and keys, told to a screen reader."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget
from typing_extensions import override

from app.window.controls.icons import icon
from app.window.controls.theme import SIZE, SPACE, Theme
from app.window.controls.widgets import button, set_tip, show_if


class Disclosure(QWidget):
    """Base of what unfolds. `_build` makes what is inside, in a sunken frame, when it is first wanted.

    resized: it was folded or unfolded, or what is inside has another height.
    """

    resized = Signal()

    def __init__(self, theme: Theme, *, opens: str, opened: str) -> None:
        """opens, opened: what a screen reader tells of the line while it is folded, and while it is not."""
        super().__init__()
        self._theme = theme
        self._told = {False: opens, True: opened}
        self._title = ""
        self._tip = ""
        self._frame: QFrame | None = None
        self.toggle = button("", "toggle", self._on_toggled)
        self.toggle.setCheckable(True)
        self.toggle.setMinimumWidth(SPACE[7])
        self.toggle.setIconSize(QSize(SIZE["icon_tiny"], SIZE["icon_tiny"]))
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(SPACE[1])
        self._box.addWidget(self.toggle, 0, Qt.AlignmentFlag.AlignLeft)

    @property
    def is_open(self) -> bool:
        """Whether what is inside is shown."""
        return self.toggle.isChecked()

    def set_title(self, title: str, tip: str = "") -> None:
        """What the line says, shortened where there is no room. tip: what its tool tip says besides."""
        self._title, self._tip = title, tip
        self.toggle.setAccessibleName(title)
        self._write()
        self._draw()

    def fold(self) -> None:
        """Show the line alone; what was inside is made anew when it is wanted again."""
        self.toggle.setChecked(False)
        self._clear()
        self._draw()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self._draw()

    def focus_chain(self) -> list[QWidget]:
        """What the Tab key visits, in order."""
        return [self.toggle]

    def _build(self) -> QFrame:
        raise NotImplementedError

    def _renew(self) -> None:
        """Make what is inside anew, if it is shown."""
        if self.is_open:
            self._clear()
            self._frame = self._build()
            self._box.addWidget(self._frame)
            self._frame.show()
            self._box.activate()
            self.resized.emit()

    def _clear(self) -> None:
        """Have what is inside made anew when it is wanted next."""
        if self._frame is not None:
            self._box.removeWidget(self._frame)
            self._frame.hide()
            self._frame.deleteLater()
            self._frame = None

    def _draw(self) -> None:
        told = f"{self._told[self.is_open]} {self._tip}".strip() if self.toggle.isEnabled() else self._tip
        self.toggle.setAccessibleDescription(told)
        if self.toggle.isEnabled():
            name = "chevron-down" if self.is_open else "chevron-right"
            self.toggle.setIcon(icon(name, self._theme, SIZE["icon_tiny"], "text3"))

    def _write(self) -> None:
        room = self.width() - SIZE["icon_tiny"] - SPACE[4]
        text = self.toggle.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideRight, max(room, SPACE[7]))
        self.toggle.setText(text.replace("&", "&&"))
        set_tip(
            self.toggle, "\n".join(part for part in ("" if text == self._title else self._title, self._tip) if part)
        )

    def _on_toggled(self) -> None:
        if self._frame is None and self.is_open:
            self._frame = self._build()
            self._box.addWidget(self._frame)
        if self._frame is not None:
            show_if(self._frame, self.is_open)
        self._draw()
        self._box.activate()  # so that the height is known at once
        self.resized.emit()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._write()


def sunken() -> QFrame:
    """The frame of what is inside."""
    frame = QFrame()
    frame.setProperty("kind", "sunken")
    return frame


def sunken_grid() -> tuple[QFrame, QGridLayout]:
    """The same with a grid in it."""
    frame = sunken()
    grid = QGridLayout(frame)
    grid.setContentsMargins(SPACE[3], SPACE[2], SPACE[3], SPACE[2])
    grid.setHorizontalSpacing(SPACE[2])
    grid.setVerticalSpacing(SPACE[1])
    return frame, grid
