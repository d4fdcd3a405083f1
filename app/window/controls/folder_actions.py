"""What a person does with a watched folder, the same from every place that shows folders."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.base.calls import FoldersAdd, FoldersRemove, Index, Pause
from app.base.index_values import Folder
from app.base.wording import count
from app.window.controls.external_apps import confirm, open_folder
from app.window.controls.file_pickers import choose_folder
from app.window.controls.icons import icon
from app.window.controls.popups import pop_up
from app.window.controls.theme import Theme
from app.window.controls.wording import folder_name, under_home
from app.window.engine_client import EngineClient

PAUSED_BY_PERSON = "Paused by you."


class FolderActions(QObject):
    """Add, remove, read again, pause. said(title, hint, action, act): a sentence for the person, as a toast takes it.

    parent: the window that dialogs belong to.
    """

    said = Signal(str, str, str, object)

    def __init__(self, client: EngineClient, parent: QWidget) -> None:
        super().__init__(parent)
        self._client = client
        self._window = parent

    def choose_and_add(self) -> None:
        """Ask which folder, then watch it."""
        path = choose_folder(self._window)
        if path:
            self.add([path])

    def add(self, paths: list[str], done: Callable[[], None] | None = None) -> None:
        """Watch folders."""

        def added(folders: list[Folder]) -> None:
            self._client.take_folders(folders)
            if done is not None:
                done()

        self._client.request(FoldersAdd(paths=paths), added)

    def remove(self, folder: Folder) -> None:
        """Stop watching a folder, if the person agrees; it can be added again at once."""
        name = folder_name(folder.path)
        text = (
            f"{under_home(folder.path)}\n\nFamiliar forgets what it read there ({count(folder.files, 'file')}). "
            "The files themselves are not touched."
        )
        if not confirm(self._window, f"Remove {name} from Familiar?", text, "Remove", danger=True):
            return

        def removed(folders: list[Folder]) -> None:
            self._client.take_folders(folders)
            self.said.emit(f"{name} was removed", "", "Undo", lambda: self.add([folder.path]))

        self._client.request(FoldersRemove(paths=[folder.path]), removed)

    def rescan(self) -> None:
        """Look through all folders for changes now."""
        self._client.request(Index(), self._client.take_status)

    def set_paused(self, paused: bool) -> None:
        """Stop reading for now, or go on."""
        self._client.request(Pause(reason=PAUSED_BY_PERSON if paused else None), self._client.take_status)

    def show_menu(self, folder: Folder, widget: QWidget, theme: Theme) -> None:
        """Offer what can be done with a folder, below `widget`."""
        menu = QMenu(widget)
        for name, text, act in (
            ("refresh-cw", "Look for changes now", self.rescan),
            ("folder-open", "Open in the file manager", lambda: self._open(folder)),
            ("trash-2", "Remove from Familiar…", lambda: self.remove(folder)),
        ):
            action = QAction(icon(name, theme), text, menu)
            action.triggered.connect(act)
            menu.addAction(action)
        pop_up(menu, widget.mapToGlobal(widget.rect().bottomLeft()))

    def _open(self, folder: Folder) -> None:
        reason = open_folder(folder.path)
        if reason:
            self.said.emit(reason, "", "", None)
