"""A question as it stands in the transcript."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPaintEvent, QTextBlockFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.foreign_text import harmless, harmless_line
from app.window.chat.attached_files import AttachedChip, AttachedFile
from app.window.chat.message import MessageItem, MessageView, paint_ring
from app.window.controls.flow_layout import FlowLayout
from app.window.controls.theme import RADIUS, SIZE, SPACE, TYPE, Theme
from app.window.controls.widgets import button
from app.window.text.text_formats import prepare
from app.window.text.text_view import TextView

_FOLDED_CHARS = 1500
_FOLDED_LINES = 16


class _Bubble(QFrame):
    """The ground of a question; it would hide a ring that the message paints, and so paints its own."""

    def __init__(self, text: TextView, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self._text = text
        self.setProperty("kind", "bubble")
        text.focus_moved.connect(self.update)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._text.is_reached:
            paint_ring(self, self.theme, QRectF(self.rect()), RADIUS["l"])


class QuestionView(MessageView):
    """What the person asked: letter by letter, in a bubble on the right, a long text folded.

    file_opened(str): the person wants to see a file that the question is about.
    """

    file_opened = Signal(str)

    def __init__(self, item: MessageItem, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._item = item
        self._unfolded = False
        self.files = [AttachedChip(_asked_about(path), theme) for path in item.attachments]
        self.setAccessibleName("You asked")
        self.text = TextView(theme)
        self._bubble = _Bubble(self.text, theme)
        inside = QVBoxLayout(self._bubble)
        # A fixed line carries its letters a little low.
        inside.setContentsMargins(SPACE[4], SPACE[2] - 2, SPACE[4], SPACE[2] + 1)
        inside.setSpacing(SPACE[1])
        self.text.setAccessibleName("You asked")
        prepare(self.text.document())
        inside.addWidget(self.text)
        self._more: QPushButton | None = None
        if self._shown() != item.text:
            self._more = button(f"Show all {len(item.text):,} characters", "toggle", self._unfold)
            inside.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        self._box.setSpacing(SPACE[1])
        if item.attachments:
            flow = FlowLayout(SPACE[1], to_right=True)
            for chip in self.files:
                chip.opened.connect(partial(self.file_opened.emit, chip.file.path))
                flow.addWidget(chip)
            self._box.addLayout(flow)
        self._box.addWidget(self._bubble, 0, Qt.AlignmentFlag.AlignRight)
        self._write()

    @override
    def fit(self, width: int) -> int:
        most = min(SIZE["bubble_max"], max(width - SPACE[6], width * 4 // 5)) - 2 * SPACE[4]
        document = self.text.document()
        document.setTextWidth(most)
        wanted = most if document.lineCount() > 1 and document.idealWidth() > most * 0.8 else int(document.idealWidth())
        self.text.fit(max(min(wanted + 2, most), SPACE[4]))
        self._bubble.updateGeometry()  # a hidden one would keep the size that it had when it was last seen
        return self._settle(width)

    @override
    def set_theme(self, theme: Theme) -> None:
        self._theme = self._bubble.theme = theme
        self.text.set_theme(theme)
        for chip in self.files:
            chip.set_theme(theme)
        self._write()

    @override
    def focus_chain(self) -> list[QWidget]:
        names = [chip.name_button for chip in self.files]
        return [*names, self.text, *([self._more] if self._more is not None else [])]

    def _shown(self) -> str:
        """What of the question is shown: its beginning, if it is long and was not unfolded."""
        whole = self._item.text
        lines = whole.split("\n")
        if self._unfolded or (len(whole) <= _FOLDED_CHARS and len(lines) <= _FOLDED_LINES):
            return whole
        return "\n".join(lines[:_FOLDED_LINES])[:_FOLDED_CHARS].rstrip() + "…"

    def _write(self) -> None:
        document = self.text.document()
        document.setPlainText(harmless(self._shown()))
        cursor = QTextCursor(document)
        cursor.select(QTextCursor.SelectionType.Document)
        block = QTextBlockFormat()
        block.setLineHeight(TYPE["body"].line, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor.mergeBlockFormat(block)

    def _unfold(self) -> None:
        self._unfolded = True
        if self._more is not None:
            self._more.hide()
        self._write()
        self.text.setFocus()
        self.resized.emit()


def _asked_about(path: str) -> AttachedFile:
    return AttachedFile(path, harmless_line(PurePath(path).name), waiting=False)
