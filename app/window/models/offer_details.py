"""All that is known of a model on offer, and its download."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.base.models import CatalogueEntry, Download
from app.window.controls import model_wording as words
from app.window.controls.theme import SPACE, set_kind
from app.window.controls.widgets import button, label, pill
from app.window.controls.wording import listed, size


class OfferDetails(QWidget):
    """The details. download_wanted(CatalogueEntry): begin to download it."""

    download_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.offer: CatalogueEntry | None = None
        self.name = label("", "title", wrap=True, selectable=True)
        self.facts = label("", "small", wrap=True)
        self.verdict = pill("", "ok")
        self.told = label("", "small", wrap=True)
        self.download = button("Download", "primary", lambda: self.download_wanted.emit(self.offer))
        self.state = label("", "small", wrap=True)
        self.source = label("", "small", wrap=True, selectable=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE[4] + 2, SPACE[4], SPACE[4] + 2, SPACE[4])
        column.setSpacing(SPACE[2])
        for part in (self.name, self.facts):
            column.addWidget(part)
        column.addWidget(self.verdict, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.download, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.state)
        for title, part in (("What it is", self.told), ("Where it comes from", self.source)):
            head = label(title, "section")
            head.setContentsMargins(0, SPACE[3], 0, 0)
            column.addWidget(head)
            column.addWidget(part)
        column.addStretch(1)

    def show_offer(self, offer: CatalogueEntry, download: Download | None, *, here: bool) -> None:
        """Show a model on offer, and how its download stands."""
        self.offer = offer
        self.name.setText(offer.name)
        self.facts.setText(words.offer_facts(offer))
        self.verdict.setVisible(bool(offer.verdict))
        if offer.verdict:
            text, level = words.VERDICTS[offer.verdict]
            self.verdict.setText(text)
            set_kind(self.verdict, f"pill-{level}")
        self.download.setVisible(download is None and not here)
        self.state.setText("It is on this computer already." if here else words.download_line(download) if download
                           else "")  # fmt: skip
        self.state.setVisible(bool(self.state.text()))
        task = offer.task[:1].upper() + offer.task[1:].rstrip(".")
        spoken = f"It knows {listed(offer.languages)}." if offer.languages else ""
        needs = f"It needs about {size(offer.memory_bytes)} of memory. " if offer.memory_bytes else ""
        verdict = needs + words.OFFER_VERDICTS.get(offer.verdict, "")
        self.told.setText("\n".join(part for part in (f"{task}.", spoken, verdict) if part))
        self.source.setText(f"{offer.repository} on Hugging Face\n{offer.file}")
