"""What a conversation is about: attached files, and the folders that answers may come from."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.base.calls import Attach
from app.base.foreign_text import harmless_line
from app.base.values import READABLE_STATES, FileRow
from app.base.wording import count
from app.window.controls.file_pickers import choose_files
from app.window.controls.folder_actions import FolderActions
from app.window.controls.icons import icon
from app.window.controls.theme import Theme
from app.window.controls.wording import folder_name
from app.window.engine_client import EngineClient


class ChatContext(QObject):
    """The files and folders. waiting: files for the next question; kept: those that were asked about; scope: folders.

    changed(): of any of them. said(title, hint, action, act): a sentence for the person, as a toast takes it.
    """

    changed = Signal()
    said = Signal(str, str, str, object)

    def __init__(self, client: EngineClient, actions: FolderActions, view: QWidget) -> None:
        super().__init__(view)
        self._client = client
        self._actions = actions
        self._view = view
        self._read_as: dict[str, FileRow] = {}
        self.waiting: list[str] = []
        self.kept: list[str] = []
        self.scope: list[str] = []
        client.folders_changed.connect(self._on_folders_changed)

    @property
    def files(self) -> list[str]:
        """The files that the conversation is about: asked about, or waiting for the next question."""
        return [*self.kept, *(path for path in self.waiting if path not in self.kept)]

    @property
    def scope_text(self) -> str:
        """Where answers are looked for, in a word or two."""
        if not self.scope:
            return _about(self.files).capitalize() if self.files else "All folders"
        return folder_name(self.scope[0]) if len(self.scope) == 1 else "All folders"

    @property
    def invitation(self) -> str:
        """What the empty field for a question says."""
        one = len(self.files) == 1
        return f"Ask about {'this file' if one else 'these files'}" if self.files else "Ask about your files"

    def read_as(self, path: str) -> FileRow | None:
        """How an attached file could be read, once that is known."""
        return self._read_as.get(path)

    def clear(self) -> None:
        """Be about nothing in particular."""
        self.waiting, self.kept, self.scope = [], [], []
        self.changed.emit()

    def keep(self, paths: Sequence[str]) -> None:
        """These were asked about."""
        self.kept = list(dict.fromkeys([*self.kept, *paths]))
        self.changed.emit()

    def take_waiting(self) -> list[str]:
        """The files for a question that is asked now; they were asked about from now on."""
        taken, self.waiting = self.waiting, []
        self.keep(taken)
        return taken

    def give_back(self, paths: Sequence[str]) -> None:
        """A question about these came to nothing: they wait for the next."""
        self.kept = [path for path in self.kept if path not in paths]
        self.waiting = list(dict.fromkeys([*paths, *self.waiting]))
        self.changed.emit()

    def choose_and_attach(self) -> None:
        """Let the person choose files for the next question."""
        self.attach(choose_files(self._view))

    def attach(self, paths: Sequence[str]) -> None:
        """Attach files to the next question, and say which cannot be read. A watched folder becomes the scope."""
        files: list[str] = []
        for path in paths:
            if os.path.isdir(path):
                self._narrow_to(path)
            elif path not in self.waiting and path not in self.kept:
                files.append(path)
        if files:
            self.waiting += files
            self.changed.emit()
            self._client.request(Attach(paths=files), self._on_attached)

    def detach(self, path: str) -> None:
        """Take a file off the next question."""
        if path in self.waiting:
            self.waiting.remove(path)
            self.changed.emit()

    def menu(self, theme: Theme) -> QMenu:
        """What the next question may be answered from; the caller shows and deletes it."""
        menu = QMenu(self._view)
        roots = [folder.path for folder in self._client.folders]
        files = self.files
        if files:
            self._add_choice(menu, theme, f"Only {_about(files)}", "paperclip", [], not self.scope)
            everywhere = bool(roots) and self.scope == roots
            self._add_choice(menu, theme, "All folders as well", "folder", roots, everywhere)
        else:
            self._add_choice(menu, theme, "All folders", "folder", [], not self.scope)
        for path in roots:
            self._add_choice(menu, theme, folder_name(path), "folder", [path], self.scope == [path])
        menu.addSeparator()
        menu.addAction(icon("paperclip", theme), "Choose files…", self.choose_and_attach)
        menu.addAction(icon("folder-plus", theme), "Add a folder…", self._actions.choose_and_add)
        return menu

    def _add_choice(self, menu: QMenu, theme: Theme, text: str, icon_name: str, scope: list[str], chosen: bool) -> None:
        action = QAction(icon("check" if chosen else icon_name, theme), harmless_line(text).replace("&", "&&"), menu)
        action.triggered.connect(lambda: self._set_scope(scope))
        menu.addAction(action)
        if chosen:
            menu.setActiveAction(action)

    def _on_attached(self, rows: list[FileRow]) -> None:
        for row in rows:
            self._read_as[row.path] = row
            if row.state in READABLE_STATES or row.path not in self.waiting:
                continue
            self.waiting.remove(row.path)
            self.said.emit(f"{os.path.basename(row.path)} cannot be asked about", f"{row.reason} {row.hint}".strip(),
                           "", None)  # fmt: skip
        self.changed.emit()

    def _narrow_to(self, folder: str) -> None:
        if _is_within(folder, [known.path for known in self._client.folders]):
            self._set_scope([folder])
            return
        self.said.emit(f"Familiar does not read {folder_name(folder)} yet", "Add the folder to ask about it.",
                       "Add it", lambda: self._actions.add([folder], lambda: self._set_scope([folder])))  # fmt: skip

    def _set_scope(self, scope: list[str]) -> None:
        self.scope = scope
        self.changed.emit()

    def _on_folders_changed(self, _: object) -> None:
        """Folders that were removed cannot be the scope any more."""
        roots = [folder.path for folder in self._client.folders]
        kept = [path for path in self.scope if _is_within(path, roots)]
        if kept != self.scope:
            self._set_scope(kept)


def _about(files: Sequence[str]) -> str:
    return "this file" if len(files) == 1 else f"these {count(len(files), 'file')}"


def _is_within(path: str, roots: Sequence[str]) -> bool:
    return any(path == root or path.startswith(root.rstrip(os.sep) + os.sep) for root in roots)
