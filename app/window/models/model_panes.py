"""The list of models and, beside it or in its place, the details of the one that was chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.models import CatalogueEntry, Download, ModelInfo
from app.window.controls.icons import icon
from app.window.controls.theme import SIZE, SPACE, Theme
from app.window.controls.widgets import button, label
from app.window.models.model_details import ModelDetails
from app.window.models.model_jobs import ModelJobs
from app.window.models.model_rows import ModelRow, ModelsModel, OfferRow, Row, Section, key
from app.window.models.models_list import ModelsListView, act_of
from app.window.models.offer_details import OfferDetails

ONE_PANE_PX = 700
LIST_HEIGHT = 300
DETAILS_HEIGHT = 460
WIDEST_PX = 16_777_215
"""Qt's own largest width, which takes a limit away."""


class ModelPanes(QWidget):
    """Both panes. What the person wants of a model is said by `details`; download_wanted(CatalogueEntry) of an offer.

    used(str): answer with the model of this name. turned(): list or details took the place of the other.
    """

    used = Signal(str)
    turned = Signal()
    download_wanted = Signal(object)

    def __init__(self, jobs: ModelJobs, theme: Theme) -> None:
        super().__init__()
        self._jobs = jobs
        self._theme = theme
        self._wanted: tuple[str, str] | None = None
        self._one = False
        self._details_open = False
        self.models = ModelsModel(self)
        self.list = ModelsListView(self.models, theme)
        self.list.setMinimumHeight(LIST_HEIGHT)
        self.list.selectionModel().currentChanged.connect(self._on_current_changed)
        self.list.opened.connect(self._on_opened)
        self.list.act_wanted.connect(self._on_act)
        self.empty = label("", "small", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setMinimumHeight(LIST_HEIGHT)
        self._list_card = QFrame()
        self._list_card.setProperty("kind", "card")
        column = QVBoxLayout(self._list_card)
        column.setContentsMargins(SPACE[1], SPACE[1], SPACE[1], SPACE[1])
        column.setSpacing(0)
        column.addWidget(self.empty)
        column.addWidget(self.list, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE[3])
        row.addWidget(self._list_card, 1)
        row.addWidget(self._build_details())
        jobs.changed.connect(self._on_job_changed)
        self._show_details()

    @property
    def chosen(self) -> tuple[str, str] | None:
        """The key of the row that was chosen."""
        return self._wanted

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.back.setIcon(icon("chevron-left", theme, SIZE["icon_small"], "text"))
        self.list.set_theme(theme)
        self.details.set_theme(theme)

    def show_rows(
        self, models: Sequence[ModelInfo], offers: Sequence[CatalogueEntry], downloads: Sequence[Download]
    ) -> None:
        """Show these; what was chosen stays so, and the list where it was scrolled to."""
        scrolled = self.list.verticalScrollBar().value()
        self.models.show(models, offers, downloads)
        self._select_wanted()
        self.list.verticalScrollBar().setValue(scrolled)
        self._show_details()

    def narrow(self, text: str, only: Section | None) -> None:
        """Show only models with these words, of this section."""
        self.models.narrow(text, only)
        self._select_wanted()
        self._show_details()

    def say(self, text: str) -> None:
        """Show a sentence instead of the list; "" shows the list."""
        self.empty.setText(text)
        self.empty.setVisible(bool(text))
        self.list.setVisible(not text)

    def choose(self, wanted: tuple[str, str]) -> None:
        """Show the details of the row with this key, now or as soon as it is there."""
        self._wanted = wanted
        self._select_wanted()

    def fit(self, room: int) -> None:
        """Show both panes beside each other, or one of them where there is no room for both.

        room: pixels that the page has for them without a scroll bar. Their own width would not do: one pane is the
        higher, and where the page scrolls for it, it would be the scroll bar that decides whether there is one.
        """
        self._one = room < ONE_PANE_PX
        self._fit()

    def close_details(self) -> bool:
        """Show the list again where the details have taken its place; whether they had."""
        if not (self._one and self._details_open):
            return False
        self._details_open = False
        self._fit()
        self.turned.emit()
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    # ---- its parts

    def _build_details(self) -> QFrame:
        self.details = ModelDetails(self._theme)
        self.details.use_wanted.connect(self.used)
        self.details.measure_wanted.connect(self._jobs.measure)
        self.details.test_wanted.connect(self._jobs.test)
        self.details.inspect_wanted.connect(self._jobs.inspect)
        self.details.cancel_wanted.connect(self._jobs.cancel)
        self.offer = OfferDetails()
        self.offer.download_wanted.connect(self.download_wanted)
        self.nothing = label("Choose a model to see what it needs and how it does.", "small", wrap=True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setContentsMargins(SPACE[5], SPACE[6], SPACE[5], SPACE[6])
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.nothing, self.details, self.offer):
            part.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
            column.addWidget(part)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setProperty("kind", "bare")
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(inside)
        self._scroll.viewport().setAutoFillBackground(False)  # the card shows through
        inside.setAutoFillBackground(False)
        self.back = button("All models", "ghost", self._on_back)
        self.back.setIcon(icon("chevron-left", self._theme, SIZE["icon_small"], "text"))
        self._details_card = QFrame()
        self._details_card.setProperty("kind", "card")
        self._details_card.setAccessibleName("Details")
        card = QVBoxLayout(self._details_card)
        card.setContentsMargins(1, SPACE[1], 1, 1)
        card.setSpacing(0)
        card.addWidget(self.back, 0, Qt.AlignmentFlag.AlignLeft)
        card.addWidget(self._scroll, 1)
        return self._details_card

    # ---- what happens

    def _on_back(self) -> None:
        self.close_details()

    def _select_wanted(self) -> None:
        index = self.models.index_of(self._wanted) if self._wanted is not None else QModelIndex()
        if not index.isValid():
            index = self.models.first()
        if index != self.list.currentIndex():
            wanted = self._wanted
            self.list.setCurrentIndex(index)
            self._wanted = wanted  # it may come yet; what stands in for it was not the person's choice

    def _on_current_changed(self, index: QModelIndex) -> None:
        row = self.models.row(index)
        if row is not None:
            self._wanted = key(row)
            self._scroll.verticalScrollBar().setValue(0)
        self._show_details()

    def _show_details(self) -> None:
        row = self.models.row(self.list.currentIndex())
        if isinstance(row, ModelRow):
            self.details.show_model(row.model, self._jobs.job(row.model.name))
        elif isinstance(row, OfferRow):
            self.offer.show_offer(row.offer, row.download, here=row.here)
        self.details.setVisible(isinstance(row, ModelRow))
        self.offer.setVisible(isinstance(row, OfferRow))
        self.nothing.setVisible(not isinstance(row, (ModelRow, OfferRow)))

    def _on_job_changed(self, name: str) -> None:
        row = self.models.row(self.list.currentIndex())
        if isinstance(row, ModelRow) and row.model.name == name:
            self._show_details()

    def _on_opened(self, by_keyboard: bool) -> None:
        """A row was chosen: in a narrow window the details take the list's place."""
        if self._one:
            self._details_open = True
            self._fit()
            self.turned.emit()
        if self._one or by_keyboard:
            self._first_control().setFocus(Qt.FocusReason.TabFocusReason)

    def _first_control(self) -> QWidget:
        """What the focus goes to in the details."""
        if not self.offer.isHidden():
            ways: tuple[QWidget, ...] = (self.offer.download, self.back)
        else:
            ways = (self.details.use, self.details.measure, self.details.forget, self.back)
        return next((way for way in ways if way.isEnabled() and not way.isHidden()), self.list)

    def _on_act(self, row: Row) -> None:
        act = act_of(row)
        if isinstance(row, ModelRow) and act == "use":
            self.used.emit(row.model.name)
        elif isinstance(row, OfferRow) and act == "download":
            self.download_wanted.emit(row.offer)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Escape or not self.close_details():
            super().keyPressEvent(event)

    def _fit(self) -> None:
        self.back.setVisible(self._one)
        self._list_card.setVisible(not (self._one and self._details_open))
        self._details_card.setVisible(not self._one or self._details_open)
        self._details_card.setMinimumHeight(DETAILS_HEIGHT if self._one else 0)
        self._details_card.setMinimumWidth(0 if self._one else SIZE["details"])
        self._details_card.setMaximumWidth(WIDEST_PX if self._one else SIZE["details"])
