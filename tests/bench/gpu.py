"""A chat model on the graphics card against the same on the processor: speed, memory as planned, how soon Stop works.

A random model of 0.5B's shape; what counts is the ratio within one run. Needs llama.cpp compiled for the card that is
there.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager

from app.base.chat import ChatBackends, LoadModel, LoadOptions
from app.link.workers import Worker
from app.workers.chat.inference.fit import Fitting
from app.workers.chat.inference.llama import Llama, open_llama
from app.workers.chat.inference.machine import look_at_machine
from app.workers.chat.inference.model_file import read_model_file
from tests.bench.generation import Round, prompt_of, round_of, stops_of
from tests.bench.report import Report
from tests.support.gguf_models import half_billion_model

ROUNDS = 5
CONTEXT = 4096
PROMPT_WORDS = 600
STOP_WITHIN_S = 0.3  # 500 tokens are written in little more than a second
WANTED_GAIN = 2.0
WANTED_STOP_MS = 200.0
MARGIN_MB = (512 << 20) / 1e6
"""What a plan leaves free on the card, beside what a process that has only looked at it takes there."""


def run() -> int:
    """Measure and print; 0 if every bound holds, 2 if there is no card."""
    report = Report("gpu")
    llama = open_llama()
    card = next((device for device in llama.devices() if device.is_gpu), None)
    if card is None or not llama.offloads:
        report.note("llama.cpp finds no graphics card, or is not compiled for it (--backend auto)")
        return 2
    report.note(f"random 0.5B, Q8_0, prompt of {PROMPT_WORDS} words, on {card.description} and on the processor")
    path = half_billion_model()
    rounds: dict[str, list[Round]] = {}
    for name, layers in (("processor", 0), ("half of it on the card", 12), ("card", -1)):
        with _worker() as worker:
            worker.call(ChatBackends())
            free = _free(llama)
            loaded = worker.call(LoadModel(path=str(path), options=LoadOptions(context=CONTEXT, gpu_layers=layers)))
            taken_mb = (free - _free(llama)) / 1e6
            where = f"{loaded.gpu_layers} of {loaded.layers} layers on {loaded.backend}"
            report.note(f"{name}: {where}, {taken_mb:.0f} MB of the card taken. {loaded.note}".rstrip())
            rounds[name] = [round_of(worker, prompt_of(number, PROMPT_WORDS)) for number in range(-1, ROUNDS)][1:]
            if layers < 0:
                stops = {part: stops_of(worker, part, STOP_WITHIN_S) for part in ("prefill", "text")}
    for name, measured in rounds.items():
        report.figure(f"reads, {name}", [one.read for one in measured], "tokens/s")
        report.figure(f"writes, {name}", [one.written for one in measured], "tokens/s")
    for part in ("read", "written"):
        fast, slow = ([getattr(one, part) for one in rounds[name]] for name in ("card", "processor"))
        gain = statistics.median(fast) / statistics.median(slow)
        report.figure(f"tokens {part}, card against processor", [gain], "", at_least=WANTED_GAIN)
    fit = Fitting(read_model_file(path), LoadOptions(context=CONTEXT), look_at_machine(llama)).fit()
    over_mb = taken_mb - fit.total_bytes / 1e6
    report.figure("memory taken beyond the plan", [over_mb], "MB", at_most=MARGIN_MB)
    for part, times in stops.items():
        late = statistics.quantiles(times, n=20, method="inclusive")[-1]
        report.figure(f"Stop in {part}, 95th percentile of {len(times)}", [late], "ms", at_most=WANTED_STOP_MS)
    return report.end()


def _free(llama: Llama) -> int:
    return sum(device.free_bytes for device in llama.devices() if device.is_gpu)


@contextmanager
def _worker() -> Iterator[Worker]:
    worker = Worker("chat")
    try:
        yield worker
    finally:
        worker.stop()
