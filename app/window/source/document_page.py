"""A drawn page with the cited passage marked: zoomed so that its column of text fills the width."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame
from typing_extensions import override

from app.window.controls.theme import RADIUS, SPACE, Theme

_STEP = 1.25
_LEAST, _MOST = 0.5, 6.0
_TINIEST = 0.001
_COLUMN_MOST = 2.0
"""How far the first zoom goes beyond the page's width to make its text readable."""
_INK = 200
"""Grey value below which a spot of the page counts as printed."""
_SAMPLE = 160


class DocumentPage(QAbstractScrollArea):
    """Shows one page. zoom: 1.0 is the page's width in the pane's width.

    zoomed(): the zoom changed.
    """

    zoomed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._image = QImage()
        self._scaled = QImage()
        self._boxes: list[QRectF] = []
        self._column: tuple[float, float] = (0.0, 1.0)
        self._zoom = 1.0
        self._chosen = False
        self._printed = True
        self._drag: QPoint | None = None
        self.dimmed = theme.dark
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        self._show_bar()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme: a white page is dimmed in the dark one, until the person says otherwise."""
        self._theme = theme
        self.dimmed = theme.dark
        self.viewport().update()

    def set_page(
        self, image: QImage, boxes: Sequence[tuple[float, float, float, float]], *, printed: bool = True
    ) -> None:
        """Show a page, and mark these rectangles (x, y, w, h) of its pixels.

        The zoom that the person chose stays; else the column of text fills the width. The passage is centred.
        printed: letters on white, which are dimmed in the dark; a picture is shown whole and as it is.
        """
        self._image = image
        self._scaled = QImage()
        self._boxes = [QRectF(*box) for box in boxes]
        self._printed = printed
        self._column = text_column(image) if printed else (0.0, 1.0)
        if not self._chosen:
            self._zoom = self._first_zoom()
        self._resize_bars()
        self._show_passage()

    def clear(self) -> None:
        """Show no page, and forget the zoom."""
        self._image = QImage()
        self._scaled = QImage()
        self._chosen = False
        self.viewport().update()

    def zoom_by(self, steps: int) -> None:
        """Zoom in (positive) or out, around the middle of what is seen."""
        self._set_zoom(self._zoom * _STEP**steps)

    def fit_column(self) -> None:
        """Zoom so that the column of text fills the width, or that the whole picture is seen."""
        self._chosen = False
        self._set_zoom(self._first_zoom(), chosen=False)
        self._show_passage()

    def set_dimmed(self, dimmed: bool) -> None:
        """Whether the page's white is darkened."""
        self.dimmed = dimmed
        self.viewport().update()

    @property
    def zoom(self) -> float:
        """The zoom; 1.0 where the page is as wide as the view."""
        return self._zoom

    # ---- geometry ---------------------------------------------------------------------------------------------------

    def _room(self) -> QSize:
        """What there is to draw in; never nothing, as it may be for a moment while widgets are laid out."""
        return self.viewport().size().expandedTo(QSize(1, 1))

    def _scale(self) -> float:
        """Logical pixels to one pixel of the image."""
        return self._zoom * self._room().width() / max(self._image.width(), 1)

    def _page_size(self) -> QSize:
        scale = self._scale()
        return QSize(round(self._image.width() * scale), round(self._image.height() * scale))

    def _first_zoom(self) -> float:
        if not self._printed:
            room, image = self._room(), self._image.size()
            height = room.height() * image.width() / max(image.height() * room.width(), 1)
            own = image.width() / self.devicePixelRatioF() / room.width()
            return max(min(1.0, height, own), _TINIEST)  # whole, and never larger than it is
        left, right = self._column
        return min(max(0.93 / max(right - left, 0.1), 1.0), _COLUMN_MOST)

    def _set_zoom(self, zoom: float, *, chosen: bool = True) -> None:
        if self._image.isNull():
            return
        self._chosen = chosen
        self._show_bar()
        middle = QPointF(self.viewport().width() / 2, self.viewport().height() / 2)
        seen = (middle - self._corner()) / self._scale()
        passage = self._passage_is_seen()
        self._zoom = min(max(zoom, min(_LEAST, self._first_zoom())), _MOST)
        self._scaled = QImage()
        self._resize_bars()
        if passage:
            self._show_passage()  # zooming must not push what was cited out of sight
        else:
            self._centre(seen)
        self.viewport().update()
        self.zoomed.emit()

    def _show_bar(self) -> None:
        """At the zoom of the text column the page's margins are cut off on purpose: no bar invites to see them."""
        bar = Qt.ScrollBarPolicy.ScrollBarAsNeeded if self._chosen else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setHorizontalScrollBarPolicy(bar)

    def _resize_bars(self) -> None:
        page, room = self._page_size(), self.viewport().size()
        for bar, whole, seen in (
            (self.horizontalScrollBar(), page.width(), room.width()),
            (self.verticalScrollBar(), page.height(), room.height()),
        ):
            bar.setPageStep(seen)
            bar.setSingleStep(SPACE[6])
            bar.setRange(0, max(0, whole - seen))

    def _corner(self) -> QPointF:
        """Where the page's corner is in the viewport: a page narrower or lower than it is centred."""
        page, room = self._page_size(), self.viewport().size()
        x = max(0, (room.width() - page.width()) // 2) - self.horizontalScrollBar().value()
        # A picture has its place in the middle; a page begins at the top.
        above = 0 if self._printed else max(0, (room.height() - page.height()) // 2)
        return QPointF(x, above - self.verticalScrollBar().value())

    def _centre(self, spot: QPointF) -> None:
        scale = self._scale()
        self.horizontalScrollBar().setValue(round(spot.x() * scale - self.viewport().width() / 2))
        self.verticalScrollBar().setValue(round(spot.y() * scale - self.viewport().height() / 2))

    def _passage_is_seen(self) -> bool:
        if not self._boxes:
            return False
        corner, scale = self._corner(), self._scale()
        first = self._boxes[0]
        shown = QRectF(corner + first.topLeft() * scale, first.size() * scale)
        return QRectF(self.viewport().rect()).intersects(shown)

    def _show_passage(self) -> None:
        left, right = self._column
        middle = (left + right) / 2 * self._image.width()
        if self._boxes:
            around = self._boxes[0]
            for box in self._boxes[1:]:
                around = around.united(box)
            reach = self.viewport().width() / self._scale() / 2
            # The column stays in view unless the passage stands outside it.
            seen = abs(around.center().x() - middle) + around.width() / 2 <= reach or around.width() > 2 * reach
            self._centre(QPointF(middle if seen else around.center().x(), around.center().y()))
        else:
            self._centre(QPointF(middle, 0))
        self.viewport().update()

    # ---- what Qt asks -----------------------------------------------------------------------------------------------

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rounded = QPainterPath()
        rounded.addRoundedRect(QRectF(self.viewport().rect()), RADIUS["s"], RADIUS["s"])
        painter.setClipPath(rounded)
        painter.fillPath(rounded, self._theme.color("sunken"))
        if not self._image.isNull():
            self._paint_page(painter)
        painter.setClipping(False)
        around = self.viewport().hasFocus() or self.hasFocus()
        painter.setPen(QPen(self._theme.color("focus" if around else "line"), 2 if around else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        inset = 1.0 if around else 0.5
        painter.drawRoundedRect(
            QRectF(self.viewport().rect()).adjusted(inset, inset, -inset, -inset), RADIUS["s"], RADIUS["s"]
        )

    def _paint_page(self, painter: QPainter) -> None:
        corner, scale, page = self._corner(), self._scale(), self._page_size()
        ratio = self.devicePixelRatioF()
        where = QRectF(corner, page.toSizeF())
        if scale * ratio < 1:
            # Drawing an image far smaller than it is skips pixels; a smoothly scaled copy does not.
            if self._scaled.isNull():
                self._scaled = self._image.scaled(
                    page * ratio, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
                )
            painter.drawImage(where, self._scaled)
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(where, self._image)
        marks = QPainterPath()
        marks.setFillRule(Qt.FillRule.WindingFill)
        for box in self._boxes:
            marks.addRoundedRect(
                QRectF(corner + box.topLeft() * scale, box.size() * scale).adjusted(-2, -1, 2, 1), 2, 2
            )
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        # One simplified shape: two overlapping bands would be darker where they meet.
        painter.fillPath(marks.simplified(), self._theme.color("mark_wash"))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        if self.dimmed and self._printed:
            painter.fillRect(where, self._theme.color("dim"))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._image.isNull():
            return
        self._scaled = QImage()
        self._resize_bars()
        if not self._chosen:
            self._zoom = self._first_zoom()
            self._resize_bars()
            self._show_passage()

    @override
    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag = event.position().toPoint()
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is None:
            return
        moved = event.position().toPoint() - self._drag
        self._drag = event.position().toPoint()
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - moved.x())
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() - moved.y())

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drag = None
        self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)


def text_column(image: QImage) -> tuple[float, float]:
    """Where the printed part of a page begins and ends, as shares of its width; (0, 1) for an empty page."""
    if image.isNull():
        return 0.0, 1.0
    height = max(1, round(image.height() * _SAMPLE / image.width()))
    small = image.scaled(
        QSize(_SAMPLE, height), Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    ).convertToFormat(QImage.Format.Format_Grayscale8)
    grey, line = bytes(small.constBits()), small.bytesPerLine()
    printed = [x for x in range(_SAMPLE) if min(grey[x::line]) < _INK]
    if not printed:
        return 0.0, 1.0
    return printed[0] / _SAMPLE, (printed[-1] + 1) / _SAMPLE
