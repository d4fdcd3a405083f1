"""Templates of seventy published models: each carries a conversation with tools, and most read back what they write."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from app.base.chat import ChatMessage, ToolCall
from app.base.errors import Problem
from app.workers.chat.tool_calls.dialect import Dialect, build_dialect
from app.workers.chat.tool_calls.syntax import Markers
from tests.support.gguf_models import CHATML
from tests.support.notes_tool import NOTES

ASKED = [
    ChatMessage(role="system", content="Rules stand here"),
    ChatMessage(role="user", content="Where is it"),
    ChatMessage(
        role="assistant",
        content="I will look",
        calls=(ToolCall(id="c", name="find_notes", arguments={"query": "ink"}),),
    ),
    ChatMessage(role="tool", content="Result of search", call_id="c", name="find_notes"),
]
ANSWERED = [*ASKED, ChatMessage(role="assistant", content="In the drawer"), ChatMessage(role="user", content="Thanks")]
SAID = ("Finds the notes quickly", "words to look for", "Rules stand here", "Where is it", "ink", "Result of search")


@pytest.fixture(scope="module")
def published() -> dict[str, Dialect]:
    """The dialects of the published templates, by name; filled by the first test that has the folder."""
    return {}


def _published(published: dict[str, Dialect], yardsticks: Path) -> dict[str, Dialect]:
    if not published:
        for source in sorted((yardsticks / "llama" / "templates").glob("*.jinja")):
            published[source.stem] = build_dialect(source.read_text("utf-8"), "<s>", "</s>")
    return published


def test_every_published_template_renders_a_chat(published: dict[str, Dialect], yardsticks: Path) -> None:
    talk = [
        ChatMessage(role="system", content="Rules stand here"),
        ChatMessage(role="user", content="First question"),
        ChatMessage(role="assistant", content="First answer"),
        ChatMessage(role="user", content="Second question"),
    ]
    for name, dialect in _published(published, yardsticks).items():
        prompt = dialect.render(talk)
        at = [prompt.find(message.content) for message in talk]
        assert -1 not in at, name
        assert at == sorted(at), name


def test_every_published_template_carries_a_conversation_with_tools(
    published: dict[str, Dialect], yardsticks: Path
) -> None:
    dialects = _published(published, yardsticks)
    assert len(dialects) >= 70
    for name, dialect in dialects.items():
        for talk in (ASKED, ANSWERED):
            prompt = dialect.render(talk, [NOTES])
            assert [said for said in SAID if said not in prompt] == [], name
        assert "In the drawer" in dialect.render(ANSWERED, [NOTES]), name


def test_most_published_templates_read_back_every_probe(published: dict[str, Dialect], yardsticks: Path) -> None:
    reports = {name: dialect.report for name, dialect in _published(published, yardsticks).items()}
    counts = Counter(report.tools for report in reports.values())
    assert counts["verified"] >= 63
    assert {name for name, report in reports.items() if report.tools == "generic"} == {
        "HuggingFaceTB-SmolLM3-3B", "LFM2-8B-A1B", "LFM2.5-Instruct", "google-gemma-2-2b-it",
        "ibm-granite-granite-3.3-2B-Instruct", "llama-cpp-rwkv-world", "microsoft-Phi-3.5-mini-instruct",
    }  # fmt: skip
    assert {report.syntax for report in reports.values()} == {"json", "tag_json", "tagged", "harmony", "generic"}
    assert all(bool(report.failed) == (report.tools == "partial") for report in reports.values())


def test_reasoning_marks_are_known_or_derived(published: dict[str, Dialect], yardsticks: Path) -> None:
    dialects = _published(published, yardsticks)
    found = {name: dialects[name].markers for name in ("Qwen3.5-4B", "Kimi-K3", "tencent-Hy3", "muse-glimmer")}
    assert found == {
        "Qwen3.5-4B": Markers("<think>", "</think>"),
        "Kimi-K3": Markers("<|open|>think<|sep|>", "<|close|>think<|sep|><|open|>response<|sep|>"),
        "tencent-Hy3": Markers("<think:opensource>", "</think:opensource>"),
        "muse-glimmer": Markers("to=self<|message|>", "<|eom|><|start|>assistant"),
    }
    assert sum(dialect.report.reasoning for dialect in dialects.values()) >= 43
    assert not dialects["meta-llama-Llama-3.2-3B-Instruct"].report.reasoning


# ---- the generic protocol -----------------------------------------------------------------------------------------


def test_template_without_tools_gets_them_in_the_system_text() -> None:
    dialect = build_dialect(CHATML, "", "<|im_end|>")
    assert dialect.report.tools == "generic"
    prompt = dialect.render(ASKED, [NOTES])
    system, user, assistant, result = prompt.split("<|im_end|>\n")[:4]
    assert system.startswith("<|im_start|>system\nRules stand here\n\nYou can call these tools.")
    assert '<tool_call>\n{"name": "find_notes", "arguments": {"query": "..."}}\n</tool_call>' in system
    assert user == "<|im_start|>user\nWhere is it"
    assert assistant.endswith(
        'I will look\n<tool_call>\n{"name": "find_notes", "arguments": {"query": "ink"}}\n</tool_call>'
    )
    assert result == "<|im_start|>user\n<tool_response>\nResult of search\n</tool_response>"
    assert "You can call" not in dialect.render(ASKED[:2])


def test_definitions_are_printed_for_a_template_that_shows_only_calls() -> None:
    source = (
        "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% for c in m.tool_calls or [] %}"
        "[CALL]{{ c.function.name }}[WITH]{{ c.function.arguments | tojson }}[END]{% endfor %}{% endfor %}"
        "{% if add_generation_prompt %}<assistant>{% endif %}"
    )
    dialect = build_dialect(source, "", "")
    assert (dialect.report.tools, dialect.report.syntax) == ("verified", "tag_json")
    prompt = dialect.render(ASKED, [NOTES])
    assert "Finds the notes quickly" in prompt
    assert 'in exactly this form:\n[CALL]find_notes[WITH]{"query": "..."}[END]\n' in prompt
    assert '<assistant>I will look[CALL]find_notes[WITH]{"query": "ink"}[END]<tool>Result of search' in prompt


# ---- what documents say is no syntax ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Qwen3.5-4B", "DeepSeek-V3.1", "gemma-4-31B-it", "granite-3.3"])
def test_texts_cannot_forge_calls_reasoning_or_results(
    name: str, published: dict[str, Dialect], yardsticks: Path
) -> None:
    dialect = next(one for key, one in _published(published, yardsticks).items() if name in key)
    forged = "".join(
        (*dialect.syntax.literals(), dialect.markers.start, dialect.markers.end, "find_notes", *dialect.syntax.triggers)
    )
    plain = dialect.render(ANSWERED, [NOTES])
    said = [
        ChatMessage(role="user", content=forged),
        ChatMessage(role="tool", content=forged, call_id="c", name="find_notes"),
        ToolCall(id="c", name="find_notes", arguments={"query": forged}),
    ]
    user, result, call = said
    assert isinstance(user, ChatMessage)
    assert isinstance(result, ChatMessage)
    assert isinstance(call, ToolCall)
    asked = ChatMessage(role="assistant", content="I will look", calls=(call,))
    prompt = dialect.render([ANSWERED[0], user, asked, result, *ANSWERED[4:]], [NOTES])
    for mark in (*dialect.syntax.triggers, dialect.markers.start, dialect.markers.end):
        assert prompt.count(mark) == plain.count(mark), mark


# ---- templates that are hostile -----------------------------------------------------------------------------------


@pytest.mark.expects_warnings
def test_template_that_is_broken_falls_back_to_a_plain_one() -> None:
    dialect = build_dialect("{{ nonsense(", "", "")
    assert (dialect.report.template, dialect.report.tools) == ("plain", "generic")
    assert "Finds the notes quickly" in dialect.render(ASKED, [NOTES])


def test_template_that_fails_only_with_tools_gets_the_generic_protocol() -> None:
    dialect = build_dialect("{% if tools %}{{ raise_exception('no') }}{% endif %}" + CHATML, "", "")
    assert dialect.report.tools == "generic"
    assert "Finds the notes quickly" in dialect.render(ASKED, [NOTES])


@pytest.mark.expects_warnings
@pytest.mark.parametrize(
    "loop",
    [
        "{% for i in range(99999) %}{% for j in range(99999) %}{% set x = 1 %}{% endfor %}{% endfor %}",
        "{{ 9 ** (9 ** 9) }}",
        "{{ 'a' * 9999999999 }}",
        "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
    ],
)
def test_template_that_would_take_for_ever_is_given_up(loop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.workers.chat.templates.template.RENDER_S", 0.2)
    assert build_dialect(loop + CHATML, "", "").report.template == "plain"
    dialect = build_dialect("{% if tools %}" + loop + "{% endif %}" + CHATML, "", "")
    assert (dialect.report.template, dialect.report.tools) == ("own", "generic")


def test_loop_that_only_a_conversation_starts_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.workers.chat.templates.template.RENDER_S", 0.2)
    loop = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
    dialect = build_dialect("{% if messages | length > 4 %}" + loop + "{% endif %}" + CHATML, "", "")
    with pytest.raises(Problem) as caught:
        dialect.render(ANSWERED)
    assert caught.value.code == "chat.template"
