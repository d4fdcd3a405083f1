"""Chat speed against llama-cpp-python's own loop, and how soon Stop works, on a random model of 0.5B's shape.

Seven rounds, each in turn through our worker's process and through `llama_cpp.Llama.generate` in a process of its own:
the same file, prompt, sampler settings, threads and flash attention. What counts is the ratio within one run.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import msgspec

from app.base.chat import ChatMessage, Generate, Generated, LoadModel, LoadOptions, Prefill
from app.link.outgoing import Outgoing
from app.link.workers import Worker
from app.workers.chat.inference.machine import default_threads
from app.workers.chat.inference.sampling import Sampling
from tests.bench.report import Report
from tests.support.gguf_models import half_billion_model

ROUNDS = 7
STOPS = 24
CONTEXT = 4096
PROMPT_WORDS = 80
WRITTEN_TOKENS = 64
TEMPERATURE = 0.8
WANTED_RATIO = 0.95
WANTED_STOP_MS = 200.0


@dataclass(frozen=True)
class Round:
    """Tokens a second of one answer."""

    prompt_tokens: int
    read: float
    written: float


def run() -> int:
    """Measure and print; 0 if every bound holds."""
    report = Report("generation")
    path, threads = half_billion_model(), default_threads()
    ours: list[Round] = []
    theirs: list[Round] = []
    with _worker(path, threads) as worker, _library(path, threads) as library:
        for number in range(-1, ROUNDS):  # one to warm both up
            prompt = prompt_of(number)
            pair = (round_of(worker, prompt), _their_round(library, prompt))
            if number >= 0:
                ours.append(pair[0])
                theirs.append(pair[1])
        stops = {"prefill": stops_of(worker, "prefill"), "decode": stops_of(worker, "text")}
    tokens = statistics.median(one.prompt_tokens for one in ours)
    report.note(f"random 0.5B, Q8_0, {threads} threads, prompt of {tokens:.0f} tokens, answer of {WRITTEN_TOKENS}")
    _compare(report, "prefill", [one.read for one in ours], [one.read for one in theirs])
    _compare(report, "decode", [one.written for one in ours], [one.written for one in theirs])
    for name, times in stops.items():
        report.figure(f"Stop in {name}", times, "ms")
        late = statistics.quantiles(times, n=20, method="inclusive")[-1]
        report.figure(f"Stop in {name}, 95th percentile of {STOPS}", [late], "ms", at_most=WANTED_STOP_MS)
    return report.end()


def _compare(report: Report, name: str, ours: Sequence[float], theirs: Sequence[float]) -> None:
    """Both rates, and the ratio of each round's pair, which met much the same load."""
    report.figure(f"{name}, through our worker", ours, "tokens/s")
    report.figure(f"{name}, llama-cpp-python's own loop", theirs, "tokens/s")
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    report.figure(f"{name}, ratio", ratios, "", at_least=WANTED_RATIO)


def prompt_of(number: int, length: int = PROMPT_WORDS) -> str:
    """So many words of no language, other ones for each number."""
    words = random.Random(number)
    return " ".join("".join(words.choices("abcdefghijklmnopqrstuvwxyz", k=words.randint(2, 8))) for _ in range(length))


# ---- ours: through the worker's process ---------------------------------------------------------------------------


@contextmanager
def _worker(path: Path, threads: int) -> Iterator[Worker]:
    worker = Worker("chat")
    try:
        worker.call(LoadModel(path=str(path), options=LoadOptions(context=CONTEXT, threads=threads)))
        yield worker
    finally:
        worker.stop()


def round_of(worker: Worker, prompt: str) -> Round:
    """One answer of our worker's."""
    result = worker.call(_generate(prompt, WRITTEN_TOKENS))
    usage = result.usage
    assert usage.generated_tokens == WRITTEN_TOKENS, "the random model ended its turn; take another seed"
    fresh = usage.prompt_tokens - usage.reused_tokens
    return Round(usage.prompt_tokens, fresh / usage.prefill_ms * 1000, (WRITTEN_TOKENS - 1) / usage.decode_ms * 1000)


def _generate(prompt: str, tokens: int) -> Generate:
    return Generate(
        messages=[ChatMessage(role="user", content=prompt)], max_tokens=tokens, temperature=TEMPERATURE, seed=1
    )


def stops_of(worker: Worker, at: str, within_s: float = 1.5) -> list[float]:
    """Milliseconds from cancelling to the reply, each time at a random moment after the first event named `at`."""
    times, moments = [], random.Random(at)
    for number in range(STOPS):
        prompt = prompt_of(100 + number) * (8 if at == "prefill" else 1)
        times.append(_stop(worker, _generate(prompt, 500), at, moments.uniform(0.0, within_s)))
    return times


def _stop(worker: Worker, call: Generate, at: str, delay_s: float) -> float:
    asked: list[float] = []
    timers: list[threading.Timer] = []
    running: list[Outgoing] = []

    def stop() -> None:
        asked.append(time.perf_counter())
        running[0].cancel()

    def on_event(name: str, body: msgspec.Raw) -> None:
        reading = name == "prefill" and msgspec.json.decode(body, type=Prefill).done > 0
        if not timers and (reading if at == "prefill" else name == at):
            timers.append(threading.Timer(delay_s, stop))
            timers[0].start()

    result: Generated = worker.call(call, on_event=on_event, on_started=running.append)
    ended = time.perf_counter()
    assert result.reason == "stop", "the answer ended before it was stopped"
    return (ended - asked[0]) * 1000


# ---- theirs: Llama.generate, in a process of its own --------------------------------------------------------------


@contextmanager
def _library(path: Path, threads: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.bench.generation", str(path), str(threads)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert _pipe(process.stdout).readline() == "ready\n"
        yield process
    finally:
        _pipe(process.stdin).close()
        process.wait()


def _their_round(process: subprocess.Popen[str], prompt: str) -> Round:
    stdin = _pipe(process.stdin)
    stdin.write(json.dumps(f"<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n") + "\n")
    stdin.flush()
    return msgspec.json.decode(_pipe(process.stdout).readline(), type=Round)


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


def _library_main(path: str, threads: int) -> None:
    """Answer each prompt on stdin with a Round on stdout."""
    from llama_cpp import Llama

    # Flash attention is what llama.cpp chooses by itself, and what our worker leaves to it; this class turns it off.
    llama = Llama(
        path, n_ctx=CONTEXT, n_batch=512, n_threads=threads, n_threads_batch=threads, flash_attn=True, seed=1,
        verbose=False,
    )  # fmt: skip
    print("ready", flush=True)
    for line in sys.stdin:
        print(msgspec.json.encode(_library_round(llama, json.loads(line))).decode(), flush=True)


def _library_round(llama: Any, prompt: str) -> Round:
    tokens = llama.tokenize(prompt.encode(), add_bos=False, special=True)
    shared = 0
    for have, want in zip(llama.input_ids[: llama.n_tokens].tolist(), tokens, strict=False):
        if have != want:
            break
        shared += 1
    begun = time.perf_counter()
    read = 0.0
    drawn = llama.generate(tokens, top_k=Sampling.top_k, top_p=Sampling.top_p, min_p=Sampling.min_p, temp=TEMPERATURE)
    for count, token in enumerate(drawn, 1):
        if count == 1:
            read = time.perf_counter()
        llama.detokenize([token])
        if count == WRITTEN_TOKENS:
            break
    ended = time.perf_counter()
    return Round(len(tokens), (len(tokens) - shared) / (read - begun), (WRITTEN_TOKENS - 1) / (ended - read))


if __name__ == "__main__":
    _library_main(sys.argv[1], int(sys.argv[2]))
