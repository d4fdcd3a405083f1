"""A stretch of text with the numbers of its lines and the cited passage marked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent, QTextCharFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QWidget
from typing_extensions import override

from app.base.foreign_text import harmless
from app.window.controls import theme as look
from app.window.controls.theme import SIZE, SPACE, Theme

_SMALLEST, _LARGEST = 10, 28


class _Gutter(QWidget):
    """The numbers beside the lines."""

    def __init__(self, lines: LinesView) -> None:
        super().__init__(lines)
        self._lines = lines

    @override
    def sizeHint(self) -> QSize:
        return QSize(self._lines.gutter_width(), 0)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        self._lines.paint_gutter(self, event)


class LinesView(QPlainTextEdit):
    """Read-only text. Program text keeps a fixed width; other text is set for reading."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._first = 1
        self._marks: list[tuple[int, int]] = []
        self._size = 0
        self._numbered = True
        self._untouched = True  # the person has not scrolled: the mark stays in the middle
        self.setProperty("kind", "lines")
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.document().setDocumentMargin(SPACE[3])
        self._gutter = _Gutter(self)
        self.updateRequest.connect(self._on_update)
        self.blockCountChanged.connect(self._resize_gutter)
        self.verticalScrollBar().actionTriggered.connect(self._on_scrolled)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self._show_marks()
        self._gutter.update()

    def set_lines(self, text: str, first: int, marks: Sequence[tuple[int, int]], *, code: bool, numbered: bool) -> None:
        """Show `text`, whose first line has the number `first`, and mark these (start, end) of its characters."""
        kind = "code" if code else "body"
        self._size = look.TYPE[kind].px
        self._first = first
        self._numbered = numbered
        self._gutter.setVisible(numbered)
        self.setFont(look.font(kind))
        shown, self._marks = _as_shown(text, marks)
        self.setPlainText(shown)
        self._resize_gutter()
        self._show_marks()
        self._untouched = True
        self._scroll_to_mark()

    def zoom_by(self, steps: int) -> None:
        """Larger (positive) or smaller letters."""
        self._size = min(max(self._size + steps, _SMALLEST), _LARGEST)
        font = QFont(self.font())
        font.setPixelSize(self._size)
        self.setFont(font)
        self._resize_gutter()

    def gutter_width(self) -> int:
        """Pixels that the numbers need."""
        digits = len(str(self._first + self.blockCount() - 1))
        return self.fontMetrics().horizontalAdvance("0") * max(digits, 2) + SPACE[4] if self._numbered else 0

    def paint_gutter(self, gutter: QWidget, event: QPaintEvent) -> None:
        """Paint the numbers of the lines that `event` touches; those of marked lines stand out."""
        painter = QPainter(gutter)
        painter.setFont(self.font())
        marked = self._marked_blocks()
        block = self.firstVisibleBlock()
        while block.isValid():
            area = self.blockBoundingGeometry(block).translated(self.contentOffset())
            if area.top() > event.rect().bottom():
                break
            number = block.blockNumber()
            if number in marked:
                edge = QRectF(gutter.width() - SIZE["mark_edge"], area.top(), SIZE["mark_edge"], area.height())
                painter.fillRect(edge, self._theme.color("mark_line"))
            painter.setPen(self._theme.color("accent" if number in marked else "text3"))
            line = QRect(0, round(area.top()), gutter.width() - SPACE[2], self.fontMetrics().height())
            painter.drawText(
                line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(self._first + number)
            )
            block = block.next()

    def _marked_blocks(self) -> set[int]:
        document = self.document()
        marked: set[int] = set()
        for start, end in self._marks:
            first = document.findBlock(start).blockNumber()
            marked.update(range(first, document.findBlock(max(start, end - 1)).blockNumber() + 1))
        return marked

    def _show_marks(self) -> None:
        format_ = QTextCharFormat()
        format_.setBackground(self._theme.color("mark"))
        format_.setForeground(self._theme.color("text"))
        selections = []
        for start, end in self._marks:
            selection = QTextEdit.ExtraSelection()
            cursor = QTextCursor(self.document())
            cursor.setPosition(start)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            selection.cursor = cursor
            selection.format = format_
            selections.append(selection)
        self.setExtraSelections(selections)

    def _scroll_to_mark(self) -> None:
        cursor = QTextCursor(self.document())
        if self._marks:
            cursor.setPosition(self._marks[0][0])
        self.setTextCursor(cursor)
        self.centerCursor()

    def _resize_gutter(self) -> None:
        self.setViewportMargins(self.gutter_width(), 0, 0, 0)
        area = self.contentsRect()
        self._gutter.setGeometry(QRect(area.left(), area.top(), self.gutter_width(), area.height()))

    def _on_update(self, rect: QRect, dy: int) -> None:
        if dy:
            self._gutter.scroll(0, dy)
        else:
            self._gutter.update(0, rect.y(), self._gutter.width(), rect.height())

    def _on_scrolled(self) -> None:
        self._untouched = False

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._resize_gutter()
        if self._untouched:
            self._scroll_to_mark()


def _as_shown(text: str, marks: Sequence[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """`text` as Qt takes it, one letter a line break, and the marks counted as Qt counts: in UTF-16 units."""
    shown = harmless(text.replace("\r\n", "\n").replace("\r", "\n"))

    def units(offset: int) -> int:
        before = text[:offset].replace("\r\n", "\n")
        return len(before.encode("utf-16-le", "surrogatepass")) // 2

    length = len(shown.encode("utf-16-le", "surrogatepass")) // 2
    spans = [(min(units(start), length), min(units(end), length)) for start, end in marks]
    return shown, [(start, end) for start, end in spans if start < end]
