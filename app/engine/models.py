"""Chat models: which GGUF files the person added, which one is loaded, and how the assistant writes with it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from app.assistant.ports import Cancellation, ChatModel, ModelEvent, Thought
from app.base.chat import (
    ChatBackends,
    ChatMessage,
    CountTokens,
    Generate,
    Generated,
    Loaded,
    LoadModel,
    Prefill,
    ProbeModel,
    ToolSpec,
    Wish,
)
from app.base.costs import PrefillCost
from app.base.errors import Problem
from app.base.models import ModelInfo
from app.base.settings import ModelEntry, SettingsFile
from app.base.values import Check
from app.engine.remotes import Remotes
from app.link.peer import Outgoing
from app.link.workers import Worker, WorkerDied

log = logging.getLogger("familiar.engine")
LOAD_S = 120.0
STALL_S = 120.0
QUOTES = "quotes"


class Models:
    """The person's chat models and the one chat worker. Thread-safe; one answer is written at a time."""

    def __init__(self, settings: SettingsFile, worker: Worker, prober: Worker, remotes: Remotes) -> None:
        """prober: a second chat worker that only looks at files, so that no look waits behind an answer."""
        self._settings = settings
        self._remotes = remotes
        self._worker = worker
        self._prober = prober
        self._lock = threading.RLock()
        self._loaded: tuple[str, int, Loaded] | None = None

    # ---- the list --------------------------------------------------------------------------------------------------

    def list(self) -> Sequence[ModelInfo]:
        """The models, as their files are now."""
        return [*(self._info(entry) for entry in self._settings.value.models), *self._remotes.infos()]

    def add(self, path: str, *, use: bool) -> ModelInfo:
        """Take a GGUF file in, where it lies. Raises Problem model.*; then nothing changed."""
        real = str(Path(path).resolve())
        head = self._prober.call(ProbeModel(path=real), timeout_s=30)
        present = next((e for e in self._settings.value.models if e.path == real), None)
        entry = present or ModelEntry(name=self._free_name(Path(real).stem), path=real)
        self._settings.change(
            lambda s: msgspec.structs.replace(
                s, models=s.models if present else (*s.models, entry), model=entry.name if use else s.model
            )
        )
        log.info("a model of %d MB was added", head.size_bytes // 1_000_000)
        return self._info(entry)

    def use(self, name: str | None) -> Sequence[ModelInfo]:
        """Answer with this model from now on; None or "quotes" for quotes mode. Raises Problem model.unknown."""
        if name is not None and self._remotes.has(name):
            chosen = name
        else:
            chosen = "" if name is None or name == QUOTES else self._entry(name).name
        self._settings.change(lambda s: msgspec.structs.replace(s, model=chosen))
        if not chosen:
            with self._lock:
                self._loaded = None
                self._worker.kill()  # gives the memory back
        return self.list()

    def remove(self, name: str) -> Sequence[ModelInfo]:
        """Forget a model; its file stays. Raises Problem model.unknown."""
        if self._remotes.has(name):
            self._remotes.remove(name)
            return self.list()
        entry = self._entry(name)
        self._settings.change(
            lambda s: msgspec.structs.replace(
                s, models=tuple(e for e in s.models if e != entry), model="" if s.model == entry.name else s.model
            )
        )
        return self.list()

    def backends(self) -> Sequence[Check]:
        """What llama.cpp can run on here."""
        return self._prober.call(ChatBackends(), timeout_s=30)

    # ---- writing ---------------------------------------------------------------------------------------------------

    def provide(self, name: str | None) -> ChatModel | None:
        """The model of that name, or the one in use, loaded; None for quotes mode. Raises Problem model.*, chat.*."""
        wanted = name if name is not None else self._settings.value.model
        if not wanted or wanted == QUOTES:
            return None
        if self._remotes.has(wanted):
            return self._remotes.provide(wanted)
        entry = self._entry(wanted)
        return LoadedChat(entry.name, self._worker, lambda: self._load(entry))

    def _load(self, entry: ModelEntry) -> Loaded:
        """Load unless this process of the worker has it already."""
        with self._lock:
            pid = self._worker.pid
            if self._loaded is not None and self._loaded[:2] == (entry.path, pid):
                return self._loaded[2]
            self._loaded = None
            settings = self._settings.value
            loaded = self._worker.call(
                LoadModel(
                    path=entry.path, wish=Wish(context=settings.context_tokens or 4096, threads=settings.threads)
                ),
                timeout_s=LOAD_S,
            )
            self._loaded = (entry.path, self._worker.pid or 0, loaded)
            return loaded

    def _entry(self, name: str) -> ModelEntry:
        for entry in self._settings.value.models:
            if entry.name == name:
                return entry
        raise Problem(
            "model.unknown", f"There is no model named “{name}”.", "`familiar models list` shows those that there are."
        )

    def _info(self, entry: ModelEntry) -> ModelInfo:
        in_use = entry.name == self._settings.value.model
        try:
            head = self._prober.call(ProbeModel(path=entry.path), timeout_s=30)
        except Problem as problem:
            return ModelInfo(name=entry.name, path=entry.path, in_use=in_use, problem=f"{problem.title} {problem.hint}")
        return ModelInfo(
            name=entry.name, path=entry.path, size_bytes=head.size_bytes, architecture=head.architecture,
            context=head.context, in_use=in_use,
        )  # fmt: skip

    def _free_name(self, stem: str) -> str:
        settings = self._settings.value
        taken = {entry.name for entry in (*settings.models, *settings.remotes)} | {QUOTES}
        name, n = stem, 2
        while name in taken:
            name, n = f"{stem} {n}", n + 1
        return name


class LoadedChat:
    """A chat model that is ready to write; loads it (again) whenever the worker does not have it."""

    def __init__(self, name: str, worker: Worker, load: Callable[[], Loaded]) -> None:
        self._name = name
        self._worker = worker
        self._load = load
        self._context = load().context
        self.local = True
        self.host = ""
        self.cost = PrefillCost()
        self.decode_rate = 0.0

    @property
    def name(self) -> str:
        """The name the person knows it by."""
        return self._name

    @property
    def context(self) -> int:
        """Tokens that prompt and answer may have together."""
        return self._context

    def count(self, texts: Sequence[str]) -> list[int]:
        """Length of each text in tokens."""
        self._load()
        return self._worker.call(CountTokens(texts=list(texts)), timeout_s=STALL_S)

    def generate(
        self,
        messages: Sequence[ChatMessage],
        *,
        tools: Sequence[ToolSpec],
        max_tokens: int,
        temperature: float,
        seed: int,
        conversation: int,
        on_event: Callable[[ModelEvent], None],
        cancellation: Cancellation,
    ) -> Generated:
        """Write the next message. Sent again once if the process died before anything had come out of it."""
        call = Generate(
            messages=list(messages), tools=tuple(tools), max_tokens=max_tokens, temperature=temperature, seed=seed,
            conversation=conversation,
        )  # fmt: skip
        written = False

        def hear(event: str, body: msgspec.Raw) -> None:
            nonlocal written
            if event == "text":
                written = True
                on_event(msgspec.json.decode(body, type=str))
            elif event == "reasoning":
                written = True
                on_event(Thought(text=msgspec.json.decode(body, type=str)))
            elif event == "prefill":
                on_event(msgspec.json.decode(body, type=Prefill))

        def started(outgoing: Outgoing) -> None:
            cancellation.on_cancel(outgoing.cancel)

        try:
            self._load()
            return self._worker.call(call, timeout_s=STALL_S, on_event=hear, on_started=started)
        except WorkerDied:
            if written or cancellation.cancelled:
                raise
            log.warning("the chat process died before its first word; asked again")
            self._load()
            return self._worker.call(call, timeout_s=STALL_S, on_event=hear, on_started=started)

    def warm(self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], conversation: int) -> None:
        """Nothing is read ahead yet."""

    def warmed(self, conversation: int) -> int:
        """Nothing yet."""
        return 0
