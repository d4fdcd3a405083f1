"""Prompts that only grow: what was read and written stays, on real templates too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from app.base.chat import ChatMessage, Generate, ToolCall, ToolSpec
from app.workers.chat.inference.model import Model
from tests.support.gguf_models import write_random_model, write_with_template
from tests.unit.workers.chat.conftest import Load

TEMPLATES = {
    "Qwen-Qwen3-0.6B": "<|im_end|>",
    "Qwen3.5-4B": "<|im_end|>",
    "Qwen-QwQ-32B": "<|im_end|>",
    "Qwen-Qwen2.5-7B-Instruct": "<|im_end|>",
    "NousResearch-Hermes-3-Llama-3.1-8B-tool_use": "<|im_end|>",
    "mistralai-Mistral-Nemo-Instruct-2407": "<|im_end|>",
    "unsloth-mistral-Devstral-Small-2507": "<|im_end|>",
    "mistralai-Ministral-3-14B-Reasoning-2512": "<|im_end|>",
    "meta-llama-Llama-3.1-8B-Instruct": "<|eot_id|>",
    "google-gemma-2-2b-it": "<end_of_turn>",
    "microsoft-Phi-3.5-mini-instruct": "<|end|>",
    "openai-gpt-oss-120b": "<|end|>",
    "deepseek-ai-DeepSeek-V3.1": "<｜end▁of▁sentence｜>",
    "GLM-4.6": "<|user|>",
}
"""Templates, and how a turn ends where the model's own end is <|im_end|>."""
LOOK = ToolSpec(name="look", description="Look.", parameters={"type": "object", "properties": {"at": {}}})


def _say(*texts: str) -> list[ChatMessage]:
    return [ChatMessage(role="assistant" if number % 2 else "user", content=text) for number, text in enumerate(texts)]


def _answer(
    model: Model,
    messages: Sequence[ChatMessage],
    written: bytes,
    *,
    text: str,
    calls: Sequence[ToolCall] = (),
    tools: Sequence[ToolSpec] = (),
    cut: bool = False,
) -> list[int]:
    """As if the model had written that, letter by letter; returns what it knows then."""
    prompt = model.prompt(messages, tools, conversation=1).tokens
    letters = [model.vocabulary.tokens(chr(byte))[0] for byte in written]  # not as a tokenizer splits them
    call = Generate(messages=list(messages), tools=tuple(tools), conversation=1)
    model.recall.answered(call, prompt, letters, text=text, calls=calls, cut=cut)
    return [*prompt, *letters]


def _spelled(model: Model, tokens: Sequence[int]) -> str:
    return b"".join(model.vocabulary.piece(token, special=True) for token in tokens).decode()


@pytest.fixture
def model(load: Load, tmp_path: Path) -> Model:
    return load(write_random_model(tmp_path / "m.gguf"))


@pytest.mark.parametrize("name", TEMPLATES)
def test_next_prompt_is_what_was_read_and_written_and_what_is_new(
    name: str, load: Load, yardsticks: Path, tmp_path: Path
) -> None:
    template = (yardsticks / "llama" / "templates" / f"{name}.jinja").read_text("utf-8")
    model = load(write_with_template(tmp_path / "m.gguf", write_random_model(tmp_path / "r.gguf"), template))
    thinking = b"<think>\nwell now\n</think>\n\nYes, it is.\n"
    known = _answer(model, _say("Is it so?"), thinking, text="Yes, it is.")
    second = model.prompt(_say("Is it so?", "Yes, it is.", "Really? Why?"), conversation=1)
    assert second.tokens[: len(known)] == known
    added = _spelled(model, second.tokens[len(known) :])
    assert added.startswith(TEMPLATES[name])
    assert added.count("Really? Why?") == 1
    assert second.text.endswith(added[-20:])
    known = _answer(model, _say("Is it so?", "Yes, it is.", "Really? Why?"), b"So.", text="So.")
    third = model.prompt(_say("Is it so?", "Yes, it is.", "Really? Why?", "So.", "Hm"), conversation=1)
    assert third.tokens[: len(known)] == known


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Qwen-Qwen3-0.6B", b'<tool_call>\n{"name":"look","arguments":{"at":"b"}}\n</tool_call>'),
        ("unsloth-mistral-Devstral-Small-2507", b'[TOOL_CALLS]look[ARGS]{"at":"b"}'),
        ("mistralai-Mistral-Nemo-Instruct-2407", b'[TOOL_CALLS][{"name":"look","arguments":{"at":"b"}}]'),
        ("microsoft-Phi-3.5-mini-instruct", b'<tool_call>{"name":"look","arguments":{"at":"b"}}</tool_call>'),
    ],
)
def test_result_of_a_call_is_put_after_the_call_as_the_model_wrote_it(
    name: str, written: bytes, load: Load, yardsticks: Path, tmp_path: Path
) -> None:
    template = (
        (yardsticks / "llama" / "templates" / f"{name}.jinja").read_text("utf-8").replace("<|end|>", "<|im_end|>")
    )
    model = load(write_with_template(tmp_path / "m.gguf", write_random_model(tmp_path / "r.gguf"), template))
    calls = (ToolCall(id="abcdefghi", name="look", arguments={"at": "b"}),)
    known = _answer(model, _say("See?"), written, text="", calls=calls, tools=(LOOK,))
    messages = [
        *_say("See?"),
        ChatMessage(role="assistant", content="", calls=calls),
        ChatMessage(role="tool", content="A red kite.", call_id="abcdefghi", name="look"),
    ]
    prompt = model.prompt(messages, (LOOK,), conversation=1)
    assert prompt.tokens[: len(known)] == known
    added = _spelled(model, prompt.tokens[len(known) :])
    assert added.startswith("<|im_end|>")
    assert added.count("A red kite.") == 1


def test_same_question_again_and_an_edited_one_go_on_from_what_stays(model: Model) -> None:
    first = _answer(model, _say("One?"), b"1.", text="1.")
    prompt = model.prompt(_say("One?", "1.", "Two?"), conversation=1).tokens
    _answer(model, _say("One?", "1.", "Two?"), b"2.", text="2.")
    assert model.prompt(_say("One?", "1.", "Two?"), conversation=1).tokens == prompt
    edited = model.prompt(_say("One?", "1.", "Three?"), conversation=1).tokens
    assert edited[: len(first)] == first
    assert "Three?" in _spelled(model, edited)


CALL = ToolCall(id="1", name="look", arguments={})


@pytest.mark.parametrize(
    "messages",
    [
        _say("Is it?", "No.", "Why?"),
        _say("Was it?", "Yes.", "Why?"),
        _say("Is it?", "Yes."),
        _say("Is it?", "Yes.", "Sentinel5b7e08c3Next", "Sentinel9f2c41adAnswer", "Why?"),
        [ChatMessage(role="system", content="Be kind."), *_say("Is it?", "Yes.", "Why?")],
        [
            *_say("Is it?"),
            ChatMessage(role="assistant", content="Yes.", calls=(CALL,)),
            *_say("?"),
        ],
    ],
)
def test_conversation_that_is_not_the_one_that_was_answered_is_rendered_anew(
    messages: list[ChatMessage], model: Model
) -> None:
    fresh = model.prompt(messages, conversation=2).tokens
    _answer(model, _say("Is it?"), b"Yes.", text="Yes.")
    assert model.prompt(messages, conversation=1).tokens == fresh


def test_other_tools_or_another_conversation_are_rendered_anew(model: Model) -> None:
    known = _answer(model, _say("Is it?"), b"Yes.", text="Yes.")
    messages = _say("Is it?", "Yes.", "Why?")
    assert model.prompt(messages, conversation=1).tokens[: len(known)] == known
    assert model.prompt(messages, conversation=2).tokens[: len(known)] != known
    assert model.prompt(messages, (LOOK,), conversation=1).tokens[: len(known)] != known


def test_what_was_written_after_a_stop_string_is_no_part_of_the_next_prompt(load: Load, tmp_path: Path) -> None:
    model = load(write_random_model(tmp_path / "m.gguf", template=None))
    written = _answer(model, _say("Is it?"), b"Yes.\nUser:", text="Yes.", cut=True)
    prompt = model.prompt(_say("Is it?", "Yes.", "Why?"), conversation=1).tokens
    known = written[: -len("\nUser:")]
    assert prompt[: len(known)] == known
    assert _spelled(model, prompt) == "User: Is it?\nAssistant:Yes.\nUser: Why?\nAssistant:"
