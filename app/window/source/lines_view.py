"""A stretch of text with the numbers of its lines and the cited passage marked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent, QTextCharFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QWidget
from typing_extensions import override

from app.base.foreign_text import harmless
from app.base.preview import Span
from app.window.controls import theme as look
from app.window.controls.theme import SIZE, SPACE, Theme
from app.window.text.code_colors import colored

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
        self._first = 0
        self._marks: list[Span] = []
        self._kind = ""
        self._size = 0
        self._language = ""
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
        self._color()
        self._show_marks()
        self._gutter.update()

    def set_lines(
        self, text: str, marks: Sequence[Span], *, first: int = 0, fixed: bool = False, language: str = ""
    ) -> None:
        """Show `text`, whose first line has the number `first` (0: lines have none), and mark these of its characters.

        fixed: letters of one width. language: of program text, which gets its colours.
        """
        kind = "code" if fixed else "body"
        if kind != self._kind:
            self._kind, self._size = kind, look.TYPE[kind].px
        self._first = first
        self._gutter.setVisible(bool(first))
        self.setFont(self._font())
        shown, self._marks = as_shown(text, marks)
        self.setCurrentCharFormat(QTextCharFormat())  # else the text before gives its last colour to this one
        self.setPlainText(shown)
        self._language = language
        self._color()
        self._resize_gutter()
        self._show_marks()
        self._untouched = True
        self._scroll_to_mark()

    def zoom_by(self, steps: int) -> None:
        """Larger (positive) or smaller letters; what is looked at stays: the mark if it is seen, else the top line."""
        seen = self._mark_is_seen()
        top = self.firstVisibleBlock().position()
        self._size = min(max(self._size + steps, _SMALLEST), _LARGEST)
        self.setFont(self._font())
        self._resize_gutter()
        if seen:
            self._scroll_to_mark()
        else:
            self.verticalScrollBar().setValue(self.document().findBlock(top).firstLineNumber())

    def zoom_to_default(self) -> None:
        """Letters of the usual size."""
        self.zoom_by(look.TYPE[self._kind or "body"].px - self._size)

    def _font(self) -> QFont:
        font = QFont(look.font(self._kind))
        font.setPixelSize(self._size)
        return font

    def _mark_is_seen(self) -> bool:
        if not self._marks:
            return False
        cursor = QTextCursor(self.document())
        cursor.setPosition(self._marks[0][0])
        return self.viewport().rect().intersects(self.cursorRect(cursor))

    def _color(self) -> None:
        """Give program text its colours."""
        if not self._language:
            return
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        end = 0
        for piece, token in colored(self.toPlainText(), self._language):
            cursor.setPosition(end)
            end += len(piece.encode("utf-16-le", "surrogatepass")) // 2  # as Qt counts
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            letters = QTextCharFormat()
            letters.setForeground(self._theme.color(token))
            cursor.setCharFormat(letters)
        cursor.endEditBlock()

    def gutter_width(self) -> int:
        """Pixels that the numbers need."""
        digits = len(str(self._first + self.blockCount() - 1))
        return self.fontMetrics().horizontalAdvance("0") * max(digits, 2) + SPACE[4] if self._first else 0

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


def as_shown(text: str, marks: Sequence[Span]) -> tuple[str, list[Span]]:
    """`text` as Qt takes it, one letter a line break, and the marks counted as Qt counts: in UTF-16 units."""
    shown = harmless(text.replace("\r\n", "\n").replace("\r", "\n"))

    def units(offset: int) -> int:
        before = text[:offset].replace("\r\n", "\n")
        return len(before.encode("utf-16-le", "surrogatepass")) // 2

    length = len(shown.encode("utf-16-le", "surrogatepass")) // 2
    spans = [(min(units(start), length), min(units(end), length)) for start, end in marks]
    return shown, [(start, end) for start, end in spans if start < end]
