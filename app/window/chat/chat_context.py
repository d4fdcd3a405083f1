"""What a conversation is about: attached files, pasted texts, and the folders that answers may come from."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.base.calls import Attach, DropPasted, KeepPasted
from app.base.errors import Problem
from app.base.foreign_text import harmless_line
from app.base.index_values import FileRow
from app.base.values import PENDING_STATES, READABLE_STATES
from app.base.wording import count
from app.window.chat.attached_files import AttachedFile
from app.window.controls.file_pickers import choose_files
from app.window.controls.folder_actions import FolderActions
from app.window.controls.icons import icon
from app.window.controls.theme import Theme
from app.window.controls.wording import folder_name, size
from app.window.engine_client import EngineClient

MOST_PASTED = 40_000_000
"""Characters of the longest text that may be pasted: it goes to the engine in one message."""


@dataclass(eq=False)
class Subject:
    """What one conversation is about; kept with its draft while another one is shown.

    waiting: files for the next question; kept: those that were asked about; scope: folders. keeping: sizes in bytes of
    pasted texts that are not files yet.
    """

    waiting: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    scope: list[str] = field(default_factory=list)
    keeping: list[int] = field(default_factory=list)


class ChatContext(QObject):
    """The subject of the conversation that is shown.

    changed(): of any of it. keeping_ended(bool): no pasted text is being kept any more, and whether that went well.
    said(title, hint, action, act): a sentence for the person, as a toast takes it.
    """

    changed = Signal()
    keeping_ended = Signal(bool)
    said = Signal(str, str, str, object)

    def __init__(self, client: EngineClient, actions: FolderActions, view: QWidget) -> None:
        super().__init__(view)
        self._client = client
        self._actions = actions
        self._view = view
        self._subject = Subject()
        self._read_as: dict[str, FileRow] = {}
        self._pasted: dict[str, int] = {}
        client.folders_changed.connect(self._on_folders_changed)

    @property
    def waiting(self) -> list[str]:
        """The files for the next question."""
        return self._subject.waiting

    @property
    def scope(self) -> list[str]:
        """The folders that answers may come from; none for all, or for the attached files alone."""
        return self._subject.scope

    @property
    def files(self) -> list[str]:
        """The files that the conversation is about: asked about, or waiting for the next question."""
        kept = self._subject.kept
        return [*kept, *(path for path in self.waiting if path not in kept)]

    @property
    def attached(self) -> list[AttachedFile]:
        """These files as they are shown, and the pasted texts that are not files yet."""
        keeping = [
            AttachedFile("", f"Pasted text · {size(size_bytes)}", pasted=True) for size_bytes in self._subject.keeping
        ]
        return [*map(self._attached, self.files), *keeping]

    @property
    def unread(self) -> AttachedFile | None:
        """The first file for the next question that cannot be read."""
        return next((file for file in self.attached if file.waiting and file.trouble), None)

    @property
    def is_keeping(self) -> bool:
        """Whether a pasted text is on its way to be a file."""
        return bool(self._subject.keeping)

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

    # ---- which conversation

    def leave(self) -> Subject:
        """The subject, to come back to."""
        return self._subject

    def arrive(self, subject: Subject | None) -> None:
        """Be about this; None: about nothing in particular."""
        self._subject = subject if subject is not None else Subject()
        if self._client.folders:
            self._on_folders_changed(self._client.folders)  # some may have been removed since
        self.changed.emit()

    def set_kept(self, paths: Sequence[str]) -> None:
        """These were asked about, and no others; the caller says what has `changed`."""
        self._subject.kept = list(dict.fromkeys(paths))

    def keep(self, paths: Sequence[str]) -> None:
        """These were asked about."""
        self.set_kept([*self._subject.kept, *paths])
        self.changed.emit()

    def take_waiting(self) -> list[str]:
        """The files for a question that is asked now; they were asked about from now on."""
        taken, self._subject.waiting = self.waiting, []
        self.keep(taken)
        return taken

    def give_back(self, paths: Sequence[str]) -> None:
        """A question about these came to nothing: they wait for the next."""
        self.set_kept([path for path in self._subject.kept if path not in paths])
        self._subject.waiting = list(dict.fromkeys([*paths, *self.waiting]))
        self.changed.emit()

    # ---- files

    def choose_and_attach(self) -> None:
        """Let the person choose files for the next question."""
        self.attach(choose_files(self._view))

    def attach(self, paths: Sequence[str]) -> None:
        """Attach files to the next question, and find out which cannot be read. A watched folder becomes the scope."""
        files: list[str] = []
        for path in paths:
            if os.path.isdir(path):
                self._narrow_to(path)
            elif path not in self.files and path not in files:
                files.append(path)
        if files:
            self.waiting.extend(files)
            self.read(files)

    def read(self, paths: Sequence[str]) -> None:
        """Find out how files can be read, again for those that could not."""
        for path in paths:
            self._read_as.pop(path, None)
        self.changed.emit()
        self._client.request(Attach(paths=list(paths)), self._on_attached)

    def detach(self, path: str) -> None:
        """Take a file off the next question."""
        if path not in self.waiting:
            return
        self.waiting.remove(path)
        if path in self._pasted:
            self._client.request(DropPasted(path=path), failed=lambda _: None)
        self.changed.emit()

    def paste(self, text: str) -> None:
        """Attach a long text, which the engine makes a file of."""
        if len(text) > MOST_PASTED:
            title = f"A text of {size(len(text))} is too long to be pasted"
            self.said.emit(title, "Save it as a file, and attach that.", "", None)
            return
        subject, size_bytes = self._subject, len(text.encode("utf-8", "replace"))

        def kept(row: FileRow) -> None:
            self._pasted[row.path] = row.size_bytes
            subject.keeping.remove(size_bytes)
            subject.waiting.append(row.path)
            self.read([row.path])
            ended(well=True)

        def failed(problem: Problem) -> None:
            subject.keeping.remove(size_bytes)
            self.changed.emit()
            self.said.emit(problem.title, problem.hint, "", None)
            ended(well=False)

        def ended(*, well: bool) -> None:
            if subject is self._subject and not self.is_keeping:
                self.keeping_ended.emit(well)

        subject.keeping.append(size_bytes)
        self.changed.emit()
        self._client.request(KeepPasted(text=text), kept, failed)

    def undo_paste(self) -> None:
        """Take the text that was pasted last off again."""
        pasted = [path for path in self.waiting if path in self._pasted]
        if pasted:
            self.detach(pasted[-1])

    def _attached(self, path: str) -> AttachedFile:
        row = self._read_as.get(path)
        name = f"Pasted text · {size(self._pasted[path])}" if path in self._pasted else os.path.basename(path) or path
        unread = row is not None and row.state not in (*READABLE_STATES, *PENDING_STATES)
        return AttachedFile(
            path=path,
            name=harmless_line(name),
            size_bytes=row.size_bytes if row is not None else self._pasted.get(path, 0),
            trouble=f"{row.reason} {row.hint}".strip() if row is not None and unread else "",
            waiting=path in self.waiting,
            pasted=path in self._pasted,
        )

    def _on_attached(self, rows: list[FileRow]) -> None:
        for row in rows:
            if self._client.is_news(("attached", row.path)):
                self._read_as[row.path] = row
        self.changed.emit()

    # ---- folders

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

    def _narrow_to(self, folder: str) -> None:
        if _is_within(folder, [known.path for known in self._client.folders]):
            self._set_scope([folder])
            return
        self.said.emit(f"Familiar does not read {folder_name(folder)} yet", "Add the folder to ask about it.",
                       "Add it", lambda: self._actions.add([folder], lambda: self._set_scope([folder])))  # fmt: skip

    def _set_scope(self, scope: list[str]) -> None:
        self._subject.scope = scope
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
