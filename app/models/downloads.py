"""Downloads of models: found on a Hugging Face site, fetched one after another, taken in as models when whole."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from app.base.chat import FetchFile, FetchProgress
from app.base.errors import Cancelled, Problem
from app.base.hub import safe_parts
from app.base.models import Download, DownloadStart, ModelInfo
from app.base.paths import Home
from app.base.settings import SettingsFile
from app.link.outgoing import Outgoing
from app.link.peer import Incoming
from app.link.workers import Worker, WorkerDied
from app.models.download_list import DownloadList, QueuedDownload, size_of
from app.models.hub_sources import FoundDownload, HubSources

log = logging.getLogger("familiar.engine")
SILENCE_S = 120.0
_OBEY_S = 2.0
_DEATHS = 3
_RATE_OVER_S = 5.0


class TakeIn(Protocol):
    """Takes a whole file in."""

    def __call__(self, path: str, *, use: bool, origin: Literal["downloaded"], name: str) -> ModelInfo:
        """The file as a model. Raises Problem model.*."""


class DownloadQueue:
    """The queue of downloads of one home. Thread-safe; one is fetched at a time.

    sites finds what is meant, fetcher fetches it. add: takes a whole file in as a model.
    """

    def __init__(
        self,
        home: Home,
        settings: SettingsFile,
        *,
        sites: HubSources,
        fetcher: Worker,
        add: TakeIn,
        on_change: Callable[[], None],
    ) -> None:
        self._home = home
        self._settings = settings
        self._sites = sites
        self._fetcher = fetcher
        self._add = add
        self._on_change = on_change
        self._file = DownloadList(home)
        self._changed = threading.Condition()
        self._items = self._file.load()
        self._runner: threading.Thread | None = None
        self._outgoing: Outgoing | None = None
        self._running: QueuedDownload | None = None
        self._progress = FetchProgress(done_bytes=0, total_bytes=0)
        self._samples: deque[tuple[float, int]] = deque()
        self._closing = False

    @property
    def busy(self) -> bool:
        """Whether something is being fetched or waits for it."""
        return self._runner is not None

    def list(self) -> Sequence[Download]:
        """All downloads, newest first."""
        with self._changed:
            return [self._shown(item) for item in reversed(self._items)]

    # ---- what a client asks ----------------------------------------------------------------------------------------

    def start(self, call: DownloadStart, incoming: Incoming) -> Download:
        """Begin a download or go on with it. Raises Problem download.*; then nothing was begun."""
        with self._changed:
            known = next((item for item in self._items if item.id == call.what), None)
        if known is None:
            known = self._queued(self._sites.find(call, incoming), call.use)
        with self._changed:
            if known.state not in ("running", "checking"):
                known.state = "waiting"
                known.problem = known.code = ""
                known.use = call.use
            self._begin()
            self._note()
            return self._shown(known)

    def pause(self, ident: str) -> Download:
        """Stop one and keep what it has. Raises Problem download.unknown."""
        with self._changed:
            item = self._item(ident)
            if item.state in ("waiting", "running", "checking"):
                item.state = "paused"
                self._interrupt(item)
                self._note()
            return self._shown(item)

    def remove(self, ident: str) -> Sequence[Download]:
        """Forget one and delete what is unfinished of it. Raises Problem download.unknown."""
        with self._changed:
            item = self._item(ident)
            self._items.remove(item)
            if item.state != "done":
                item.state = "paused"
            self._interrupt(item)
            self._changed.wait_for(lambda: self._running is not item, _OBEY_S * 3)
            self._note()
        item.delete_unfinished()
        return self.list()

    def close(self) -> None:
        """Pause everything; an engine to come shows it so."""
        with self._changed:
            self._closing = True
            if self._running is not None:
                self._interrupt(self._running)
            runner = self._runner
        if runner is not None:
            runner.join(_OBEY_S)

    def _queued(self, found: FoundDownload, use: bool) -> QueuedDownload:
        """The download of this file: one that is there already, or a new one at the queue's end."""
        with self._changed:
            for item in self._items:
                if (item.repository, item.revision, item.file) == (found.repository, found.revision, found.file.name):
                    if item.state != "done":
                        return item
                    self._items.remove(item)
                    break
            fresh = self._new(found, use)
            self._items.append(fresh)
            return fresh

    def _new(self, found: FoundDownload, use: bool) -> QueuedDownload:
        """A download of this file. Raises Problem download.name, download.no_folder."""
        file = found.file
        models = Path(self._settings.value.model_folder or self._home.models)
        places = safe_parts(f"{found.repository}/{file.name.rpartition('/')[2]}")
        if places is None or any(safe_parts(part) is None for part in file.parts):
            raise Problem(
                "download.name", "A file of this model has a name that Familiar does not trust.", "Nothing was fetched."
            )
        ident = secrets.token_hex(4)
        try:
            if not self._settings.value.model_folder:
                models.mkdir(parents=True, exist_ok=True)
            folder = self._file.staging(ident, models)
            folder.mkdir(parents=True, mode=0o700)
        except OSError as error:
            raise Problem(
                "download.no_folder",
                f"The folder for models, {models}, cannot be used: {error.strerror or error}.",
                "Is its drive connected? Nothing was fetched.",
            ) from error
        return QueuedDownload(
            id=ident, name=found.name, repository=found.repository, revision=found.revision, file=file.name,
            parts=file.parts, sha256=file.sha256 or ("",) * len(file.parts), size_bytes=file.size_bytes, use=use,
            folder=str(folder), target=str(models.joinpath(*places)),
        )  # fmt: skip

    # ---- fetching --------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Have a thread fetch what waits. Called with the lock."""
        if self._runner is None and not self._closing:
            self._runner = threading.Thread(target=self._run, name="downloads", daemon=True)
            self._runner.start()

    def _run(self) -> None:
        while True:
            with self._changed:
                item = next((item for item in self._items if item.state == "waiting"), None)
                if item is None or self._closing:
                    self._runner = None
                    return
                item.state = "running"
                self._running = item
                self._progress = FetchProgress(done_bytes=item.bytes_on_disk(), total_bytes=item.size_bytes)
                self._samples.clear()
                self._note()
            self._settle(item)

    def _settle(self, item: QueuedDownload) -> None:
        """Fetch one and keep how it ended."""
        failure: Problem | None = None
        ended: Literal["done", "failed", "paused"] = "done"
        try:
            self._fetch(item)
        except Cancelled:
            ended = "paused"
        except Problem as problem:
            failure, ended = problem, "failed"
        except Exception:  # the top of a thread: our own bug
            log.exception("bug while fetching a model")
            failure, ended = Problem("internal", "Familiar made a mistake.", "The log has the details."), "failed"
        with self._changed:
            self._running = self._outgoing = None
            if ended == "done" or item.state in ("running", "checking"):  # else somebody wished otherwise meanwhile
                item.state = ended
                if failure is not None:
                    item.problem, item.code = f"{failure.title} {failure.hint}".strip(), failure.code
                    log.info("a download stopped: %s", failure.code)
            self._note()
            self._changed.notify_all()

    def _fetch(self, item: QueuedDownload) -> None:
        """Fetch every part, then take the model in. Raises Problem, Cancelled."""
        if not Path(item.folder).is_dir():
            raise Problem(
                "download.no_folder",
                f"The folder with the unfinished download is not there: {item.folder}.",
                "Connect its drive, then go on. If the folder is gone for good, remove this download and begin anew.",
            )
        before = 0
        for part, sha256 in zip(item.parts, item.sha256, strict=True):
            alone = len(item.parts) == 1
            if alone or not item.whole(part).exists():
                call = FetchFile(
                    repository=item.repository, file=part, revision=item.revision, sources=self._sites.sources(),
                    partial=item.folder, target=str(item.whole(part)), sha256=sha256,
                    size_bytes=item.size_bytes if alone else 0, tokens=self._sites.tokens(),
                )  # fmt: skip
                self._fetch_part(item, call, before)
            before += size_of(item.whole(part))
        try:
            if len(item.parts) > 1:
                item.move_parts()
        except OSError as error:
            raise Problem(
                "download.unwritable",
                f"The model could not be moved to its folder: {error.strerror or error}.",
                "What was fetched is kept. Make room for it there, then go on with the download.",
            ) from error
        info = self._add(item.target, use=item.use, origin="downloaded", name=item.name)
        item.delete_unfinished()
        with self._changed:
            item.name = info.name
            item.size_bytes = before

    def _fetch_part(self, item: QueuedDownload, call: FetchFile, before: int) -> None:
        """Fetch one file; a worker that dies is started again unless it dies without having fetched anything."""
        deaths = 0
        had = item.bytes_on_disk()

        def hear(_name: str, body: msgspec.Raw) -> None:
            self._hear(item, msgspec.json.decode(body, type=FetchProgress), before)

        def started(outgoing: Outgoing) -> None:
            with self._changed:
                self._outgoing = outgoing
                if item.state not in ("running", "checking") or self._closing:
                    self._interrupt(item)

        while True:
            with self._changed:
                if item.state not in ("running", "checking") or self._closing:
                    raise Cancelled
            try:
                self._fetcher.call(call, timeout_s=SILENCE_S, on_event=hear, on_started=started)
                return
            except WorkerDied as death:
                with self._changed:
                    if item.state not in ("running", "checking"):
                        raise Cancelled from death
                have = item.bytes_on_disk()
                deaths = 1 if have > had else deaths + 1
                had = have
                if deaths >= _DEATHS:
                    raise

    def _hear(self, item: QueuedDownload, progress: FetchProgress, before: int) -> None:
        now = time.monotonic()
        with self._changed:
            self._progress = FetchProgress(
                done_bytes=before + progress.done_bytes, total_bytes=max(item.size_bytes, before + progress.total_bytes)
            )
            if item.state in ("running", "checking"):
                item.state = "checking" if progress.checking else "running"
            if progress.checking:
                self._samples.clear()
            else:
                self._samples.append((now, before + progress.done_bytes))
                while self._samples[0][0] < now - _RATE_OVER_S:
                    self._samples.popleft()
        self._on_change()

    def _interrupt(self, item: QueuedDownload) -> None:
        """Have the worker let go of a download; if it does not obey, end it. Called with the lock."""
        outgoing = self._outgoing
        if self._running is not item or outgoing is None:
            return
        outgoing.cancel()
        timer = threading.Timer(_OBEY_S, self._end_disobedient, (outgoing,))
        timer.daemon = True
        timer.start()

    def _end_disobedient(self, outgoing: Outgoing) -> None:
        with self._changed:
            disobeys = self._outgoing is outgoing
        if disobeys:
            self._fetcher.kill()

    # ---- telling ---------------------------------------------------------------------------------------------------

    def _shown(self, item: QueuedDownload) -> Download:
        live = item is self._running and item.state in ("running", "checking")
        if live:
            done, total = self._progress.done_bytes, self._progress.total_bytes
        else:
            done, total = item.size_bytes if item.state == "done" else item.bytes_on_disk(), item.size_bytes
        return Download(
            id=item.id, name=item.name, repository=item.repository, file=item.file, state=item.state,
            done_bytes=done, total_bytes=total, rate=self._rate() if live else 0.0, problem=item.problem,
            code=item.code, path=item.target if item.state == "done" else "",
        )  # fmt: skip

    def _rate(self) -> float:
        if len(self._samples) < 2:
            return 0.0
        (began, first), (ended, last) = self._samples[0], self._samples[-1]
        return max(0.0, (last - first) / (ended - began)) if ended > began else 0.0

    def _item(self, ident: str) -> QueuedDownload:
        for item in self._items:
            if item.id == ident:
                return item
        raise Problem(
            "download.unknown",
            f"There is no download “{ident[:50]}”.",
            "The list of downloads shows those that there are.",
        )

    def _note(self) -> None:
        """Keep the list and tell everybody. Called with the lock."""
        self._file.save(self._items)
        self._on_change()
