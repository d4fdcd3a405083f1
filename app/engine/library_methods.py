"""How the engine answers calls about folders, files and what is found in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.base.calls import (
    Attach,
    Files,
    FilesWindow,
    FoldersAdd,
    FoldersList,
    FoldersRemove,
    GetStatus,
    Index,
    Pause,
    Read,
    Retry,
    Search,
    ShowPlace,
    ShowRows,
    WatchFile,
)
from app.base.errors import Problem
from app.base.index_values import FileRow, Folder, Pids, Status
from app.base.values import Document, SearchResult
from app.engine.documents import Documents
from app.engine.methods import Table, absolute
from app.engine.previews import Previews
from app.library.library import Library
from app.link.peer import Incoming


class LibraryMethods:
    """Answers calls; each runs in a thread of its own."""

    def __init__(
        self,
        library: Library,
        documents: Documents,
        previews: Previews,
        *,
        pids: Callable[[], Pids],
    ) -> None:
        self._library = library
        self._documents = documents
        self._previews = previews
        self._pids = pids

    def table(self) -> Table:
        """The handler of each call."""
        return {
            FoldersAdd: self._folders_add,
            FoldersRemove: self._folders_remove,
            FoldersList: lambda _call, _incoming: self._library.folders(),
            Index: self._index,
            GetStatus: lambda _call, _incoming: self._status(),
            Pause: self._pause,
            Files: self._files,
            FilesWindow: lambda call, _incoming: self._library.files_window(call),
            Read: self._read,
            Retry: lambda call, _incoming: self._library.retry(call.paths),
            Search: self._search,
            ShowPlace: self._previews.show,
            ShowRows: self._previews.rows,
            WatchFile: self._previews.watch,
            Attach: lambda call, _incoming: self._documents.rows(call.paths),
        }

    def _folders_add(self, call: FoldersAdd, _incoming: Incoming) -> list[Folder]:
        return self._library.add_folders(absolute(call.paths))

    def _folders_remove(self, call: FoldersRemove, _incoming: Incoming) -> list[Folder]:
        return self._library.remove_folders(absolute(call.paths))

    def _status(self) -> Status:
        return self._library.status(self._pids())

    def _index(self, call: Index, incoming: Incoming) -> Status:
        ticket = self._library.rescan()
        if not call.wait:
            return self._status()
        return self._library.wait_settled(
            ticket, self._pids, lambda status: incoming.emit("status", status), incoming.check
        )

    def _pause(self, call: Pause, _incoming: Incoming) -> Status:
        self._library.pause(call.reason)
        return self._status()

    def _files(self, call: Files, _incoming: Incoming) -> list[FileRow]:
        return self._library.files(call.states, call.under, call.limit)

    def _read(self, call: Read, _incoming: Incoming) -> Document:
        path = absolute([call.path])[0]
        document = self._library.document(path)
        if document is not None:
            return document
        real = self._library.real(path)
        if real is None:
            raise Problem(
                "file.outside", f"{path} is not in a watched folder.",
                "Familiar reads only inside the folders you chose. `familiar folders add` adds one.",
            )  # fmt: skip
        if not Path(path).exists():
            raise Problem("file.missing", f"{path} does not exist.", "")
        return self._documents.read_one(real)

    def _search(self, call: Search, _incoming: Incoming) -> SearchResult:
        return self._library.search(call.query, absolute(call.scope), call.limit, call.without)
