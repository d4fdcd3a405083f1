"""What kills a process that trusts its input costs at most the chat worker here, and the next model loads."""

from __future__ import annotations

import random
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.base.calls import Ask
from app.base.chat import ChatBackends, ChatMessage, Generate, LoadModel, LoadOptions
from app.base.errors import Problem
from app.base.models import ModelsAdd, ModelsUse
from app.base.paths import Home
from app.link.workers import Worker
from app.workers.chat.inference.header import read_header
from tests.support.chat_worker import Chat
from tests.support.gguf_models import CHATML, write_random_model, write_successor_model, write_with_token
from tests.support.live import Live
from tests.support.mutants import LIMIT_S, trials

LIMITED = (
    "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, ({0}, {0})); "
    "from app.workers.chat.main import main; sys.exit(main())"
)
WHOLE_COMBINATIONS = 48
KILLERS = {"layers": 79, "no layers": 319, "epsilon": 414, "twice the same token": 2}
"""Mutants over which llama.cpp aborts if it is let."""


@pytest.fixture(scope="module")
def chat() -> Iterator[Chat]:
    """One worker for all cases: it must live through them."""
    worker = Worker("chat")
    try:
        chat = Chat(worker)
        if any(line.level == "warning" and line.name == "llama.cpp" for line in chat.call(ChatBackends())):
            pytest.skip("llama-cpp-python is not installed")
        yield chat
    finally:
        worker.stop()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_random_model(tmp_path_factory.mktemp("whole") / "whole.gguf")


def _noise(data: bytes, at: int, count: int) -> bytes:
    rng = random.Random(5)
    return data[:at] + bytes(rng.randrange(256) for _ in range(count)) + data[at + count :]


def _weights(data: bytes, start: int, value: bytes, step: int) -> bytes:
    changed = bytearray(data)
    for at in range(start, len(data) - 4, step):
        changed[at : at + len(value)] = value
    return bytes(changed)


FILES = {
    "half of it": "model.truncated",
    "last 4 kB missing": "model.truncated",
    "a hundred bytes": "model.truncated",
    "no GGUF": "model.not_gguf",
    "empty": "model.truncated",
    "2^60 entries": "model.corrupt",
    "2^60 tensors": "model.corrupt",
    "noise in the metadata": "model.",
    "noise in the early header": "model.",
    "noise in the weights": "",
    "weights that are no numbers": "",
}
"""What is wrong with a file, and the Problem; "" where nothing can be noticed and nonsense comes."""


def _damaged(name: str, data: bytes, start: int) -> bytes:
    match name:
        case "half of it":
            return data[: len(data) // 2]
        case "last 4 kB missing":
            return data[:-4096]
        case "a hundred bytes":
            return data[:100]
        case "no GGUF":
            return b"# Notes\n" * 400
        case "empty":
            return b""
        case "2^60 entries":
            return data[:16] + struct.pack("<Q", 1 << 60) + data[24:]
        case "2^60 tensors":
            return data[:8] + struct.pack("<Q", 1 << 60) + data[16:]
        case "noise in the metadata":
            return _noise(data, start - 400, 40)
        case "noise in the early header":
            return _noise(data, 28, 40)
        case "noise in the weights":
            return _weights(data, start, b"\xa5", 997)
    return _weights(data, start, struct.pack("<f", float("nan")), 4004)


@pytest.mark.parametrize("name", FILES)
def test_damaged_file_is_refused_or_babbles_and_the_next_model_loads(
    name: str, chat: Chat, whole: Path, tmp_path: Path
) -> None:
    path = tmp_path / "damaged.gguf"
    path.write_bytes(_damaged(name, whole.read_bytes(), read_header(whole).data_start))
    if FILES[name]:
        assert chat.refuses(LoadModel(path=str(path))).startswith(FILES[name])
    else:
        chat.load(path)
        for temperature in (0.0, 0.8):
            assert chat.ask("Hello", max_tokens=5, temperature=temperature).result.usage.generated_tokens > 0
    chat.load(whole)
    assert chat.ask("Hello", max_tokens=2).result.usage.generated_tokens == 2


def test_prompt_longer_than_the_context_is_refused(chat: Chat, whole: Path) -> None:
    chat.load(whole, context=256)
    asked = [ChatMessage(role="user", content="why? " * 2000)]
    assert chat.refuses(Generate(messages=asked)) == "chat.too_long"
    assert chat.ask("Hello", max_tokens=2).result.usage.generated_tokens == 2


def test_token_that_is_a_book_floods_nobody(chat: Chat, tmp_path: Path) -> None:
    plain = write_successor_model(tmp_path / "plain.gguf", ["Ċ", "z", "z"])
    chat.load(write_with_token(tmp_path / "book.gguf", plain, "z", "z" * 3_000_000), context=512)
    said = chat.ask("Hello", max_tokens=50)
    assert said.result.reason == "length"
    assert 0 < len(said.text) < 20_000


@pytest.mark.parametrize("context", [1 << 30, (1 << 31) - 1, 1 << 62])
def test_wild_context_is_clamped(context: int, chat: Chat, whole: Path) -> None:
    assert chat.load(whole, context=context).context <= 4096


def test_cache_type_that_the_model_cannot_have_is_replaced_or_refused(chat: Chat, whole: Path) -> None:
    try:
        loaded = chat.call(LoadModel(path=str(whole), options=LoadOptions(context=512, threads=1, cache="q8_0")))
    except Problem as problem:
        assert problem.code.startswith("model.")
        assert "memory" not in problem.title
    else:
        assert (loaded.cache, bool(loaded.note)) == ("f16", True)
    assert chat.load(whole).context == 2048


@pytest.mark.skipif(sys.platform != "linux", reason="limits of address space are kept on Linux")
def test_memory_that_is_refused_is_a_problem_and_a_smaller_context_loads(chat: Chat, tmp_path: Path) -> None:
    path = write_successor_model(tmp_path / "m.gguf", ["Ċ", "a", "b", "a"], context=1 << 20)
    worker = Worker("chat", [sys.executable, "-c", LIMITED.format(1_500_000_000)])
    try:
        limited = Chat(worker)
        assert limited.refuses(LoadModel(path=str(path), options=LoadOptions(context=1 << 20))) == "model.memory"
        limited.load(path, context=512)
        assert limited.ask("Hello", max_tokens=4).text == "abab"
    finally:
        worker.stop()


@pytest.mark.parametrize("damage", ["foreign", "flipped", "cut", "of another cache type"])
def test_damaged_state_costs_a_prefill_and_nothing_else(damage: str, chat: Chat, whole: Path, tmp_path: Path) -> None:
    states, question = tmp_path / "states", "some words of a story " * 30

    def load() -> None:
        chat.call(LoadModel(path=str(whole), options=LoadOptions(context=2048, threads=1), states=str(states)))

    load()
    answer = chat.ask(question, conversation=1, max_tokens=4).text
    chat.load(whole)  # saves what the one before held
    (state,) = states.iterdir()
    data = bytearray(state.read_bytes())
    if damage == "foreign":
        data = bytearray(b"GGSQ" * 1000)
    elif damage == "flipped":
        data[-1000] ^= 255
    elif damage == "cut":
        del data[len(data) // 2 :]
    else:
        data = data.replace(b"f16 full", b"q80 full")
    state.write_bytes(data)
    load()
    assert chat.ask(question, answer, "And?", conversation=1, max_tokens=4).result.usage.reused_tokens == 0
    assert not state.exists() or state.read_bytes() != data


@pytest.mark.expects_warnings
def test_mutants_cost_at_most_their_worker(chat: Chat, tmp_path: Path) -> None:
    seen = list(trials([*range(WHOLE_COMBINATIONS), *KILLERS.values()], tmp_path))
    assert [trial for trial in seen if trial.outcome == "hung" or trial.seconds > LIMIT_S] == []
    outcomes = {number: trial.outcome for number, trial in zip(KILLERS, seen[WHOLE_COMBINATIONS:], strict=True)}
    assert outcomes == {
        "layers": "model.corrupt",
        "no layers": "model.corrupt",
        "epsilon": "model.corrupt",
        "twice the same token": "died",
    }
    assert sum(trial.outcome == "answered" for trial in seen) > 5


@pytest.mark.expects_warnings
def test_model_that_kills_the_worker_costs_the_engine_an_answer(chat: Chat, home: Home, tmp_path: Path) -> None:
    bad = write_successor_model(tmp_path / "bad.gguf", ["Ċ", "H", "i"])
    data = bad.read_bytes()
    first, second = ("Ā".encode(), "ā".encode())
    assert data.count(struct.pack("<Q", 2) + first) == 1
    bad.write_bytes(data.replace(struct.pack("<Q", 2) + first, struct.pack("<Q", 2) + second))
    good = write_random_model(tmp_path / "good.gguf", template=CHATML)
    lease = tmp_path / "lease.md"
    lease.write_text("The lease renews on 1 March.\n")
    question = Ask(question="When does the lease renew?", attachments=[str(lease)])
    live = Live(home)
    try:
        live.peer.call(ModelsAdd(path=str(bad)), timeout_s=30)
        engine = psutil.Process(live.status().pids.engine)
        with pytest.raises(Problem) as caught:
            live.peer.call(question, timeout_s=60)
        assert caught.value.title
        assert caught.value.hint
        live.peer.call(ModelsAdd(path=str(good), use=False), timeout_s=30)
        live.peer.call(ModelsUse(name="good"), timeout_s=30)
        assert live.peer.call(question, timeout_s=60).model == "good"
        assert engine.is_running()
    finally:
        live.stop()
