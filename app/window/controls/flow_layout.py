"""A row of widgets that wraps."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QStyle
from typing_extensions import override

from app.window.controls.theme import SPACE


class FlowLayout(QLayout):
    """Puts widgets in a row and goes on in the next row where they do not fit. to_right: rows end at the right edge."""

    def __init__(self, gap: int = SPACE[2], *, to_right: bool = False) -> None:
        super().__init__()
        self._gap = gap
        self._to_right = to_right
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(QMargins())

    @override
    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    @override
    def count(self) -> int:
        return len(self._items)

    @override
    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    @override
    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    @override
    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    @override
    def hasHeightForWidth(self) -> bool:
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    @override
    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    @override
    def sizeHint(self) -> QSize:
        sizes = [item.sizeHint() for item in self._visible()]
        width = sum(size.width() for size in sizes) + self._gap * max(0, len(sizes) - 1)
        return QSize(width, max((size.height() for size in sizes), default=0))

    @override
    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._visible():
            size = size.expandedTo(item.minimumSize())
        return size

    def _visible(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _place(self, rect: QRect, *, move: bool) -> int:
        y = rect.y()
        for row in self._rows(rect.width()):
            height = max(size.height() for _, size in row)
            used = sum(size.width() for _, size in row) + self._gap * (len(row) - 1)
            x = rect.x() + (rect.width() - used if self._to_right else 0)
            for item, size in row:
                if move:
                    item.setGeometry(self._mirrored(QRect(QPoint(x, y), size), rect))
                x += size.width() + self._gap
            y += height + self._gap
        return max(y - self._gap - rect.y(), 0)

    def _mirrored(self, box: QRect, rect: QRect) -> QRect:
        """Where something goes in the person's direction of writing."""
        parent = self.parentWidget()
        return box if parent is None else QStyle.visualRect(parent.layoutDirection(), rect, box)

    def _rows(self, width: int) -> list[list[tuple[QLayoutItem, QSize]]]:
        rows: list[list[tuple[QLayoutItem, QSize]]] = []
        width = max(width, 0)  # Qt asks with what is left of a room that is too small, which can be less than nothing
        left = -1
        for item in self._visible():
            size = item.sizeHint()
            size.setWidth(min(size.width(), width))
            if left < size.width():
                rows.append([])
                left = width
            rows[-1].append((item, size))
            left -= size.width() + self._gap
        return rows
