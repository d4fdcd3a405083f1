"""The library as the engine holds it: folders, files, status and search over one index."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import msgspec

from app.base.calls import FilesWindow
from app.base.errors import Problem
from app.base.index_values import FileRow, FilesFound, Folder, Pids, Status
from app.base.opening import resolved
from app.base.paths import Home
from app.base.settings import SettingsFile
from app.base.values import ALL_STATES, PENDING_STATES, PROBLEM_STATES, UNREAD_STATES, Document, FileState, SearchResult
from app.language.text_match import TextPattern
from app.library.finding import Finder, Finding
from app.library.meaning import VectorsMeaning
from app.library.pump import Pump
from app.library.reading import Reader
from app.library.roots import RootStanding, check_choice, lies_in, outermost, standing, with_folders, without_folders
from app.library.scan import stat_of
from app.library.scanner import Scanner
from app.library.search_result import search_result
from app.library.text_search import TextHits, find_text
from app.link.workers import Worker
from app.store.embeddings import EmbeddingStore
from app.store.file_list import listed, meant, stretch
from app.store.file_standing import FileStanding, file_standing
from app.store.file_text import text_between
from app.store.index import IndexedPassage, IndexStore
from app.store.lexical import Child, children, count_readable, ending, passages
from app.store.scope import Scope
from app.store.texts import Texts

log = logging.getLogger("familiar.library")
TICK_S = 0.25
_OFFLINE_HINT = "When the folder is there again, what changed is read by itself."
MOST_FILES = 500  # of a list given at once
GREP_S = 3.0


class Library:
    """Owns the threads that keep the index true. Thread-safe.

    readers: extract workers for indexing. on_change: called whenever `status` may differ. on_damaged: the index or the
    vectors' file turned out damaged while in use.
    """

    def __init__(
        self,
        home: Home,
        settings: SettingsFile,
        index: IndexStore,
        embeddings: EmbeddingStore,
        readers: Sequence[Worker],
        vectors: Worker,
        *,
        on_change: Callable[[], None],
        on_damaged: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._index = index
        self._texts = Texts(index)
        self._embeddings = embeddings
        self._tell = on_change
        self._on_damaged = on_damaged
        self._changed = threading.Condition()
        self._folders_lock = threading.Lock()
        self._applied = settings.value.ignore, settings.value.max_file_mb
        self._trouble: tuple[float, Problem] | None = None
        self._scanner = Scanner(
            index, lambda: settings.value.ignore, (str(home.root),), self._on_work, self._on_failure
        )
        self._reader = Reader(
            index, readers, max_bytes=lambda: settings.value.max_file_mb * 1024 * 1024, paused=self._paused,
            on_change=self._on_read, look=self._scanner.look, on_failure=self._on_failure,
        )  # fmt: skip
        self._pump = Pump(
            index, embeddings, vectors, home.vectors, paused=self._paused, on_change=self._notify,
            on_failure=self._on_failure,
        )  # fmt: skip
        meaning = VectorsMeaning(vectors)
        self._finder = Finder(index, meaning)
        self.similar = meaning.similar
        self.prepare_vectors = self._pump.prepare

    def start(self) -> None:
        """Scan, read, embed and watch from now on."""
        self._index.set_roots(outermost(self._settings.value.folders))
        self._pump.start()
        self._reader.start()
        self._scanner.start()
        threading.Thread(target=self._check, name="check", daemon=True).start()

    def stop(self) -> None:
        """End all threads; what is half done is done again at the next start."""
        self._reader.stop()
        self._pump.stop()
        self._scanner.stop()

    def join(self, timeout_s: float) -> bool:
        """Wait for what still reads or embeds after `stop`; False if it goes on."""
        until = time.monotonic() + timeout_s
        return self._reader.join(until) and self._pump.join(until)

    # ---- folders ---------------------------------------------------------------------------------------------------

    def folders(self) -> list[Folder]:
        """The watched folders with how they stand."""
        counts = self._index.states_by_root()
        result: list[Folder] = []
        for root in self._index.roots():
            states = counts.get(root.id, {})
            pending = sum(states.get(state, 0) for state in PENDING_STATES)
            state = root.state
            if state == "current" and pending:
                state = "reading"
            result.append(
                Folder(
                    path=root.path, state=state, files=sum(states.values()), ready=states.get("ready", 0),  # type: ignore[arg-type]  # only these are written
                    pending=pending, problems=sum(states.get(s, 0) for s in PROBLEM_STATES),
                    unread=sum(states.get(s, 0) for s in UNREAD_STATES), partial=states.get("partial", 0),
                    checked_at=root.checked_at, reason=root.reason,
                )
            )  # fmt: skip
        return result

    def add_folders(self, paths: Sequence[str]) -> list[Folder]:
        """Watch these too. All or none: raises Problem folder.* before anything changes."""
        added = [resolved(given) for given in paths]
        for path in added:
            check_choice(path)
        return self._change_folders(lambda folders: with_folders(folders, added))

    def remove_folders(self, paths: Sequence[str]) -> list[Folder]:
        """Stop watching these and forget what was read of them. Raises Problem folder.unknown; then nothing changed."""
        return self._change_folders(lambda folders: without_folders(folders, paths))

    def _change_folders(self, edit: Callable[[Sequence[str]], Sequence[str]]) -> list[Folder]:
        with self._folders_lock:  # of two changes at once, the later one's folders are the index's too
            settings = self._settings.change(lambda s: msgspec.structs.replace(s, folders=tuple(edit(s.folders))))
            self._index.set_roots(outermost(settings.folders))
        self._scanner.request()
        self._on_work()
        return self.folders()

    def apply_settings(self) -> None:
        """Do as the settings say now: a person may have changed them by hand."""
        with self._folders_lock:
            settings = self._settings.value
            folders = outermost(settings.folders)
            if {root.path for root in self._index.roots()} == set(folders):
                if (settings.ignore, settings.max_file_mb) == self._applied:
                    self._on_work()
                    return
            else:
                self._index.set_roots(folders)
            self._applied = settings.ignore, settings.max_file_mb
        self._scanner.request()
        self._on_work()

    def inside(self, path: str) -> bool:
        """Whether a path (links resolved) lies in a watched folder."""
        return self.real(path) is not None

    def real(self, path: str) -> str | None:
        """A path with its links resolved, if that lies in a watched folder: what is to be opened, and nothing else."""
        try:
            real = os.path.realpath(path)
        except (OSError, ValueError):  # a link that cannot be followed; no path at all
            return None
        watched = self._settings.value.folders
        return real if any(real == folder or lies_in(real, folder) for folder in watched) else None

    @property
    def unwatched(self) -> dict[str, str]:
        """Folders that the system could not watch, with the reason."""
        return self._scanner.unwatched

    # ---- index -----------------------------------------------------------------------------------------------------

    def rescan(self) -> int:
        """Begin a full scan; returns its ticket."""
        return self._scanner.request()

    def wait_settled(
        self, ticket: int, pids: Callable[[], Pids], report: Callable[[Status], None], check: Callable[[], None]
    ) -> Status:
        """Block until the scan of `ticket` has ended and nothing is pending; `report` progress now and then.

        check: raises to give up. Raises Problem index.paused, or vectors.failed where embedding cannot go on.
        """
        told = 0.0
        while True:
            check()
            status = self.status(pids())
            if status.paused is not None:
                raise Problem("index.paused", f"Indexing is paused: {status.paused}", "What was read is kept.")
            if self._scanner.finished(ticket) and status.settled:
                return status
            if status.vectors_error and not self._scanner.busy and self._index.pending_files() == 0:
                raise Problem(
                    "vectors.failed", f"Every file is searchable by words, but not by meaning: {status.vectors_error}",
                    "`familiar doctor` says more. It is tried again by itself.",
                )  # fmt: skip
            if time.monotonic() - told > TICK_S:
                report(status)
                told = time.monotonic()
            with self._changed:
                self._changed.wait(TICK_S)

    def status(self, pids: Pids) -> Status:
        """How the index stands."""
        states = dict.fromkeys(ALL_STATES, 0) | self._index.states()
        current = self._reader.current
        in_hand = min(len(current), states["waiting"])
        states["reading"] += in_hand
        states["waiting"] -= in_hand
        pending = self._texts.count_pending()
        busy = self._scanner.busy
        return Status(
            files={str(state): n for state, n in states.items()},
            chunks=self._index.count_chunks(),
            pending_vectors=pending,
            embedded_total=self._embeddings.embedded_total(),
            settled=not busy
            and not current
            and pending == 0
            and self._pump.compared
            and not any(states[s] for s in PENDING_STATES),
            paused=self._paused(),
            pids=pids,
            current=current[0] if current else "",
            index_bytes=self._index.size_bytes() + self._embeddings.size_bytes(),
            scanning=busy,
            vectors_error=self._pump.error,
        )

    def pause(self, reason: str | None) -> None:
        """Rest with a reason for the person, or go on."""
        self._settings.change(lambda s: msgspec.structs.replace(s, paused=reason or ""))
        self._on_work()

    def files(self, states: Sequence[FileState], under: str, limit: int) -> list[FileRow]:
        """Files of the index, by path."""
        return self._with_reasons(listed(self._index, states, under, limit))

    def _with_reasons(self, rows: list[FileRow]) -> list[FileRow]:
        """Files whose folder is away say why it is."""
        if not any(row.state == "offline" for row in rows):
            return rows
        reasons = {root.path: root.reason for root in self._index.roots()}
        return [_explained(row, reasons) if row.state == "offline" else row for row in rows]

    def files_window(self, call: FilesWindow) -> FilesFound:
        """A stretch of the list of files."""
        count = min(max(call.count, 1), MOST_FILES)
        total, rows = stretch(self._index, call.states, call.under, call.words, max(call.first, 0), count)
        return FilesFound(total=total, first=call.first, rows=tuple(self._with_reasons(rows)))

    def document(self, path: str) -> Document | None:
        """What was read of a file, or None if the index does not have it."""
        return self._index.document(path)

    def standing(self, path: str) -> FileStanding | None:
        """How sure it is what bytes were read of a file; None if the index does not have it."""
        return file_standing(self._index, path)

    def roots(self) -> Sequence[str]:
        """The watched folders' paths."""
        return self._settings.value.folders

    def children(self, folder: str, limit: int) -> tuple[list[Child], int]:
        """What stands in a folder of the index, folders first, at most `limit`; and how many there are in all."""
        return children(self._index, folder, limit)

    def ending(self, tail: str, limit: int) -> list[str]:
        """The files of the index whose paths end with a name, or with folders and a name; at most `limit`."""
        return ending(self._index, tail, limit)

    def retry(self, paths: Sequence[str]) -> int:
        """Read files again although their bytes did not change; returns how many were queued.

        Raises Problem file.offline if none was, because their folder is away: it is read by itself when it is back.
        """
        away: RootStanding | None = None
        there: list[str] = []
        stands = {root.path: standing(root) for root in self._index.roots()}
        for path in paths:
            stand = next((now for root, now in stands.items() if path == root or lies_in(path, root)), None)
            if stand is None or stand.state == "current":
                there.append(path)
            else:
                away = stand
        lost = {path for path in there if stat_of(path) is None}  # closed folders, names that are no text, files gone
        count = self._index.retry([path for path in there if path not in lost])
        count += sum(self._index.by_path(path) is not None for path in lost)
        if away is not None or lost:
            self._scanner.request()  # it knows what to do, and may not have noticed yet
        if away is not None and not count:
            raise Problem("file.offline", f"It cannot be read now. {away.reason}", _OFFLINE_HINT)
        self._on_work()
        return count

    # ---- search ----------------------------------------------------------------------------------------------------

    def search(self, query: str, scope: Sequence[str], limit: int, without: Sequence[str] = ()) -> SearchResult:
        """One hit a file. without: keys of filters that are not to be understood. Raises Problem search.limit."""
        if not 1 <= limit <= 200:
            raise Problem("search.limit", "A search gives 1 to 200 files.", "Choose --limit in that range.")
        began = time.perf_counter()
        finding = self.find(query, scope, limit, without)
        return search_result(query, finding, limit, began)

    def find(self, query: str, scope: Sequence[str], limit: int, without: Sequence[str] = ()) -> Finding:
        """The files that a question finds, at most `limit`, those that say the same counted once."""
        return self._finder.find(query, scope, limit, today=date.today(), without=without)

    def passages(self, finding: Finding, limit: int, each: int) -> list[tuple[IndexedPassage, float]]:
        """The best passages of what was found with their files' scores: at most `limit`, of one file at most `each`."""
        files = [one.file for one in finding.files]
        chosen = [(chunk, file.score) for file in files for chunk in file.chunks[:each]][:limit]
        found = passages(self._index, [chunk for chunk, _ in chosen])
        return [(found[chunk], score) for chunk, score in chosen if chunk in found]

    def text(self, path: str, start: int, end: int) -> str:
        """The extracted text of a file between two offsets; "" if the index does not have it."""
        return text_between(self._index, path, start, end)

    def grep(self, pattern: TextPattern, scope: Sequence[str], limit: int) -> TextHits:
        """The places in scope that hold this; within seconds."""
        return find_text(self._index, pattern, Scope(tuple(scope)), limit, GREP_S)

    def meant(self, scope: Scope, states: Sequence[FileState], order: str, limit: int) -> tuple[int, list[FileRow]]:
        """How many files are in scope and in one of these states, and the first of them in an order of `file_list`."""
        total, rows = meant(self._index, scope, states, order, limit)
        return total, self._with_reasons(rows)

    def readable(self, scope: Sequence[str]) -> int:
        """How many files in scope have text in the index."""
        return count_readable(self._index, Scope(tuple(scope)))

    # ---- inner -----------------------------------------------------------------------------------------------------

    def _paused(self) -> str | None:
        if self._settings.value.paused:
            return self._settings.value.paused
        trouble = self._trouble
        if trouble is not None and time.monotonic() - trouble[0] < 5.0:
            return trouble[1].title
        return None

    def _check(self) -> None:
        """Look whether a large index is sound, which takes too long to wait for at the start."""
        try:
            sound = self._index.check()
        except Problem as problem:
            self._on_failure(problem)
            return
        if not sound:
            self._on_damaged()

    def _on_failure(self, problem: Problem) -> None:
        if problem.code == "store.damaged":
            self._on_damaged()
            return
        self._trouble = (time.monotonic(), problem)
        self._notify()

    def _on_work(self) -> None:
        self._reader.wake()
        self._pump.wake()
        self._notify()

    def _on_read(self) -> None:
        self._pump.wake()
        self._notify()

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()
        self._tell()


def _explained(row: FileRow, reasons: Mapping[str, str]) -> FileRow:
    """The row of a file whose folder is away, with the folder's reason."""
    reason = next((reason for root, reason in reasons.items() if lies_in(row.path, root)), row.reason)
    return msgspec.structs.replace(row, reason=reason, hint=_OFFLINE_HINT)
