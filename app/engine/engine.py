"""The composition root: opens the stores, starts the workers, wires library and assistant, answers clients."""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Literal

import msgspec

from app.assistant.assistant import Assistant
from app.assistant.ports import Sources
from app.assistant.prompt import Prompts
from app.assistant.tools.toolbox import find_tools
from app.base.chunking import CHUNKER
from app.base.errors import Problem
from app.base.files import write_durably
from app.base.models import ModelInfo
from app.base.paths import Home, find_runtime_folder, resources
from app.base.settings import Settings, SettingsFile
from app.base.settings_watch import SettingsWatch
from app.base.telemetry import REFUSED
from app.base.values import Check, Pids
from app.engine.doctor import examine
from app.engine.documents import Documents
from app.engine.methods import Methods
from app.engine.pasted_texts import PastedTexts
from app.engine.previews import Previews
from app.engine.retrieval import IndexFiles, IndexRetriever
from app.engine.subscriptions import Subscriptions
from app.library.library import Library
from app.library.watch import Watcher
from app.link.client import EngineAddress
from app.link.frames import PROTOCOL
from app.link.peer import Peer
from app.link.server import Server
from app.link.workers import Worker
from app.models.catalogue import load_catalogue
from app.models.discovery import Discovery
from app.models.downloads import DownloadQueue
from app.models.hub_sources import HubSources
from app.models.model_places import ModelPlace, known_places
from app.models.models import Models
from app.models.named_models import own_places
from app.models.remotes import Remotes
from app.store.derived import mark_for_rebuild
from app.store.embeddings import EmbeddingStore
from app.store.index import IndexStore
from app.store.measurements import Measurements
from app.store.secrets import Secrets
from app.store.user import UserStore

log = logging.getLogger("familiar.engine")
IDLE_S = 60.0
WORKER_IDLE_S = 60.0
CHAT_IDLE_S = 15 * 60.0
NICE = 5
BACKUP_S = 24 * 3600.0


class Engine:
    """One home's engine. Whoever makes one holds the home's lock.

    commands: how to start workers, by role, where it is not the usual way.
    """

    def __init__(self, home: Home, *, idle_s: float = IDLE_S, commands: dict[str, Sequence[str]] | None = None) -> None:
        """Open everything; nothing runs yet. Raises Problem settings.*, store.*."""
        commands = commands or {}
        self._home = home
        self._idle_s = idle_s
        self._ended = threading.Event()
        self.restart = False
        self._lock = threading.Lock()
        self._clients: set[Peer] = set()
        self._idle: threading.Timer | None = None
        self._settings = SettingsFile(home.settings_toml)
        self._settings_watch = SettingsWatch(self._settings, self._apply)
        self._user = UserStore.open(home.user_db)
        self._index = IndexStore(home.index_db, chunker=str(CHUNKER))
        self._embeddings = EmbeddingStore(home.embeddings_db)
        nice = NICE if self._settings.value.polite else 0
        readers = max(1, (os.cpu_count() or 2) - 1)
        extract = commands.get("extract")
        self._readers = [Worker("extract", extract, idle_s=WORKER_IDLE_S, nice=nice) for _ in range(readers)]
        self._attentive = Worker("extract", extract, idle_s=WORKER_IDLE_S)
        self._vectors = Worker(
            "vectors", commands.get("vectors"), environment=REFUSED, nice=nice, on_start=self._prepare_vectors
        )
        self._chat = Worker("chat", commands.get("chat"), idle_s=CHAT_IDLE_S)
        self._prober = Worker("chat", commands.get("chat"), idle_s=WORKER_IDLE_S)
        self._remote = Worker("remote", commands.get("remote"), idle_s=CHAT_IDLE_S)
        self._fetcher = Worker("fetch", commands.get("fetch"), idle_s=WORKER_IDLE_S, nice=nice)
        self._lister = Worker("fetch", commands.get("fetch"), idle_s=WORKER_IDLE_S)
        self._subscriptions = Subscriptions(
            lambda: self._library.status(self._pids()), lambda: list(self._downloads.list())
        )
        self._library = Library(
            home, self._settings, self._index, self._embeddings, self._readers, self._vectors,
            on_change=self._on_index_changed, on_damaged=self._begin_anew,
        )  # fmt: skip
        self._documents = Documents(self._library, self._attentive)
        self._previews = Previews(self._library, self._attentive, self._user.turns.attachments)
        self._pasted = PastedTexts(home.pasted, self._user.turns.attached_below)
        self._secrets = Secrets("familiar")
        measurements = Measurements(home.measurements_json)
        self._remotes = Remotes(
            self._settings, self._secrets, self._remote, measurements, self._subscriptions.models_changed
        )  # fmt: skip
        self._models = Models(
            self._settings, self._chat, self._prober, self._remotes, measurements,
            discovery=Discovery(self._model_places, self._subscriptions.models_changed, Watcher),
            states=str(home.states), on_change=self._subscriptions.models_changed,
        )  # fmt: skip
        self._hub_sources = HubSources(
            self._settings, self._lister, self._secrets, load_catalogue(resources() / "catalogue.toml")
        )
        self._downloads = DownloadQueue(
            home, self._settings, sites=self._hub_sources, fetcher=self._fetcher, add=self._take_in,
            on_change=self._subscriptions.downloads_changed,
        )  # fmt: skip
        self._assistant = Assistant(
            self._user,
            sources=Sources(
                retriever=IndexRetriever(self._library), reader=self._documents, files=IndexFiles(self._library),
                current=self._documents.current,
            ),
            models=self._models.provide, prompts=Prompts.load(resources() / "prompts"), tools=find_tools(),
            first_word_s=lambda: self._settings.value.first_word_s, loading=self._models.loading,
        )  # fmt: skip
        methods = Methods(
            library=self._library, documents=self._documents, previews=self._previews, models=self._models,
            remotes=self._remotes,
            downloads=self._downloads, sites=self._hub_sources,
            assistant=self._assistant, user=self._user, pasted=self._pasted,
            settings=self._settings, subscriptions=self._subscriptions,
            pids=self._pids, doctor=self._examine, drain=self.end,
        )  # fmt: skip
        self._handlers = methods.table()
        self._executor = ThreadPoolExecutor(64, thread_name_prefix="call")
        self._server: Server | None = None

    def run(self) -> None:
        """Serve until nobody needs this engine any more; then close everything."""
        key = secrets.token_bytes(32)
        self._server = Server(self._home.socket, key, self._welcome)
        address = EngineAddress(address=self._home.socket, pid=os.getpid(), key=key.hex(), protocol=PROTOCOL)
        write_durably(self._home.engine_json, msgspec.json.encode(address))
        self._assistant.mark_interrupted()
        self._models.keep_states_of(self._user.conversations.ids())
        self._library.start()
        self._models.start()
        self._settings_watch.start()
        log.info("the engine serves %s", self._home.root)
        for folder in find_runtime_folder().passed_over:
            log.warning("the folder %s is not private to this person; another one is used", folder)
        self._arm_idle()
        while not self._ended.is_set():
            self._user.back_up()
            self._pasted.sweep()
            self._ended.wait(BACKUP_S)
        self._close()

    def end(self) -> None:
        """Have `run` return soon."""
        self._ended.set()

    # ---- inner -----------------------------------------------------------------------------------------------------

    def _welcome(self, connection: Connection) -> None:
        with self._lock:
            if self._ended.is_set():
                connection.close()
                return
            if self._idle is not None:
                self._idle.cancel()
                self._idle = None
            peer = Peer(
                connection, role="engine", handlers=self._handlers, executor=self._executor, on_close=self._farewell
            )
            self._clients.add(peer)

    def _farewell(self, peer: Peer) -> None:
        with self._lock:
            self._clients.discard(peer)
        self._arm_idle()

    def _arm_idle(self) -> None:
        with self._lock:
            if self._clients or self._ended.is_set():
                return
            if self._idle is not None:
                self._idle.cancel()
            self._idle = threading.Timer(self._idle_s, self._leave_if_idle)
            self._idle.daemon = True
            self._idle.start()

    def _leave_if_idle(self) -> None:
        with self._lock:
            unneeded = not (self._clients or self._settings.value.window.background or self._downloads.busy)
        if unneeded:
            log.info("nobody needs this engine; it leaves")
            self.end()
        else:
            self._arm_idle()

    def _apply(self, _settings: Settings) -> None:
        """The settings are no longer what they were."""
        try:
            self._library.apply_settings()
        except Problem as problem:  # the next look at the folders, or the next start, does it
            log.warning("the settings could not be applied: %s", problem.code)
        self._subscriptions.models_changed()

    def _take_in(self, path: str, *, use: bool, origin: Literal["downloaded"], name: str) -> ModelInfo:
        """Make a whole download a model."""
        model = self._models.add(path, use=use, origin=origin, name=name)
        if use:
            self._assistant.prepare()
        return model

    def _model_places(self) -> Sequence[ModelPlace]:
        return [*own_places(self._settings.value, str(self._home.models)), *known_places()]

    def _prepare_vectors(self, peer: Peer) -> None:
        self._library.prepare_vectors(peer)

    def _begin_anew(self) -> None:
        """The index is damaged: leave, so that the next engine makes it anew from the files and the stored vectors."""
        log.error("the index is damaged and will be made anew")
        mark_for_rebuild(self._home.index_db)
        if not self._embeddings.sound():
            mark_for_rebuild(self._home.embeddings_db)
        self.restart = True
        self.end()

    def _on_index_changed(self) -> None:
        self._subscriptions.index_changed()
        self._previews.index_changed()

    def _pids(self) -> Pids:
        return Pids(
            engine=os.getpid(),
            extract=_running(*self._readers, self._attentive),
            vectors=self._vectors.pid,
            chat=_running(self._chat, self._prober, self._remote),
        )

    def _examine(self) -> list[Check]:
        return examine(
            self._home, lambda: self._library.status(self._pids()), self._models.backends, self._keyring,
            lambda: self._library.unwatched, self._settings.problem,
        )  # fmt: skip

    def _keyring(self) -> Check:
        warning = self._secrets.warning()
        if warning:
            return Check(name="keyring", level="note", text=warning)
        return Check(name="keyring", level="ok", text="A keyring keeps secrets.")

    def _close(self) -> None:
        """Take everything down; turns that are being written keep their text as stopped."""
        log.info("the engine leaves")
        if self._server is not None:
            self._server.close()
        self._home.engine_json.unlink(missing_ok=True)
        self._subscriptions.close()
        self._settings_watch.stop()
        self._library.stop()
        self._downloads.close()
        self._models.close()
        with self._lock:
            clients = list(self._clients)
        for peer in clients:
            peer.close()  # cancels what its calls still do
        others = (self._attentive, self._vectors, self._chat, self._prober, self._remote, self._fetcher, self._lister)
        for worker in (*self._readers, *others):
            worker.stop()
        self._executor.shutdown(cancel_futures=True)
        self._index.close()
        self._embeddings.close()
        self._user.close()


def _running(*workers: Worker) -> tuple[int, ...]:
    return tuple(pid for worker in workers if (pid := worker.pid) is not None)
