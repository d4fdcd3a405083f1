"""The chat worker's entry: one model at a time, one request after another."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.base.calls import Call
from app.base.chat import (
    ChatBackends,
    CountTokens,
    Fit,
    FitModel,
    Generate,
    Generated,
    InspectTemplate,
    Loaded,
    LoadModel,
    ModelHead,
    ProbeModel,
    TemplateReport,
)
from app.base.errors import Problem
from app.base.values import Check
from app.link.peer import Handler, Incoming
from app.link.serving import serve
from app.workers.chat.backends import describe_absence, describe_backends
from app.workers.chat.fit import Fitting
from app.workers.chat.generation import generate
from app.workers.chat.llama import Llama, open_llama
from app.workers.chat.loading import inspect_template, load_dry, load_model
from app.workers.chat.machine import look_at_machine
from app.workers.chat.model import Model
from app.workers.chat.model_file import read_model_file

_OOM_SCORE = Path("/proc/self/oom_score_adj")


class ChatWorker:
    """Answers the engine's calls. Holds llama.cpp once it was needed, and the model that was loaded last."""

    def __init__(self) -> None:
        self._llama: Llama | None = None
        self._model: Model | None = None

    def handlers(self) -> Mapping[type[Call[Any]], Handler]:
        """How each call is answered."""
        return {
            ProbeModel: self.probe,
            FitModel: self.fit,
            InspectTemplate: self.inspect_template,
            LoadModel: self.load,
            CountTokens: self.count,
            Generate: self.generate,
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
        fitting = Fitting(file, call.wish, look_at_machine(llama, held_bytes=call.held_bytes))
        return load_dry(llama, file, fitting) if call.confirm and llama is not None else fitting.fit()

    def inspect_template(self, call: InspectTemplate, _incoming: Incoming) -> TemplateReport:
        """What a model's template can do; only its vocabulary is loaded."""
        return inspect_template(self._library(), read_model_file(Path(call.path)))

    def load(self, call: LoadModel, incoming: Incoming) -> Loaded:
        """Load a model in place of the one before, which is gone even if this fails later than at the header."""
        file = read_model_file(Path(call.path))
        llama = self._library()
        if self._model is not None:
            self._model.close()
            self._model = None
        self._model, loaded = load_model(
            llama,
            file,
            call.wish,
            on_progress=lambda share: incoming.emit("progress", share),
            cancelled=lambda: incoming.cancelled,
        )
        return loaded

    def count(self, call: CountTokens, _incoming: Incoming) -> list[int]:
        """How many tokens each text has."""
        vocabulary = self._loaded().vocabulary
        return [len(vocabulary.tokens(text)) for text in call.texts]

    def generate(self, call: Generate, incoming: Incoming) -> Generated:
        """Continue a conversation."""
        return generate(self._loaded(), call, incoming)

    def backends(self, _call: ChatBackends, _incoming: Incoming) -> list[Check]:
        """What llama.cpp can run on, or why there is none."""
        try:
            return describe_backends(self._library())
        except Problem as problem:
            return describe_absence(problem)

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
    return serve("chat", ChatWorker().handlers())


def _offer_to_die_first() -> None:
    """Where memory runs out, Linux shall end this process, which holds nothing that cannot be loaded again."""
    try:
        _OOM_SCORE.write_text("500", encoding="ascii")
    except OSError:
        return  # a hardened system; then the kernel's own choice stands
