"""Memory as it is predicted against what llama.cpp reports, for models of five architectures and three sizes.

Their weights are holes in their files. Each is loaded for once without mapping, so that every buffer is counted; the
prediction comes from the header, and again from a dry load.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from app.base.chat import LoadOptions
from app.workers.chat.inference import load_report as reports
from app.workers.chat.inference.fit import Fitting
from app.workers.chat.inference.llama import Llama, open_llama
from app.workers.chat.inference.loading import load_dry, model_params
from app.workers.chat.inference.machine import look_at_machine
from app.workers.chat.inference.memory import Memory
from app.workers.chat.inference.model_file import ModelFile, read_model_file
from app.workers.chat.inference.session import context_params
from tests.bench.report import Report
from tests.support.sparse_models import ARCHITECTURES, SIZES, write_sparse_model

CONTEXT = 4096
WANTED_SHARE = 0.10


def run() -> int:
    """Measure and print; 0 if every prediction holds."""
    report = Report("fit")
    llama = open_llama()
    worst = {"header": 0.0, "dry load": 0.0}
    report.note("MB predicted from the header, by a dry load, and as llama.cpp reports: weights, KV cache, compute")
    with tempfile.TemporaryDirectory() as folder:
        for size, (shape, kind) in SIZES.items():
            for architecture in ARCHITECTURES:
                path = write_sparse_model(Path(folder) / "m.gguf", architecture, shape, kind)
                file = read_model_file(path)
                predicted, dry, real = predictions(llama, file, CONTEXT)
                report.note(f"{architecture:9} {size:12} {_row(predicted)}   {_row(dry)}   {_row(real)}")
                worst["header"] = max(worst["header"], difference(predicted, real))
                worst["dry load"] = max(worst["dry load"], difference(dry, real))
                path.unlink()
    for name, share in worst.items():
        report.figure(f"largest difference of any part, {name}", [100 * share], "%", at_most=100 * WANTED_SHARE)
    return report.end()


def predictions(llama: Llama, file: ModelFile, context: int) -> tuple[Memory, Memory, Memory]:
    """The memory from the header, by a dry load, and as it really is on the processor."""
    fitting = Fitting(file, LoadOptions(context=context, gpu_layers=0, cache="f16"), look_at_machine(llama))
    fit = fitting.fit()
    dry = load_dry(llama, file, fitting)
    return (
        Memory(fit.weights_bytes, fit.cache_bytes, fit.compute_bytes),
        Memory(dry.weights_bytes, dry.cache_bytes, dry.compute_bytes),
        real_memory(llama, file, fit.context, fit.threads),
    )


def real_memory(llama: Llama, file: ModelFile, context: int, threads: int) -> Memory:
    """What llama.cpp reports of a real load on the processor, its file not mapped."""
    api = llama.api
    params = model_params(api, 0)
    params.load_mode = api.LLAMA_LOAD_MODE_NONE
    with llama.listening() as told:
        model = api.llama_model_load_from_file(os.fsencode(file.path), params)
        handle = api.llama_init_from_model(model, context_params(api, context=context, threads=threads, cache="f16"))
        api.llama_free(handle)
        api.llama_model_free(model)
    return Memory(reports.weights_bytes(told), reports.cache_bytes(told), reports.compute_bytes(told))


def difference(predicted: Memory, real: Memory) -> float:
    """The largest share by which a part is predicted wrongly."""
    parts = ((predicted.weights, real.weights), (predicted.cache, real.cache), (predicted.compute, real.compute))
    return max(abs(guess - truth) / truth for guess, truth in parts)


def _row(memory: Memory) -> str:
    return "/".join(f"{part / 1e6:7.1f}" for part in (memory.weights, memory.cache, memory.compute))
