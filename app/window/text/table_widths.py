"""Column widths for tables that are wider than the text: words stay whole, and what still does not fit is scrolled."""

from __future__ import annotations

from PySide6.QtGui import QFontMetricsF, QTextDocument, QTextLength, QTextTable

from app.window.controls import theme as look
from app.window.controls.theme import SPACE

CELL_PADDING = (SPACE[2], SPACE[4])
"""Pixels left and right of what a cell holds."""
_TIGHT_PADDING = (SPACE[1], SPACE[1])
_LONGEST_WORD = 220
_NARROWEST = 64


def fit_tables(document: QTextDocument, width: float) -> None:
    """Set the columns of the document's tables for this width. Costs a walk through their cells."""
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            _fit(frame, width - frame.frameFormat().leftMargin())


def _fit(table: QTextTable, width: float) -> None:
    metrics = QFontMetricsF(look.font("table"))
    bold = QFontMetricsF(look.font("strong"))
    least = [0.0] * table.columns()
    whole = [0.0] * table.columns()
    for row in range(table.rows()):
        measure = bold if row == 0 else metrics
        for column in range(table.columns()):
            block = table.cellAt(row, column).firstCursorPosition().block()
            text = block.text()
            whole[column] = max(whole[column], measure.horizontalAdvance(text))
            for word in text.split():
                least[column] = max(least[column], min(measure.horizontalAdvance(word) + 2, _LONGEST_WORD))
    pad = CELL_PADDING
    if sum(whole) + sum(pad) * table.columns() > width:
        pad = _TIGHT_PADDING
    _pad(table, pad)
    room = width - sum(pad) * table.columns()
    _squeeze(least, room)
    made = table.format()
    if sum(whole) <= room:
        wanted = [QTextLength()] * table.columns()
    else:
        spare = max(room - sum(least), 0) / max(sum(whole) - sum(least), 1)
        wanted = [
            QTextLength(QTextLength.Type.FixedLength, low + (high - low) * spare + sum(pad))
            for low, high in zip(least, whole, strict=True)
        ]
    if made.columnWidthConstraints() != wanted:
        made.setColumnWidthConstraints(wanted)
        table.setFormat(made)


def _squeeze(least: list[float], room: float) -> None:
    """Let the longest words break, if that spares the person from scrolling sideways."""
    while (over := sum(least) - room) > 0 and max(least) > _NARROWEST:
        widest = least.index(max(least))
        least[widest] = max(least[widest] - over, _NARROWEST)


def _pad(table: QTextTable, pad: tuple[int, int]) -> None:
    if table.cellAt(0, 0).format().toTableCellFormat().rightPadding() == pad[1]:
        return
    for row in range(table.rows()):
        for column in range(table.columns()):
            cell = table.cellAt(row, column)
            made = cell.format().toTableCellFormat()
            made.setLeftPadding(pad[0] if column else 0)
            made.setRightPadding(pad[1])
            cell.setFormat(made)
