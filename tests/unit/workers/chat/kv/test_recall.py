"""A conversation goes on where it was left: in another process, after another conversation, with its state or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from app.base.chat import ChatMessage, Generate, Generated, ToolSpec, Warm, Warmed
from app.base.errors import Problem
from app.link.serving import Tasks
from app.workers.chat.inference.generation import generate
from app.workers.chat.inference.model import Model
from app.workers.chat.kv.states import Key, StateFolder
from app.workers.chat.kv.warm import warm
from tests.support.gguf_models import (
    TINY,
    write_hybrid_model,
    write_random_model,
    write_windowed_model,
    write_with_template,
)
from tests.unit.workers.chat.conftest import Load

WRITERS = {"full": write_random_model, "windowed": write_windowed_model, "hybrid": write_hybrid_model}
LONG = "some words of a story " * 20
DOCUMENT = "a page of a report about kites and rivers " * 25


class _Nobody:
    """A caller who listens to nothing; `press` stops the request."""

    cancelled = False

    def __init__(self) -> None:
        self.press: Callable[[], None] = lambda: None

    def emit(self, name: str, body: object = None) -> None:
        pass

    def on_cancel(self, callback: Callable[[], None]) -> None:
        self.press = callback


def _open(kind: str, load: Load, folder: Path) -> Model:
    """A model whose states are kept, as a fresh process opens it."""
    path = folder / "m.gguf"
    if not path.exists():
        WRITERS[kind](path)
    model = load(path)
    model.recall.keep_in(StateFolder(folder / "states", 1 << 30, Key("p", "i", "b", kind)))
    return model


def _ask(model: Model, messages: Sequence[ChatMessage], conversation: int, tokens: int = 12) -> tuple[Generated, str]:
    call = Generate(messages=list(messages), conversation=conversation, max_tokens=tokens, temperature=0)
    heard: list[str] = []

    class Hearing(_Nobody):
        def emit(self, name: str, body: object = None) -> None:
            if name == "text":
                heard.append(str(body))

    result = generate(model, call, Hearing())  # type: ignore[arg-type]  # all of an Incoming that it uses
    return result, "".join(heard)


def _warm(model: Model, messages: Sequence[ChatMessage], conversation: int = 0, tasks: Tasks | None = None) -> Warmed:
    call = Warm(messages=list(messages), conversation=conversation)
    return warm(model, call, _Nobody(), (tasks or Tasks()).on_arrival)  # type: ignore[arg-type]


def _user(text: str) -> ChatMessage:
    return ChatMessage(role="user", content=text)


def _go_on(messages: Sequence[ChatMessage], answer: str, question: str) -> list[ChatMessage]:
    return [*messages, ChatMessage(role="assistant", content=answer), _user(question)]


def _save(model: Model) -> None:
    model.recall.save()
    model.recall._writer.wait()


def _logits(model: Model) -> list[float]:
    return list(model.api.llama_get_logits_ith(model.session.handle, -1)[: TINY.vocabulary])


@pytest.mark.parametrize("kind", WRITERS)
def test_reopened_conversation_reads_only_its_new_tokens(kind: str, load: Load, tmp_path: Path) -> None:
    model = _open(kind, load, tmp_path)
    first, answer = _ask(model, [_user(LONG)], 5)
    held = list(model.session.tokens)
    _save(model)
    again = _go_on([_user(LONG)], answer, "And?")
    there = _ask(model, again, 5, 1)[0]
    other = _open(kind, load, tmp_path)
    here = _ask(other, again, 5, 1)[0]
    assert there.usage.reused_tokens == here.usage.reused_tokens == len(held)
    assert there.usage.prompt_tokens == here.usage.prompt_tokens
    assert list(other.session.tokens)[: len(held)] == held
    assert _logits(model) == _logits(other)
    assert first.usage.reused_tokens == 0


@pytest.mark.parametrize("kind", WRITERS)
def test_conversations_in_turn_are_each_taken_up(kind: str, load: Load, tmp_path: Path) -> None:
    model = _open(kind, load, tmp_path)
    said = {1: [_user(LONG)], 2: [_user(f"Now {LONG}")]}
    for conversation in (1, 2):
        said[conversation] = _go_on(said[conversation], _ask(model, said[conversation], conversation)[1], "And?")
    for conversation in (1, 2):
        model.recall._writer.wait()
        usage = _ask(model, said[conversation], conversation)[0].usage
        assert usage.prompt_tokens - usage.reused_tokens < 40


def test_state_that_llama_cpp_does_not_take_is_removed_and_the_answer_comes(load: Load, tmp_path: Path) -> None:
    hybrid = _open("hybrid", load, tmp_path)
    answer = _ask(hybrid, [_user(LONG)], 5)[1]
    data, tokens = hybrid.session.export(), list(hybrid.session.tokens)
    (tmp_path / "m.gguf").unlink()
    model = _open("full", load, tmp_path)
    folder = StateFolder(tmp_path / "states", 1 << 30, Key("p", "i", "b", "full"))
    assert folder.save(data, conversation=5, tokens=tokens)
    model.recall.keep_in(folder)
    assert _ask(model, _go_on([_user(LONG)], answer, "And?"), 5)[0].usage.reused_tokens == 0
    assert not folder.all()


def test_forgotten_conversation_leaves_nothing_and_is_not_saved_again(load: Load, tmp_path: Path) -> None:
    model = _open("full", load, tmp_path)
    _ask(model, [_user(LONG)], 5)
    _save(model)
    assert list((tmp_path / "states").iterdir())
    _ask(model, [_user(LONG), _user("More")], 5)
    model.recall.forget(5)
    assert not model.session.tokens
    _save(model)
    assert not list((tmp_path / "states").iterdir())


def test_question_without_a_conversation_leaves_nothing_on_the_disk(load: Load, tmp_path: Path) -> None:
    model = _open("full", load, tmp_path)
    _ask(model, [_user(LONG)], 0)
    _save(model)
    assert not list((tmp_path / "states").iterdir())


@pytest.mark.parametrize("kind", WRITERS)
def test_question_about_a_document_that_was_read_ahead_reads_the_question_alone(
    kind: str, load: Load, tmp_path: Path
) -> None:
    model = _open(kind, load, tmp_path)
    read = _warm(model, [_user(DOCUMENT)])
    assert (read.reused, read.tokens > 300) == (0, True)
    model.recall._writer.wait()
    assert _warm(model, [_user(DOCUMENT)]) == Warmed(tokens=read.tokens, reused=read.tokens)
    for conversation, question in ((3, "What of kites?"), (4, "7 rivers?")):
        usage = _ask(_open(kind, load, tmp_path), [_user(DOCUMENT), _user(question)], conversation)[0].usage
        assert read.tokens - 2 <= usage.reused_tokens <= read.tokens


def test_reading_ahead_gives_way_at_once_and_goes_on_later(load: Load, tmp_path: Path) -> None:
    model = _open("full", load, tmp_path)
    tasks = Tasks()
    tasks.submit(lambda: None)
    assert _warm(model, [_user(DOCUMENT)], tasks=tasks) == Warmed(tokens=0, reused=0)
    assert not model.session.tokens
    waiting = Tasks()
    arrivals: list[int] = []

    class Arriving(_Nobody):
        def emit(self, name: str, body: object = None) -> None:
            if not arrivals:
                arrivals.append(1)
                waiting.submit(lambda: None)

    call = Warm(messages=[_user(DOCUMENT)])
    part = warm(model, call, Arriving(), waiting.on_arrival)  # type: ignore[arg-type]
    whole = _warm(model, [_user(DOCUMENT)])
    assert 0 < part.tokens < whole.tokens
    assert whole.reused == part.tokens


@pytest.mark.parametrize("name", ["Qwen-Qwen3-0.6B", "mistralai-Mistral-Nemo-Instruct-2407"])
def test_result_of_a_call_that_was_written_is_read_alone(
    name: str, load: Load, yardsticks: Path, tmp_path: Path
) -> None:
    template = (yardsticks / "llama" / "templates" / f"{name}.jinja").read_text("utf-8")
    model = load(write_with_template(tmp_path / "m.gguf", write_random_model(tmp_path / "r.gguf"), template))
    schema = {"type": "object", "properties": {"at": {"enum": ["a", "b"]}}, "required": ["at"]}
    tools = (ToolSpec(name="look", description="Look there.", parameters=schema),)
    asked = [_user(LONG)]
    call = Generate(messages=asked, tools=tools, force="look", conversation=1, max_tokens=200, temperature=1.0)
    result = generate(model, call, _Nobody())  # type: ignore[arg-type]
    assert result.reason == "call"
    said = ChatMessage(role="assistant", content="", calls=result.calls)
    told = ChatMessage(role="tool", content="A kite.", call_id=result.calls[0].id, name="look")
    after = Generate(messages=[*asked, said, told], tools=tools, conversation=1, max_tokens=4)
    usage = generate(model, after, _Nobody()).usage  # type: ignore[arg-type]
    assert usage.reused_tokens == result.usage.prompt_tokens + result.usage.generated_tokens - 1


def test_beginning_that_leaves_no_room_for_a_question_is_refused(load: Load, tmp_path: Path) -> None:
    model = _open("full", load, tmp_path)
    with pytest.raises(Problem) as caught:
        _warm(model, [_user(DOCUMENT * 8)])
    assert caught.value.code == "chat.too_long"
