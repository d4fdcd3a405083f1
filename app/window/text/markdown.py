"""Markdown written into a QTextDocument through a cursor. No HTML is made or read, so there is none to clean.

Images are never loaded; only http, https and mailto become links. `[n]` of a known citation becomes a chip: a link
`cite:n` whose pill the view paints. What the view paints under the text (boxes of code, bars of quotes, rules, pills)
is marked by the properties below.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)  # fmt: skip

from app.base.foreign_text import harmless
from app.window.controls.theme import SPACE, Theme
from app.window.text.code_colors import colored
from app.window.text.quote_numbers import quote_number
from app.window.text.text_formats import (
    CHIP,
    CHIP_GAP,
    CHIP_SPACE,
    CITE,
    CODE,
    CODE_HEAD,
    CODE_PAD,
    EMPTY,
    INDENT,
    INLINE_CODE,
    LINK_SCHEMES,
    MARKER,
    QUOTE,
    QUOTE_LEVELS,
    QUOTE_STEP,
    RULE,
    Style,
    aligned_format,
    block_format,
    cell_format,
    characters_of,
    table_format,
)

if TYPE_CHECKING:
    from markdown_it.token import Token

_BLOCK_GAP: Final = 10
_BULLETS: Final = "•◦▪"
_NARROW_SPACE: Final = "\u202f"
_HAIR_SPACE: Final = "\u200a"
_LINE_SEPARATOR: Final = "\u2028"
_NO_BREAK_SPACE: Final = "\u00a0"
_ADDRESS = re.compile(r"(https?://[^\s<>“”\"]*[^\s<>“”\".,;:!?'()\[\]{}])")


@dataclass
class _List:
    """A list being written. number: of its next item. marked: whether the next block is to carry that marker."""

    ordered: bool
    number: int
    marked: bool = False


@dataclass(frozen=True)
class Mark:
    """An end of a document: its position and block format, whether that block is unused yet, how many code boxes."""

    position: int
    block: QTextBlockFormat
    fresh: bool
    boxes: int


class MarkdownWriter:
    """Appends Markdown tokens to the end of a document that `prepare` has seen.

    cited: tool tip of every citation number that becomes a chip; other `[n]` stay as they are. captions: what stands,
    as it is, above the quote that each number ends. verbatim: paragraphs that begin with “ are quotes. codes: source of
    each code box, by number; languages: likewise.
    """

    def __init__(
        self,
        document: QTextDocument,
        theme: Theme,
        cited: Mapping[int, str],
        *,
        captions: Mapping[int, str] | None = None,
        verbatim: bool = False,
    ) -> None:
        self._document = document
        self._theme = theme
        self._cited = cited
        self._captions = captions or {}
        self._verbatim = verbatim
        self._cursor = QTextCursor(document)
        self._lists: list[_List] = []
        self._quotes = 0
        self._quoted = 0  # outermost quotes so far
        self._boxes = 0
        self._fresh = True  # the last block is empty and waits for a format
        self.codes: dict[int, str] = {}
        self.languages: dict[int, str] = {}

    def write(self, tokens: Sequence[Token], *, number: int | None = None, ahead: Sequence[Token] = ()) -> None:
        """Append parsed Markdown. ahead: what follows it. number: of the first item, where it goes on a list."""
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        self._cursor.beginEditBlock()
        self._lists.clear()
        self._quotes = 0
        at = 0
        while at < len(tokens):
            if self._captions and tokens[at].level == 0:
                self._caption(self._captions.get(quote_number([*tokens[at:], *ahead]), ""))
            at = self._block(tokens, at, number if at == 0 else None)
        self._cursor.endEditBlock()

    def mark(self) -> Mark:
        """Where the document ends now, to come back to with `cut`."""
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        return Mark(self._cursor.position(), self._cursor.blockFormat(), self._fresh, self._boxes)

    def cut(self, mark: Mark) -> None:
        """Take back everything written since `mark`."""
        cursor = self._cursor
        cursor.setPosition(mark.position)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        cursor.setBlockFormat(mark.block)  # joining two blocks may have left the second one's
        self._fresh = mark.fresh
        if self._fresh:
            self._shrink_last()
        for number in range(mark.boxes + 1, self._boxes + 1):
            del self.codes[number], self.languages[number]
        self._boxes = mark.boxes

    def extend_code(self, text: str) -> None:
        """Append plain lines to the code box that ends the document."""
        cursor = self._cursor
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        number = cursor.blockFormat().property(CODE)
        self._bottom(0)
        text = harmless(text)
        cursor.insertText(text, characters_of(self._theme, Style("code_text", "code")))
        self._bottom(_BLOCK_GAP + CODE_PAD)
        cursor.endEditBlock()
        self.codes[number] = self.codes.get(number, "") + text

    # ---- blocks -----------------------------------------------------------------------------------------------------

    def _block(self, tokens: Sequence[Token], at: int, number: int | None) -> int:
        token = tokens[at]
        match token.type:
            case "heading_open":
                face = {"h1": "heading1", "h2": "heading2", "h3": "heading3"}.get(token.tag, "heading4")
                top = 0 if self._lists else SPACE[2]
                self._sentence(tokens[at + 1].children or [], Style(kind=face, bold=True), top=top, bottom=SPACE[1] + 2)
                return at + 3
            case "paragraph_open":
                self._paragraph(tokens[at + 1])
                return at + 3
            case "bullet_list_open" | "ordered_list_open":
                start = token.attrGet("start")
                first = number if number is not None else int(start) if start is not None else 1
                self._lists.append(_List(token.type == "ordered_list_open", first))
            case "list_item_open":
                self._lists[-1].marked = True
            case "list_item_close":
                self._bare_marker()
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
                if not self._lists and not self._cursor.blockFormat().hasProperty(CODE):
                    self._bottom(_BLOCK_GAP)
            case "blockquote_open":
                self._bare_marker()
                self._quoted += not self._quotes
                self._quotes += 1
            case "blockquote_close":
                self._quotes -= 1
            case "fence" | "code_block":
                self._code(token.content.removesuffix("\n"), token.info.split()[0] if token.info.split() else "")
            case "hr":
                self._rule()
            case "table_open":
                return self._table(tokens, at)
            case _:
                pass
        return at + 1

    def _caption(self, text: str) -> None:
        """Write what stands above a quote."""
        if text:
            style = Style(color="text3", kind="caption")
            block = block_format(style.kind, SPACE[2] if self._cursor.position() else 0, SPACE[1])
            self._new_block(block, characters_of(self._theme, style))
            self._cursor.insertText(text)

    def _new_block(self, block: QTextBlockFormat, characters: QTextCharFormat) -> None:
        if self._quotes:
            block.setProperty(QUOTE, self._quotes + QUOTE_LEVELS * self._quoted)
            block.setLeftMargin(block.leftMargin() + self._quotes * QUOTE_STEP)
        if self._fresh:
            self._cursor.setBlockFormat(block)
            self._cursor.setBlockCharFormat(characters)
            self._cursor.setCharFormat(characters)
            self._fresh = False
        else:
            self._cursor.insertBlock(block, characters)

    def _sentence(self, words: Sequence[Token], style: Style, *, top: float = 0, bottom: float = _BLOCK_GAP) -> None:
        block = block_format(style.kind, top, bottom)
        block.setIndent(len(self._lists))
        item = self._lists[-1] if self._lists else None
        if item is not None and item.marked:
            block.setProperty(MARKER, f"{item.number}." if item.ordered else _BULLETS[(len(self._lists) - 1) % 3])
            item.number += 1
            item.marked = False
        self._new_block(block, characters_of(self._theme, style))
        self._inline(words, style)

    def _paragraph(self, inline: Token) -> None:
        quoted = self._verbatim and inline.content.startswith("“")
        self._quotes += quoted
        self._quoted += quoted
        style = Style(color="text2" if self._quotes and not quoted else "text")
        self._sentence(
            inline.children or [], style, bottom=SPACE[1] if self._lists else SPACE[3] if quoted else _BLOCK_GAP
        )
        self._quotes -= quoted

    def _bare_marker(self) -> None:
        """Write an item's marker where no sentence follows it directly."""
        if self._lists and self._lists[-1].marked:
            self._sentence([], Style(), bottom=SPACE[1])

    def _code(self, source: str, language: str) -> None:
        self._bare_marker()
        self._boxes += 1
        number = self._boxes
        source = harmless(source)
        self.codes[number] = source
        self.languages[number] = harmless(language)
        top = CODE_HEAD + (0 if self._cursor.position() == 0 else _BLOCK_GAP)
        if self._fresh:
            # Qt leaves out the upper margin, in which the head stands, of the first block and of the one after a table.
            self._shrink_last()
            self._fresh = False
        first = True
        for text, color in colored(source, language) if source else [("", "code_text")]:
            characters = characters_of(self._theme, Style(color, "code"))
            for index, line in enumerate(text.split("\n")):
                if first or index:
                    block = block_format("code", top if first else 0, 0)
                    block.setProperty(CODE, number)
                    block.setLeftMargin(CODE_PAD + len(self._lists) * INDENT)
                    block.setRightMargin(CODE_PAD)
                    block.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
                    self._new_block(block, characters)
                    first = False
                if line:
                    self._cursor.insertText(line, characters)
        self._bottom(_BLOCK_GAP + CODE_PAD)

    def _rule(self) -> None:
        self._bare_marker()
        block = QTextBlockFormat()
        block.setLineHeight(1, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        block.setTopMargin(SPACE[3])
        block.setBottomMargin(SPACE[4])
        block.setProperty(RULE, True)
        self._new_block(block, characters_of(self._theme, Style(kind="caption")))

    def _table(self, tokens: Sequence[Token], at: int) -> int:
        self._bare_marker()
        rows: list[list[tuple[Token, Token]]] = []
        while tokens[at].type != "table_close":
            if tokens[at].type == "tr_open":
                rows.append([])
            elif tokens[at].type in ("th_open", "td_open"):
                rows[-1].append((tokens[at], tokens[at + 1]))
            at += 1
        after_code = not self._fresh and self._cursor.blockFormat().hasProperty(CODE)
        made = table_format(len(self._lists) * INDENT + self._quotes * QUOTE_STEP, after_code=after_code)
        if rows and rows[0]:
            columns = max(len(row) for row in rows)
            if self._fresh:
                self._shrink_last()
            table = self._cursor.insertTable(len(rows), columns, made)
            for y, row in enumerate(rows):
                for x, (opening, inline) in enumerate(row):
                    head = opening.type == "th_open"
                    cell = table.cellAt(y, x)
                    cell.setFormat(cell_format(self._theme, head=head, first=x == 0))
                    self._cursor = cell.firstCursorPosition()
                    self._cursor.setBlockFormat(aligned_format(str(opening.attrGet("style") or "")))
                    cell_style = Style("text2" if head else "text", "table", bold=head)
                    # The block's own character format is where Qt keeps the cell's: it must not be touched here.
                    self._inline(inline.children or [], cell_style)
            self._cursor.movePosition(QTextCursor.MoveOperation.End)
            # Qt keeps an empty block after a table; the next block takes it.
            self._fresh = True
            self._shrink_last()
        return at + 1

    def _shrink_last(self) -> None:
        """Make the empty last block too small to be seen."""
        block = QTextBlockFormat()
        block.setLineHeight(1, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        block.setProperty(EMPTY, True)
        self._cursor.setBlockFormat(block)
        self._cursor.setBlockCharFormat(QTextCharFormat())

    def _bottom(self, margin: float) -> None:
        """Set the space below the last block, unless it is a table."""
        if self._fresh:
            return
        block = self._cursor.blockFormat()
        block.setBottomMargin(margin)
        self._cursor.setBlockFormat(block)

    # ---- sentences --------------------------------------------------------------------------------------------------

    def _inline(self, tokens: Sequence[Token], base: Style) -> None:
        styles = [base]
        for at, token in enumerate(tokens):
            style = styles[-1]
            match token.type:
                case "text":
                    after = tokens[at + 1] if at + 1 < len(tokens) else token
                    before_chip = after.type == "citation" and int(after.content) in self._cited
                    glued = before_chip and token.content.endswith(" ")
                    self._words(token.content[:-1] if glued else token.content, style)
                    if glued:  # the chip stays on the line of the word that it backs
                        self._gap(CHIP_SPACE, style)
                case "softbreak":
                    self._insert(" ", style)
                case "hardbreak":
                    self._cursor.insertText(_LINE_SEPARATOR, characters_of(self._theme, style))
                case "code_inline":
                    self._inline_code(token.content, style)
                case "citation":
                    self._chip(int(token.content), style)
                case "strong_open":
                    styles.append(replace(style, bold=True))
                case "em_open":
                    styles.append(replace(style, italic=True))
                case "s_open":
                    styles.append(replace(style, struck=True))
                case "link_open":
                    href = str(token.attrGet("href") or "")
                    safe = href.lower().startswith(LINK_SCHEMES)
                    styles.append(replace(style, href=href, color="accent") if safe else style)
                case "strong_close" | "em_close" | "s_close" | "link_close":
                    styles.pop()
                case "image":
                    self._insert(f"[image not loaded: {token.content}]", replace(style, color="text3"))
                case _:
                    self._insert(token.content, style)

    def _insert(self, text: str, style: Style) -> None:
        if text:
            self._cursor.insertText(harmless(text.replace("\n", " ")), characters_of(self._theme, style))

    def _words(self, text: str, style: Style) -> None:
        """Write plain words; web addresses among them become links."""
        for at, part in enumerate(_ADDRESS.split(text) if not style.href and not self._verbatim else [text]):
            self._insert(part, replace(style, href=part, color="accent") if at % 2 else style)

    def _inline_code(self, text: str, style: Style) -> None:
        characters = characters_of(self._theme, replace(style, kind="code", color="code_text"))
        characters.setProperty(INLINE_CODE, True)
        self._cursor.insertText(f"{_HAIR_SPACE}{harmless(text)}{_HAIR_SPACE}", characters)

    def _chip(self, number: int, style: Style) -> None:
        if number not in self._cited:
            self._insert(f"[{number}]", style)
            return
        characters = characters_of(self._theme, Style("accent_text", "chip", bold=True, href=f"{CITE}{number}"))
        characters.setFontUnderline(False)
        characters.setProperty(CHIP, number)
        characters.setToolTip(harmless(self._cited[number]))
        self._gap(CHIP_GAP, style)
        self._cursor.insertText(f"{_NO_BREAK_SPACE}{number}{_NO_BREAK_SPACE}", characters)
        self._gap(CHIP_GAP, style)

    def _gap(self, meaning: int, style: Style) -> None:
        kind = style.kind if meaning == CHIP_SPACE else "chip"
        characters = characters_of(self._theme, replace(style, kind=kind, href=""))
        characters.setProperty(CHIP, meaning)
        self._cursor.insertText(_NARROW_SPACE if meaning == CHIP_SPACE else _NO_BREAK_SPACE, characters)
