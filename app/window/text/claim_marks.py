"""The marks of a model's statements that the files do not bear out, in a document that shows its answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtGui import QTextBlock, QTextCharFormat, QTextCursor, QTextDocument, QTextFragment

from app.base import quote_match
from app.base.claim_wording import claim_note
from app.base.foreign_text import harmless
from app.base.values import Claim
from app.window.controls.theme import Theme
from app.window.text.text_formats import CHIP


def mark_claims(document: QTextDocument, claims: Sequence[Claim], theme: Theme) -> None:
    """Underline each statement that was not found, or only partly, and say why in its tool tip."""
    text = document.toPlainText()
    for claim in claims:
        note = claim_note(claim)
        if not note:
            continue
        line = QTextCharFormat()
        line.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
        line.setUnderlineColor(theme.color("warn" if claim.verdict == "partly" else "danger"))
        line.setToolTip(harmless(note))
        for start, end in quote_match.find(claim.text, text).spans:
            _apply(document, start, end, line)


def _apply(document: QTextDocument, start: int, end: int, line: QTextCharFormat) -> None:
    """Give a stretch its line, chips and the gaps around them apart: these say what they open."""
    cursor = QTextCursor(document)
    block = document.findBlock(start)
    while block.isValid() and block.position() < end:
        # Marking splits fragments, so they are all looked at before.
        pieces = [(piece.position(), piece.position() + piece.length(), piece.charFormat()) for piece in _pieces(block)]
        for piece_start, piece_end, shape in pieces:
            first, last = max(start, piece_start), min(end, piece_end)
            if first < last and not shape.hasProperty(CHIP):
                cursor.setPosition(first)
                cursor.setPosition(last, QTextCursor.MoveMode.KeepAnchor)
                cursor.mergeCharFormat(line)
        block = block.next()


def _pieces(block: QTextBlock) -> Iterator[QTextFragment]:
    at = block.begin()
    while not at.atEnd():
        yield at.fragment()
        at += 1
