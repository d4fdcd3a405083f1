"""Which model a new person begins with: one that is here, one that fits and can be downloaded, or quotes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from app.base.foreign_text import harmless_line
from app.base.model_wording import trouble
from app.base.models import CatalogueEntry, ModelInfo
from app.window.controls import model_wording as words
from app.window.controls.theme import SPACE
from app.window.controls.widgets import set_tip
from app.window.controls.wording import size

LARGEST = 4_500_000_000
"""Parameters of the largest model that is suggested unasked: beyond that a processor alone makes a person wait."""
MOST_FOUND = 2


class Beginning(NamedTuple):
    """A way to begin. name: of the model; of one to download, its name in the catalogue."""

    kind: Literal["quotes", "use", "download"]
    name: str = ""


QUOTES = Beginning("quotes")


class FirstModel(QWidget):
    """The ways to begin, one of them chosen. changed(): another one is."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._chosen: Beginning | None = None
        self._group = QButtonGroup(self)
        self._ways: dict[Beginning, QRadioButton] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE[1])
        self.show_ways([], [])

    @property
    def chosen(self) -> Beginning:
        """The way that is ticked."""
        return next((way for way, button in self._ways.items() if button.isChecked()), QUOTES)

    @property
    def texts(self) -> list[str]:
        """What is offered, from top to bottom."""
        return [button.text() for button in self._ways.values()]

    def choose(self, way: Beginning) -> None:
        """Tick a way, as the person would."""
        self._chosen = way
        if way in self._ways:
            self._ways[way].setChecked(True)
            self.changed.emit()

    def show_ways(self, models: Sequence[ModelInfo], offers: Sequence[CatalogueEntry]) -> None:
        """Offer what there is. What the person ticked stays ticked; else the best that costs nothing is."""
        ways = _ways(models, offers)
        free = next((way for way in ways if way.kind == "use"), QUOTES)
        wanted = self._chosen if self._chosen in ways else free
        for button in self._ways.values():
            self._group.removeButton(button)
            self._column.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._ways = {}
        for way, (text, tip) in ways.items():
            button = QRadioButton(harmless_line(text).replace("&", "&&"))
            set_tip(button, tip)
            button.setChecked(way == wanted)
            button.clicked.connect(lambda _=False, way=way: self.choose(way))
            self._group.addButton(button)
            self._ways[way] = button
            self._column.addWidget(button)
            button.show()
        self.changed.emit()


def _ways(models: Sequence[ModelInfo], offers: Sequence[CatalogueEntry]) -> dict[Beginning, tuple[str, str]]:
    """Each way to begin, with its text and its tool tip, best first."""
    usable = [model for model in models if not trouble(model)]
    fitting = [model for model in usable if model.in_use or model.fit is None or model.fit.verdict == "fits"]
    own = sorted((model for model in fitting if model.origin != "found"), key=lambda model: not model.in_use)
    found = [model for model in fitting if model.origin == "found" and model.fit is not None]
    found.sort(key=lambda model: -model.parameters)
    ways: dict[Beginning, tuple[str, str]] = {}
    for model in [*own[: MOST_FOUND + 1], *found[:MOST_FOUND]]:
        place = f", found in {model.place}" if model.origin == "found" and model.place else ""
        via = f", via {words.host(model)}" if model.origin == "remote" else ""
        now = ", as now" if model.in_use else ""
        ways[Beginning("use", model.name)] = (f"{model.name}{place}{via}{now}", words.facts(model))
    here = {model.name for model in models}
    small = [offer for offer in offers if offer.verdict == "fits" and offer.parameters <= LARGEST]
    best = max((offer for offer in small if offer.name not in here), key=lambda offer: offer.parameters, default=None)
    if best is not None:
        text = f"Download {best.name} ({size(best.size_bytes)}). It fits this computer."
        ways[Beginning("download", best.name)] = (text, words.offer_facts(best))
    ways[QUOTES] = ("Go on with quotes", "You can add a model at any time")
    return ways
