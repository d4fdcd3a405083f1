"""The composition root: opens the stores, starts the workers, wires library and assistant, answers clients."""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from multiprocessing.connection import Connection
from typing import Literal

import msgspec

from app.assistant.acting.acting import Acting
from app.assistant.acting.policy import PolicyFile
from app.assistant.aptitude.exam import Exam
from app.assistant.aptitude.tasks import TaskSet
from app.assistant.assistant import Assistant
from app.assistant.instructions import Instructions
from app.assistant.ports import Sources
from app.assistant.prompt import Prompts
from app.assistant.spans import spans_of
from app.assistant.tools.search_files import TOOL as SEARCH
from app.assistant.tools.tool import Tool
from app.assistant.tools.toolbox import find_tools
from app.assistant.turn_request import Wishes
from app.base.chunking import CHUNKER
from app.base.errors import Problem
from app.base.files import write_durably
from app.base.index_values import Check
from app.base.models import ModelInfo
from app.base.paths import Home, find_runtime_folder, resources
from app.base.settings import Settings, SettingsFile
from app.base.settings_watch import SettingsWatch
from app.base.turn_trace import TurnTrace
from app.base.values import Answer
from app.engine.action_methods import ActionMethods, policy_checks
from app.engine.chat_methods import ChatMethods
from app.engine.crew import Crew
from app.engine.doctor import examine
from app.engine.documents import Documents
from app.engine.drawings import Drawings
from app.engine.examination import Examination
from app.engine.library_methods import LibraryMethods
from app.engine.methods import OwnMethods, Table
from app.engine.model_methods import ModelMethods
from app.engine.pasted_texts import PastedTexts
from app.engine.previews import Previews
from app.engine.retrieval import IndexFiles, IndexRetriever
from app.engine.span_sender import SpanSender
from app.engine.subscriptions import Subscriptions
from app.engine.tables import Tables
from app.engine.trials import Trials
from app.library.library import Library
from app.library.watch import Watcher
from app.link.call_threads import CallThreads
from app.link.client import EngineAddress
from app.link.frames import PROTOCOL
from app.link.peer import Peer
from app.link.server import Server
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
from app.store.user import UserStore, now_ms

log = logging.getLogger("familiar.engine")
IDLE_S = 60.0
BACKUP_S = 24 * 3600.0
CALLS = 64
CALLS_END_S = 5.0
THREADS_END_S = 2.0


class Engine:
    """One home's engine. Whoever makes one holds the home's lock.

    commands: how to start workers, by role, where it is not the usual way. leaving: set once it begins to leave.
    restart: whether a fresh engine is to take its place.
    """

    def __init__(self, home: Home, *, idle_s: float = IDLE_S, commands: dict[str, Sequence[str]] | None = None) -> None:
        """Open everything; nothing runs yet. Raises Problem settings.*, store.*, runtime.*."""
        self._home = home
        self._idle_s = idle_s
        self.leaving = threading.Event()
        self.restart = False
        self._lock = threading.Lock()
        self._clients: set[Peer] = set()
        self._idle: threading.Timer | None = None
        self._settings = SettingsFile(home.settings_toml)
        self._settings_watch = SettingsWatch(self._settings, self._apply)
        self._user = UserStore.open(home.user_db)
        self._index = IndexStore(home.index_db, chunker=str(CHUNKER))
        self._embeddings = EmbeddingStore(home.embeddings_db)
        self._crew = crew = Crew(
            commands or {}, polite=self._settings.value.polite, on_vectors=self._prepare_vectors
        )  # fmt: skip
        self._spans = SpanSender(crew.spans, lambda: self._settings.value.spans_to)
        self._subscriptions = Subscriptions(
            lambda: self._library.status(self._crew.pids()), lambda: list(self._downloads.list())
        )
        self._library = Library(
            home, self._settings, self._index, self._embeddings, crew.readers, crew.vectors,
            on_change=self._on_index_changed, on_damaged=self._begin_anew,
        )  # fmt: skip
        self._documents = Documents(self._library, crew.attentive)
        self._drawings = Drawings(home.drawings)
        self._previews = Previews(self._library, crew.attentive, self._drawings, self._user.turns.attachments)
        self._tables = Tables(self._previews, crew.tables)
        self._pasted = PastedTexts(home.pasted, self._user.turns.attached_below)
        self._secrets = Secrets("familiar")
        measurements = Measurements(home.measurements_json)
        self._remotes = Remotes(
            self._settings, self._secrets, crew.remote, measurements, self._subscriptions.models_changed
        )  # fmt: skip
        self._models = Models(
            self._settings, crew.chat, crew.prober, self._remotes, measurements,
            discovery=Discovery(self._model_places, self._subscriptions.models_changed, Watcher),
            states=str(home.states), on_change=self._subscriptions.models_changed,
        )  # fmt: skip
        self._hub_sources = HubSources(
            self._settings, crew.lister, self._secrets, load_catalogue(resources() / "catalogue.toml")
        )
        self._downloads = DownloadQueue(
            home, self._settings, sites=self._hub_sources, fetcher=crew.fetcher, add=self._take_in,
            on_change=self._subscriptions.downloads_changed,
        )  # fmt: skip
        self._prompts = Prompts.load(resources() / "prompts")
        self._policy = PolicyFile(home.policy_toml)
        self._acting = Acting(self._user.actions, home.root, self._policy, now_ms)
        self._assistant = self._assistant_over(self._user, find_tools(), self._acting)
        self._assistant.on_end(self._send_spans)
        exam = Exam(TaskSet.load(resources() / "aptitude.toml"), self._prompts, SEARCH.spec)
        self._examination = Examination(exam, self._models, lambda: self._assistant.busy)
        self._handlers = self._table()
        self._calls = CallThreads(CALLS)
        self._server: Server | None = None

    def run(self) -> None:
        """Serve until nobody needs this engine any more; close everything, whatever happened.

        Raises Problem home.unwritable, runtime.unwritable, store.* if it cannot begin.
        """
        try:
            self._assistant.mark_interrupted()
            self._models.keep_states_of(self._user.conversations.ids())
            self._library.start()
            self._models.start()
            self._examination.start()
            self._settings_watch.start()
            self._listen()
            log.info("the engine serves %s", self._home.root)
            for folder in find_runtime_folder().passed_over:
                log.warning("the folder %s is not private to this person; another one is used", folder)
            self._arm_idle()
            while not self.leaving.is_set():
                self._user.back_up()
                self._acting.carrying.sweep()
                self._pasted.sweep()
                self.leaving.wait(BACKUP_S)
        finally:
            self._close()

    def end(self) -> None:
        """Have `run` return soon. From now on no client is welcome."""
        with self._lock:
            self.leaving.set()

    # ---- clients ---------------------------------------------------------------------------------------------------

    def _table(self) -> Table:
        return {
            **LibraryMethods(self._library, self._documents, self._previews, pids=self._crew.pids).table(),
            **ChatMethods(
                self._assistant, self._user, self._pasted, Trials(self._trial_over, self._models.forget),
                forget=self._models.forget, on_change=self._subscriptions.chats_changed,
            ).table(),
            **self._tables.table(),
            **ActionMethods(self._acting, self._user.actions, self._policy, self._subscriptions.chats_changed).table(),
            **ModelMethods(
                self._models, self._remotes, self._downloads, self._hub_sources, self._settings,
                examination=self._examination, prepare=self._assistant.prepare,
            ).table(),
            **OwnMethods(self._settings, self._subscriptions, doctor=self._examine, drain=self.end).table(),
        }  # fmt: skip

    def _listen(self) -> None:
        """Let clients in, and tell them where. Raises Problem."""
        key = secrets.token_bytes(32)
        try:
            self._server = Server(self._home.socket, key, self._welcome)
        except OSError as error:
            raise Problem(
                "runtime.unwritable", f"Familiar cannot listen at {self._home.socket}: {error.strerror or error}.",
                "Nothing was changed. Set XDG_RUNTIME_DIR to a folder of yours that can be written to.",
            ) from error  # fmt: skip
        address = EngineAddress(address=self._home.socket, pid=os.getpid(), key=key.hex(), protocol=PROTOCOL)
        try:
            write_durably(self._home.engine_json, msgspec.json.encode(address))
        except OSError as error:
            raise self._home.unwritable(error) from error

    def _welcome(self, connection: Connection) -> None:
        """Greet a client; one that comes too late sees its connection end without a greeting, and starts an engine."""
        with self._lock:  # whoever was greeted is known: an engine that is about to leave for want of clients stays
            if self.leaving.is_set():
                connection.close()
                return
            try:
                peer = Peer(
                    connection, role="engine", handlers=self._handlers, executor=self._calls, on_close=self._farewell
                )
            except Problem as problem:
                log.warning("a client could not be let in: %s", problem.code)
                return
            self._clients.add(peer)
            if self._idle is not None:
                self._idle.cancel()
                self._idle = None

    def _farewell(self, peer: Peer) -> None:
        with self._lock:
            self._clients.discard(peer)
        self._arm_idle()

    def _arm_idle(self) -> None:
        with self._lock:
            if self._clients or self.leaving.is_set():
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
                self.leaving.set()
        if not unneeded:
            self._arm_idle()

    # ---- inner -----------------------------------------------------------------------------------------------------

    def _apply(self, _settings: Settings) -> None:
        """The settings are no longer what they were."""
        try:
            self._library.apply_settings()
        except Problem as problem:  # the next look at the folders, or the next start, does it
            log.warning("the settings could not be applied: %s", problem.code)
        self._subscriptions.models_changed()

    def _assistant_over(self, store: UserStore, tools: Sequence[Tool], acting: Acting) -> Assistant:
        return Assistant(
            store,
            sources=Sources(
                retriever=IndexRetriever(self._library), reader=self._documents, files=IndexFiles(self._library),
                current=self._documents.current, similar=self._library.similar,
                tables=lambda path, sql, conversation: self._tables.ask(path, sql, conversation=conversation),
            ),
            models=self._models.provide, prompts=self._prompts, tools=tools,
            wishes=Wishes(
                lambda: self._settings.value.first_word_s, lambda: self._settings.value.strict,
                lambda: Instructions.of(self._settings.value),
            ),
            acting=acting, loading=self._models.loading,
        )  # fmt: skip

    def _trial_over(self, store: UserStore) -> Assistant:
        """One whose questions leave nothing behind: its models can do nothing but read."""
        acting = Acting(store.actions, self._home.root, self._policy, now_ms)
        return self._assistant_over(store, [tool for tool in find_tools() if tool.effect == "read"], acting)

    def _send_spans(self, answer: Answer, trace: TurnTrace) -> None:
        if self._spans.wanted:
            local = all(answer.model != entry.name for entry in self._settings.value.remotes)
            self._spans.send(spans_of(answer, trace, ended_ns=time.time_ns(), local=local))

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

    def _examine(self) -> list[Check]:
        return examine(
            self._home, lambda: self._library.status(self._crew.pids()), self._models.backends, self._keyring,
            lambda: self._library.unwatched, self._settings.problem,
            lambda: [*self._spans.checks(), *policy_checks(self._policy)],
        )  # fmt: skip

    def _keyring(self) -> Check:
        warning = self._secrets.warning()
        if warning:
            return Check(name="keyring", level="note", text=warning)
        return Check(name="keyring", level="ok", text="A keyring keeps secrets.")

    def _close(self) -> None:
        """Take everything down, each part whatever became of those before it; it takes seconds, whatever hangs.

        Turns that are being written keep their text as stopped. A call that does not end in time is left to itself:
        what it could still write to is closed.
        """
        log.info("the engine leaves")
        self.end()
        steps = (
            self._turn_clients_away, self._subscriptions.close, self._settings_watch.stop, self._library.stop,
            self._downloads.close, self._examination.stop, self._models.close, self._end_calls,
            self._spans.stop,
            self._crew.stop, self._end_threads, self._drawings.close,
            self._index.close, self._embeddings.close, self._user.close,
        )  # fmt: skip
        with ExitStack() as closing:
            for step in reversed(steps):
                closing.callback(step)

    def _turn_clients_away(self) -> None:
        """Nobody comes any more, and who is here hears which of its calls were not begun."""
        if self._server is not None:
            self._server.close()
        try:
            self._home.engine_json.unlink(missing_ok=True)
        except OSError as error:
            log.warning("the engine's address stays behind: %s", error.strerror)
        with self._lock:
            if self._idle is not None:
                self._idle.cancel()
            clients = list(self._clients)
        for peer in clients:
            peer.leave()  # has its calls end, whose outcomes are still told

    def _end_calls(self) -> None:
        """Calls that hang are told to their callers as cut off."""
        self._calls.finish(CALLS_END_S)
        with self._lock:
            clients = list(self._clients)
        for peer in clients:
            peer.close()

    def _end_threads(self) -> None:
        """What waited for a worker sees its end now."""
        if not (self._library.join(THREADS_END_S) and self._calls.finish(THREADS_END_S)):
            log.warning("the engine leaves though something of it hangs")
