"""What the window says unasked: a toast that goes by itself, a banner that stays while something is wrong."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.window.controls.theme import SPACE, Theme
from app.window.controls.widgets import IconButton, IconLabel, Spinner, announce, button, label

TOAST_MS = 8000
TOAST_WIDTH = 460
_MOVES = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)


class Toast(QFrame):
    """A card at the bottom of `parent` with one sentence and at most one action; one at a time.

    It goes after eight seconds, but never while the pointer or the keyboard focus is on it. It stands above `clear`
    where that is to be seen: nobody wants to type under it.
    """

    def __init__(self, parent: QWidget, theme: Theme, *, clear: QWidget) -> None:
        super().__init__(parent)
        self._around = parent
        self._clear = clear
        self.setProperty("kind", "composer")
        self._act: Callable[[], None] | None = None
        self._title = label("", "strong", wrap=True)
        self._hint = label("", "small", wrap=True)
        self.action_button = button("", "ghost", self._on_action)
        self._close = IconButton("x", "Close this message", theme)
        self._close.clicked.connect(self.hide)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._title)
        words.addWidget(self._hint)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[4], SPACE[2], SPACE[2], SPACE[2])
        row.setSpacing(SPACE[2])
        row.addLayout(words, 1)
        row.addWidget(self.action_button)
        row.addWidget(self._close)
        self._timer = QTimer(self, interval=TOAST_MS, singleShot=True)
        self._timer.timeout.connect(self._on_time_up)
        for moving in (parent, clear):
            moving.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """What it says now; "" if it is not shown."""
        return "" if self.isHidden() else self._title.text()

    def say(self, title: str, hint: str = "", action: str = "", act: Callable[[], None] | None = None) -> None:
        """Show a sentence, what to do next, and a button for it."""
        self._act = act
        self._title.setText(title)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self.action_button.setText(action.replace("&", "&&"))
        self.action_button.setVisible(act is not None)
        self.show()
        self.raise_()
        self._place()
        self._timer.start()
        announce(self, f"{title} {hint}".strip())

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._close.set_theme(theme)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOVES and not self.isHidden():
            QTimer.singleShot(0, self, self._place)  # once everything has its place
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        room = self._around.rect()
        if self._clear.isVisible():
            corner = self._clear.mapTo(self._around, self._clear.rect().topLeft())
            room = QRect(corner.x(), room.top(), self._clear.width(), corner.y())
        width = min(TOAST_WIDTH, room.width() - SPACE[4])
        height = max(self.heightForWidth(width), self.minimumSizeHint().height())
        self.setGeometry(room.center().x() - width // 2, room.bottom() - height - SPACE[3], width, height)

    def _on_time_up(self) -> None:
        if self.underMouse() or self.action_button.hasFocus() or self._close.hasFocus():
            self._timer.start()
        else:
            self.hide()

    def _on_action(self) -> None:
        self.hide()
        if self._act is not None:
            self._act()


class Banner(QWidget):
    """A line across the top of the page that stays while something is wrong. `act` runs at its button."""

    def __init__(self, theme: Theme, action: str, act: Callable[[], None]) -> None:
        super().__init__()
        card = QFrame()
        card.setProperty("kind", "banner")
        around = QVBoxLayout(self)
        around.setContentsMargins(SPACE[3], SPACE[2], SPACE[3], 0)
        around.addWidget(card)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._icon = IconLabel("triangle-alert", theme, color="warn")
        self._spinner = Spinner(theme)
        self._title = label("", "strong", wrap=True)
        self._hint = label("", "small", wrap=True)
        self._action = button(action, "secondary", act)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._title)
        words.addWidget(self._hint)
        row = QHBoxLayout(card)
        row.setContentsMargins(SPACE[4], SPACE[2], SPACE[3], SPACE[2])
        row.setSpacing(SPACE[3])
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._spinner, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(words, 1)
        row.addWidget(self._action)
        self.hide()

    @property
    def text(self) -> str:
        """What it says now; "" if it is not shown."""
        return "" if self.isHidden() else self._title.text()

    def say(self, title: str, hint: str = "", *, busy: bool = False) -> None:
        """Show a sentence. busy: it is being mended; else the button offers to try."""
        self._title.setText(title)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._icon.setVisible(not busy)
        self._spinner.setVisible(busy)
        self._action.setVisible(not busy)
        self.show()
        announce(self, f"{title} {hint}".strip())

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._icon.set_theme(theme)
        self._spinner.set_theme(theme)
