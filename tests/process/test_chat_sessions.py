"""What a chat worker keeps between its lives: nothing is read twice, nothing of a deleted conversation stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.base.chat import (
    BenchModel,
    ChatBackends,
    ChatMessage,
    ForgetStates,
    Generate,
    Generated,
    LoadModel,
    LoadOptions,
    Warm,
    Warmed,
)
from app.link.workers import Worker
from tests.support.gguf_models import Shape, write_random_model
from tests.support.live import until

LONG = "some words of a story " * 60
SLOW = Shape(layers=8, width=128, heads=4, kv_heads=4, feed_forward=384)


class Chat:
    """A chat worker with a model loaded, its states kept in `states`."""

    def __init__(self, model: Path, states: Path, context: int) -> None:
        self.worker = Worker("chat")
        self.states = states
        if any(line.level == "warning" and line.name == "llama.cpp" for line in self.worker.call(ChatBackends())):
            self.worker.stop()
            pytest.skip("llama-cpp-python is not installed")
        self.heard: list[tuple[str, Any]] = []
        self._load(model, context)

    def _load(self, model: Path, context: int) -> None:
        self.worker.call(
            LoadModel(
                path=str(model), options=LoadOptions(context=context, threads=1, gpu_layers=0), states=str(self.states)
            ),
            on_event=self._hear,
        )

    def ask(self, messages: Sequence[ChatMessage], conversation: int = 1, tokens: int = 8) -> tuple[Generated, str]:
        self.heard.clear()
        call = Generate(messages=list(messages), conversation=conversation, max_tokens=tokens, temperature=0)
        result = self.worker.call(call, timeout_s=60, on_event=self._hear)
        return result, "".join(body for name, body in self.heard if name == "text")

    def saved(self) -> list[str]:
        return sorted(path.name for path in self.states.glob("*.kv"))

    def states_heard(self) -> list[str]:
        return [body for name, body in self.heard if name == "state"]

    def _hear(self, name: str, body: msgspec.Raw) -> None:
        self.heard.append((name, msgspec.json.decode(body)))


Open = Callable[..., Chat]


@pytest.fixture
def open_chat(tmp_path: Path) -> Iterator[Open]:
    """Opens workers on one model and one folder of states."""
    model = write_random_model(tmp_path / "m.gguf", SLOW)
    opened: list[Chat] = []

    def open_chat(context: int = 4096) -> Chat:
        opened.append(Chat(model, tmp_path / "states", context))
        return opened[-1]

    yield open_chat
    for chat in opened:
        chat.worker.stop()


def _user(text: str) -> ChatMessage:
    return ChatMessage(role="user", content=text)


def _then(messages: Sequence[ChatMessage], answer: str, question: str) -> list[ChatMessage]:
    return [*messages, ChatMessage(role="assistant", content=answer), _user(question)]


@pytest.mark.expects_warnings
def test_conversation_goes_on_after_its_worker_was_killed(open_chat: Open) -> None:
    chat = open_chat()
    assert chat.states_heard() == ["probing", "loading", "ready"]
    first, answer = chat.ask([_user(LONG)])
    assert chat.states_heard() == ["prefill", "generate", "ready"]
    assert sum(one.tokens for one in first.slices) == first.usage.prompt_tokens
    assert until(lambda: bool(chat.saved()))
    chat.worker.kill()
    usage = open_chat().ask(_then([_user(LONG)], answer, "And?"))[0].usage
    assert usage.reused_tokens == first.usage.prompt_tokens + first.usage.generated_tokens - 1
    assert usage.prompt_tokens - usage.reused_tokens < 30


def test_what_is_not_saved_yet_is_saved_when_the_worker_leaves(open_chat: Open) -> None:
    chat = open_chat()
    answer = chat.ask([_user(LONG)])[1]
    chat.worker.stop()
    assert len(chat.saved()) == 1
    usage = open_chat().ask(_then([_user(LONG)], answer, "And?"))[0].usage
    assert usage.prompt_tokens - usage.reused_tokens < 30


def test_deleted_conversation_leaves_no_state(open_chat: Open) -> None:
    chat = open_chat()
    chat.ask([_user(LONG)])
    assert until(lambda: bool(chat.saved()))
    chat.ask([_user(LONG)], conversation=2)
    chat.worker.call(ForgetStates(states=str(chat.states), conversation=1))
    assert until(lambda: bool(chat.saved()))
    assert [name.split("-")[1] for name in chat.saved()] == ["c2"]
    chat.worker.call(ForgetStates(states=str(chat.states), conversation=0))
    chat.worker.stop()
    assert not chat.saved()


def test_question_does_not_wait_for_what_is_read_ahead(open_chat: Open) -> None:
    chat = open_chat()
    document = _user("a page of a report about kites " * 120)
    begun: list[Generated] = []
    running = chat.worker.peer().start(Warm(messages=[document]))

    def ask(name: str, _: msgspec.Raw) -> None:
        if name == "prefill" and not begun:
            begun.append(chat.ask([_user("Quick?")])[0])

    part: Warmed = running.result(ask, 60)
    assert begun[0].reason in ("length", "end")
    whole = chat.worker.call(Warm(messages=[document]))
    assert part.tokens < whole.tokens
    usage = chat.ask([document, _user("What of kites?")], conversation=3)[0].usage
    assert usage.reused_tokens >= whole.tokens - 1


def test_bench_measures_both_loops_at_each_length(open_chat: Open) -> None:
    chat = open_chat(512)
    told: list[str] = []
    report = chat.worker.call(
        BenchModel(lengths=(64, 128, 1 << 20), rounds=1, decode_tokens=4),
        on_event=lambda name, body: told.append(f"{name} {msgspec.json.decode(body)}"),
    )
    assert [line.tokens for line in report.lines][:2] == [64, 128]
    assert report.lines[2].tokens < 512
    assert all(min(line.prefill, line.bare_prefill, line.decode, line.bare_decode) > 0 for line in report.lines)
    assert (report.backend, report.threads) == ("cpu", 1)
    assert any(line.startswith("progress 128 tokens") for line in told)
    assert chat.ask([_user("Hello")])[0].usage.generated_tokens > 0
