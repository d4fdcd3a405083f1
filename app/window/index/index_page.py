"""The page that shows what Familiar has read, what it is reading, and what it could not read and why."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.base.calls import Retry
from app.base.foreign_text import harmless_line
from app.base.index_values import FileRow, Folder, Status
from app.base.values import PENDING_STATES, UNREAD_STATES, FileState
from app.window.controls.external_apps import open_file, show_in_folder
from app.window.controls.folder_actions import FolderActions
from app.window.controls.icons import icon
from app.window.controls.page import PageView
from app.window.controls.theme import SIZE, SPACE, Theme
from app.window.controls.widgets import Choice as ChoiceBox
from app.window.controls.widgets import button, label
from app.window.controls.wording import folder_name, size, under_home
from app.window.engine_client import EngineClient
from app.window.index.files_list import FilesList
from app.window.index.files_model import Act, Choice, FilesModel
from app.window.index.index_cards import FolderLine, Progress, Total

PAGE_WIDTH = 960
NARROW_PX = 620
FILES_HEIGHT = 280
REFRESH_MS = 1500
TYPING_MS = 150  # after the last letter of a filter
NOT_READ = (*UNREAD_STATES, "partial", "empty")
CHOICES: tuple[tuple[str, tuple[FileState, ...]], ...] = (
    ("Could not be read", UNREAD_STATES),
    ("Partly read", ("partial",)),
    ("Nothing to read", ("empty",)),
    ("Waiting", PENDING_STATES),
    ("Ready", ("ready",)),
    ("Left out", ("ignored",)),
    ("All files", ()),
)


class IndexPage(PageView):
    """The page."""

    def __init__(self, client: EngineClient, actions: FolderActions, theme: Theme) -> None:
        super().__init__()
        self._client = client
        self._actions = actions
        self._theme = theme
        self._kept = ("", -1)
        self._scrolled = 0
        self._counts: dict[str, int] | None = None
        self._by_path: dict[str, FolderLine] = {}
        self._narrow: bool | None = None
        self._typing = QTimer(self, interval=TYPING_MS, singleShot=True)
        self._typing.timeout.connect(self._load)
        self._build()
        self._pause = QTimer(self, interval=REFRESH_MS, singleShot=True)
        self._pause.timeout.connect(self._load_if_stale)
        client.status_changed.connect(self._on_status)
        client.folders_changed.connect(self._on_folders)
        client.connected.connect(self._load)
        self._on_folders(client.folders)
        if client.status is not None:
            self._on_status(client.status)

    @property
    def lines(self) -> list[FolderLine]:
        """The folders' lines, from top to bottom."""
        return [self._by_path[folder.path] for folder in self._client.folders if folder.path in self._by_path]

    @override
    def arrive(self, subject: str = "") -> None:
        """Take the focus. subject: a watched folder, of which all files are shown."""
        if subject:
            self.folder_choice.setCurrentIndex(max(0, self.folder_choice.findData(subject)))
            self.state_choice.setCurrentIndex(len(CHOICES) - 1)
        super().arrive()

    @override
    def set_theme(self, theme: Theme) -> None:
        """Draw in another theme."""
        self._theme = theme
        self.list.set_theme(theme)
        self._add.setIcon(icon("plus", theme, color="on_accent"))
        for line in self._by_path.values():
            line.set_theme(theme)
        for choice in (self.state_choice, self.folder_choice):
            choice.set_theme(theme)
        self._show_pause()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit(narrow=self.width() < NARROW_PX)
        super().resizeEvent(event)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._load()

    # ---- its parts

    def _build(self) -> None:
        self.totals = {
            name: Total(caption)
            for name, caption in (
                ("ready", "files ready"),
                ("waiting", "waiting"),
                ("unread", "could not be read"),
                ("size", "index size"),
            )
        }
        self._totals_grid = QGridLayout()
        self._totals_grid.setSpacing(SPACE[3])
        self.progress = Progress()
        self.progress.hide()
        self.trouble = label("", "warn", wrap=True)
        self.trouble.hide()
        self._folders_card = QFrame()
        self._folders_card.setProperty("kind", "card")
        self._folders_column = QVBoxLayout(self._folders_card)
        self._folders_column.setContentsMargins(0, SPACE[1], 0, SPACE[1])
        self._folders_column.setSpacing(0)
        self._no_folders = label("No folders yet. Add one, and Familiar reads what is in it.", "small", wrap=True)
        self._no_folders.setContentsMargins(SPACE[4], SPACE[3], SPACE[4], SPACE[3])
        self._folders_column.addWidget(self._no_folders)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(SPACE[6], SPACE[5], SPACE[6], SPACE[5])
        column.setSpacing(SPACE[3])
        column.addLayout(self._build_head())
        column.addLayout(self._totals_grid)
        column.addWidget(self.progress)
        column.addWidget(self.trouble)
        column.addWidget(label("Folders", "section"))
        column.addWidget(self._folders_card)
        column.addLayout(self._build_filters())
        column.addWidget(self._build_files(), 1)
        self.set_inside(inside, PAGE_WIDTH)
        self._fit(narrow=False)

    def _fit(self, *, narrow: bool) -> None:
        """Put side by side what has the room, else below each other."""
        if self._narrow is narrow:
            return
        self._narrow = narrow
        across = 2 if narrow else len(self.totals)
        for position, total in enumerate(self.totals.values()):
            self._totals_grid.addWidget(total, position // across, position % across)
            self._totals_grid.setColumnStretch(position, int(position < across))
        direction = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        self._head.setDirection(direction)
        self._filters.setDirection(direction)

    def _build_head(self) -> QHBoxLayout:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(label("Index", "h1"))
        words.addWidget(label("What Familiar has read, and what it could not.", "small", wrap=True))
        self.pause = button("Pause", "secondary", self._on_pause)
        self._add = button("Add a folder", "primary", self._actions.choose_and_add)
        self._add.setIcon(icon("plus", self._theme, color="on_accent"))
        for control in (self.pause, self._add):
            control.setIconSize(QSize(SIZE["icon_small"], SIZE["icon_small"]))
        verbs = QHBoxLayout()
        verbs.setSpacing(SPACE[2])
        verbs.addWidget(self.pause)
        verbs.addWidget(self._add)
        verbs.addStretch(1)
        self._head = QHBoxLayout()
        self._head.setSpacing(SPACE[2])
        self._head.addLayout(words, 1)
        self._head.addLayout(verbs)
        self._show_pause()
        return self._head

    def _build_filters(self) -> QHBoxLayout:
        self.state_choice = ChoiceBox("Which files", self._theme)
        for text, _ in CHOICES:
            self.state_choice.addItem(text)
        self.state_choice.currentIndexChanged.connect(self._load)
        self.folder_choice = ChoiceBox("In which folder", self._theme)
        self.folder_choice.addItem("All folders", "")
        self.folder_choice.currentIndexChanged.connect(self._load)
        self.text_filter = QLineEdit()
        self.text_filter.setPlaceholderText("Filter by name")
        self.text_filter.setAccessibleName("Filter files by name")
        self.text_filter.setClearButtonEnabled(True)
        self.text_filter.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.text_filter.textChanged.connect(self._typing.start)
        choices = QHBoxLayout()
        choices.setSpacing(SPACE[2])
        choices.addWidget(label("Files", "section"))
        choices.addSpacing(SPACE[2])
        choices.addWidget(self.state_choice, 3)
        choices.addWidget(self.folder_choice, 2)
        self._filters = QHBoxLayout()
        self._filters.setSpacing(SPACE[2])
        self._filters.addLayout(choices, 3)
        self._filters.addWidget(self.text_filter, 1)
        return self._filters

    def _build_files(self) -> QFrame:
        self.files = FilesModel(self._client, self)
        self.list = FilesList(self.files, self._theme)
        # After the list has connected itself: it forgets its place when the rows are others, and is given it back.
        self.files.modelAboutToBeReset.connect(self._on_reset_begins)
        self.files.modelReset.connect(self._on_reset)
        self.files.counted.connect(self._on_counted)
        self.list.setMinimumHeight(FILES_HEIGHT)
        self.list.act_wanted.connect(self._on_act)
        self.list.current_changed.connect(self._show_details)
        self.empty = label("", "small", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setMinimumHeight(FILES_HEIGHT // 2)
        self.details = label("", "small", wrap=True, selectable=True)
        self.details.setContentsMargins(SPACE[4], SPACE[2], SPACE[4], SPACE[2])
        line = QFrame()
        line.setProperty("kind", "line")
        self._details_area = QWidget()
        below = QVBoxLayout(self._details_area)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        below.addWidget(line)
        below.addWidget(self.details)
        card = QFrame()
        card.setProperty("kind", "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(SPACE[1], SPACE[1], SPACE[1], SPACE[1])
        column.setSpacing(0)
        column.addWidget(self.empty)
        column.addWidget(self.list, 1)
        column.addWidget(self._details_area)
        self.list.hide()
        self._details_area.hide()
        return card

    # ---- what the engine says

    def _on_status(self, status: Status) -> None:
        files = status.files
        self.totals["ready"].show_number(f"{files.get('ready', 0) + files.get('partial', 0):,}")
        self.totals["waiting"].show_number(f"{sum(files.get(state, 0) for state in PENDING_STATES):,}")
        self.totals["unread"].show_number(f"{sum(files.get(state, 0) for state in UNREAD_STATES):,}")
        self.totals["size"].show_number(size(status.index_bytes))
        self.progress.show_status(status, self._client.folders)
        self.trouble.setText(f"Search by meaning rests: {status.vectors_error}" if status.vectors_error else "")
        self.trouble.setVisible(bool(status.vectors_error))
        self._show_pause()
        if files != self._counts and not self._pause.isActive():
            self._pause.start()

    def _on_folders(self, folders: list[Folder]) -> None:
        paths = {folder.path for folder in folders}
        for path in [path for path in self._by_path if path not in paths]:
            line = self._by_path.pop(path)
            self._folders_column.removeWidget(line)
            line.hide()
            line.deleteLater()
        for position, folder in enumerate(folders):
            if folder.path not in self._by_path:
                self._by_path[folder.path] = FolderLine(folder, self._actions, self._theme)
            line = self._by_path[folder.path]
            line.show_folder(folder)
            if self._folders_column.indexOf(line) != position:
                self._folders_column.insertWidget(position, line)
        self._no_folders.setVisible(not folders)
        if self._client.status is not None:
            self.progress.show_status(self._client.status, folders)
        chosen = self.folder_choice.currentData()
        self.folder_choice.blockSignals(True)
        while self.folder_choice.count() > 1:
            self.folder_choice.removeItem(1)
        for folder in folders:
            self.folder_choice.addItem(harmless_line(folder_name(folder.path)), folder.path)
        self.folder_choice.setCurrentIndex(max(0, self.folder_choice.findData(chosen)))
        self.folder_choice.blockSignals(False)
        if self.folder_choice.currentData() != chosen:
            self._load()

    def _load_if_stale(self) -> None:
        if self._client.status is not None and self._client.status.files != self._counts:
            self._load()

    def _load(self) -> None:
        """List what is chosen; where that is what is listed already, look for what has changed in it."""
        if not self.isVisible():
            self._counts = None
            return
        self._counts = self._client.status.files if self._client.status is not None else None
        choice = Choice(
            CHOICES[self.state_choice.currentIndex()][1],
            str(self.folder_choice.currentData() or ""),
            " ".join(self.text_filter.text().split()),
        )
        if choice == self.files.choice:
            self.files.renew(self.list.first_seen())
        else:
            self.files.choose(choice)

    def _on_reset_begins(self) -> None:
        """Other rows come: remember which was the current one, and how far one had scrolled."""
        row = self.list.current
        self._kept = (row.path if row is not None else "", self.list.currentIndex().row())
        self._scrolled = self.list.verticalScrollBar().value()

    def _on_reset(self) -> None:
        path, number = self._kept
        if path:
            place = self.files.index_of(path)
            self.list.setCurrentIndex(place if place.isValid() else self.files.index(number))
        self._show_emptiness()
        self.list.verticalScrollBar().setValue(self._scrolled)

    def _on_counted(self, _total: int) -> None:
        self.list.set_tall(all(state in NOT_READ for state in self.files.choice.states or ("ready",)))
        self._show_emptiness()
        self._show_details()

    def _show_details(self) -> None:
        """Say all of why the current file was not read: a row may have no room for it."""
        row = self.list.current
        told = f"{under_home(row.path)}\n{row.reason} {row.hint}".strip() if row is not None and row.reason else ""
        self.details.setText(told)
        self._details_area.setVisible(bool(told))

    def _show_emptiness(self) -> None:
        some = self.files.rowCount() > 0
        text = self.text_filter.text().strip()
        choice = CHOICES[self.state_choice.currentIndex()][0]
        if text:
            self.empty.setText(f"No file here has “{text}” in its name.")
        elif not self._client.folders:
            self.empty.setText("Nothing has been read yet.")
        elif choice == "Could not be read":
            self.empty.setText("Every file could be read.")
        elif choice == "Waiting":
            self.empty.setText("Nothing is waiting.")
        elif choice == "Partly read":
            self.empty.setText("What could be read was read whole.")
        else:
            self.empty.setText("No files.")
        self.empty.setVisible(not some)
        self.list.setVisible(some)

    def _show_pause(self) -> None:
        status = self._client.status
        paused = status is not None and status.paused is not None
        self.pause.setText("Go on" if paused else "Pause")
        self.pause.setIcon(icon("play" if paused else "pause", self._theme, SIZE["icon_small"], "text"))
        self.pause.setEnabled(status is not None)

    # ---- what the person does

    def _on_pause(self) -> None:
        status = self._client.status
        if status is not None:
            self._actions.set_paused(status.paused is None)

    def _on_act(self, row: FileRow, act: Act) -> None:
        if act in ("show", "text"):
            self.file_wanted.emit(row.path, act == "text")
        elif act == "ask":
            self.ask_wanted.emit(row.path)
        elif act == "retry":
            self._client.request(Retry(paths=[row.path]), lambda queued: self._on_retried(row, queued))
        else:
            reason = open_file(self, row.path) if act == "open" else show_in_folder(row.path)
            if reason:
                self.said.emit(reason, "", "", None)

    def _on_retried(self, row: FileRow, queued: int) -> None:
        name = row.path.rsplit("/", 1)[-1]
        if queued:
            self.said.emit(f"{name} is being read again", "", "", None)
        else:
            self.said.emit(f"{name} is not in the index any more", "", "", None)
        self._load()
