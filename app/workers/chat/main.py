"""The chat worker's entry: one model at a time, one request after another."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.base.calls import Call
from app.base.chat import (
    BenchModel,
    BenchReport,
    ChatBackends,
    CountTokens,
    Fit,
    FitModel,
    ForgetStates,
    Generate,
    Generated,
    InspectTemplate,
    Loaded,
    LoadModel,
    ModelHead,
    ProbeModel,
    TemplateReport,
    Warm,
    Warmed,
    WorkerState,
)
from app.base.errors import Problem
from app.base.index_values import Check
from app.base.kv_state_files import delete_states
from app.link.peer import Handler, Incoming
from app.link.serving import Tasks, serve
from app.workers.chat.inference.backends import describe_absence, describe_backends
from app.workers.chat.inference.bench import bench
from app.workers.chat.inference.fit import Fitting
from app.workers.chat.inference.generation import generate
from app.workers.chat.inference.llama import Llama, open_llama
from app.workers.chat.inference.loading import inspect_template, load_dry, load_model
from app.workers.chat.inference.machine import look_at_machine
from app.workers.chat.inference.model import Model
from app.workers.chat.inference.model_file import ModelFile, read_model_file
from app.workers.chat.kv.states import StateFolder, model_key
from app.workers.chat.kv.warm import warm

_OOM_SCORE = Path("/proc/self/oom_score_adj")


class ChatWorker:
    """Answers the engine's calls. Holds llama.cpp once it was needed, and the model that was loaded last."""

    def __init__(self) -> None:
        self.tasks = Tasks(on_idle=self.rest)
        self.state: WorkerState = "empty"
        self._llama: Llama | None = None
        self._model: Model | None = None
        self._loaded_as: Loaded | None = None

    def handlers(self) -> Mapping[type[Call[Any]], Handler]:
        """How each call is answered."""
        return {
            ProbeModel: self.probe,
            FitModel: self.fit,
            InspectTemplate: self.inspect_template,
            LoadModel: self.load,
            CountTokens: self.count,
            Generate: self.generate,
            Warm: self.warm,
            ForgetStates: self.forget,
            BenchModel: self.bench,
            ChatBackends: self.backends,
        }

    def probe(self, call: ProbeModel, _incoming: Incoming) -> ModelHead:
        """What a file's header says; needs no llama.cpp."""
        return read_model_file(Path(call.path)).head

    def fit(self, call: FitModel, _incoming: Incoming) -> Fit:
        """How a model would run; from its header alone, llama.cpp may be absent."""
        file = read_model_file(Path(call.path))
        try:
            llama: Llama | None = self._library()
        except Problem:
            if call.confirm:
                raise
            llama = None
        fitting = Fitting(file, call.options, look_at_machine(llama, held_bytes=call.held_bytes))
        return load_dry(llama, file, fitting) if call.confirm and llama is not None else fitting.fit()

    def inspect_template(self, call: InspectTemplate, _incoming: Incoming) -> TemplateReport:
        """What a model's template can do; only its vocabulary is loaded."""
        return inspect_template(self._library(), read_model_file(Path(call.path)))

    def load(self, call: LoadModel, incoming: Incoming) -> Loaded:
        """Load a model in place of the one before, which is gone even if this fails later than at the header."""
        with self._being("probing", incoming):
            file = read_model_file(Path(call.path))
            llama = self._library()
            self._unload()
            self._become("loading", incoming)
            self._model, self._loaded_as = load_model(
                llama,
                file,
                call.options,
                on_progress=lambda share: incoming.emit("progress", share),
                cancelled=lambda: incoming.cancelled,
            )
            if call.states:
                self._keep_states(call, file, llama, self._model)
            return self._loaded_as

    def count(self, call: CountTokens, _incoming: Incoming) -> list[int]:
        """How many tokens each text has."""
        vocabulary = self._loaded().vocabulary
        return [len(vocabulary.tokens(text)) for text in call.texts]

    def generate(self, call: Generate, incoming: Incoming) -> Generated:
        """Continue a conversation."""
        model = self._loaded()
        with self._being("prefill", incoming):
            return generate(model, call, incoming, lambda: self._become("generate", incoming))

    def warm(self, call: Warm, incoming: Incoming) -> Warmed:
        """Read the beginning of a prompt ahead, until something else is asked."""
        model = self._loaded()
        with self._being("prefill", incoming):
            return warm(model, call, incoming, self.tasks.on_arrival)

    def forget(self, call: ForgetStates, _incoming: Incoming) -> None:
        """Delete what is kept of a conversation, here and on the disk."""
        if self._model is not None:
            self._model.recall.forget(call.conversation)
        if call.states:
            delete_states(Path(call.states), lambda one: call.conversation in (0, one))

    def bench(self, call: BenchModel, incoming: Incoming) -> BenchReport:
        """Measure the loaded model."""
        model, loaded = self._loaded(), self._loaded_as
        assert loaded is not None
        with self._being("generate", incoming):
            return BenchReport(
                model=loaded.name, backend=loaded.backend, threads=loaded.threads, lines=bench(model, call, incoming)
            )

    def backends(self, _call: ChatBackends, _incoming: Incoming) -> list[Check]:
        """What llama.cpp can run on, or why there is none."""
        try:
            return describe_backends(self._library())
        except Problem as problem:
            return describe_absence(problem)

    def rest(self) -> None:
        """Nothing was asked for a while: save what is not saved."""
        if self._model is not None:
            self._model.recall.save()

    def close(self) -> None:
        """Nothing will be asked any more: save, and free the memory."""
        self._unload()

    @contextmanager
    def _being(self, state: WorkerState, incoming: Incoming) -> Iterator[None]:
        """Within, the worker is about this; after it, ready or empty."""
        self._become(state, incoming)
        try:
            yield
        finally:
            self._become("empty" if self._model is None else "ready", incoming)

    def _become(self, state: WorkerState, incoming: Incoming) -> None:
        self.state = state
        incoming.emit("state", state)

    def _unload(self) -> None:
        if self._model is not None:
            self._model.close()
            self._model = None
            self._loaded_as = None

    def _keep_states(self, call: LoadModel, file: ModelFile, llama: Llama, model: Model) -> None:
        """Keep states of this model, known by all that they depend on."""
        original = file.header.number(f"{file.head.architecture}.rope.scaling.original_context_length")
        # some models turn positions otherwise where the context is long
        stretched = 0 < original < model.session.context
        layout = f"{model.session.layout} {'stretched' if stretched else 'plain'}"
        try:
            key = model_key(file.path, file.header.data_start, llama.build, layout)
        except OSError:
            return  # the file went away; what is loaded still answers
        model.recall.keep_in(StateFolder(Path(call.states), call.states_limit_bytes, key))

    def _library(self) -> Llama:
        if self._llama is None:
            self._llama = open_llama()
        return self._llama

    def _loaded(self) -> Model:
        if self._model is None:
            self._library()  # its absence is the better reason
            raise Problem("chat.no_model", "No chat model is loaded.", "Choose a model first.")
        return self._model


def main() -> int:
    """Serve the engine until it goes; returns the exit code."""
    if sys.platform == "linux":
        _offer_to_die_first()
    worker = ChatWorker()
    code = serve("chat", worker.handlers(), tasks=worker.tasks)
    worker.close()
    return code


def _offer_to_die_first() -> None:
    """Where memory runs out, Linux shall end this process, which holds nothing that cannot be loaded again."""
    try:
        _OOM_SCORE.write_text("500", encoding="ascii")
    except OSError:
        return  # a hardened system; then the kernel's own choice stands
