"""Chat models: those that the person added, those that lie on this machine, and how the assistant gets one."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from app.base.aptitude import Aptitude, Profile
from app.base.chat import BenchModel, BenchReport, ChatBackends, LoadOptions
from app.base.chat_model import ChatModel
from app.base.errors import Problem
from app.base.index_values import Check
from app.base.models import ModelInfo
from app.base.settings import ModelEntry, Settings, SettingsFile
from app.link.peer import Incoming
from app.link.workers import Worker
from app.models.aptitudes import Aptitudes
from app.models.chat_model import LoadedChat, YieldingChat
from app.models.chat_process import ChatProcess
from app.models.discovery import Discovery
from app.models.local_model import LocalModel
from app.models.model_facts import Facts, file_size
from app.models.model_scan import FoundModel
from app.models.named_models import QUOTES, NamedModels, at_path, unknown_model, with_model, without_model
from app.models.remotes import Remotes
from app.models.resource_policy import ResourcePolicy
from app.store.measurements import Deaths, Measurements, identify

log = logging.getLogger("familiar.engine")
LIST_S = 4.0
BACKENDS_S = 30.0


class Models:
    """The person's chat models. Thread-safe.

    prober: a chat worker that only looks at files, so that no look waits behind an answer. remotes: those behind
    servers. discovery: finds those that lie on this machine. states: private folder of what models keep of
    conversations. on_change: the list may differ; called in any thread.
    """

    def __init__(
        self,
        settings: SettingsFile,
        worker: Worker,
        prober: Worker,
        remotes: Remotes,
        measurements: Measurements,
        *,
        discovery: Discovery,
        states: str = "",
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._prober = prober
        self._measurements = measurements
        self._remotes = remotes
        self._on_change = on_change
        self._resources = ResourcePolicy(self._unload)
        self._process = ChatProcess(worker, prober, measurements, states=states, spare_threads=self._resources.threads)
        self._facts = Facts(prober, measurements, lambda: self._process.held_bytes)
        self._aptitudes = Aptitudes(settings, measurements)
        self._discovery = discovery
        self._named = NamedModels(settings, discovery)
        self._filling = threading.Lock()

    def start(self) -> None:
        """Mind the machine's memory from now on."""
        self._resources.start()

    def close(self) -> None:
        """End what runs in the background, and keep what was measured."""
        self._resources.stop()
        self._discovery.close()
        self._measurements.close()

    # ---- the list --------------------------------------------------------------------------------------------------

    def list(self, *, found: bool = True) -> Sequence[ModelInfo]:
        """The models, as their files are now. What takes longer than some seconds to tell is left for the next call."""
        until = time.monotonic() + LIST_S
        added = self._settings.value.models
        infos = [self._info(entry, until=until) for entry in added] + self._remotes.infos()
        if not found:
            return infos
        late: list[str] = []
        for model, name in self._named.found():
            info = self._found_info(model, name, until)
            if info is not None:
                infos.append(info)
            elif not self._measurements.knows(model.path):
                late.append(model.path)
        self._fill(late)
        return infos

    def add(
        self, path: str, *, use: bool, origin: Literal["added", "downloaded"] = "added", name: str = ""
    ) -> ModelInfo:
        """Take a GGUF file in, where it lies. Raises Problem model.*; then nothing changed.

        name: what it shall be called, "" for its file's name.
        """
        lies_at = os.path.abspath(path)
        head = self._facts.head(lies_at)
        assert head is not None
        wanted = ModelEntry(name=name or Path(lies_at).stem, path=lies_at, origin=origin)
        entry = at_path(self._settings.change(lambda s: with_model(s, wanted, use=use)), lies_at)
        assert entry is not None
        log.info("a model of %d MB was added", head.size_bytes // 1_000_000)
        self._on_change()
        return self._info(entry)

    def use(self, name: str | None) -> Sequence[ModelInfo]:
        """Answer with this model from now on; None or "quotes" for quotes mode. Raises Problem model.*."""
        if name is None or name == QUOTES:
            chosen = ""
        elif self._remotes.has(name):
            chosen = name
        else:
            chosen = self._added(name).name
        self._settings.change(lambda s: msgspec.structs.replace(s, model=chosen))
        if not chosen or self._remotes.has(chosen):
            self._process.end()  # gives the memory back
        self._on_change()
        return self.list(found=False)

    def remove(self, name: str) -> Sequence[ModelInfo]:
        """Forget a model; its file stays. Raises Problem model.unknown, model.found, secrets.kept."""
        if self._remotes.has(name):
            try:
                self._remotes.remove(name)
            finally:
                self._on_change()  # it is gone also where the keyring keeps its key
            return self.list(found=False)
        entry = self._named.entry(name)
        if entry not in self._settings.value.models:
            raise Problem(
                "model.found",
                f"{name} was found where it lies, and stays listed as long as it is there.",
                "Delete it in its program. If it lies in a folder of yours, have Familiar look there no longer.",
            )
        self._settings.change(lambda s: without_model(s, entry))
        loaded = self._process.loaded
        if loaded is not None and loaded[0].path == entry.path:
            self._process.rest("it was removed")
        self._on_change()
        return self.list(found=False)

    def tune(self, name: str, options: LoadOptions) -> ModelInfo:
        """Set how a model runs, from its next loading on, and end its quarantine. Raises Problem model.*."""
        if self._remotes.has(name):
            raise Problem(
                "model.remote",
                f"{name} runs on a server, which decides how.",
                "Connect it again to say how many tokens it takes.",
            )
        entry = self._added(name)
        options = LoadOptions(
            context=max(options.context, 0), threads=max(options.threads, 0), gpu_layers=max(options.gpu_layers, -1),
            cache=options.cache,
        )  # fmt: skip

        def tuned(one: ModelEntry) -> ModelEntry:
            return msgspec.structs.replace(one, options=options) if one.name == name else one

        self._settings.change(lambda s: msgspec.structs.replace(s, models=tuple(map(tuned, s.models))))
        self._measurements.keep_deaths(identify(entry.path), Deaths(count=0))
        self._on_change()
        return self._info(tuned(entry))

    def inspect(self, name: str) -> ModelInfo:
        """A model with its memory confirmed by a dry load and its template looked at. Raises Problem."""
        infos = self.list()
        info = next((one for one in infos if one.name == name), None)
        if info is None:
            raise unknown_model(name)
        if info.origin == "remote" or info.problem:
            return info
        fit = self._facts.confirmed_fit(info.path, self._effective(info.options))
        return msgspec.structs.replace(info, fit=fit, template=self._facts.inspect_template(info.path))

    def bench(self, name: str, lengths: tuple[int, ...], incoming: Incoming) -> BenchReport:
        """Measure a model beside llama.cpp's bare loop. Emits "progress": str. Raises Problem."""
        if self._remotes.has(name):
            raise Problem(
                "model.remote", f"{name} runs on a server.",
                "Models on this computer can be measured; a server's pace shows in the list once it has answered.",
            )  # fmt: skip
        entry = self._named.entry(name)

        def hear(event: str, body: msgspec.Raw) -> None:
            if event == "progress":
                incoming.emit("progress", msgspec.json.decode(body, type=str))

        report = self._process.call(
            self._local(entry), BenchModel(lengths=lengths), on_event=hear,
            on_started=lambda outgoing: incoming.on_cancel(outgoing.cancel),
            cancelled=lambda: incoming.cancelled, again=lambda: False,
        )  # fmt: skip
        self._measurements.keep_bench(identify(entry.path), report)
        self._on_change()
        return report

    def watch(self, path: str, *, watch: bool) -> Sequence[str]:
        """Look for models in this folder too, or no longer. Returns the person's own. Raises Problem folder.missing."""
        if watch and not os.path.isdir(path):
            raise Problem("folder.missing", f"There is no folder {path}.", "Nothing was changed.")

        def edit(settings: Settings) -> Settings:
            others = tuple(folder for folder in settings.model_folders if folder != path)
            return msgspec.structs.replace(settings, model_folders=(*others, path) if watch else others)

        folders = self._settings.change(edit).model_folders
        self._on_change()
        return [*folders]

    def backends(self) -> Sequence[Check]:
        """What llama.cpp can run on here, and what is not as planned with the model that is loaded."""
        checks = [*self._prober.call(ChatBackends(), timeout_s=BACKENDS_S), self._in_use()]
        loaded = self._process.loaded
        if loaded is not None and loaded[1].note:
            hint = "`familiar models inspect` tells what was chosen; `familiar models tune` changes it."
            note = f"{loaded[0].name}: {loaded[1].note}"
            checks.append(Check(name="chat model", level="warning", text=note, hint=hint))
        return checks

    def _in_use(self) -> Check:
        """Which model answers, and whether it can."""
        model = next((one for one in self.list(found=False) if one.in_use), None)
        if model is None:
            return Check(name="chat model", level="note", text="None is in use: answers are quotes from your files.")
        trouble = model.problem or model.quarantine
        if trouble:
            return Check(name="chat model", level="warning", text=f"{model.name} cannot answer: {trouble}")
        return Check(name="chat model", level="ok", text=f"{model.name} answers, {model.place or model.path}")

    # ---- writing ---------------------------------------------------------------------------------------------------

    def provide(self, name: str | None) -> ChatModel | None:
        """The model of that name, or the one in use, loaded; None for quotes mode. Raises Problem model.*, chat.*."""
        wanted = name if name is not None else self._settings.value.model
        if not wanted or wanted == QUOTES:
            return None
        if self._remotes.has(wanted):
            return self._remotes.provide(wanted)
        entry = self._named.entry(wanted)
        return LoadedChat(
            self._local(entry), self._process, self._measurements, self._resources.may_read_ahead,
            self._aptitudes.profile(entry),
        )  # fmt: skip

    def examinee(self, name: str) -> ChatModel:
        """The model of that name, to be measured: what is asked of it gives way to whatever else is.

        It is loaded if need be. Raises Problem model.*, chat.*, remote.*.
        """
        if self._remotes.has(name):
            return self._remotes.provide(name)
        model = self._local(self._named.entry(name))
        return YieldingChat(model, self._process, self._measurements, self._resources.may_read_ahead)

    def keep_aptitude(self, name: str, aptitude: Aptitude) -> None:
        """Keep what a model was measured to be able to do. Raises Problem model.unknown."""
        self._aptitudes.keep(self._remotes.entry(name) or self._named.entry(name), aptitude)
        self._on_change()

    def unmeasured(self, version: int) -> str:
        """The name of the loaded model if these tasks are new to it, the machine has time, and nothing is asked of it.

        "" if not. Never waits.
        """
        loaded = self._process.loaded
        if loaded is None or self._process.busy or not self._resources.may_read_ahead():
            return ""
        entry = next((one for one in self._settings.value.models if one.name == loaded[0].name), None)
        if entry is None or entry.profile or entry.path != loaded[0].path:
            return ""
        known = self._aptitudes.of(entry)
        return entry.name if known is None or known.version != version else ""

    def set_profile(self, name: str, profile: Profile | None) -> ModelInfo:
        """Have so much asked of a model; None: what it was measured to be able to do. Raises Problem model.*."""
        if not self._remotes.has(name):
            self._added(name)
        self._aptitudes.set_profile(name, profile)
        self._on_change()
        return next(one for one in self.list(found=False) if one.name == name)

    def loading(self, name: str | None) -> str:
        """The name of the model that `provide` would have to load first; "" if none. Never waits, never fails."""
        wanted = name if name is not None else self._settings.value.model
        if not wanted or wanted == QUOTES or self._remotes.has(wanted):
            return ""
        try:
            model = self._local(self._named.entry(wanted))
        except Problem:
            return ""  # `provide` says why
        loaded = self._process.loaded
        current = loaded is not None and (loaded[0].path, loaded[0].options) == (model.path, model.options)
        return "" if current else model.name

    def forget(self, conversation: int) -> None:
        """Delete what models keep of a conversation."""
        self._process.forget(conversation)

    def keep_states_of(self, conversations: Collection[int]) -> None:
        """Delete what models keep of all other conversations. For the engine's start."""
        self._process.keep_states_of(conversations)

    # ---- inner -----------------------------------------------------------------------------------------------------

    def _unload(self, reason: str) -> bool:
        return self._process.rest(reason)

    def _added(self, name: str) -> ModelEntry:
        """The same, and a found model is added by this. Raises Problem model.*."""
        entry = self._named.entry(name)
        if entry not in self._settings.value.models:
            self.add(entry.path, use=False, name=name)
        return self._named.entry(name)

    def _local(self, entry: ModelEntry) -> LocalModel:
        return LocalModel(name=entry.name, path=entry.path, options=self._effective(entry.options))

    def _effective(self, options: LoadOptions) -> LoadOptions:
        """A options with the settings' own in the place of what it leaves open."""
        settings = self._settings.value
        return msgspec.structs.replace(
            options, context=options.context or settings.context_tokens, threads=options.threads or settings.threads
        )

    def _info(self, entry: ModelEntry, *, until: float | None = None) -> ModelInfo:
        info = ModelInfo(
            name=entry.name, path=entry.path, size_bytes=file_size(entry.path), origin=entry.origin,
            options=entry.options,
            in_use=entry.name == self._settings.value.model, quarantine=self._process.quarantine(self._local(entry)),
        )  # fmt: skip
        info = self._aptitudes.described(info, entry)
        try:
            return self._described(info, until)
        except Problem as problem:
            return msgspec.structs.replace(info, problem=f"{problem.title} {problem.hint}".strip())

    def _found_info(self, model: FoundModel, name: str, until: float) -> ModelInfo | None:
        """None if it is no chat model, or was not looked at in time."""
        info = ModelInfo(name=name, path=model.path, origin="found", place=model.place)
        info = self._aptitudes.described(info, ModelEntry(name=name, path=model.path))
        try:
            info = self._described(info, until)
        except Problem:
            return None
        return info if info.architecture else None

    def _described(self, info: ModelInfo, until: float | None) -> ModelInfo:
        """The info with what its file tells. Raises Problem."""
        head = self._facts.head(info.path, until=until)
        if head is None:
            return info
        loaded = self._process.loaded
        note = self._facts.lame_gpu(info.path)
        if loaded is not None and loaded[0].path == info.path:
            note = loaded[1].note or note
        return msgspec.structs.replace(
            info, size_bytes=head.size_bytes, architecture=head.architecture, context=head.context,
            parameters=head.parameters, quantisation=head.quantisation, licence=head.licence,
            fit=self._facts.fit(info.path, self._effective(info.options), until=until),
            speed=self._facts.speed(info.path), template=self._facts.template(info.path), note=note,
        )  # fmt: skip

    def _fill(self, paths: Sequence[str]) -> None:
        """Look at files that a list had no time for; tell when there is more to list."""
        if not paths or not self._filling.acquire(blocking=False):
            return

        def look() -> None:
            try:
                for path in paths:
                    try:
                        self._facts.head(path)
                    except Problem as problem:
                        if not problem.code.startswith("model."):
                            return
            finally:
                self._filling.release()
            self._on_change()

        threading.Thread(target=look, name="model-heads", daemon=True).start()
