"""The foot of the pane: the cited words, and how they stand in the file now."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.values import Citation
from app.window.controls.theme import SIZE, SPACE, set_kind
from app.window.controls.widgets import label, pill
from app.window.source.shown_file import QuoteBadge


class PaneFoot(QWidget):
    """A citation's number, its badge, a note and its quote."""

    def __init__(self) -> None:
        super().__init__()
        self._cited = label("", "section")
        self.badge = pill("", "ok")
        self._quote = label("", "small", wrap=True, selectable=True)
        self._quote.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.quote_area = QScrollArea()
        self.quote_area.setFrameShape(QFrame.Shape.NoFrame)
        self.quote_area.setProperty("kind", "bare")
        self.quote_area.setWidgetResizable(True)
        self.quote_area.setWidget(self._quote)
        self.quote_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.note = label("", "warn", wrap=True)
        row = QHBoxLayout()
        row.addWidget(self._cited)
        row.addStretch(1)
        row.addWidget(self.badge)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, SPACE[1], 0, 0)
        box.setSpacing(SPACE[1])
        box.addLayout(row)
        box.addWidget(self.note)
        box.addWidget(self.quote_area)
        self.hide()

    def show_citation(self, citation: Citation) -> None:
        """Show the cited words; nothing is said of them yet."""
        self._cited.setText(f"Cited as {citation.n}")
        self._quote.setText(f"“{' '.join(citation.quote.split())}”")
        self.quote_area.verticalScrollBar().setValue(0)
        self._fit_quote()
        self.show_badge(None)
        self.show()

    def show_badge(self, badge: QuoteBadge | None) -> None:
        """Say how the words stand; None: nothing can be said here."""
        self.badge.setVisible(badge is not None)
        self.note.setVisible(badge is not None and bool(badge.note))
        if badge is not None:
            self.badge.setText(badge.text)
            set_kind(self.badge, f"pill-{badge.level}")
            self.note.setText(badge.note)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_quote()

    def _fit_quote(self) -> None:
        """As much room as the quote needs, up to some five lines; a longer one scrolls."""
        self.quote_area.setFixedHeight(min(self._quote.heightForWidth(max(self.width(), 1)) + 1, SIZE["quote"]))
