"""A text of the transcript: as tall as its document, selectable, with boxes, bars and pills under the letters."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QMimeData, QPoint, QPointF, QRectF, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QTextBlock,
    QTextCursor,
    QTextFragment,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QMenu, QTextBrowser
from typing_extensions import override

from app.window.controls import theme as look
from app.window.controls.theme import RADIUS, SIZE, SPACE, Theme
from app.window.controls.widgets import IconButton
from app.window.text.selection import selected_text
from app.window.text.table_widths import fit_tables
from app.window.text.text_formats import (
    CHIP,
    CODE,
    CODE_HEAD,
    CODE_PAD,
    INLINE_CODE,
    LINK_SCHEMES,
    MARKER,
    QUOTE,
    QUOTE_LEVELS,
    QUOTE_STEP,
    RULE,
)

_KEYS_FOR_PAGE = (
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End,
    Qt.Key.Key_Space,
)  # fmt: skip


class TextView(QTextBrowser):
    """Shows a document at its full height; scrolling is the transcript's business.

    Nothing is ever loaded: no image, no style sheet, no link target. `link_activated` says which link was chosen;
    `dragged` where the mouse is, in global coordinates, while it selects.
    """

    link_activated = Signal(str)
    dragged = Signal(QPoint)
    focus_moved = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._languages: Mapping[int, str] = {}
        self._codes: Mapping[int, str] = {}
        self._copies: dict[int, IconButton] = {}
        self._by_keyboard = False  # has the focus, and got it by keyboard
        for each in (self, self.viewport()):
            each.setAcceptDrops(False)  # what is dropped here is for the conversation
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.anchorClicked.connect(self._on_anchor_clicked)
        self.set_theme(theme)

    @property
    def is_reached(self) -> bool:
        """Whether the Tab key has reached the text as a whole, not a link in it: who shows it paints a ring."""
        return self._by_keyboard and not self.textCursor().hasSelection()

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme. The document's own colours are its writer's business."""
        self._theme = theme
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, QColor(Qt.GlobalColor.transparent))
        palette.setColor(QPalette.ColorRole.Highlight, theme.color("accent"))
        palette.setColor(QPalette.ColorRole.HighlightedText, theme.color("on_accent"))
        self.setPalette(palette)
        for copy in self._copies.values():
            copy.set_theme(theme)

    def set_code(self, codes: Mapping[int, str], languages: Mapping[int, str]) -> None:
        """The sources of the code boxes that the document shows, and their languages, by number."""
        self._codes = codes
        self._languages = languages

    def fit(self, width: int) -> None:
        """Become `width` pixels wide and as tall as the document then is."""
        document = self.document()
        if document.textWidth() != width:  # Qt lays everything out anew, even for the same width
            document.setTextWidth(width)
        cursor = self.textCursor()
        if cursor.position() and not (cursor.hasSelection() or self.hasFocus()):
            # Writing carries the cursor along to the end of the text, and Qt scrolls to where it stands.
            cursor.setPosition(0)
            self.setTextCursor(cursor)
        size = document.size()
        wide = size.width() > width + 1
        self.setHorizontalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAsNeeded if wide else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        )
        extra = self.horizontalScrollBar().sizeHint().height() if wide else 0
        if document.lastBlock().blockFormat().property(CODE):
            extra += CODE_PAD  # Qt leaves out the last block's lower margin, in which its box ends
        self.setFixedSize(width, round(size.height() + 0.5) + extra)

    def fit_tables(self, width: int) -> None:
        """Give the columns of tables widths that suit this one; `fit` must follow."""
        fit_tables(self.document(), width)

    def place_copy_buttons(self) -> None:
        """Give every code box its copy button, where the box is now."""
        tops = self._box_tops()
        for number in [number for number in self._copies if number not in tops]:
            self._copies.pop(number).deleteLater()
        for number, top in tops.items():
            if number not in self._copies:
                self._copies[number] = self._copy_button(number)
            button = self._copies[number]
            inset = (CODE_HEAD - SIZE["icon_button"]) // 2
            button.move(self.width() - SIZE["icon_button"] - inset, int(top) + inset)
            button.show()

    def copy_buttons(self) -> list[IconButton]:
        """The copy buttons, from top to bottom."""
        return [self._copies[number] for number in sorted(self._copies)]

    # ---- what Qt asks -----------------------------------------------------------------------------------------------

    @override
    def loadResource(self, type: int, name: QUrl | str) -> object:
        return None

    @override
    def createMimeDataFromSelection(self) -> QMimeData:
        made = QMimeData()
        made.setText(selected_text(self.textCursor()))
        return made

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _KEYS_FOR_PAGE:
            event.ignore()
        else:
            super().keyPressEvent(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.dragged.emit(event.globalPosition().toPoint())

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._by_keyboard = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self.focus_moved.emit()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._by_keyboard = False
        self.focus_moved.emit()

    @override
    def focusNextPrevChild(self, next: bool) -> bool:
        taken = super().focusNextPrevChild(next)  # a link in it may have it now
        self.focus_moved.emit()
        return taken

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        copy = menu.addAction("Copy")
        copy.setEnabled(self.textCursor().hasSelection())
        copy.triggered.connect(self.copy)
        link = self.anchorAt(event.pos())
        if link.lower().startswith(LINK_SCHEMES):
            menu.addAction("Copy link address").triggered.connect(lambda: QGuiApplication.clipboard().setText(link))
        menu.addSeparator()
        menu.addAction("Select all").triggered.connect(self.selectAll)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(event.globalPos())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(-self.horizontalScrollBar().value(), 0)
        self._paint_under(painter, QRectF(event.rect()).translated(self.horizontalScrollBar().value(), 0))
        painter.end()
        super().paintEvent(event)
        if self._by_keyboard and self.textCursor().hasSelection():
            self._paint_focus()

    # ---- painting ---------------------------------------------------------------------------------------------------

    def _paint_under(self, painter: QPainter, clip: QRectF) -> None:
        """Paint what belongs under the letters of the blocks that `clip` touches."""
        layout = self.document().documentLayout()
        reach = CODE_HEAD + SPACE[4]
        at = layout.hitTest(QPointF(0, max(0.0, clip.top() - reach)), Qt.HitTestAccuracy.FuzzyHit)
        block = self.document().findBlock(max(at, 0))
        box: tuple[int, QRectF] | None = None
        while block.isValid():
            rect = layout.blockBoundingRect(block)
            if rect.top() > clip.bottom() + reach:
                break
            shape = block.blockFormat()
            number = shape.property(CODE)
            if box is not None and box[0] != number:
                self._paint_box(painter, *box)
                box = None
            if number:
                if box is None:
                    continues = block.previous().isValid() and block.previous().blockFormat().property(CODE) == number
                    head = reach + clip.height() if continues else CODE_HEAD
                    rect.setLeft(shape.leftMargin() - CODE_PAD)
                    box = (number, rect.adjusted(0, -head, 0, 0))
                else:
                    box = (number, box[1].united(rect))
            self._paint_bars(painter, block, _lines(block, rect), layout.blockBoundingRect(block.next()))
            if shape.property(MARKER):
                self._paint_marker(painter, block, rect, shape.property(MARKER))
            if shape.property(RULE):
                painter.fillRect(QRectF(0, rect.top(), self.width(), 1), self._theme.color("line"))
            self._paint_pills(painter, block, rect)
            block = block.next()
        if box is not None:
            self._paint_box(painter, *box)

    def _paint_box(self, painter: QPainter, number: int, lines: QRectF) -> None:
        right = max(self.viewport().width(), self.document().size().width())
        box = QRectF(lines.left() + 0.5, lines.top() + 0.5, 0, lines.height() + CODE_PAD - 1)
        box.setRight(right - 0.5)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.setBrush(self._theme.color("code_bg"))
        painter.drawRoundedRect(box, RADIUS["m"], RADIUS["m"])
        language = self._languages.get(number, "")
        if language:
            painter.setFont(look.font("caption"))
            painter.setPen(self._theme.color("text3"))
            head = QRectF(box.left() + CODE_PAD, box.top(), box.width() - 2 * CODE_HEAD, CODE_HEAD)
            painter.drawText(head, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, language)

    def _paint_bars(self, painter: QPainter, block: QTextBlock, rect: QRectF, following: QRectF) -> None:
        quote = _quote(block)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("line_strong"))
        for level in range(quote % QUOTE_LEVELS):
            # Bars of neighbouring blocks overlap, so that together they are one.
            top = rect.top() - 6 if _goes_on(quote, _quote(block.previous()), level) else rect.top() - 1
            bottom = following.top() + 2 if _goes_on(quote, _quote(block.next()), level) else rect.bottom() + 1
            painter.drawRoundedRect(QRectF(level * QUOTE_STEP, top, 3, bottom - top), 1.5, 1.5)

    def _paint_marker(self, painter: QPainter, block: QTextBlock, rect: QRectF, marker: str) -> None:
        """Paint a list item's number or bullet before its first line, on its base line."""
        line = block.layout().lineAt(0)
        start = block.layout().position().x() + _x(line.cursorToX(line.textStart()))
        base = rect.top() + line.y() + line.ascent()
        painter.setFont(look.font("prose"))
        painter.setPen(self._theme.color("text2"))
        width = painter.fontMetrics().horizontalAdvance(marker)
        gap = SPACE[2] if marker[0].isdigit() else SPACE[2] + 2
        left = start + gap if block.textDirection() == Qt.LayoutDirection.RightToLeft else start - gap - width
        painter.drawText(QPointF(left, base), marker)

    def _paint_pills(self, painter: QPainter, block: QTextBlock, rect: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        each = block.begin()
        while not each.atEnd():
            fragment = each.fragment()
            letters = fragment.charFormat()
            if (letters.property(CHIP) or 0) > 0:
                painter.setBrush(self._theme.color("accent_soft"))
                self._paint_pill(painter, block, rect, fragment, 17)
            elif letters.property(INLINE_CODE):
                painter.setBrush(self._theme.color("code_bg"))
                painter.setPen(QPen(self._theme.color("line"), 1))
                self._paint_pill(painter, block, rect, fragment, 20)
                painter.setPen(Qt.PenStyle.NoPen)
            each += 1

    def _paint_pill(
        self, painter: QPainter, block: QTextBlock, rect: QRectF, fragment: QTextFragment, height: float
    ) -> None:
        """Paint a rounded ground under a fragment, in each line that it touches."""
        layout = block.layout()
        radius = min(height / 2, RADIUS["s"] if fragment.charFormat().property(INLINE_CODE) else height)
        begin = fragment.position() - block.position()
        end = begin + fragment.length()
        middle = -look.TYPE["prose"].px * 0.36  # half the height of a capital above the base line
        for index in range(layout.lineForTextPosition(begin).lineNumber(), layout.lineCount()):
            line = layout.lineAt(index)
            if line.textStart() >= end:
                break
            first = _x(line.cursorToX(max(begin, line.textStart())))
            last = _x(line.cursorToX(min(end, line.textStart() + line.textLength())))
            base = rect.top() + line.y() + line.ascent() + middle
            wide = max(abs(last - first) + 2, height)
            shape = QRectF(layout.position().x() + (first + last - wide) / 2, base - height / 2, wide, height)
            painter.drawRoundedRect(shape, radius, radius)

    def _paint_focus(self) -> None:
        """Paint a ring around the link that the Tab key has reached."""
        cursor = self.textCursor()
        inside = QTextCursor(cursor)
        inside.setPosition(cursor.selectionStart() + 1)
        if not inside.charFormat().isAnchor():
            return
        start, end = QTextCursor(cursor), QTextCursor(cursor)
        start.setPosition(cursor.selectionStart())
        end.setPosition(cursor.selectionEnd())
        first, last = QRectF(self.cursorRect(start)), QRectF(self.cursorRect(end))
        if first.top() != last.top():
            last = QRectF(self.viewport().width(), first.top(), 0, first.height())
        ring = QRectF(first.topLeft(), last.bottomRight()).normalized().adjusted(-2, -1, 2, 1)
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("focus"), SIZE["focus"]))
        painter.drawRoundedRect(ring, RADIUS["s"], RADIUS["s"])

    # ---- code boxes -------------------------------------------------------------------------------------------------

    def _box_tops(self) -> dict[int, float]:
        layout = self.document().documentLayout()
        tops: dict[int, float] = {}
        block = self.document().begin()
        while block.isValid():
            number = block.blockFormat().property(CODE)
            if number and number not in tops:
                tops[number] = layout.blockBoundingRect(block).top() - CODE_HEAD
            block = block.next()
        return tops

    def _copy_button(self, number: int) -> IconButton:
        language = self._languages.get(number, "")
        name = f"Copy {language} code" if language else "Copy code"
        made = IconButton("copy", name, self._theme, size=SIZE["icon_small"])
        made.setParent(self.viewport())
        made.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._codes.get(number, "")))
        return made

    def _on_anchor_clicked(self, url: QUrl) -> None:
        self.link_activated.emit(url.toString())


def _lines(block: QTextBlock, rect: QRectF) -> QRectF:
    """Where the letters of a block are; its own rectangle does not know of fixed line heights."""
    layout = block.layout()
    if not layout.lineCount():
        return rect
    first, last = layout.lineAt(0), layout.lineAt(layout.lineCount() - 1)
    return QRectF(rect.left(), rect.top() + first.y(), rect.width(), last.y() + last.height() - first.y())


def _quote(block: QTextBlock) -> int:
    """The QUOTE property of a block; 0 where there is none."""
    return int(block.blockFormat().property(QUOTE) or 0) if block.isValid() else 0


def _goes_on(quote: int, other: int, level: int) -> bool:
    """Whether a bar at this level belongs to the same quote in both blocks."""
    return quote // QUOTE_LEVELS == other // QUOTE_LEVELS and other % QUOTE_LEVELS > level


def _x(answer: object) -> float:
    """The x of QTextLine.cursorToX, which answers (x, position)."""
    return float(answer[0]) if isinstance(answer, tuple) else float(str(answer))
