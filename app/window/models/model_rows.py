"""The rows of the models page: what is here, what other programs have, what can be downloaded, what servers offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from typing_extensions import override

from app.base.foreign_text import harmless, harmless_line
from app.base.model_wording import trouble
from app.base.models import CatalogueEntry, Download, ModelInfo
from app.window.controls import model_wording as words
from app.window.controls.widgets import tip
from app.window.controls.wording import under_home

Index = QModelIndex | QPersistentModelIndex
Section = Literal["here", "servers", "found", "offers"]
ROOT = QModelIndex()
SECTIONS: dict[Section, str] = {
    "here": "On this computer",
    "found": "In other places",
    "offers": "To download",
    "servers": "On servers",
}
"""The sections and what they are called, from top to bottom."""

EMPTY: dict[Section, str] = {
    "here": "No chat model here yet. Download one, or add a GGUF file that you have.",
    "found": "No model was found in LM Studio, Ollama, GPT4All, Jan, the Hugging Face cache or a folder of yours.",
    "offers": "The list of models to download could not be read.",
    "servers": "No server. Familiar can also answer through Ollama, vLLM or a hosted service, if you add it.",
}
"""What an empty section says."""


@dataclass(frozen=True)
class HeadRow:
    """A section's title. number: of its models."""

    section: Section
    number: int


@dataclass(frozen=True)
class NoteRow:
    """What is said where a section has no models."""

    section: Section
    text: str


@dataclass(frozen=True)
class ModelRow:
    """A model that can be used, or could be."""

    model: ModelInfo


@dataclass(frozen=True)
class OfferRow:
    """A model to download. download: that of it, if there is one. here: whether it is on this machine already."""

    offer: CatalogueEntry
    download: Download | None = None
    here: bool = False


Row = HeadRow | NoteRow | ModelRow | OfferRow


def key(row: Row) -> tuple[str, str]:
    """What makes a row the same row when its contents change."""
    if isinstance(row, ModelRow):
        return "model", row.model.name
    if isinstance(row, OfferRow):
        return "offer", row.offer.name
    return type(row).__name__, row.section


def section_of(model: ModelInfo) -> Section:
    """Where a model is listed."""
    if model.origin == "remote":
        return "servers"
    return "found" if model.origin == "found" else "here"


class ModelsModel(QAbstractListModel):
    """The rows, narrowed to a section and to words. Headings and notes can be neither chosen nor reached by keys."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: dict[Section, list[ModelRow | OfferRow]] = {section: [] for section in SECTIONS}
        self._rows: list[Row] = []
        self._words: list[str] = []
        self._only: Section | None = None

    def show(
        self, models: Sequence[ModelInfo], offers: Sequence[CatalogueEntry], downloads: Sequence[Download]
    ) -> None:
        """Replace all rows; those that stay the same rows keep their place."""
        rows: dict[Section, list[ModelRow | OfferRow]] = {section: [] for section in SECTIONS}
        for model in models:
            rows[section_of(model)].append(ModelRow(model))
        files = {PurePath(model.path).name for model in models if section_of(model) == "here"}
        names = {model.name for model in models if section_of(model) == "here"}
        under_way = {(each.repository, each.file): each for each in reversed(downloads) if each.state != "done"}
        for offer in offers:
            here = PurePath(offer.file).name in files or offer.name in names
            rows["offers"].append(OfferRow(offer, under_way.get((offer.repository, offer.file)), here))
        self._all = rows
        self._narrow()

    def narrow(self, text: str, only: Section | None) -> None:
        """Show only models with all these words in what is known of them; only: of this section."""
        self._words = text.casefold().split()
        self._only = only
        self._narrow()

    def row(self, index: Index) -> Row | None:
        """What stands in a row."""
        return self._rows[index.row()] if index.isValid() else None

    def index_of(self, wanted: tuple[str, str]) -> QModelIndex:
        """The row with this key; an invalid index if it is not shown."""
        for number, row in enumerate(self._rows):
            if key(row) == wanted:
                return self.index(number)
        return QModelIndex()

    def first(self) -> QModelIndex:
        """The row to begin with: the model in use, else the first that can be chosen."""
        choices = [number for number, row in enumerate(self._rows) if isinstance(row, (ModelRow, OfferRow))]
        for number in choices:
            row = self._rows[number]
            if isinstance(row, ModelRow) and row.model.in_use:
                return self.index(number)
        return self.index(choices[0]) if choices else QModelIndex()

    @override
    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        if isinstance(self.row(index), (ModelRow, OfferRow)):
            return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        return Qt.ItemFlag.NoItemFlags

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return harmless_line(title(row))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return harmless(" ".join(part.rstrip(".") + "." for part in spoken(row) if part))
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(hover(row))
        return None

    def _narrow(self) -> None:
        rows: list[Row] = []
        for section in SECTIONS:
            if self._only not in (None, section):
                continue
            matching: list[Row] = [row for row in self._all[section] if self._matches(row)]
            if self._words and not matching:
                continue
            if section == "found" and not matching and self._only is None:
                continue  # nothing of others is no news
            rows.append(HeadRow(section, len(matching)))
            rows += matching or [NoteRow(section, EMPTY[section])]
        if rows == self._rows:
            return
        if [key(row) for row in rows] == [key(row) for row in self._rows]:
            changed = [number for number, (new, old) in enumerate(zip(rows, self._rows, strict=True)) if new != old]
            self._rows = rows
            self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def _matches(self, row: ModelRow | OfferRow) -> bool:
        if not self._words:
            return True
        known = " ".join((*spoken(row), hover(row))).casefold()
        return all(word in known for word in self._words)


def title(row: Row) -> str:
    """A row's first line."""
    if isinstance(row, ModelRow):
        return row.model.name
    if isinstance(row, OfferRow):
        return row.offer.name
    return SECTIONS[row.section] if isinstance(row, HeadRow) else row.text


def state(row: ModelRow | OfferRow) -> str:
    """A row's third line: trouble first, then a note, else how fast it is and how well it uses tools."""
    if isinstance(row, OfferRow):
        if row.download is not None:
            return words.download_line(row.download)
        return "Already on this computer" if row.here else words.offer_task(row.offer)
    model = row.model
    if model.origin == "remote" and not trouble(model):
        return model.note or "Asks you once in each conversation before anything is sent"
    parts = (words.speed_line(model.speed), words.tools_line(model.template))
    return trouble(model) or model.note or " · ".join(part for part in parts if part)


def spoken(row: Row) -> tuple[str, ...]:
    """All of a row, for screen readers and for finding it."""
    if isinstance(row, ModelRow):
        model = row.model
        used = "In use" if model.in_use else ""
        verdict = words.verdict_sentence(model.fit) if model.fit is not None else ""
        return model.name, used, words.facts(model), verdict, state(row)
    if isinstance(row, OfferRow):
        verdict = words.OFFER_VERDICTS.get(row.offer.verdict, "")
        return row.offer.name, words.offer_facts(row.offer), verdict, state(row)
    return (f"{SECTIONS[row.section]}: {row.number}",) if isinstance(row, HeadRow) else (row.text,)


def hover(row: Row) -> str:
    """A row's tool tip: how it fits, and where it lies."""
    if isinstance(row, ModelRow):
        model = row.model
        verdict = words.verdict_sentence(model.fit) if model.fit is not None else ""
        explained = words.TOOLS[model.template.tools][1] if model.template is not None else ""
        parts = (trouble(model), verdict, words.note(model), explained, under_home(model.path))
        return " ".join(part for part in parts if part)
    if isinstance(row, OfferRow):
        offer = row.offer
        return " ".join(part for part in (words.OFFER_VERDICTS.get(offer.verdict, ""), offer.repository) if part)
    return ""
