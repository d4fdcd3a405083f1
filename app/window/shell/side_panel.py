"""The left panel beside the rest of the window, as wide as the person draws it; in a narrow window it lies over it."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget
from typing_extensions import override

from app.window.controls.theme import SIZE, Theme

NARROW_PX = 900
LEAST_PX, MOST_PX = 200, 420
LEFT_OPEN_PX = 56
"""How much of what lies below stays to be seen, and clicked, beside an open panel."""


class SidePanel(QWidget):
    """Holds `panel` and, on its right, `rest`. shown_changed(bool): whether the panel is to be seen."""

    shown_changed = Signal(bool)

    def __init__(self, panel: QWidget, rest: QWidget, theme: Theme) -> None:
        super().__init__()
        self._panel = panel
        self._wanted = True
        self._over = False
        self._drawn_px = SIZE["sidebar"]  # as the person drew it, whatever room the rest leaves
        panel.setMinimumWidth(LEAST_PX)
        panel.setMaximumWidth(MOST_PX)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setHandleWidth(1)
        self._splitter.addWidget(panel)
        self._splitter.addWidget(rest)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setStretchFactor(0, 0)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.splitterMoved.connect(self._on_drawn)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._splitter)
        self._shade = _Shade(self, theme)
        self._shade.clicked.connect(self.put_away)

    @property
    def is_shown(self) -> bool:
        """Whether the panel is to be seen."""
        return not self._panel.isHidden()

    @property
    def lies_over(self) -> bool:
        """Whether the window is too narrow for both side by side."""
        return self._over

    def toggle(self) -> None:
        """Show or hide the panel; in a wide window that is remembered."""
        shown = not self.is_shown
        if not self._over:
            self._wanted = shown
        self._show_panel(shown)

    def show_panel(self) -> None:
        """Show the panel for now."""
        self._show_panel(True)

    def put_away(self) -> bool:
        """Hide a panel that lies over the rest; whether there was one."""
        if not (self._over and self.is_shown):
            return False
        self._show_panel(False)
        return True

    def state(self) -> QByteArray:
        """How wide the panel is, for `restore_state`."""
        return QByteArray(str(self._drawn_px).encode("ascii"))

    def restore_state(self, state: QByteArray) -> None:
        """Be as wide as before."""
        kept = bytes(state.data())
        if kept.isdigit() and len(kept) < 6:
            self._drawn_px = min(max(int(kept), LEAST_PX), MOST_PX)
            self._draw_apart()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._shade.set_theme(theme)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        over = self.width() < NARROW_PX
        if over != self._over:
            self._change_place(over)
        self._draw_apart()
        self._place()

    def _change_place(self, over: bool) -> None:
        self._over = over
        if over:
            self._panel.setParent(self)
            self._show_panel(False)
        else:
            self._splitter.insertWidget(0, self._panel)
            self._splitter.setStretchFactor(0, 0)
            self._show_panel(self._wanted)

    def _on_drawn(self) -> None:
        self._drawn_px = self._panel.width()

    def _draw_apart(self) -> None:
        if not self._over:
            self._splitter.setSizes([self._drawn_px, max(1, self.width() - self._drawn_px)])

    def _show_panel(self, shown: bool) -> None:
        self._shade.setVisible(shown and self._over)
        self._panel.setVisible(shown)
        self._place()
        self.shown_changed.emit(shown)

    def _place(self) -> None:
        if not self._over:
            return
        self._shade.setGeometry(self.rect())
        width = max(LEAST_PX, min(self._drawn_px, self.width() - LEFT_OPEN_PX))
        self._panel.setGeometry(0, 0, width, self.height())
        self._shade.raise_()
        self._panel.raise_()


class _Shade(QWidget):
    """Darkens what an open panel lies over. clicked: the person wants that back."""

    clicked = Signal()

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent)
        self._theme = theme
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.update()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.clicked.emit()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), self._theme.color("shade"))
