"""What models write when they call a tool, as their makers document it, is read as those calls."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.base.chat import ToolSpec
from app.workers.chat.tool_calls.dialect import build_dialect


@dataclass(frozen=True)
class Documented:
    """An output and its source. template: a published one by name, or Jinja of our own. text: what is shown of it."""

    family: str
    source: str
    template: str
    output: str
    calls: tuple[tuple[str, dict[str, Any]], ...]
    text: str = ""
    reasoning: str = ""


PHI_4_MINI = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}"
    "{% if m.role == 'system' and m.tools %}<|tool|>{{ m.tools }}<|/tool|>{% endif %}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
"""As Phi-4-mini-instruct's model card describes it: tools stand in the system message, calls are not printed."""
PARIS = {"location": "Paris"}

DOCUMENTED = [
    Documented(
        "gpt-oss",
        "OpenAI cookbook, “OpenAI harmony response format”, Function calling",
        "openai-gpt-oss-120b",
        "<|channel|>analysis<|message|>Need to use function get_current_weather.<|end|><|start|>assistant"
        "<|channel|>commentary to=functions.get_current_weather <|constrain|>json<|message|>"
        '{"location":"San Francisco"}<|call|>',
        (("get_current_weather", {"location": "San Francisco"}),),
        reasoning="Need to use function get_current_weather.",
    ),
    Documented(
        "gpt-oss, with a preamble",
        "OpenAI cookbook, “OpenAI harmony response format”, Preambles",
        "openai-gpt-oss-120b",
        "<|channel|>analysis<|message|>We should look.<|end|><|start|>assistant<|channel|>commentary<|message|>"
        "**Action plan**: look.<|end|><|start|>assistant to=functions.get_current_weather"
        '<|channel|>commentary <|constrain|>json<|message|>{"location": "Paris"}<|call|>',
        (("get_current_weather", PARIS),),
        text="**Action plan**: look.",
        reasoning="We should look.",
    ),
    Documented(
        "Qwen3",
        "Qwen documentation, “Function Calling”, Hermes-style tool use",
        "Qwen-Qwen3-0.6B",
        '<tool_call>\n{"name": "get_current_temperature", "arguments": {"location": "San Francisco, CA, USA"}}\n'
        '</tool_call>\n<tool_call>\n{"name": "get_temperature_date", "arguments": '
        '{"location": "San Francisco, CA, USA", "date": "2024-10-01"}}\n</tool_call>',
        (
            ("get_current_temperature", {"location": "San Francisco, CA, USA"}),
            ("get_temperature_date", {"location": "San Francisco, CA, USA", "date": "2024-10-01"}),
        ),
    ),
    Documented(
        "Qwen3.5",
        "the format that Qwen3.5's own chat template prescribes to the model",
        "Qwen3.5-4B",
        "I look it up.\n\n<tool_call>\n<function=example_function_name>\n<parameter=example_parameter_1>\nvalue_1\n"
        "</parameter>\n<parameter=example_parameter_2>\nThis is the value for the second parameter\nthat can span\n"
        "multiple lines\n</parameter>\n</function>\n</tool_call>",
        (
            (
                "example_function_name",
                {
                    "example_parameter_1": "value_1",
                    "example_parameter_2": "This is the value for the second parameter\nthat can span\nmultiple lines",
                },
            ),
        ),
        text="I look it up.\n\n",
    ),
    Documented(
        "Llama 3.1",
        "Meta, “Llama 3.1 model cards & prompt formats”, JSON based tool calling",
        "meta-llama-Llama-3.1-8B-Instruct",
        '{"name": "get_current_conditions", "parameters": {"location": "San Francisco, CA", "unit": "Fahrenheit"}}',
        (("get_current_conditions", {"location": "San Francisco, CA", "unit": "Fahrenheit"}),),
    ),
    Documented(
        "Llama 3.2",
        "Meta, llama-models, models/llama3_1/prompt_format.md, with the type named",
        "meta-llama-Llama-3.2-3B-Instruct",
        '{"type": "function", "name": "trending_songs", "parameters": {"n": "10", "genre": "all"}}',
        (("trending_songs", {"n": "10", "genre": "all"}),),
    ),
    Documented(
        "Gemma 4",
        "ai.google.dev, “Function calling with Gemma 4”",
        "google-gemma-4-31B-it",
        '<|tool_call>call:get_current_temperature{location:<|"|>London<|"|>}<tool_call|><|tool_response>',
        (("get_current_temperature", {"location": "London"}),),
    ),
    Documented(
        "Mistral",
        "Mistral AI, Mistral-Nemo-Instruct-2407 model card, function calling; mistral-common's V3 tokenizer",
        "mistralai-Mistral-Nemo-Instruct-2407",
        '[TOOL_CALLS][{"name": "get_current_weather", "arguments": {"location": "Paris", "format": "celsius"}, '
        '"id": "VvvODy9mT"}]</s>',
        (("get_current_weather", {"location": "Paris", "format": "celsius"}),),
    ),
    Documented(
        "Ministral 3",
        "mistral-common, V11 and later instruct tokenizers: name, [ARGS], arguments",
        "mistralai-Ministral-3-14B-Reasoning-2512",
        '[THINK]It asks for two.[/THINK][TOOL_CALLS]get_current_weather[ARGS]{"location": "Paris"}'
        '[TOOL_CALLS]get_current_weather[ARGS]{"location": "Lyon"}</s>',
        (("get_current_weather", PARIS), ("get_current_weather", {"location": "Lyon"})),
        reasoning="It asks for two.",
    ),
    Documented(
        "Phi-4-mini, tokens",
        "Microsoft, Phi-4-mini-instruct: the tokens <|tool_call|> and <|/tool_call|> of its tokenizer",
        PHI_4_MINI,
        '<|tool_call|>[{"name": "get_weather_updates", "arguments": {"city": "Paris"}}]<|/tool_call|><|end|>',
        (("get_weather_updates", {"city": "Paris"}),),
    ),
    Documented(
        "Phi-4-mini, functools",
        "Microsoft's template for vLLM, examples/tool_chat_template_phi4_mini.jinja: a list after “functools”",
        PHI_4_MINI,
        'functools[{"name": "get_weather_updates", "arguments": {"city": "Paris"}}, '
        '{"name": "get_weather_updates", "arguments": {"city": "Lyon"}}]',
        (("get_weather_updates", {"city": "Paris"}), ("get_weather_updates", {"city": "Lyon"})),
    ),
    Documented(
        "Granite 4",
        "IBM, granite-4.0 model cards, tool calling: the example's output",
        "ibm-granite-granite-4.0",
        '<tool_call>\n{"name": "get_current_weather", "arguments": {"city": "Boston"}}\n</tool_call><|end_of_text|>',
        (("get_current_weather", {"city": "Boston"}),),
    ),
    Documented(
        "DeepSeek V3.1",
        "DeepSeek, DeepSeek-V3.1 model card, ToolCall",
        "deepseek-ai-DeepSeek-V3.1",
        '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{"location": "Paris"}<｜tool▁call▁end｜>'
        '<｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{"location": "Lyon"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
        (("get_weather", PARIS), ("get_weather", {"location": "Lyon"})),
    ),
    Documented(
        "DeepSeek R1",
        "the format of DeepSeek-R1's own chat template",
        "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B",
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n```json\n"
        '{"location": "Paris"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
        (("get_weather", PARIS),),
    ),
    Documented(
        "GLM-4.6",
        "the format that GLM-4.6's own chat template prescribes to the model",
        "GLM-4.6",
        "<tool_call>get_weather\n<arg_key>location</arg_key>\n<arg_value>Beijing</arg_value>\n<arg_key>days</arg_key>\n"
        "<arg_value>3</arg_value>\n</tool_call>",
        (("get_weather", {"location": "Beijing", "days": 3}),),
    ),
    Documented(
        "functionary v3.2",
        "MeetKai, functionary, prompt template v3.2: “all” for text, then calls",
        "meetkai-functionary-medium-v3.2",
        'all\nI look for both.>>>get_weather\n{"location": "Paris"}>>>get_weather\n{"location": "Lyon"}',
        (("get_weather", PARIS), ("get_weather", {"location": "Lyon"})),
        text="I look for both.",
    ),
    Documented(
        "functionary v3.2, a call alone",
        "MeetKai, functionary, prompt template v3.2",
        "meetkai-functionary-medium-v3.2",
        'get_weather\n{"location": "Paris"}',
        (("get_weather", PARIS),),
    ),
    Documented(
        "LFM2.5",
        "Liquid AI, LFM2 documentation, “Tool Use”: a list of Python calls",
        "LFM2.5-8B-A1B",
        '<|tool_call_start|>[get_candidate_status(candidate_id="12345")]<|tool_call_end|>Checking the status.',
        (("get_candidate_status", {"candidate_id": "12345"}),),
    ),
    Documented(
        "Kimi K2",
        "Moonshot AI, Kimi-K2 repository, docs/tool_call_guidance.md",
        "Kimi-K2-Instruct",
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>"
        '{"location": "Paris"}<|tool_call_end|><|tool_calls_section_end|>',
        (("get_weather", PARIS),),
    ),
]


def _tools(documented: Documented) -> list[ToolSpec]:
    kinds = {str: "string", int: "integer"}
    return [
        ToolSpec(
            name=name,
            description="As documented",
            parameters={
                "type": "object",
                "properties": {key: {"type": kinds[type(value)]} for key, value in arguments.items()},
                "required": list(arguments),
            },
        )
        for name, arguments in dict(documented.calls).items()
    ]


@pytest.mark.parametrize("size", [1, 1000])
@pytest.mark.parametrize("documented", DOCUMENTED, ids=lambda one: one.family)
def test_documented_output_is_read(documented: Documented, size: int, yardsticks: Path) -> None:
    template = documented.template
    if "{%" not in template:
        template = (yardsticks / "llama" / "templates" / f"{template}.jinja").read_text("utf-8")
    parser = build_dialect(template, "<s>", "</s>").parser("", _tools(documented))
    data = documented.output.encode()
    shown = [piece for at in range(0, len(data), size) for piece in parser.feed(data[at : at + size])]
    shown += parser.finish()
    assert parser.refused == []
    assert tuple((call.name, call.arguments) for call in parser.calls) == documented.calls
    assert "".join(text for channel, text in shown if channel == "text") == documented.text
    assert "".join(text for channel, text in shown if channel == "reasoning") == documented.reasoning
