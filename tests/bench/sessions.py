"""What a follow-up question and a reopened conversation cost, on a random model of 0.5B's shape.

A question of some 2,000 tokens is read cold, followed up, and, after its worker was killed, followed up again by a new
one from the state on the disk. What counts is the ratio within a round.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.base.chat import ChatMessage, Generate, LoadModel, LoadOptions
from app.base.values import Usage
from app.link.workers import Worker
from app.workers.chat.inference.llama import Llama, open_llama
from app.workers.chat.inference.loading import load_model
from app.workers.chat.inference.model import Model
from app.workers.chat.inference.model_file import read_model_file
from app.workers.chat.kv.states import StateFolder, model_key
from tests.bench.report import Report
from tests.support.gguf_models import (
    half_billion_model,
    write_hybrid_model,
    write_random_model,
    write_windowed_model,
)
from tests.support.live import until

ROUNDS = 3
DISK_ROUNDS = 5
CONTEXT = 4096
WORDS = 350
ANSWER_TOKENS = 16
WANTED_SHARE = 0.05


def run() -> int:
    """Measure and print; 0 if every bound holds."""
    report = Report("sessions")
    with tempfile.TemporaryDirectory() as folder:
        rounds = [_Round(Path(folder) / str(number), number) for number in range(ROUNDS)]
        _judge(report, rounds)
        llama = open_llama()
        _measure_the_disk(report, llama, Path(folder) / str(ROUNDS - 1), Path(folder) / "copies")
        _compare_logits(report, llama, Path(folder))
    return report.end()


class _Round:
    """One conversation: asked cold, followed up, reopened. Its states lie in `folder`."""

    def __init__(self, folder: Path, number: int) -> None:
        words = " ".join(f"word{(number * 7919 + n) % 9973}" for n in range(WORDS))
        said = [ChatMessage(role="user", content=words)]
        worker = _open(folder)
        try:
            self.first, text = _ask(worker, said)
            said = [*said, ChatMessage(role="assistant", content=text), ChatMessage(role="user", content="And then?")]
            self.second, text = _ask(worker, said)
            said = [*said, ChatMessage(role="assistant", content=text), ChatMessage(role="user", content="Why so?")]
            ended_ns = time.time_ns()
            assert until(lambda: _saved_ns(folder) > ended_ns, 30), "no state was saved"
        finally:
            worker.kill()
            worker.stop()
        worker = _open(folder)
        try:
            self.third, _ = _ask(worker, said)
        finally:
            worker.stop()


def _judge(report: Report, rounds: Sequence[_Round]) -> None:
    tokens = [float(one.first.prompt_tokens) for one in rounds]
    report.figure("question read cold", tokens, "tokens")
    report.figure("its prefill", [one.first.prefill_ms / 1000 for one in rounds], "s")
    for name, before, after in (
        ("follow-up", [one.first for one in rounds], [one.second for one in rounds]),
        ("reopened", [one.second for one in rounds], [one.third for one in rounds]),
    ):
        again = [_read_again(*pair) for pair in zip(before, after, strict=True)]
        new = [float(one.prompt_tokens - one.reused_tokens) for one in after]
        report.figure(f"{name}: tokens read", new, "tokens")
        report.figure(f"{name}: known tokens read again", again, "tokens", at_most=0)
        report.figure(f"{name}: its prefill", [one.prefill_ms / 1000 for one in after], "s")
    shares = [one.third.prefill_ms / one.first.prefill_ms for one in rounds]
    report.figure("reopened / cold", shares, "", at_most=WANTED_SHARE)


def _read_again(before: Usage, after: Usage) -> float:
    """Tokens that were read or written before and are read again; the last one written had not been read."""
    return float(before.prompt_tokens + before.generated_tokens - 1 - after.reused_tokens)


def _open(states: Path) -> Worker:
    worker = Worker("chat")
    worker.call(LoadModel(path=str(half_billion_model()), options=LoadOptions(context=CONTEXT), states=str(states)))
    return worker


def _ask(worker: Worker, said: Sequence[ChatMessage]) -> tuple[Usage, str]:
    heard: list[str] = []
    call = Generate(messages=list(said), conversation=1, max_tokens=ANSWER_TOKENS, temperature=0.8, seed=2)
    result = worker.call(
        call, on_event=lambda name, body: heard.append(msgspec.json.decode(body, type=str)) if name == "text" else None
    )
    assert result.reason == "length", "the random model ended its turn; take another seed"
    return result.usage, "".join(heard)


def _saved_ns(folder: Path) -> int:
    return max((path.stat().st_mtime_ns for path in folder.glob("*.kv")), default=0)


def _load(llama: Llama, path: Path, context: int) -> Model:
    options = LoadOptions(context=context, threads=1, gpu_layers=0)
    return load_model(llama, read_model_file(path), options, lambda _: None, lambda: False)[0]


def _measure_the_disk(report: Report, llama: Llama, kept: Path, folder: Path) -> None:
    """The parts of saving and restoring a state that a worker kept."""
    file = read_model_file(half_billion_model())
    model = _load(llama, file.path, CONTEXT)
    key = model_key(file.path, file.header.data_start, llama.build, f"{model.session.layout} plain")
    there, copies = StateFolder(kept, 1 << 40, key), StateFolder(folder, 1 << 40, key)
    (state,) = there.all()
    report.figure("state of the last conversation", [len(state.tokens)], "tokens")
    report.figure("its size", [state.path.stat().st_size / 1e6], "MB")
    times: dict[str, list[float]] = {"read and checked": [], "restored": [], "exported": [], "written": []}

    def timed(name: str, work: Callable[[], object]) -> None:
        begun = time.perf_counter()
        assert work(), name
        times[name].append((time.perf_counter() - begun) * 1000)

    data = there.read(state)
    assert data is not None
    payload = data
    for _ in range(DISK_ROUNDS):
        timed("read and checked", lambda: there.read(state))
        timed("restored", lambda: model.session.restore(state.tokens, payload))
        timed("exported", model.session.export)
        timed("written", lambda: copies.save(payload, conversation=1, tokens=state.tokens))
    for name, values in times.items():
        report.figure(name, values, "ms")
    model.close()


def _compare_logits(report: Report, llama: Llama, folder: Path) -> None:
    """Logits after a restored state against those before it, bit for bit."""
    models = {
        "full attention": write_random_model(folder / "full.gguf"),
        "windowed": write_windowed_model(folder / "windowed.gguf"),
        "hybrid": write_hybrid_model(folder / "hybrid.gguf"),
        "0.5B": half_billion_model(),
    }
    first = [7 + (n * 37) % 500 for n in range(200)]
    longer = [*first, 5, 6, 7]
    for name, path in models.items():
        before, after = _load(llama, path, 512), _load(llama, path, 512)
        before.session.read(first, lambda _: None)
        data = before.session.export()
        before.session.read(longer, lambda _: None)
        assert after.session.restore(first, data)
        after.session.read(longer, lambda _: None)
        different = int((_logits(llama, before) != _logits(llama, after)).sum())
        report.figure(f"logits that differ after restoring, {name}", [different], "", at_most=0)
        before.close()
        after.close()


def _logits(llama: Llama, model: Model) -> NDArray[np.float32]:
    api = llama.api
    size = api.llama_vocab_n_tokens(api.llama_model_get_vocab(model._handle))
    logits: NDArray[np.float32] = np.ctypeslib.as_array(api.llama_get_logits_ith(model.session.handle, -1), (size,))
    return logits.copy()
