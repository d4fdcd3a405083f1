"""Quotes from the person's files under an answer that a model is still writing: there at once, gone when it is done."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.window.controls.theme import SPACE, Theme
from app.window.controls.widgets import label, show_if
from app.window.text.streamed_markdown import MarkdownStream
from app.window.text.text_view import TextView


class FirstQuotesView(QWidget):
    """The best quotes of what the model reads, with their numbers. Hidden while there are none."""

    link_chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._shown = ""
        self.text = TextView(theme)
        self.text.setAccessibleName("Quotes from your files")
        self.text.link_activated.connect(self.link_chosen)
        self._stream = MarkdownStream(self.text.document(), theme)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, SPACE[2], 0, 0)
        box.setSpacing(SPACE[1])
        box.addWidget(label("From your files, while the model reads · Esc keeps these and stops it", "caption"))
        box.addWidget(self.text)
        self.hide()

    def show_quotes(self, text: str, tips: Mapping[int, str]) -> None:
        """Show these; "" for none. tips: what each chip's tool tip says, by its number."""
        if text != self._shown:
            self._shown = text
            self._stream.rewrite(text, cited=dict(tips), verbatim=True, whole=True)
            self.text.set_code(self._stream.codes, self._stream.languages)
        show_if(self, bool(text))

    def fit(self, width: int) -> None:
        """Lay out for this width."""
        if self._shown:
            self.text.fit_tables(width)
            self.text.fit(width)

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self.text.set_theme(theme)
        self._stream.rewrite(self._shown, theme=theme, whole=True)

    def focus_chain(self) -> list[QWidget]:
        """What the Tab key visits."""
        return [self.text] if self._shown else []
