"""The memory that a model takes, beside what is free."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.chat import Fit
from app.window.controls.flow_layout import FlowLayout
from app.window.controls.theme import SIZE, SPACE, Theme
from app.window.controls.widgets import label
from app.window.controls.wording import size

PARTS = (("Model", "accent"), ("Conversation", "warn"), ("Working space", "line_strong"))
"""What the memory goes into, and the colour of each."""


class _Bar(QWidget):
    """The parts side by side on a track as wide as what is free; a line marks where that ends if it is not enough."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.parts: tuple[int, ...] = ()
        self.free = 0
        self.setFixedHeight(SIZE["icon_tiny"])
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @override
    def sizeHint(self) -> QSize:
        return QSize(SPACE[7] * 3, SIZE["icon_tiny"])

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(0, 2, self.width(), self.height() - 4)
        shape = QPainterPath()
        shape.addRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setClipPath(shape)
        painter.fillRect(box, self.theme.color("track"))
        whole = max(sum(self.parts), self.free, 1)
        x = 0.0
        for part, (_, token) in zip(self.parts, PARTS, strict=False):
            width = self.width() * part / whole
            # A hair of the track between two parts keeps them apart for eyes that do not tell their colours apart.
            painter.fillRect(QRectF(x, 0, max(width - 1, 1), self.height()), self.theme.color(token))
            x += width
        painter.setClipping(False)
        if 0 < self.free < sum(self.parts):
            painter.fillRect(
                QRectF(self.width() * self.free / whole - 1, 0, 2, self.height()), self.theme.color("danger")
            )


class _Dot(QWidget):
    """The colour that a part has in the bar."""

    def __init__(self, token: str, theme: Theme) -> None:
        super().__init__()
        self._token = token
        self.theme = theme
        self.setFixedSize(SPACE[2], SPACE[2])

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.theme.color(self._token))
        painter.setBrush(self.theme.color(self._token))
        painter.drawEllipse(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))


class MemoryBar(QWidget):
    """The bar with its legend."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._bar = _Bar(theme)
        self._dots: list[_Dot] = []
        self.figures = [label("", "caption") for _ in PARTS]
        legend = QWidget()
        flow = FlowLayout(SPACE[3])
        legend.setLayout(flow)
        for (_, token), figure in zip(PARTS, self.figures, strict=True):
            item = QWidget()
            row = QHBoxLayout(item)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(SPACE[1] + 2)
            dot = _Dot(token, theme)
            self._dots.append(dot)
            row.addWidget(dot)
            row.addWidget(figure)
            flow.addWidget(item)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[1])
        column.addWidget(self._bar)
        column.addWidget(legend)

    def show_fit(self, fit: Fit) -> None:
        """Show how a model fits."""
        self._bar.parts = (fit.weights_bytes, fit.cache_bytes, fit.compute_bytes)
        self._bar.free = fit.available_bytes
        self._bar.update()
        for (name, _), figure, part in zip(PARTS, self.figures, self._bar.parts, strict=True):
            figure.setText(f"{name} {size(part)}")
        parts = ", ".join(figure.text() for figure in self.figures)
        self._bar.setAccessibleName(f"Memory: {parts}, of {size(fit.available_bytes)} free")

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._bar.theme = theme
        self._bar.update()
        for dot in self._dots:
            dot.theme = theme
            dot.update()
