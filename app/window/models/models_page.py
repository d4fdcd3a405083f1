"""The page of chat models: what is here, what can be downloaded, which servers may answer, and how each does."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QVBoxLayout, QWidget
from typing_extensions import override

from app.base.aptitude import Profile
from app.base.chat import LoadOptions
from app.base.errors import Problem
from app.base.models import (
    Catalogue,
    CatalogueEntry,
    DownloadStart,
    ModelInfo,
    ModelsAdd,
    ModelsProfile,
    ModelsRemove,
    ModelsTune,
    ModelsUse,
    ModelsWatch,
)
from app.window.controls.external_apps import confirm
from app.window.controls.file_pickers import choose_folder, choose_model
from app.window.controls.icons import icon
from app.window.controls.model_wording import setup_progress
from app.window.controls.page import PageView
from app.window.controls.popups import pop_up
from app.window.controls.theme import SIZE, SPACE, Theme
from app.window.controls.widgets import Choice, IconLabel, Spinner, button, label
from app.window.controls.wording import folder_name, under_home
from app.window.engine_client import EngineClient
from app.window.models.downloads_card import DownloadsCard
from app.window.models.fetch_dialog import FetchDialog, TokenDialog
from app.window.models.model_jobs import ModelJobs
from app.window.models.model_panes import ModelPanes
from app.window.models.model_rows import SECTIONS
from app.window.models.server_dialog import ServerDialog

PAGE_WIDTH = 1160


class ModelsPage(PageView):
    """The page."""

    def __init__(self, client: EngineClient, theme: Theme) -> None:
        super().__init__()
        self._client = client
        self._theme = theme
        self._offers: list[CatalogueEntry] = []
        self._build()
        client.models_changed.connect(self._show)
        client.downloads_changed.connect(self._show)
        client.setup_changed.connect(self._show_setup)
        client.connected.connect(self._load)
        self._show()
        self._show_setup()

    @override
    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.add.setIcon(icon("plus", theme, SIZE["icon_small"], "on_accent"))
        for part in (self.panes, self.downloads, self.section_choice, self._setup_mark, self._spinner):
            part.set_theme(theme)

    @override
    def arrive(self, subject: str = "") -> None:
        """Give the list the focus. subject: the name of a model, of which the details are shown."""
        if subject:
            self.panes.choose(("model", subject))
        self.panes.list.setFocus(Qt.FocusReason.OtherFocusReason)

    @override
    def go_back(self) -> bool:
        """Show the list again where the details have taken its place; whether they had."""
        return self.panes.close_details()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self.panes.fit(min(self.width(), PAGE_WIDTH) - 2 * SPACE[6])
        super().resizeEvent(event)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._load()
        self._client.refresh_models()

    # ---- its parts

    def _build(self) -> None:
        self.downloads = DownloadsCard(self._client, self._theme)
        self.downloads.token_wanted.connect(self.ask_for_token)
        self.panes = ModelPanes(ModelJobs(self._client, self), self._theme)
        self.panes.used.connect(self.use)
        self.panes.turned.connect(self._on_turned)
        self.panes.download_wanted.connect(self._on_download)
        self.panes.details.forget_wanted.connect(self._on_forget)
        self.panes.details.options_changed.connect(self._on_options_changed)
        self.panes.details.profile_chosen.connect(self._on_profile_chosen)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(SPACE[6], SPACE[5], SPACE[6], SPACE[5])
        column.setSpacing(SPACE[3])
        column.addLayout(self._build_head())
        column.addWidget(self._build_setup())
        column.addWidget(self.downloads)
        column.addLayout(self._build_filters())
        column.addWidget(self.panes, 1)
        self.set_inside(inside, PAGE_WIDTH)

    def _build_head(self) -> QHBoxLayout:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(label("Models", "h1"))
        words.addWidget(label("What answers in its own words. Without one, Familiar answers in quotes.", "small",
                              wrap=True))  # fmt: skip
        self.add = button("Add a model", "primary", self._on_add)
        self.add.setIcon(icon("plus", self._theme, SIZE["icon_small"], "on_accent"))
        head = QHBoxLayout()
        head.setSpacing(SPACE[2])
        head.addLayout(words, 1)
        head.addWidget(self.add, 0, Qt.AlignmentFlag.AlignTop)
        return head

    def _build_setup(self) -> QWidget:
        self._setup_row = QWidget()
        self._setup_mark = IconLabel("triangle-alert", self._theme, size=SIZE["icon_small"], color="warn")
        self._spinner = Spinner(self._theme)
        self.setup_told = label("", "small", wrap=True)
        row = QHBoxLayout(self._setup_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE[2])
        row.addWidget(self._spinner)
        row.addWidget(self._setup_mark)
        row.addWidget(self.setup_told, 1)
        return self._setup_row

    def _build_filters(self) -> QHBoxLayout:
        self.section_choice = Choice("Which models", self._theme)
        self.section_choice.addItem("All models", None)
        for section, text in SECTIONS.items():
            self.section_choice.addItem(text, section)
        self.section_choice.currentIndexChanged.connect(self._on_filter)
        self.text_filter = QLineEdit()
        self.text_filter.setPlaceholderText("Filter by name, size, licence")
        self.text_filter.setAccessibleName("Filter models")
        self.text_filter.setClearButtonEnabled(True)
        self.text_filter.textChanged.connect(self._on_filter)
        row = QHBoxLayout()
        row.setSpacing(SPACE[2])
        row.addWidget(self.section_choice)
        row.addWidget(self.text_filter, 1)
        return row

    # ---- what the engine says

    def _load(self) -> None:
        if self.isVisible():
            self._client.request(Catalogue(), self._on_offers, lambda _: None)

    def _on_offers(self, offers: list[CatalogueEntry]) -> None:
        self._offers = offers
        self._show()

    def _show(self, _: object = None) -> None:
        self.panes.show_rows(self._client.models, self._offers, self._client.downloads)
        self._show_emptiness()

    def _show_emptiness(self) -> None:
        text = self.text_filter.text().strip()
        if not self._client.models_known:
            self.panes.say("Looking for models…")
        else:
            self.panes.say("" if self.panes.models.rowCount() else f"No model matches “{text}”.")

    def _show_setup(self, _: object = None) -> None:
        setup = self._client.setup
        self._setup_row.setVisible(setup.state in ("building", "failed"))
        self._spinner.setVisible(setup.state == "building")
        self._setup_mark.setVisible(setup.state == "failed")
        if setup.state == "building":
            self.setup_told.setText(f"{setup_progress(setup)}. Models can be added meanwhile.")
        elif setup.state == "failed":
            told = setup.text or "The part that runs chat models could not be prepared."
            self.setup_told.setText(f"{told} Quotes work all the same; “familiar doctor” says how to mend it.")

    # ---- what the person does

    def use(self, name: str | None) -> None:
        """Answer with this model from now on."""
        self._client.request(ModelsUse(name=name), self._client.take_own_models)

    def add_file(self) -> None:
        """Let the person choose a GGUF file, and answer with it."""
        path = choose_model(self.window())
        if path:
            self._client.request(ModelsAdd(path=path), self._on_added)

    def fetch(self) -> None:
        """Ask which model of Hugging Face to download."""
        FetchDialog(self.window(), self._client).open()

    def ask_for_token(self) -> None:
        """Ask for a Hugging Face token."""
        TokenDialog(self.window(), self._client).open()

    def add_server(self) -> None:
        """Ask for a server and one of its models."""
        ServerDialog(self.window(), self._client).open()

    def watch_folder(self) -> None:
        """Look for models in a folder of the person's choice, too."""
        path = choose_folder(self.window(), "Choose a folder with models")
        if path:
            self._client.request(ModelsWatch(path=path), lambda _: self._on_watched(path))

    def menu(self) -> QMenu:
        """The ways to add a model; the caller shows and deletes it."""
        menu = QMenu(self)
        entries: tuple[tuple[str, str, Callable[[], None]], ...] = (
            ("download", "Download from Hugging Face…", self.fetch),
            ("file", "A GGUF file on this computer…", self.add_file),
            ("folder", "Look in another folder…", self.watch_folder),
            ("globe", "A server…", self.add_server),
        )
        for name, text, act in entries:
            menu.addAction(icon(name, self._theme), text, act)
        menu.addSeparator()
        menu.addAction(icon("key-round", self._theme), "Hugging Face token…", self.ask_for_token)
        return menu

    def _on_add(self) -> None:
        menu = self.menu()
        corner = self.add.mapToGlobal(self.add.rect().bottomRight())
        corner.setX(corner.x() - menu.sizeHint().width())
        corner.setY(corner.y() + SPACE[1])
        pop_up(menu, corner)

    def _on_added(self, model: ModelInfo) -> None:
        self.panes.choose(("model", model.name))
        self._client.refresh_models()
        self.said.emit(f"Familiar answers with {model.name} now", "", "", None)

    def _on_watched(self, path: str) -> None:
        self._client.refresh_models()
        undo: Callable[[], object] = lambda: self._client.request(  # noqa: E731 - handed over, not named
            ModelsWatch(path=path, watch=False), lambda _: self._client.refresh_models()
        )
        self.said.emit(f"Familiar looks for models in {folder_name(path)}, too", under_home(path), "Undo", undo)

    def _on_filter(self) -> None:
        self.panes.narrow(self.text_filter.text(), self.section_choice.currentData())
        self._show_emptiness()

    def _on_turned(self) -> None:
        """What now stands where the list or the details stood begins at its top."""
        QTimer.singleShot(0, self._scroll_to_panes)  # when they have their heights

    def _scroll_to_panes(self) -> None:
        self.verticalScrollBar().setValue(self.panes.y() - SPACE[3])

    def _on_download(self, offer: CatalogueEntry) -> None:
        self._client.request(DownloadStart(what=offer.name), self._client.take_download, self._on_refused)

    def _on_refused(self, problem: Problem) -> None:
        self.said.emit(problem.title, problem.hint, "", None)

    def _on_forget(self, name: str) -> None:
        model = next((each for each in self._client.models if each.name == name), None)
        if model is None:
            return
        if model.origin == "remote":
            text = "Familiar no longer lists it. Nothing changes on the server."
        else:
            text = f"{under_home(model.path)}\n\nFamiliar no longer lists it. The file stays where it is."
        if confirm(self.window(), f"Forget {name}?", text, "Forget", danger=True):
            self._client.request(ModelsRemove(name=name), self._client.take_own_models)

    def _on_options_changed(self, name: str, options: LoadOptions) -> None:
        self._client.request(ModelsTune(name=name, options=options), self._client.take_model)

    def _on_profile_chosen(self, name: str, profile: Profile | None) -> None:
        self._client.request(ModelsProfile(name=name, profile=profile), self._client.take_model)
