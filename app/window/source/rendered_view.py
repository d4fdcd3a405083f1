"""Markdown shown as it is meant, with the quote marked where it is found in what is shown."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QFont, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QScrollArea, QTextEdit, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.quote_match import find
from app.window.controls.theme import SPACE, Theme
from app.window.source.lines_view import as_shown
from app.window.text.markdown import MarkdownWriter
from app.window.text.text_formats import LINK_SCHEMES, prepare
from app.window.text.text_view import TextView

_LEAST, _MOST = 0.8, 2.0
_STEP = 1.1


class RenderedView(QScrollArea):
    """A stretch of Markdown in a column. link_opened(str): a web or mail address in it was chosen."""

    link_opened = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._markdown = ""
        self._quote = ""
        self._mark = -1  # where the quote begins; -1 if it is not here
        self._zoom = 1.0
        self._untouched = True
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("kind", "document")
        self.setWidgetResizable(True)
        self.text = TextView(theme)
        self.text.link_activated.connect(self._on_link)
        self._paper = QWidget()
        self._paper.setProperty("kind", "paper")
        column = QVBoxLayout(self._paper)
        column.setContentsMargins(SPACE[4], SPACE[4], SPACE[4], SPACE[4])
        column.addWidget(self.text)
        column.addStretch(1)
        self.setWidget(self._paper)
        self._fit_later = QTimer(self, interval=0, singleShot=True)
        self._fit_later.timeout.connect(self._fit)
        self.viewport().installEventFilter(self)
        self.verticalScrollBar().actionTriggered.connect(self._on_scrolled)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.text.set_theme(theme)
        self._write()

    def set_markdown(self, markdown: str, quote: str) -> None:
        """Show this, scrolled to the quote if it stands in it."""
        self._markdown, self._quote = markdown, quote
        self._untouched = True
        self._write()

    def zoom_by(self, steps: int) -> None:
        """Larger (positive) or smaller letters; the mark stays where it is looked at."""
        self._zoom = min(max(self._zoom * _STEP**steps, _LEAST), _MOST)
        self._write()

    def zoom_to_default(self) -> None:
        """Letters of the usual size."""
        self._zoom = 1.0
        self._write()

    @property
    def marked(self) -> str:
        """The words that are marked; "" if none."""
        return " … ".join(each.cursor.selectedText() for each in self.text.extraSelections())

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.viewport() and event.type() == QEvent.Type.Resize:
            self._fit_later.start()
        return super().eventFilter(watched, event)

    # ---- inner

    def _write(self) -> None:
        document = self.text.document()
        document.clear()
        prepare(document)
        writer = MarkdownWriter(document, self._theme, {})
        # Imported with the first text to show, as in the chat: the parser takes its time.
        from app.window.text.markdown_dialect import file_parser

        writer.write(file_parser().parse(self._markdown))
        if self._zoom != 1.0:
            self._enlarge()
        self.text.set_code(writer.codes, writer.languages)
        self._show_marks()
        self._fit()

    def _enlarge(self) -> None:
        """Set letters and lines of the whole document larger or smaller."""
        block = self.text.document().begin()
        while block.isValid():
            cursor = QTextCursor(block)
            shape = block.blockFormat()
            shape.setLineHeight(shape.lineHeight() * self._zoom, shape.lineHeightType())
            cursor.setBlockFormat(shape)
            pieces = block.begin()
            spans = []
            while not pieces.atEnd():
                piece = pieces.fragment()
                spans.append((piece.position(), piece.length(), piece.charFormat().font()))
                pieces += 1
            for position, length, font in spans:
                cursor.setPosition(position)
                cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
                letters = QTextCharFormat()
                letters.setProperty(QTextCharFormat.Property.FontPixelSize.value, self._pixels(font))
                cursor.mergeCharFormat(letters)
            block = block.next()

    def _pixels(self, font: QFont) -> int:
        px = font.pixelSize() if font.pixelSize() > 0 else self.text.document().defaultFont().pixelSize()
        return max(round(px * self._zoom), 8)

    def _show_marks(self) -> None:
        """Mark the quote in what is shown: its letters and digits, whatever marks of Markdown stand between them."""
        plain = self.text.toPlainText()
        _, spans = as_shown(plain, find(self._quote, plain).spans if self._quote else ())
        form = QTextCharFormat()
        form.setBackground(self._theme.color("mark"))
        form.setForeground(self._theme.color("text"))
        made = []
        for start, end in spans:
            cursor = QTextCursor(self.text.document())
            cursor.setPosition(start)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            selection = QTextEdit.ExtraSelection()
            selection.cursor = cursor
            selection.format = form
            made.append(selection)
        self.text.setExtraSelections(made)
        self._mark = spans[0][0] if spans else -1

    def _fit(self) -> None:
        width = max(self.viewport().width() - 2 * SPACE[4], 1)
        self.text.fit_tables(width)
        self.text.fit(width)
        self.text.place_copy_buttons()
        if self._untouched:
            self._scroll_to_mark()

    def _scroll_to_mark(self) -> None:
        top = 0
        if self._mark >= 0:
            start = QTextCursor(self.text.document())
            start.setPosition(self._mark)
            top = self.text.y() + self.text.cursorRect(start).top() - self.viewport().height() // 3
        height = self.text.height() + 2 * SPACE[4]
        self._paper.resize(self.viewport().width(), max(height, self.viewport().height()))
        self.verticalScrollBar().setValue(max(top, 0))

    def _on_scrolled(self) -> None:
        self._untouched = False

    def _on_link(self, address: str) -> None:
        if address.lower().startswith(LINK_SCHEMES):
            self.link_opened.emit(address)
