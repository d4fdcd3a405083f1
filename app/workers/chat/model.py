"""A chat model in memory: its weights, vocabulary, template and session, loaded together and freed in order."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil

from app.base.chat import ChatMessage, Loaded
from app.base.errors import Cancelled, Problem
from app.workers.chat.llama import Device, Llama
from app.workers.chat.model_file import ModelFile
from app.workers.chat.session import Session
from app.workers.chat.template import PLAIN_STOPS, BadTemplate, ChatTemplate, plain_template
from app.workers.chat.text_stream import TextStream, reasoning_markers
from app.workers.chat.vocabulary import Vocabulary

log = logging.getLogger("familiar.chat")
SMALLEST_CONTEXT, LARGEST_CONTEXT = 256, 1 << 20
_MEMORY_SHARE = 0.95  # of the machine's memory that weights and cache may take together


@dataclass(frozen=True)
class Prompt:
    """A conversation as the model reads it. reasoning: whether it begins its answer by reasoning."""

    tokens: list[int]
    reasoning: bool


@dataclass(frozen=True)
class Placement:
    """How a model is to run. context: tokens; threads: of the processor; gpu_layers: -1 for all."""

    context: int
    threads: int
    gpu_layers: int


class Model:
    """A loaded chat model; use `load_model`. Close it when done. Not thread-safe but for `session.stop`."""

    def __init__(self, llama: Llama, handle: int, session: Session, file: ModelFile) -> None:
        self.api = llama.api
        self.session = session
        self._handle = handle
        self.vocabulary = Vocabulary(self.api, self.api.llama_model_get_vocab(handle))
        self._template, self._stops = self._choose_template(file)
        self._markers = reasoning_markers(self._template.source)
        self._turn_end = self._find_turn_end()
        self._shown = {
            token
            for marker in (self._markers.start, self._markers.end)
            for token in self.vocabulary.tokens(marker, special=True)
            if self.vocabulary.is_control(token)
        }

    @property
    def has_template(self) -> bool:
        """Whether the model's own chat template is used; else a plain one."""
        return not self._stops

    def close(self) -> None:
        """Free the session, then the weights: the other order ends the process."""
        self.session.close()
        self.api.llama_model_free(self._handle)

    def prompt(self, messages: Sequence[ChatMessage]) -> Prompt:
        """The conversation rendered by the template, ready to be continued by the assistant.

        Raises Problem chat.template.
        """
        text = self._template.render(
            [
                ChatMessage(role=message.role, content=self.vocabulary.without_controls(message.content))
                for message in messages
            ]
        )
        return Prompt(self.vocabulary.prompt_tokens(text), self._markers.opened_by(text))

    def stream(self, prompt: Prompt) -> TextStream:
        """A sorter of what the model writes after a prompt."""
        return TextStream(self._markers, reasoning=prompt.reasoning, stops=self._stops)

    def piece(self, token: int) -> bytes:
        """The bytes of a token that the model wrote; control tokens are empty unless they mark reasoning."""
        return self.vocabulary.piece(token, special=token in self._shown)

    def ends(self, token: int, *, answering: bool) -> bool:
        """Whether a token that the model wrote ends its turn."""
        return self.vocabulary.ends(token) or (answering and token == self._turn_end)

    def _choose_template(self, file: ModelFile) -> tuple[ChatTemplate, Sequence[str]]:
        if file.template:
            try:
                return ChatTemplate(file.template, bos=self.vocabulary.bos, eos=self.vocabulary.eos), ()
            except BadTemplate as error:
                log.warning("the chat template of %s is not used: %s", file.path.name, error)
        return plain_template(), PLAIN_STOPS

    def _find_turn_end(self) -> int | None:
        """The control token that the template writes after an answer; some files do not list it among the ends."""
        after = self.vocabulary.tokens(self._template.after_answer().lstrip(), special=True)
        return after[0] if after and self.vocabulary.is_control(after[0]) else None


def load_model(
    llama: Llama,
    file: ModelFile,
    wanted: Placement,
    on_progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> tuple[Model, Loaded]:
    """Load a model. Raises Problem model.* if it cannot be, Cancelled if `cancelled` says so meanwhile.

    wanted.context: clamped to what the model was trained on; threads 0: one a physical core. on_progress: 0 to 1.
    Where not all wanted layers fit on the GPU, it runs on the processor, and `Loaded.backend` says so.
    """
    started = time.perf_counter()
    context = min(max(wanted.context, SMALLEST_CONTEXT), max(file.head.context, SMALLEST_CONTEXT), LARGEST_CONTEXT)
    gpu = next((device for device in llama.devices() if device.is_gpu), None) if llama.offloads else None
    if wanted.gpu_layers == 0:
        gpu = None
    threads = wanted.threads if wanted.threads > 0 else default_threads()
    placement = Placement(context, min(threads, os.cpu_count() or 1), wanted.gpu_layers if gpu else 0)
    try:
        model = _open(llama, file, placement, on_progress, cancelled)
    except Problem as problem:
        if gpu is None or problem.code not in ("model.memory", "model.failed"):
            raise
        log.warning("%s did not fit on %s; it runs on the processor", file.path.name, gpu.description)
        gpu = None
        model = _open(llama, file, Placement(context, placement.threads, 0), on_progress, cancelled)
    return model, Loaded(
        name=file.head.name,
        context=model.session.context,
        backend=_backend(gpu),
        load_ms=(time.perf_counter() - started) * 1000,
        template="own" if model.has_template else "plain",
    )


def default_threads() -> int:
    """Threads to compute with: one a physical core among those that this process may use."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(usable, psutil.cpu_count(logical=False) or usable))


def _backend(gpu: Device | None) -> str:
    return "cpu" if gpu is None else gpu.description or gpu.name


def _open(
    llama: Llama,
    file: ModelFile,
    placement: Placement,
    on_progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> Model:
    if placement.gpu_layers == 0:
        _refuse_what_does_not_fit(file, placement.context)
    api = llama.api
    params = api.llama_model_default_params()
    params.n_gpu_layers = placement.gpu_layers
    last = -1.0

    def progress(share: float, _data: int | None) -> bool:
        nonlocal last
        if share - last >= 0.01 or share >= 1.0 > last:
            last = share
            on_progress(share)
        return not cancelled()

    params.progress_callback = callback = api.llama_progress_callback(progress)
    llama.complaints()
    handle = api.llama_model_load_from_file(os.fsencode(file.path), params)
    del callback  # llama.cpp held a bare pointer to it until here
    if not handle:
        if cancelled():
            raise Cancelled
        raise _load_problem(file, llama.complaints())
    try:
        session = Session(
            api, handle, context=placement.context, threads=placement.threads, gpu=placement.gpu_layers != 0
        )
    except Problem:
        api.llama_model_free(handle)
        raise
    return Model(llama, handle, session, file)


def _refuse_what_does_not_fit(file: ModelFile, context: int) -> None:
    """Raise Problem model.memory where the machine's memory cannot hold the model: it would crawl, or be killed."""
    memory, cache = psutil.virtual_memory(), file.cache_bytes(context)
    if cache > memory.available or file.head.size_bytes + cache > memory.total * _MEMORY_SHARE:
        raise Problem(
            "model.memory",
            f"{file.path.name} needs {_gigabytes(file.head.size_bytes)} and a conversation of {context} tokens "
            f"{_gigabytes(cache)}; this machine has {_gigabytes(memory.available)} free "
            f"of {_gigabytes(memory.total)}.",
            "Close other programs, choose a smaller model, or set a smaller context.",
        )


def _gigabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB"


def _load_problem(file: ModelFile, complaints: str) -> Problem:
    """What llama.cpp's own words about a failed load mean for a person."""
    name = file.path.name
    log.warning("llama.cpp did not load %s: %s", name, complaints.strip().replace("\n", "; "))
    if "unknown model architecture" in complaints:
        return Problem(
            "model.unknown_architecture",
            f"{name} is of a kind ({file.head.architecture}) that this version of llama.cpp does not know.",
            "Update Familiar, or choose another model.",
        )
    if "not within the file bounds" in complaints:
        return Problem("model.truncated", f"{name} is incomplete.", "Download it again; nothing was changed.")
    if "failed to allocate" in complaints or "unable to allocate" in complaints or "bad_alloc" in complaints:
        return Problem(
            "model.memory", f"There is not enough memory for {name}.", "Close other programs, or use a smaller model."
        )
    return Problem(
        "model.failed",
        f"llama.cpp does not load {name}: it is damaged, or made for another version.",
        "Download it again, or choose another model.",
    )
