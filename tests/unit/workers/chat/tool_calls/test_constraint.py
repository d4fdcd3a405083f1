"""Calls held to their schemas: random tokens always make a whole, valid call; what cannot be held is only checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.base.chat import ChatMessage, Generate, Generated, ToolSpec
from app.workers.chat.inference.generation import generate
from app.workers.chat.inference.model import Model
from app.workers.chat.tool_calls.constraint import Constrainer
from app.workers.chat.tool_calls.dialect import build_dialect
from app.workers.chat.tool_calls.syntax import GENERIC, CallSyntax, Slot
from tests.support.forced_calls import agentdojo_tools, nested_tools, with_short_texts
from tests.support.gguf_models import write_random_model
from tests.unit.workers.chat.conftest import Load

DIALECTS = [
    "Qwen-Qwen3-0.6B", "Qwen3.5-4B", "meta-llama-Llama-3.2-3B-Instruct", "google-gemma-4-31B-it", "GLM-4.6", "Kimi-K3",
    "mistralai-Mistral-Nemo-Instruct-2407", "deepseek-ai-DeepSeek-V3.2", "openai-gpt-oss-120b", "LFM2.5-8B-A1B",
    "microsoft-Phi-3.5-mini-instruct", "CohereForAI-c4ai-command-r-plus-tool_use", "meetkai-functionary-medium-v3.2",
    "MiniMax-M3",
]  # fmt: skip
NOTE = ToolSpec(
    name="write_note",
    description="Write a note",
    parameters={
        "type": "object",
        "properties": {"text": {"type": "string"}, "stars": {"type": "integer", "minimum": 1, "maximum": 5}},
        "required": ["text", "stars"],
    },
)
OTHER = ToolSpec(name="other", description="Another", parameters={"type": "object", "properties": {}})


class _Caller:
    """Listens to the events of a generation and never cancels it."""

    cancelled = False

    def __init__(self) -> None:
        self.text = ""

    def emit(self, name: str, body: Any = None) -> None:
        if name == "text":
            self.text += body

    def on_cancel(self, callback: Callable[[], None]) -> None:
        pass


def _generate(model: Model, **more: Any) -> tuple[Generated, str]:
    caller = _Caller()
    options = {"messages": [ChatMessage(role="user", content="Hi")], "max_tokens": 400, "temperature": 1.0} | more
    return generate(model, Generate(**options), caller), caller.text  # type: ignore[arg-type]  # all that it uses of it


@pytest.fixture(scope="module")
def constrainer(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Load], Model]:
    """A random model of this file's tests, made once."""
    path = write_random_model(tmp_path_factory.mktemp("constraint") / "m.gguf")
    return lambda load: load(path)


def _walk(made: Constrainer, model: Model, syntax: CallSyntax, tool: ToolSpec, seed: int) -> str:
    """A call whose tokens are drawn at random among the legal ones."""
    constraint = made.begin(syntax, [tool], most=1)
    assert constraint is not None
    rng, written = np.random.default_rng(seed), b""
    for _ in range(3000):
        if constraint.over or constraint.complete:
            break
        token = int(rng.choice(np.flatnonzero(constraint.legal())))
        assert constraint.take(token)
        written += model.vocabulary.piece(token, special=True)
    return written.decode("utf-8", "replace")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_random_tokens_make_a_valid_call_in_every_dialect(
    dialect: str, constrainer: Callable[[Load], Model], load: Load, yardsticks: Path
) -> None:
    model = constrainer(load)
    spoken = build_dialect((yardsticks / "llama" / "templates" / f"{dialect}.jinja").read_text("utf-8"), "", "")
    tools = [with_short_texts(tool) for tool in agentdojo_tools(yardsticks)[::25]] + nested_tools(3)
    for seed, tool in enumerate(tools):
        text = _walk(model.constrainer, model, spoken.syntax, tool, seed)
        parser = spoken.parser("", [tool])
        for at in range(0, len(text.encode()), 3):
            parser.feed(text.encode()[at : at + 3])
        parser.finish()
        assert (parser.refused, parser.cut_call) == ([], ""), text
        assert [call.name for call in parser.calls] == [tool.name], text


def test_every_published_schema_can_be_held(constrainer: Callable[[Load], Model], load: Load, yardsticks: Path) -> None:
    made = constrainer(load).constrainer
    tools = agentdojo_tools(yardsticks)
    assert len(tools) == 74
    for dialect in ("Qwen3.5-4B", "google-gemma-4-31B-it"):
        source = (yardsticks / "llama" / "templates" / f"{dialect}.jinja").read_text("utf-8")
        assert made.begin(build_dialect(source, "", "").syntax, tools) is not None
    assert made.begin(GENERIC, tools) is not None
    assert made.notes == {}


def test_forced_calls_of_random_weights_are_valid(constrainer: Callable[[Load], Model], load: Load) -> None:
    model = constrainer(load)
    for seed, tool in enumerate(nested_tools(8)):
        result, shown = _generate(model, tools=(tool, OTHER), force=tool.name, seed=seed)
        assert (result.reason, [call.name for call in result.calls]) == ("call", [tool.name])
        assert (result.refused, result.cut_call, shown) == ((), "", "")


def test_schema_that_no_grammar_can_hold_is_still_checked(constrainer: Callable[[Load], Model], load: Load) -> None:
    model = constrainer(load)
    odd = ToolSpec(
        name="odd",
        description="Odd",
        parameters={
            "type": "object",
            "properties": {"n": {"type": "integer", "minimum": 3, "maximum": 1}},
            "required": ["n"],
        },
    )
    result, _ = _generate(model, tools=(odd,), force="odd", max_tokens=300)
    assert model.constrainer.notes["odd"]
    assert result.calls == ()
    assert result.refused or result.cut_call == "odd"


def test_call_is_granted_one_extension_and_then_dropped(constrainer: Callable[[Load], Model], load: Load) -> None:
    model = constrainer(load)
    short = with_short_texts(NOTE)
    result, _ = _generate(model, tools=(short,), force="write_note", max_tokens=5)
    assert result.reason == "call"
    assert result.usage.generated_tokens > 5
    long = {"type": "object", "properties": {"text": {"type": "string", "minLength": 1990}}, "required": ["text"]}
    never = ToolSpec(name="never", description="", parameters=long)
    result, shown = _generate(model, tools=(never,), force="never", max_tokens=5)
    assert (result.reason, result.calls, result.cut_call, shown) == ("length", (), "never", "")
    assert 5 < result.usage.generated_tokens <= 5 + 512


def test_calls_that_begin_in_a_way_of_their_own_are_not_held(constrainer: Callable[[Load], Model], load: Load) -> None:
    made = constrainer(load).constrainer
    assert made.begin(GENERIC, [NOTE], b"<tool_call>") is not None
    assert made.begin(GENERIC, [NOTE], b'<tool_call>{"na') is not None
    assert made.begin(GENERIC, [NOTE], b"<tool_call>[[") is None


def test_mark_that_is_a_control_token_is_one_in_the_grammar(constrainer: Callable[[Load], Model], load: Load) -> None:
    model = constrainer(load)
    syntax = CallSyntax(
        kind="tag_json", call=("<|im_start|>", Slot.NAME, " ", Slot.ARGUMENTS), triggers=("<|im_start|>",)
    )
    constraint = model.constrainer.begin(syntax, [OTHER], most=1)
    assert constraint is not None
    (mark,) = model.vocabulary.tokens("<|im_start|>", special=True)
    assert constraint.legal()[mark]
    assert not constraint.take(model.vocabulary.tokens("<")[0])
    assert constraint.take(mark)
