"""The window's link to the engine: everything slow happens in threads, every answer arrives in the window's thread."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

import msgspec
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.base.calls import (
    Call,
    FoldersList,
    Follow,
    GetPreferences,
    GetStatus,
    OpenWindow,
    Preferences,
    SetPreferences,
    SetupProgress,
)
from app.base.errors import Cancelled, Problem
from app.base.models import Download, Downloads, ModelInfo, ModelsList
from app.base.values import Folder, Status
from app.link.peer import Peer
from app.window.pending_request import PendingRequest

log = logging.getLogger("familiar.window")
R = TypeVar("R")

BACK_OFF_S = (0.2, 1.0, 2.0, 5.0, 10.0)
STEADY_S = 5.0
FOLDERS_PAUSE_MS = 700
Dial = Callable[[], Peer]
Failed = Callable[[Problem], None]
OnEvent = Callable[[str, msgspec.Raw], None]


class EngineClient(QObject):
    """The link as the window sees it, and the last known state of what is on the other side.

    dial: connects to the engine, starting it if need be; runs in a thread and may block or raise Problem.
    greet: what this process was started for; handed to a window that is already there, see `superseded`.
    status, folders, models, downloads, preferences: the last known; None or empty before the first connection.
    models_known: whether the engine has told its models yet. download_finished(Download): one is whole now.
    """

    connected = Signal()
    lost = Signal(str, str)
    superseded = Signal()
    trouble = Signal(str, str)
    status_changed = Signal(object)
    folders_changed = Signal(object)
    models_changed = Signal(object)
    downloads_changed = Signal(object)
    download_finished = Signal(object)
    preferences_changed = Signal(object)
    chats_changed = Signal()
    setup_changed = Signal(object)
    open_requested = Signal(str, list)
    _delivered = Signal(object)

    def __init__(self, dial: Dial, *, greet: OpenWindow | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.status: Status | None = None
        self.folders: list[Folder] = []
        self.models: list[ModelInfo] = []
        self.models_known = False
        self.downloads: list[Download] = []
        self.preferences: Preferences | None = None
        self.setup = SetupProgress()
        self._dial = dial
        self._greet = greet
        self._link = threading.Condition()
        self._peer: Peer | None = None
        self._refusals = 0
        self._refusal = Problem("link.closed", "Familiar is closing.", "")
        self._closing = False
        self._hurry = threading.Event()
        self._threads: set[threading.Thread] = set()
        self._folders_asked = False
        self._folders_stale = False
        self._models_asked = False
        self._models_stale = False
        self._folders_pause = QTimer(self, interval=FOLDERS_PAUSE_MS, singleShot=True)
        self._folders_pause.timeout.connect(self._on_folders_pause_ended)
        self._delivered.connect(self._on_delivered, Qt.ConnectionType.QueuedConnection)

    @property
    def is_connected(self) -> bool:
        """Whether an engine is on the other side now."""
        return self._peer is not None

    def open(self) -> None:
        """Connect, and stay connected until `close`. Returns at once."""
        self._start("client", self._run)

    def close(self) -> None:
        """End the link and its threads. Nothing is delivered any more."""
        with self._link:
            self._closing = True
            peer = self._peer
            threads = list(self._threads)
            self._link.notify_all()
        self._hurry.set()
        if peer is not None:
            peer.close()
        for thread in threads:
            thread.join(2.0)  # a thread that outlived this object would have Qt take it down in the wrong thread

    def retry(self) -> None:
        """Do not wait out the pause before the next attempt to connect."""
        self._hurry.set()

    def request(
        self,
        call: Call[R],
        done: Callable[[R], None] | None = None,
        failed: Failed | None = None,
        on_event: OnEvent | None = None,
    ) -> PendingRequest:
        """Make a call; `done`, `failed` and `on_event` run in this object's thread, in order.

        Before the engine is there the call waits for it. Without `failed`, a failure goes to `trouble`.
        A call that was taken back fails with code "cancelled", and never goes to `trouble`.
        """
        pending = PendingRequest()
        fail = failed or self._on_unheard_failure
        self._start(type(call).__name__, lambda: self._work(pending, call, done, fail, on_event))
        return pending

    def save_preferences(self, preferences: Preferences) -> None:
        """Keep the preferences, here at once and in the engine when it can."""
        self._on_preferences(preferences)
        self.request(SetPreferences(preferences=preferences))

    def refresh_folders(self) -> None:
        """Read the folders again; several wishes in a row are one."""
        if self._folders_asked or self._folders_pause.isActive():
            self._folders_stale = True
            return
        self._folders_asked = True
        self.request(FoldersList(), self._on_folders, self._on_folders_failed)

    def refresh_models(self) -> None:
        """Read the models again; wishes that come meanwhile are one more."""
        if self._models_asked:
            self._models_stale = True
            return
        self._models_asked = True
        self.request(ModelsList(), self._on_models, self._on_models_answered)

    def take_folders(self, folders: list[Folder]) -> None:
        """Make a reply's folders the last known ones."""
        if folders != self.folders:
            self.folders = folders
            self.folders_changed.emit(folders)

    def take_models(self, models: list[ModelInfo]) -> None:
        """Make a reply's models the last known ones."""
        self.models = models
        self.models_known = True
        self.models_changed.emit(models)

    def take_own_models(self, models: list[ModelInfo]) -> None:
        """Make a reply's models the last known ones, with those of other programs, of which it does not tell."""
        told = {model.path for model in models} | {model.name for model in models}
        found = [known for known in self.models if known.origin == "found" and not {known.path, known.name} & told]
        self.take_models([*models, *found])

    def take_model(self, model: ModelInfo) -> None:
        """Make a reply's model the last known one of its name."""
        self.take_models([model if known.name == model.name else known for known in self.models])

    def refresh_downloads(self) -> None:
        """Read the downloads again."""
        self.request(Downloads(), self.take_downloads, lambda _: None)

    def take_downloads(self, downloads: list[Download]) -> None:
        """Make a reply's downloads the last known ones, and say which of them are whole since the last time."""
        unfinished = {known.id for known in self.downloads if known.state != "done"}
        self.downloads = downloads
        self.downloads_changed.emit(downloads)
        for download in downloads:
            if download.state == "done" and download.id in unfinished:
                self.download_finished.emit(download)

    def take_download(self, download: Download) -> None:
        """Make a reply's download the last known one of its id."""
        others = [known for known in self.downloads if known.id != download.id]
        known = len(others) != len(self.downloads)
        self.take_downloads([download if each.id == download.id else each for each in self.downloads] if known
                            else [download, *others])  # fmt: skip

    def take_status(self, status: Status) -> None:
        """Make a reply's status the last known one; the folders are read again, they move with it."""
        if status != self.status:
            self.status = status
            self.status_changed.emit(status)
            self.refresh_folders()

    # ---- in this object's thread

    def _on_delivered(self, run: Callable[[], None]) -> None:
        if not self._closing:
            run()

    def _on_connected(self) -> None:
        self.connected.emit()
        self.request(GetStatus(), self.take_status, lambda _: None)
        self.request(GetPreferences(), self._on_preferences, lambda _: None)
        self.refresh_folders()
        self.refresh_models()
        self.refresh_downloads()

    def _on_preferences(self, preferences: Preferences) -> None:
        self.preferences = preferences
        self.preferences_changed.emit(preferences)

    def _on_setup(self, setup: SetupProgress) -> None:
        self.setup = setup
        self.setup_changed.emit(setup)

    def _on_folders(self, folders: list[Folder]) -> None:
        self._folders_asked = False
        self._folders_pause.start()
        self.take_folders(folders)

    def _on_folders_failed(self, _: Problem) -> None:
        self._folders_asked = False
        self._folders_stale = False

    def _on_models(self, models: list[ModelInfo]) -> None:
        self.take_models(models)
        self._on_models_answered()

    def _on_models_answered(self, _: Problem | None = None) -> None:
        self._models_asked = False
        if self._models_stale:
            self._models_stale = False
            self.refresh_models()

    def _on_folders_pause_ended(self) -> None:
        if self._folders_stale:
            self._folders_stale = False
            self.refresh_folders()

    def _on_unheard_failure(self, problem: Problem) -> None:
        if problem.code != "cancelled":
            self.trouble.emit(problem.title, problem.hint)

    # ---- in threads

    def _deliver(self, run: Callable[[], None]) -> None:
        if not self._closing:
            self._delivered.emit(run)

    def _start(self, name: str, run: Callable[[], None]) -> None:
        def work() -> None:
            try:
                run()
            finally:
                with self._link:
                    self._threads.discard(thread)

        thread = threading.Thread(target=work, name=name, daemon=True)
        with self._link:
            self._threads.add(thread)
        thread.start()

    def _work(
        self,
        pending: PendingRequest,
        call: Call[R],
        done: Callable[[R], None] | None,
        failed: Failed,
        on_event: OnEvent | None,
    ) -> None:
        def deliver(run: Callable[[], None]) -> None:
            self._deliver(lambda: None if pending.dropped else run())

        def forward(name: str, body: msgspec.Raw) -> None:
            if on_event is not None:
                deliver(lambda: on_event(name, body))

        try:
            result = pending.send(self._await_peer(), call).result(forward)
        except Cancelled:
            deliver(lambda: failed(Problem("cancelled", "Cancelled.", "")))
        except Problem as problem:
            caught = problem
            deliver(lambda: failed(caught))
        else:
            if done is not None:
                deliver(lambda: done(result))

    def _await_peer(self) -> Peer:
        with self._link:
            refusals = self._refusals
            self._hurry.set()
            while self._peer is None:
                if self._closing or self._refusals != refusals:
                    reason = self._refusal
                    raise Problem(reason.code, reason.title, reason.hint)
                self._link.wait()
            return self._peer

    def _run(self) -> None:
        attempt = 0
        while not self._closing:
            began = time.monotonic()
            try:
                if not self._connect_and_follow():
                    return
            except Problem as problem:
                log.warning("no engine: %s", problem.code)
                self._refuse(problem)
            except Exception:  # the top of this thread; without it the window would wait for ever
                log.exception("bug in the window's link")
                self._refuse(Problem("internal", "Familiar made a mistake.", "It tries again by itself."))
            if time.monotonic() - began > STEADY_S:
                attempt = 0
            self._hurry.wait(BACK_OFF_S[min(attempt, len(BACK_OFF_S) - 1)])
            attempt += 1

    def _connect_and_follow(self) -> bool:
        """Stay connected as long as it lasts. False if another window took over what this one was started for."""
        peer = self._dial()
        if self._greet is not None and self._hand_over(peer, self._greet):
            peer.close()
            return False
        self._greet = None
        self._follow(peer)
        return True

    def _hand_over(self, peer: Peer, wish: OpenWindow) -> bool:
        """Whether another window of this home took our wish: two were started at the same moment."""
        try:
            taken = peer.call(wish, timeout_s=5.0)
        except (Problem, Cancelled):
            return False
        if taken:
            self._deliver(self.superseded.emit)
        return taken

    def _follow(self, peer: Peer) -> None:
        outgoing = peer.start(Follow(window=True))
        with self._link:
            self._peer = peer
            self._link.notify_all()
            if self._closing:
                peer.close()
        self._deliver(self._on_connected)
        try:
            outgoing.result(self._on_event)
        except Problem as problem:
            if not self._closing:
                log.warning("the engine has gone: %s", problem.code)
        except Cancelled:
            log.warning("the engine ended our subscription")
        finally:
            self._unhurry()
            with self._link:
                self._peer = None
            peer.close()
            self._deliver(lambda: self.lost.emit("Familiar’s engine stopped; starting it again…", "Nothing is lost."))

    def _unhurry(self) -> None:
        """Wishes to hurry that are older than this failure count no more; but the one of `close` does."""
        with self._link:
            if not self._closing:
                self._hurry.clear()

    def _refuse(self, problem: Problem) -> None:
        self._unhurry()
        with self._link:
            self._refusals += 1
            self._refusal = problem
            self._link.notify_all()
        self._deliver(lambda: self.lost.emit(problem.title, problem.hint))

    def _on_event(self, name: str, body: msgspec.Raw) -> None:
        if name == "status":
            status = msgspec.json.decode(body, type=Status)
            self._deliver(lambda: self.take_status(status))
        elif name == "downloads":
            downloads = msgspec.json.decode(body, type=list[Download])
            self._deliver(lambda: self.take_downloads(downloads))
        elif name == "models":
            self._deliver(self.refresh_models)
        elif name == "chats":
            self._deliver(self.chats_changed.emit)
        elif name == "setup":
            setup = msgspec.json.decode(body, type=SetupProgress)
            self._deliver(lambda: self._on_setup(setup))
        elif name == "open":
            wish = msgspec.json.decode(body, type=OpenWindow)
            self._deliver(lambda: self.open_requested.emit(wish.view, wish.paths))
