"""Loading a chat model as it fits here: really, or dry, to hear from llama.cpp what it would take."""

from __future__ import annotations

import ctypes
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import msgspec
import psutil

from app.base.chat import Fit, Loaded, LoadOptions, TemplateReport
from app.base.errors import Cancelled, Problem
from app.workers.chat.inference import load_report as reports
from app.workers.chat.inference.fit import Fitting, refuse_what_is_too_large
from app.workers.chat.inference.llama import Llama
from app.workers.chat.inference.machine import look_at_machine
from app.workers.chat.inference.memory import Memory
from app.workers.chat.inference.model import Model
from app.workers.chat.inference.model_file import ModelFile
from app.workers.chat.inference.session import InferenceSession, context_params
from app.workers.chat.tool_calls.dialect import build_dialect
from app.workers.chat.vocabulary import Vocabulary

log = logging.getLogger("familiar.chat")
_PULSE_S = 2.0
_NO_DEVICES = (ctypes.c_void_p * 1)()  # ends at once


def model_params(api: ModuleType, gpu_layers: int) -> Any:
    """llama.cpp's settings of a load with so many layers on the graphics card.

    With none, the card is out of reach altogether: else long prompts are computed on it all the same, in memory that it
    may not have.
    """
    params = api.llama_model_default_params()
    params.n_gpu_layers = gpu_layers
    if not gpu_layers:
        params.devices = ctypes.cast(_NO_DEVICES, ctypes.c_void_p)
    return params


def load_model(
    llama: Llama,
    file: ModelFile,
    options: LoadOptions,
    on_progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> tuple[Model, Loaded]:
    """Load a model. Raises Problem model.* if it cannot be, Cancelled if `cancelled` says so meanwhile.

    on_progress: 0 to 1, in any thread, and again at least every two seconds while work is being done. Where not all
    layers fit on the GPU after all, it runs on the processor, and `Loaded.note` says so.
    """
    started = time.perf_counter()
    fit = Fitting(file, options, look_at_machine(llama)).fit()
    refuse_what_is_too_large(fit)
    with _pulse(on_progress) as beat:
        try:
            model, told = _open(llama, file, fit, beat, cancelled)
        except Problem as problem:
            if not fit.gpu_layers or problem.code not in ("model.memory", "model.failed"):
                raise
            log.warning("%s did not fit on %s; it runs on the processor", file.path.name, fit.device)
            note = f"It did not fit on {fit.device} after all, and runs on the processor."
            plain = msgspec.structs.replace(options, gpu_layers=0)
            fit = msgspec.structs.replace(Fitting(file, plain, look_at_machine(llama)).fit(), note=note)
            refuse_what_is_too_large(fit)
            model, told = _open(llama, file, fit, beat, cancelled)
    fit = _as_it_came(fit, reports.offloaded_layers(told))
    return model, Loaded(
        name=file.head.name,
        context=model.session.context,
        backend=fit.device,
        load_ms=(time.perf_counter() - started) * 1000,
        template=model.dialect.report.template,
        threads=fit.threads,
        gpu_layers=fit.gpu_layers,
        layers=fit.layers,
        cache=fit.cache,
        tools=model.dialect.report.tools,
        reasoning=model.dialect.report.reasoning,
        report=model.dialect.report,
        note=fit.note,
    )


def load_dry(llama: Llama, file: ModelFile, fitting: Fitting) -> Fit:
    """The fit with KV and compute memory as llama.cpp reports them. Takes about a second and almost no memory.

    Raises Problem model.* if llama.cpp does not load the model.
    """
    fit, api = fitting.fit(), llama.api
    params = model_params(api, fit.gpu_layers)
    params.no_alloc = True
    params.load_mode = api.LLAMA_LOAD_MODE_NONE  # to map the file and allocate nothing ends the process
    llama.complaints()
    with llama.listening() as told:
        model = api.llama_model_load_from_file(os.fsencode(file.path), params)
        if not model:
            raise load_problem(file, llama.complaints())
        context = api.llama_init_from_model(
            model, context_params(api, context=fit.context, threads=fit.threads, cache=fit.cache)
        )
        if context:
            api.llama_free(context)
        api.llama_model_free(model)
    if not context:
        raise load_problem(file, llama.complaints())
    return fitting.fit(Memory(fit.weights_bytes, reports.cache_bytes(told), reports.compute_bytes(told)))


def inspect_template(llama: Llama, file: ModelFile) -> TemplateReport:
    """What the model's template can do. Loads its vocabulary alone. Raises Problem model.* if llama.cpp does not."""
    api = llama.api
    params = api.llama_model_default_params()
    params.vocab_only = True
    llama.complaints()
    model = api.llama_model_load_from_file(os.fsencode(file.path), params)
    if not model:
        raise load_problem(file, llama.complaints())
    vocabulary = Vocabulary(api, api.llama_model_get_vocab(model))
    bos, eos = vocabulary.bos, vocabulary.eos
    api.llama_model_free(model)
    return build_dialect(file.template, bos, eos, name=file.path.name).report


def load_problem(file: ModelFile, complaints: str) -> Problem:
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


def _open(
    llama: Llama, file: ModelFile, fit: Fit, on_progress: Callable[[float], None], cancelled: Callable[[], bool]
) -> tuple[Model, list[str]]:
    api = llama.api
    params = model_params(api, fit.gpu_layers)
    last = -1.0

    def progress(share: float, _data: int | None) -> bool:
        nonlocal last
        if share - last >= 0.01 or share >= 1.0 > last:
            last = share
            on_progress(share)
        return not cancelled()

    params.progress_callback = callback = api.llama_progress_callback(progress)
    llama.complaints()
    with llama.listening() as told:
        handle = api.llama_model_load_from_file(os.fsencode(file.path), params)
    del callback  # llama.cpp held a bare pointer to it until here
    if not handle:
        if cancelled():
            raise Cancelled
        raise load_problem(file, llama.complaints())
    try:
        session = InferenceSession(
            api, handle, context=fit.context, threads=fit.threads, gpu=fit.gpu_layers > 0, cache=fit.cache
        )
    except Problem:
        api.llama_model_free(handle)
        raise
    return Model(llama, handle, session, file), told


def _as_it_came(fit: Fit, offloaded: int | None) -> Fit:
    """The fit with the layers that really lie on the GPU, and a note if they are fewer than planned."""
    if not fit.gpu_layers or offloaded is None or offloaded >= fit.gpu_layers:
        return fit
    note = f"Only {offloaded} of {fit.gpu_layers} planned layers lie on {fit.device}; answers could come faster."
    if not offloaded:
        note = f"llama.cpp put no layer on {fit.device}, though it was planned; all runs on the processor."
    log.warning("%d of %d planned layers were offloaded", offloaded, fit.gpu_layers)
    return msgspec.structs.replace(fit, gpu_layers=offloaded, device=fit.device if offloaded else "cpu", note=note)


@contextmanager
def _pulse(on_progress: Callable[[float], None]) -> Iterator[Callable[[float], None]]:
    """Within, the latest share is told again while this process computes or reads: a slow drive is not a hung load."""
    ended, latest, process = threading.Event(), 0.0, psutil.Process()

    def tell(share: float) -> None:
        nonlocal latest
        latest = share
        on_progress(share)

    def beat() -> None:
        done = _work_done(process)
        while not ended.wait(_PULSE_S):
            now = _work_done(process)
            if now != done:
                on_progress(latest)
            done = now

    thread = threading.Thread(target=beat, name="load-pulse", daemon=True)
    thread.start()
    try:
        yield tell
    finally:
        ended.set()
        thread.join()


def _work_done(process: psutil.Process) -> tuple[int, int]:
    """A measure of what a process has computed (tenths of a second) and read (bytes)."""
    times = process.cpu_times()
    try:
        read = process.io_counters().read_bytes
    except (AttributeError, psutil.Error, OSError):  # macOS does not tell
        read = 0
    return int((times.user + times.system) * 10), read
