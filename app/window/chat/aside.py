"""What a model wrote of which the files bear nothing out: folded away below what they say."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.claim_wording import aside_title
from app.base.values import Answer
from app.window.controls.disclosure import Disclosure, sunken
from app.window.controls.theme import SPACE, Theme
from app.window.controls.widgets import show_if
from app.window.text.claim_marks import mark_claims
from app.window.text.streamed_markdown import MarkdownStream
from app.window.text.text_view import TextView


class AsideView(Disclosure):
    """Unfolds to the model's words, what is not borne out underlined. Hidden while there are none."""

    link_chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, opens="Shows the words.", opened="The words are shown.")
        self._answer: Answer | None = None
        self._width = 0
        self.text: TextView | None = None
        self._box.setContentsMargins(0, SPACE[2], 0, 0)
        self.hide()

    def show_answer(self, answer: Answer | None) -> None:
        """Show what of this answer is beside it, if there is any."""
        if answer == self._answer:
            return
        self._answer = answer
        self.text = None
        self.fold()
        self.set_title(aside_title(answer) if answer is not None and answer.unfounded else "")
        show_if(self, bool(self._title))

    def fit(self, width: int) -> None:
        """Lay out for this width."""
        self._width = width
        if self.text is not None:
            inside = width - 2 * SPACE[3]
            self.text.fit_tables(inside)
            self.text.fit(inside)

    @override
    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        if self.text is not None:
            self.text.set_theme(theme)
            self._fill(self.text)

    @override
    def focus_chain(self) -> list[QWidget]:
        if not self._title:
            return []
        return [self.toggle, *([self.text] if self.text is not None and self.is_open else [])]

    @override
    def _build(self) -> QFrame:
        frame = sunken()
        self.text = TextView(self._theme)
        self.text.setAccessibleName(self._title)
        self.text.link_activated.connect(self.link_chosen)
        self._fill(self.text)
        inner = QVBoxLayout(frame)
        inner.setContentsMargins(SPACE[3], SPACE[2], SPACE[3], SPACE[2])
        inner.addWidget(self.text)
        self.fit(self._width)
        return frame

    def _fill(self, text: TextView) -> None:
        assert self._answer is not None
        stream = MarkdownStream(text.document(), self._theme)
        stream.rewrite(self._answer.unfounded, whole=True)
        mark_claims(text.document(), self._answer.claims, self._theme)
        text.set_code(stream.codes, stream.languages)
