"""What a selection of the transcript is as text: chips as [1], lists with their markers, tables with tabs."""

from __future__ import annotations

from PySide6.QtGui import QTextBlock, QTextCursor

from app.window.text.text_formats import CHIP, CHIP_SPACE, EMPTY, INLINE_CODE, MARKER


def selected_text(cursor: QTextCursor) -> str:
    """The selected text, as a person would have typed it."""
    start, end = cursor.selectionStart(), cursor.selectionEnd()
    document = cursor.document()
    block = document.findBlock(start)
    parts: list[str] = []
    row = -1
    while block.isValid() and block.position() <= end:
        if block.blockFormat().property(EMPTY):
            block = block.next()
            continue
        inside = QTextCursor(block)
        table = inside.currentTable()
        now = table.cellAt(inside).row() if table is not None else -1
        if parts:
            parts.append("\t" if now == row and now >= 0 else "\n")
        row = now
        marker = block.blockFormat().property(MARKER)
        if marker and start <= block.position():
            parts.append(f"{marker if marker[0].isdigit() else '-'} ")
        parts.append(_text(block, start, end))
        block = block.next()
    return "".join(parts).strip("\n")


def _text(block: QTextBlock, start: int, end: int) -> str:
    made: list[str] = []
    each = block.begin()
    while not each.atEnd():
        fragment = each.fragment()
        text = _cut(fragment.text(), start - fragment.position(), end - fragment.position())
        chip = fragment.charFormat().property(CHIP)
        if chip is not None:
            text = f"[{chip}]" if chip > 0 and text else " " if chip == CHIP_SPACE and text else ""
        elif fragment.charFormat().property(INLINE_CODE):
            text = text.strip("\u200a")
        made.append(text.replace("\u2028", "\n"))
        each += 1
    return "".join(made)


def _cut(text: str, start: int, end: int) -> str:
    """The letters from `start` to `end`, which count as Qt does: in UTF-16 units."""
    units = text.encode("utf-16-le")
    return units[2 * max(start, 0) : 2 * max(end, 0)].decode("utf-16-le", "ignore")
