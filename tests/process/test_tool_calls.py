"""Tool calls through the worker's process: text, a call that is held to its schema, its result, an answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.base.chat import (
    ChatBackends,
    ChatMessage,
    Generate,
    Generated,
    InspectTemplate,
    Loaded,
    LoadModel,
    LoadOptions,
    ToolCall,
    ToolSpec,
)
from app.link.workers import Worker
from tests.support.gguf_models import CHATML, END, write_random_model, write_successor_model

CALLING = (
    "{% if tools %}{{ tools | tojson }}{% endif %}"
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}{% for c in m.tool_calls or [] %}"
    "<fn>{{ c.function.name }} {{ c.function.arguments | tojson }}</fn>{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
ADD = ToolSpec(
    name="add",
    description="Add two numbers",
    parameters={
        "type": "object",
        "properties": {"a": {"type": "integer", "maximum": 9, "minimum": 0}, "b": {"type": "boolean"}},
        "required": ["a", "b"],
        "additionalProperties": False,
    },
)
QUESTION = ChatMessage(role="user", content="Hello")


class Chat:
    """A worker process with a model, asked as the engine does."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker

    def load(self, path: Path) -> Loaded:
        return self.worker.call(LoadModel(path=str(path), options=LoadOptions(context=2048, threads=1)), timeout_s=60)

    def ask(self, *messages: ChatMessage, **more: Any) -> tuple[Generated, list[tuple[str, Any]]]:
        events: list[tuple[str, Any]] = []

        def hear(name: str, body: msgspec.Raw) -> None:
            events.append((name, msgspec.json.decode(body)))

        options: dict[str, Any] = {"tools": (ADD,), "max_tokens": 64, "temperature": 0.0} | more
        result = self.worker.call(Generate(messages=list(messages), **options), timeout_s=60, on_event=hear)
        return result, events


@pytest.fixture(scope="module")
def chat() -> Iterator[Chat]:
    worker = Worker("chat")
    try:
        if any(line.level == "warning" and line.name == "llama.cpp" for line in worker.call(ChatBackends())):
            pytest.skip("llama-cpp-python is not installed")
        yield Chat(worker)
    finally:
        worker.stop()


@pytest.fixture
def caller(tmp_path: Path) -> Path:
    """A model that writes “So ”, then the mark of a call; what it would write then is no call."""
    return write_successor_model(tmp_path / "m.gguf", ["Ċ", *"So", "Ġ", *"<fn>", *"xyz", END], template=CALLING)


def _text(events: list[tuple[str, Any]]) -> str:
    return "".join(body for name, body in events if name == "text")


def test_call_follows_text_and_is_whole_and_valid(chat: Chat, caller: Path) -> None:
    loaded = chat.load(caller)
    assert loaded.tools == "verified"
    result, events = chat.ask(QUESTION)
    assert (result.reason, _text(events)) == ("call", "So ")
    (call,) = result.calls
    assert call.name == "add"
    assert set(call.arguments) == {"a", "b"}
    assert 0 <= call.arguments["a"] <= 9
    assert (result.refused, result.cut_call) == ((), "")


def test_result_of_a_call_is_put_to_the_model(chat: Chat, tmp_path: Path) -> None:
    chat.load(write_successor_model(tmp_path / "m.gguf", ["Ċ", *"Four", END], template=CALLING))
    asked = ChatMessage(
        role="assistant", content="", calls=(ToolCall(id="c", name="add", arguments={"a": 2, "b": True}),)
    )
    answer = ChatMessage(role="tool", content="4", call_id="c", name="add")
    result, events = chat.ask(QUESTION, asked, answer)
    assert (result.reason, result.calls, _text(events)) == ("end", (), "Four")


def test_mark_of_a_call_is_text_where_the_template_knows_none(chat: Chat, tmp_path: Path) -> None:
    path = write_successor_model(tmp_path / "m.gguf", ["Ċ", *"So", "Ġ", *"<fn>", *"xyz", END], template=CHATML)
    assert chat.load(path).tools == "generic"
    result, events = chat.ask(QUESTION)
    assert (result.reason, _text(events)) == ("end", "So <fn>xyz")


def test_call_is_finished_beyond_the_limit_of_tokens(chat: Chat, caller: Path) -> None:
    chat.load(caller)
    result, _ = chat.ask(QUESTION, max_tokens=8)
    assert result.reason == "call"
    assert result.usage.generated_tokens > 8


def test_call_of_a_model_that_was_stopped_is_not_made(chat: Chat, caller: Path) -> None:
    chat.load(caller)
    long = {"type": "object", "properties": {"text": {"type": "string", "minLength": 1900}}, "required": ["text"]}
    writer = ToolSpec(name="write", description="Write", parameters=long)
    running: list[Any] = []
    result: Generated = chat.worker.call(
        Generate(messages=[QUESTION], tools=(writer,), max_tokens=1000, temperature=0.0),
        timeout_s=60,
        on_event=lambda name, _: running[0].cancel() if name == "text" else None,
        on_started=running.append,
    )
    assert (result.reason, result.calls) == ("stop", ())


def test_forced_call_comes_without_any_text(chat: Chat, caller: Path) -> None:
    chat.load(caller)
    result, events = chat.ask(QUESTION, force="add")
    assert (result.reason, _text(events)) == ("call", "")
    assert [call.name for call in result.calls] == ["add"]


def test_template_is_inspected_without_loading_its_model(chat: Chat, tmp_path: Path) -> None:
    report = chat.worker.call(InspectTemplate(path=str(write_random_model(tmp_path / "m.gguf", template=CALLING))))
    assert (report.template, report.tools, report.syntax, report.failed) == ("own", "verified", "tag_json", ())
