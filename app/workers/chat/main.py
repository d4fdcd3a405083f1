"""The chat worker's entry: one model at a time, one request after another."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.base.calls import Call
from app.base.chat import ChatBackends, CountTokens, Generate, Generated, Loaded, LoadModel, ModelHead, ProbeModel
from app.base.errors import Problem
from app.base.values import Check
from app.link.peer import Handler, Incoming
from app.link.serving import serve
from app.workers.chat.backends import describe_absence, describe_backends
from app.workers.chat.generation import generate
from app.workers.chat.llama import Llama, open_llama
from app.workers.chat.model import Model, Placement, load_model
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
            LoadModel: self.load,
            CountTokens: self.count,
            Generate: self.generate,
            ChatBackends: self.backends,
        }

    def probe(self, call: ProbeModel, _incoming: Incoming) -> ModelHead:
        """What a file's header says; needs no llama.cpp."""
        return read_model_file(Path(call.path)).head

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
            Placement(call.wish.context, call.wish.threads, call.wish.gpu_layers),
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
