"""The first page a person sees: which folders, which model. Everything has a default, nothing has to be chosen."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)  # fmt: skip
from typing_extensions import override

from app.base.calls import FoldersAdd, SetPreferences, SetupProgress
from app.base.errors import Problem
from app.base.foreign_text import harmless_line
from app.base.index_values import Folder
from app.base.model_wording import trouble
from app.base.models import Catalogue, CatalogueEntry, Download, DownloadStart, ModelInfo, ModelsAdd, ModelsUse
from app.base.paths import resources
from app.window.controls import model_wording as words
from app.window.controls.file_pickers import choose_folder, choose_model, suggested_folders
from app.window.controls.icons import icon, logo
from app.window.controls.model_choice import used_model
from app.window.controls.page import centred
from app.window.controls.theme import SIZE, SPACE, Theme
from app.window.controls.widgets import IconLabel, Spinner, button, label, set_tip
from app.window.controls.wording import folder_name, listed, under_home
from app.window.engine_client import EngineClient
from app.window.models.first_model import QUOTES, Beginning, FirstModel

PAGE_WIDTH = 680
EXPLAINED = (
    "Without a chat model Familiar answers in quotes: the best sentences of your files, each with its source. "
    "A chat model adds answers in its own words."
)
PROMISE = "Files are read and questions answered on this computer."


class _Step(QFrame):
    """A numbered card."""

    def __init__(self, number: int, title: str) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        mark = label(str(number), "strong")
        mark.setFixedWidth(SPACE[4])
        self.column = QVBoxLayout()
        self.column.setSpacing(SPACE[2])
        self.column.addWidget(label(title, "strong"))
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[4] + SPACE[1], SPACE[4], SPACE[4] + SPACE[1], SPACE[4])
        row.setSpacing(SPACE[4])
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self.column, 1)


class _FolderBox(QCheckBox):
    """A folder to tick, its name and place shortened to the room there is."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._whole = harmless_line(f"{folder_name(path)}  ({under_home(path)})")
        self.setAccessibleName(self._whole)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        set_tip(self, path)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        room = event.size().width() - SPACE[6]
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideMiddle, room)
        self.setText(shown.replace("&", "&&"))
        super().resizeEvent(event)


class FirstRun(QScrollArea):
    """The page. finished: the person is done; the preferences say so from now on."""

    finished = Signal()

    def __init__(self, client: EngineClient, theme: Theme) -> None:
        super().__init__()
        self._client = client
        self._offers: list[CatalogueEntry] = []
        self.boxes: list[QCheckBox] = []
        self._logo = QLabel()
        self._lock = IconLabel("lock", theme, size=SIZE["icon_small"])
        self._spinner = Spinner(theme)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(SPACE[5], SPACE[6], SPACE[5], SPACE[6])
        column.setSpacing(SPACE[4])
        column.addLayout(self._build_head())
        column.addWidget(self._build_folders())
        column.addWidget(self._build_model())
        column.addLayout(self._build_foot())
        column.addStretch(1)  # below alone: what appears in a step must not move what stands above it
        self.setWidget(centred(inside, PAGE_WIDTH))
        self.set_theme(theme)
        client.folders_changed.connect(self._on_folders)
        client.models_changed.connect(self._on_models)
        client.setup_changed.connect(self._on_setup)
        client.connected.connect(self._on_connected)
        self._on_folders(client.folders)
        self._on_models(client.models)
        self._on_setup(client.setup)
        self._on_connected()

    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        large = SIZE["logo_large"]
        self._logo.setPixmap(logo(theme, large).pixmap(QSize(large, large), self.devicePixelRatioF()))
        self._lock.set_theme(theme)
        self._spinner.set_theme(theme)
        self.more.setIcon(icon("folder-plus", theme, SIZE["icon_small"], "text"))

    def come_again(self) -> None:
        """Be shown to somebody who has been here: nothing is ticked but what is watched, as nothing else was chosen."""
        for box in self.boxes:
            if box.isEnabled():
                box.setChecked(False)

    def chosen(self) -> list[str]:
        """The folders that are ticked."""
        return [str(box.property("path")) for box in self.boxes if box.isChecked() and box.isEnabled()]

    # ---- its parts

    def _build_head(self) -> QLayout:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(label("Set up Familiar", "h1"))
        words.addWidget(label("Two steps. You can change everything later.", "small", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(SPACE[4])
        row.addWidget(self._logo)
        row.addLayout(words, 1)
        return row

    def _build_folders(self) -> QWidget:
        step = _Step(1, "Folders")
        step.column.addWidget(label("Which folders may Familiar read? It reads them and never changes them.", "small",
                                    wrap=True))  # fmt: skip
        self._boxes_column = QVBoxLayout()
        self._boxes_column.setSpacing(SPACE[1])
        step.column.addLayout(self._boxes_column)
        for position, path in enumerate(suggested_folders()):
            self._add_box(path, checked=position == 0)
        self.more = button("Choose a folder…", "secondary", self._on_more)
        self.sample = button("Try the sample", "ghost", self._on_sample)
        self.sample.setToolTip("Starts with a small folder of invented letters, bills and notes")
        row = QHBoxLayout()
        row.setSpacing(SPACE[2])
        row.addWidget(self.more)
        row.addWidget(self.sample)
        row.addStretch(1)
        step.column.addLayout(row)
        self.folder_problem = self._add_problem(step)
        return step

    def _build_model(self) -> QWidget:
        step = _Step(2, "Model")
        step.column.addWidget(label(EXPLAINED, "small", wrap=True))
        self.model = FirstModel()
        self.model_state = label("", "small", wrap=True)
        self.model.changed.connect(self._on_model_chosen)
        step.column.addWidget(self.model)
        step.column.addWidget(self.model_state)
        self._setup_row = QWidget()
        self.setup_state = label("", "small", wrap=True)
        setup = QHBoxLayout(self._setup_row)
        setup.setContentsMargins(0, 0, 0, 0)
        setup.setSpacing(SPACE[2])
        setup.addWidget(self._spinner)
        setup.addWidget(self.setup_state, 1)
        step.column.addWidget(self._setup_row)
        self.choose_model = button("Choose a GGUF file…", "secondary", self._on_choose_model)
        row = QHBoxLayout()
        row.addWidget(self.choose_model)
        row.addStretch(1)
        step.column.addLayout(row)
        self.model_problem = self._add_problem(step)
        return step

    def _build_foot(self) -> QLayout:
        self.skip = button("Not now", "ghost", self._finish)
        self.start = button("Start", "primary", self._on_start)
        self.start.setDefault(True)
        self.promise = label(PROMISE, "caption", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(SPACE[2])
        row.addWidget(self._lock)
        row.addWidget(self.promise, 1)
        row.addWidget(self.skip)
        row.addWidget(self.start)
        return row

    def _add_problem(self, step: _Step) -> QLabel:
        made = label("", "danger", wrap=True)
        made.hide()
        step.column.addWidget(made)
        return made

    def _add_box(self, path: str, *, checked: bool) -> None:
        box = _FolderBox(path)
        box.setProperty("path", path)
        box.setChecked(checked)
        self.boxes.append(box)
        self._boxes_column.addWidget(box)

    # ---- what the engine says

    def _on_connected(self) -> None:
        there = self._client.is_connected
        self.start.setEnabled(there)
        self.sample.setEnabled(there)
        self.choose_model.setEnabled(there)
        if there:
            self._client.request(Catalogue(), self._on_offers, lambda _: None)

    def _on_folders(self, folders: list[Folder]) -> None:
        """Folders that are watched already are shown ticked, and cannot be unticked here."""
        watched = {folder.path for folder in folders}
        if watched and not any(not box.isEnabled() for box in self.boxes):
            self.come_again()
        for path in sorted(watched - {str(box.property("path")) for box in self.boxes}):
            self._add_box(path, checked=True)
        for box in self.boxes:
            if str(box.property("path")) in watched:
                box.setChecked(True)
                box.setEnabled(False)

    def _on_models(self, models: list[ModelInfo]) -> None:
        self.model.show_ways(models, self._offers)

    def _on_offers(self, offers: list[CatalogueEntry]) -> None:
        self._offers = offers
        self.model.show_ways(self._client.models, offers)

    def _on_model_chosen(self) -> None:
        way = self.model.chosen
        used = used_model(self._client)
        wanted = next((each for each in self._client.models if each.name == way.name), None)
        host = words.host(wanted) if wanted is not None else ""
        away = f"Files are read on this computer; questions go to {host}, once you agreed."
        self.promise.setText(away if host else PROMISE)
        if way.kind == "download":
            self.model_state.setText(f"Familiar answers in quotes until {way.name} is here. You need not wait.")
        elif way.kind == "use":
            self.model_state.setText(f"Familiar will answer with {way.name}.")
        elif used is not None and trouble(used):
            self.model_state.setText(f"{used.name} cannot be used now: {trouble(used)}")
        else:
            self.model_state.setText("Familiar will answer in quotes.")

    def _on_setup(self, setup: SetupProgress) -> None:
        self._setup_row.setVisible(setup.state in ("building", "failed"))
        self._spinner.setVisible(setup.state == "building")
        if setup.state == "building":
            self.setup_state.setText(f"{words.setup_progress(setup)}. You need not wait.")
        elif setup.state == "failed":
            told = setup.text or "The part that runs chat models could not be prepared."
            self.setup_state.setText(f"{told} Quotes work all the same; “familiar doctor” says how to mend it.")

    # ---- what the person does

    def _on_more(self) -> None:
        path = choose_folder(self)
        if not path:
            return
        for box in self.boxes:
            if box.property("path") == path:
                box.setChecked(True)
                return
        self._add_box(path, checked=True)

    def _on_choose_model(self) -> None:
        path = choose_model(self)
        if not path:
            return
        self.model_problem.hide()
        self.choose_model.setEnabled(False)
        self.model_state.setText(f"Looking at {folder_name(path)}…")
        self._client.request(ModelsAdd(path=path), self._on_model_added, self._on_model_refused)

    def _on_model_added(self, model: ModelInfo) -> None:
        self.choose_model.setEnabled(True)
        self.model.choose(Beginning("use", model.name))
        self._client.refresh_models()

    def _on_model_refused(self, problem: Problem) -> None:
        self.choose_model.setEnabled(True)
        self._on_model_chosen()
        _tell(self.model_problem, problem)

    def _on_sample(self) -> None:
        self._begin([str(resources() / "sample")])

    def _on_start(self) -> None:
        self._begin(self.chosen())

    def _begin(self, paths: list[str]) -> None:
        """Take the model first, then the folders; whatever fails is said, and the other can go on without it."""
        watched = {folder.path for folder in self._client.folders}
        paths = [path for path in paths if path not in watched]
        self.folder_problem.hide()
        self.model_problem.hide()
        self.start.setEnabled(False)
        way = self.model.chosen
        used = used_model(self._client)
        if way.kind == "download":
            self.start.setText(f"Starting the download of {way.name}…")
            self._client.request(DownloadStart(what=way.name), lambda download: self._on_download(download, paths),
                                  self._on_start_refused)  # fmt: skip
        elif way.name != (used.name if used is not None else ""):
            self.start.setText("Starting…")
            self._client.request(ModelsUse(name=way.name or None), lambda models: self._on_used(models, paths),
                                  self._on_start_refused)  # fmt: skip
        else:
            self._add_folders(paths)

    def _on_download(self, download: Download, paths: list[str]) -> None:
        self._client.take_download(download)
        self._add_folders(paths)

    def _on_used(self, models: list[ModelInfo], paths: list[str]) -> None:
        self._client.take_own_models(models)
        self._add_folders(paths)

    def _on_start_refused(self, problem: Problem) -> None:
        self._can_start()
        self.model.choose(QUOTES)
        _tell(self.model_problem, problem)

    def _add_folders(self, paths: list[str]) -> None:
        if not paths:
            self._finish()
            return
        self.start.setText(f"Adding {listed([folder_name(path) for path in paths])}…")
        self._client.request(FoldersAdd(paths=paths), self._on_folders_added, self._on_folders_refused)

    def _on_folders_added(self, folders: list[Folder]) -> None:
        self._client.take_folders(folders)
        self._finish()

    def _on_folders_refused(self, problem: Problem) -> None:
        self._can_start()
        _tell(self.folder_problem, problem)

    def _can_start(self) -> None:
        self.start.setEnabled(True)
        self.start.setText("Start")

    def _finish(self) -> None:
        self._client.save_preferences(SetPreferences(first_run=False))
        self._can_start()
        self.finished.emit()


def _tell(where: QLabel, problem: Problem) -> None:
    where.setText(f"{problem.title} {problem.hint}".strip())
    where.show()
