"""How Markdown looks in a document: formats of blocks, cells and letters, and the marks that the view paints by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QTextBlockFormat,
    QTextCharFormat,
    QTextDocument,
    QTextFormat,
    QTextFrameFormat,
    QTextOption,
    QTextTableCellFormat,
    QTextTableFormat,
)

from app.window.controls import theme as look
from app.window.controls.theme import SPACE, TYPE, Theme
from app.window.text.table_widths import CELL_PADDING

_USER: Final = int(QTextFormat.Property.UserProperty.value)
CODE: Final = _USER + 1
"""Block: number of the code box it belongs to, a key of `MarkdownWriter.codes`."""
QUOTE: Final = _USER + 2
"""Block: how many quotes it stands in, plus QUOTE_LEVELS times the number of the outermost."""
QUOTE_LEVELS: Final = 64
RULE: Final = _USER + 3
"""Block: a horizontal rule."""
CHIP: Final = _USER + 4
"""Characters: the number of the citation that they open; CHIP_GAP or CHIP_SPACE for what stands between them."""
CHIP_GAP: Final = 0
CHIP_SPACE: Final = -1
"""A space of the source that must not break the line before a chip."""
MARKER: Final = _USER + 6
"""Block: the number or bullet of the list item that begins with it. Qt's own lists place theirs off the base line."""
INLINE_CODE: Final = _USER + 5
"""Characters: code inside a sentence."""
EMPTY: Final = _USER + 7
"""Block: an empty one that is no line of the text; layouts need it before code and after tables."""

CITE: Final = "cite:"
LINK_SCHEMES: Final = ("http://", "https://", "mailto:")

CODE_HEAD: Final = 34
"""Pixels above the first line of a code box, for its language and its copy button."""
CODE_PAD: Final = SPACE[3]
QUOTE_STEP: Final = SPACE[4]
INDENT: Final = SPACE[5]
"""Pixels by which each list moves its items in."""


def prepare(document: QTextDocument) -> None:
    """Set fonts, margins and wrapping as the writer expects them; once for each document."""
    document.setUndoRedoEnabled(False)
    document.setDocumentMargin(0)
    document.setDefaultFont(look.font("prose"))
    document.setIndentWidth(INDENT)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    option.setTabStopDistance(TYPE["code"].px * 2.4)  # four letters of program text
    document.setDefaultTextOption(option)


@dataclass(frozen=True)
class Style:
    """How the next piece of a sentence is written."""

    color: str = "text"
    kind: str = "prose"
    bold: bool = False
    italic: bool = False
    struck: bool = False
    href: str = ""


def block_format(kind: str, top: float, bottom: float) -> QTextBlockFormat:
    """A block of lines of this kind, with the space above and below it in pixels."""
    made = QTextBlockFormat()
    made.setTopMargin(top)
    made.setBottomMargin(bottom)
    # A fixed line keeps the rhythm under chips and code, and Qt centres its text; a proportional one does neither.
    made.setLineHeight(TYPE[kind].line, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
    return made


def characters_of(theme: Theme, style: Style) -> QTextCharFormat:
    """Letters of this style in a theme's colours."""
    face = TYPE[style.kind]
    made = QTextCharFormat()
    made.setForeground(theme.color(style.color))
    if style.kind != "prose":
        made.setProperty(QTextFormat.Property.FontPixelSize.value, face.px)
    if style.kind == "code":
        made.setFontFamilies([look.code_family()])
    if style.bold:
        made.setFontWeight(600)
    if style.italic:
        made.setFontItalic(True)
    if style.struck:
        made.setFontStrikeOut(True)
    if style.href:
        made.setAnchor(True)
        made.setAnchorHref(style.href)
        made.setFontUnderline(True)
    return made


def cell_format(theme: Theme, *, head: bool, first: bool) -> QTextTableCellFormat:
    """A cell of a table: of its head or of its body, of its first column or of another."""
    made = QTextTableCellFormat()
    made.setTopPadding(SPACE[1])
    made.setBottomPadding(SPACE[1] + 2)
    made.setLeftPadding(0 if first else CELL_PADDING[0])
    made.setRightPadding(CELL_PADDING[1])
    made.setBottomBorder(1)
    made.setBottomBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    made.setBottomBorderBrush(theme.color("line_strong" if head else "line"))
    return made


def table_format(left: float, *, after_code: bool) -> QTextTableFormat:
    """A table that begins at `left`. after_code: whether a code box stands right above it."""
    made = QTextTableFormat()
    made.setBorder(0)
    made.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_None)
    made.setBorderCollapse(True)
    made.setCellSpacing(0)
    made.setCellPadding(0)
    # Qt leaves out the lower margin of the block before a table, in which a code box ends.
    made.setTopMargin(SPACE[1] + 2 + (CODE_PAD + SPACE[1] if after_code else 0))
    made.setBottomMargin(SPACE[3])
    made.setLeftMargin(left)
    return made


def aligned_format(css: str) -> QTextBlockFormat:
    """The block in a cell, to the side that the style of its column names."""
    made = block_format("table", 0, 0)
    if "right" in css:
        made.setAlignment(Qt.AlignmentFlag.AlignRight)
    elif "center" in css:
        made.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    return made
