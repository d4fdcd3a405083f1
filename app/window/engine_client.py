"""The window's link to the engine: everything slow happens in threads, every answer arrives in the window's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import TypeVar

import msgspec
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.base.calls import (
    Call,
    FoldersList,
    GetPreferences,
    GetStatus,
    OpenWindow,
    Preferences,
    SetPreferences,
    SetupProgress,
)
from app.base.errors import Cancelled, Problem
from app.base.index_values import Folder, Status
from app.base.models import Download, Downloads, ModelInfo, ModelsList
from app.link.outgoing import Outgoing
from app.link.peer import Peer
from app.window.engine_link import Dial, EngineLink
from app.window.pending_request import PendingRequest, while_there
from app.window.reply_order import ReplyOrder

R = TypeVar("R")

FOLDERS_PAUSE_MS = 700
LEAVE_S = 10.0
Failed = Callable[[Problem], None]
OnEvent = Callable[[str, msgspec.Raw], None]


class EngineClient(QObject):
    """The link as the window sees it, and the last known state of what is on the other side.

    dial: connects to the engine, starting it if need be; runs in a thread and may block or raise Problem.
    greet: what this process was started for; handed to a window that is already there, see `superseded`.
    status, folders, models, downloads: the last known; None or empty before the first connection.
    preferences: the last known, at first those of the last time, None if there was none.
    models_known: whether the engine has told its models yet. download_finished(Download): one is whole now.
    """

    connected = Signal()
    lost = Signal(str, str, bool)
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

    def __init__(
        self,
        dial: Dial,
        *,
        greet: OpenWindow | None = None,
        preferences: Preferences | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.status: Status | None = None
        self.folders: list[Folder] = []
        self.models: list[ModelInfo] = []
        self.models_known = False
        self.downloads: list[Download] = []
        self.preferences = preferences
        self.setup = SetupProgress()
        self._link = EngineLink(dial, greet, self)
        self._order = ReplyOrder()
        self._closing = False
        self._threads_lock = threading.Lock()
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
        return self._link.is_connected

    def open(self) -> None:
        """Connect, and stay connected until `close`. Returns at once."""
        self._start("client", self._link.run)

    def close(self) -> None:
        """End the link and its threads. Nothing is delivered any more."""
        self._closing = True
        self._link.close()
        with self._threads_lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(2.0)  # a thread that outlived this object would have Qt take it down in the wrong thread

    def retry(self) -> None:
        """Do not wait out the pause before the next attempt to connect."""
        self._link.hurry()

    def request(
        self,
        call: Call[R],
        done: Callable[[R], None] | None = None,
        failed: Failed | None = None,
        on_event: OnEvent | None = None,
    ) -> PendingRequest:
        """Make a call; `done`, `failed` and `on_event` run in this object's thread, in order.

        Calls are sent in the order in which they are made; before the engine is there they wait for it. Replies come
        as they are ready: whoever keeps what one tells asks `is_news` first. Without `failed`, a failure goes to
        `trouble`. A call that was taken back fails with code "cancelled", and never goes to `trouble`. What speaks to a
        widget that is gone is not called.
        """
        pending = PendingRequest()
        done = while_there(done) if done is not None else None
        fail = while_there(failed) if failed is not None else self._on_unheard_failure
        on_event = while_there(on_event) if on_event is not None else None
        turn, question = self._link.take_turn(), self._order.question()

        def deliver(run: Callable[[], None]) -> None:
            self._deliver(lambda: None if pending.dropped else self._hand_over(question, run))

        self._start(type(call).__name__, lambda: self._work(pending, turn, call, deliver, (done, fail, on_event)))
        return pending

    def is_news(self, subject: Hashable) -> bool:
        """Whether the reply or event that is handed over now may replace what is known of a subject.

        Not if it answers an older question than what was last taken for news: then it tells of what has been.
        """
        return self._order.is_news(subject)

    def save_preferences(self, change: SetPreferences) -> None:
        """Change preferences, here at once if they are known, and in the engine when it can.

        Its reply brings what was changed elsewhere meanwhile, by hand or by another window.
        """
        if self.preferences is not None:
            self._on_preferences(change.applied_to(self.preferences))
        self.request(change, self._on_preferences)

    def refresh_folders(self) -> None:
        """Read the folders again; several requests in a row are one."""
        if self._folders_asked or self._folders_pause.isActive():
            self._folders_stale = True
            return
        self._folders_asked = True
        self.request(FoldersList(), self._on_folders, self._on_folders_failed)

    def refresh_models(self) -> None:
        """Read the models again; requests that come meanwhile are one more."""
        if self._models_asked:
            self._models_stale = True
            return
        self._models_asked = True
        self.request(ModelsList(), self._on_models, self._on_models_answered)

    def take_folders(self, folders: list[Folder]) -> None:
        """Make a reply's folders the last known ones, if they are news."""
        if not self.is_news("folders"):
            self.refresh_folders()
        elif folders != self.folders:
            self.folders = folders
            self.folders_changed.emit(folders)

    def take_models(self, models: list[ModelInfo]) -> None:
        """Make a reply's models the last known ones, if they are news."""
        if not self.is_news("models"):
            self.refresh_models()
            return
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
        """Make a reply's downloads the last known ones, if they are news, and say which of them have become whole."""
        if not self.is_news("downloads"):
            self.refresh_downloads()
            return
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
        """Make a reply's status the last known one, if it is news; the folders are read again, they move with it."""
        if not self.is_news("status"):
            self._refresh_status()
        elif status != self.status:
            self.status = status
            self.status_changed.emit(status)
            self.refresh_folders()

    # ---- in this object's thread

    def _on_delivered(self, run: Callable[[], None]) -> None:
        if not self._closing:
            run()

    def _hand_over(self, question: int, run: Callable[[], None]) -> None:
        with self._order.answering(question):
            run()

    def _refresh_status(self) -> None:
        self.request(GetStatus(), self.take_status, lambda _: None)

    def _on_connected(self) -> None:
        self.connected.emit()
        self._refresh_status()
        self.request(GetPreferences(), self._on_preferences, lambda _: None)
        self.refresh_folders()
        self.refresh_models()
        self.refresh_downloads()

    def _on_preferences(self, preferences: Preferences) -> None:
        if not self.is_news("preferences"):
            return  # the person has chosen since this was asked for
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
                with self._threads_lock:
                    self._threads.discard(thread)

        thread = threading.Thread(target=work, name=name, daemon=True)
        with self._threads_lock:
            self._threads.add(thread)
        thread.start()

    def _work(
        self,
        pending: PendingRequest,
        turn: int,
        call: Call[R],
        deliver: Callable[[Callable[[], None]], None],
        heard: tuple[Callable[[R], None] | None, Failed, OnEvent | None],
    ) -> None:
        done, failed, on_event = heard

        def forward(name: str, body: msgspec.Raw) -> None:
            if on_event is not None:
                deliver(lambda: on_event(name, body))

        try:
            result = self._ask(pending, turn, call, forward)
        except Cancelled:
            deliver(lambda: failed(Problem("cancelled", "Cancelled.", "")))
        except Problem as problem:
            caught = problem
            deliver(lambda: failed(caught))
        else:
            if done is not None:
                deliver(lambda: done(result))

    def _ask(self, pending: PendingRequest, turn: int, call: Call[R], on_event: OnEvent) -> R:
        """The reply; where an engine that leaves has not begun the call, its successor is asked."""
        asked: list[Peer] = []

        def start(peer: Peer) -> Outgoing:
            asked.append(peer)
            return pending.send(peer, call)

        while True:
            try:
                result: R = self._link.send(turn, start).result(on_event)
                return result
            except Problem as problem:
                if problem.code != "link.leaving" or not asked or not asked[-1].wait_closed(LEAVE_S):
                    raise
            turn = self._link.take_turn()

    def link_made(self) -> None:
        """There is an engine on the other side now."""
        self._deliver(self._on_connected)

    def link_lost(self, title: str, hint: str, *, mending: bool) -> None:
        """There is none, and why."""
        self._deliver(lambda: self.lost.emit(title, hint, mending))

    def supersede(self) -> None:
        """Another window took over what this one was started for."""
        self._deliver(self.superseded.emit)

    def event_came(self, name: str, body: msgspec.Raw) -> None:
        """The engine tells of a change."""
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
            launch = msgspec.json.decode(body, type=OpenWindow)
            self._deliver(lambda: self.open_requested.emit(launch.view, launch.paths))
