"""Whole characters, reasoning and calls apart from the answer, nothing of a stop string, however the bytes come."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.base.chat import ToolSpec
from app.workers.chat.tool_calls.output import HarmonyParser, MarkedParser, OutputParser
from app.workers.chat.tool_calls.syntax import GENERIC, CallSyntax, Markers, Slot

THINK = Markers("<think>", "</think>")
SEARCH = ToolSpec(
    name="search",
    description="Search the notes",
    parameters={
        "type": "object",
        "properties": {"query": {"type": "string"}, "limit": {"type": "integer", "maximum": 9}},
        "required": ["query"],
        "additionalProperties": False,
    },
)
LIST = ToolSpec(name="list", description="List all", parameters={"type": "object", "properties": {}})
TOOLS = (SEARCH, LIST)
CALL = '<tool_call>\n{"name": "search", "arguments": {"query": "blue ink"}}\n</tool_call>'


def _parser(*, reasoning: bool = False, stops: tuple[str, ...] = (), syntax: CallSyntax = GENERIC) -> MarkedParser:
    return MarkedParser(syntax, THINK, TOOLS, reasoning=reasoning, stops=stops)


def _sorted(parser: OutputParser, data: bytes, size: int = 1) -> tuple[str, str]:
    """(reasoning, text) of bytes that come `size` at a time."""
    parts = [parser.feed(data[at : at + size]) for at in range(0, len(data), size)]
    shown = [one for part in [*parts, parser.finish()] for one in part]
    assert all(text for _, text in shown)
    reasoning, text = ("".join(text for channel, text in shown if channel == name) for name in ("reasoning", "text"))
    return reasoning, text


def _called(parser: OutputParser) -> list[tuple[str, dict[str, object]]]:
    return [(call.name, call.arguments) for call in parser.calls]


# ---- text and reasoning -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_characters_come_whole(size: int) -> None:
    text = "naïve 日本語 🎉👩‍🚀 ok"
    parser = _parser()
    for at in range(0, len(text.encode()), size):
        assert all("\ufffd" not in shown for _, shown in parser.feed(text.encode()[at : at + size]))
    assert _sorted(_parser(), text.encode(), size) == ("", text)


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_reasoning_at_the_beginning_is_no_answer(size: int) -> None:
    data = b"\n<think>Let me see: a < b.</think>\n\nIt is b."
    assert _sorted(_parser(), data, size) == ("Let me see: a < b.", "It is b.")


def test_reasoning_that_the_prompt_began_needs_no_opening() -> None:
    assert THINK.opened_by("<|assistant|>\n<think>\n")
    assert not THINK.opened_by("<|assistant|>\n<think>\n\n</think>\n\n")
    assert _sorted(_parser(reasoning=True), b"Hm.</think>Yes.") == ("Hm.", "Yes.")


def test_reasoning_that_never_ends_is_no_answer() -> None:
    assert _sorted(_parser(), b"<think>On and on") == ("On and on", "")


def test_closing_alone_is_dropped() -> None:
    assert _sorted(_parser(), b"</think>Yes.") == ("", "Yes.")


def test_marks_within_an_answer_stay() -> None:
    text = "Write <think> and </think> around it."
    assert _sorted(_parser(), text.encode()) == ("", text)


@pytest.mark.parametrize("text", ["<thin ice>", "<th", "a <tool> and <tool_cal", "1 < 2"])
def test_text_that_only_begins_like_a_marker_is_shown(text: str) -> None:
    assert _sorted(_parser(), text.encode()) == ("", text)


def test_answer_ends_before_a_stop_string() -> None:
    parser = _parser(stops=("\nUser:", "###"))
    assert _sorted(parser, b"One.\nUs two.\nUser: more ###") == ("", "One.\nUs two.")
    assert parser.ended


def test_beginning_of_a_stop_string_is_held_back_until_it_is_none() -> None:
    parser = _parser(stops=("\nUser:",))
    assert parser.feed(b"Yes\nUse") == [("text", "Yes")]
    assert parser.feed(b"d") == [("text", "\nUsed")]
    assert parser.feed(b"\nU") == []
    assert parser.finish() == [("text", "\nU")]


def test_half_a_character_at_the_end_is_dropped() -> None:
    assert _sorted(_parser(), "ok é".encode()[:-1]) == ("", "ok ")


def test_bytes_that_are_no_text_are_marked() -> None:
    assert _sorted(_parser(), b"a\xff\xfeb") == ("", "a\ufffd\ufffdb")


# ---- calls --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_call_is_no_text(size: int) -> None:
    parser = _parser()
    assert _sorted(parser, f"I look.\n{CALL}".encode(), size) == ("", "I look.\n")
    assert _called(parser) == [("search", {"query": "blue ink"})]
    assert len(parser.calls[0].id) == 9


def test_calls_may_follow_each_other_and_text_after_them_ends_the_turn() -> None:
    parser = _parser()
    second = '<tool_call>{"name":"list","arguments":{}}</tool_call>'
    assert _sorted(parser, f"{CALL}\n{second}\nNow I wait.".encode()) == ("", "")
    assert _called(parser) == [("search", {"query": "blue ink"}), ("list", {})]
    assert parser.ended


def test_no_more_than_eight_calls_are_taken() -> None:
    parser = _parser()
    _sorted(parser, (CALL * 12).encode())
    assert len(parser.calls) == 8
    assert parser.ended


def test_call_within_reasoning_is_none() -> None:
    parser = _parser()
    assert _sorted(parser, f"<think>Perhaps {CALL}</think>No.".encode()) == (f"Perhaps {CALL}", "No.")
    assert not parser.calls


@pytest.mark.parametrize("at", range(1, len(CALL) - len("\n</tool_call>"), 7))
def test_call_that_was_cut_off_is_dropped_and_named(at: int) -> None:
    parser = _parser()
    assert _sorted(parser, f"So: {CALL[:at]}".encode())[1] in ("So: ", f"So: {CALL[:at]}")
    assert not parser.calls
    if at > CALL.index("search") + len("search"):
        assert parser.cut_call == "search"


def test_whole_call_before_one_that_was_cut_off_stands() -> None:
    parser = _parser()
    _sorted(parser, (CALL + "\n" + CALL[:40]).encode())
    assert len(parser.calls) == 1
    assert parser.cut_call == "search"


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ('{"name": "delete", "arguments": {}}', "There is no tool delete"),
        ('{"name": "search", "arguments": {}}', "'query' is a required property"),
        ('{"name": "search", "arguments": {"query": 3}}', "query: 3 is not of type 'string'"),
        ('{"name": "search", "arguments": {"query": "a", "limit": 99}}', "limit: 99 is greater than the maximum of 9"),
        ('{"name": "search", "arguments": {"query": "a", "more": 1}}', "'more' was unexpected"),
        ('{"name": "search", "arguments": ["a"]}', "must be an object"),
        ('{"name": "search", "arguments": {"query": "a" "b"}}', "not valid JSON"),
        ('{"arguments": {"query": "a"}}', "it names no tool"),
        ('{"name": "search", "arguments": {"query": "' + "x" * 2001 + '"}}', "longer than 2000 characters"),
        ('{"name": "search", "arguments": ' + '{"query":' * 80 + "1" + "}" * 81, "nested too deeply"),
    ],
)
def test_call_that_may_not_be_made_is_refused_with_its_reason(call: str, why: str) -> None:
    parser = _parser()
    assert _sorted(parser, f"<tool_call>{call}</tool_call>".encode(), 50) == ("", "")
    assert not parser.calls
    (reason,) = parser.refused
    assert why in reason


def test_own_keys_for_name_and_arguments_are_understood() -> None:
    parser = _parser()
    _sorted(parser, b'<tool_call>{"name": "search", "parameters": "{\\"query\\": \\"a\\"}"}</tool_call>')
    assert _called(parser) == [("search", {"query": "a"})]


def test_call_without_a_mark_can_only_begin_a_message() -> None:
    bare = CallSyntax(
        kind="json",
        call=('{"name": "', Slot.NAME, '", "parameters": ', Slot.ARGUMENTS, "}"),
        name_path=("name",),
        arguments_path=("parameters",),
    )
    call = '{ "name" :"search", "parameters": {"query": "a"}}'
    parser = _parser(syntax=bare)
    assert _sorted(parser, call.encode()) == ("", "")
    assert _called(parser) == [("search", {"query": "a"})]
    for text in (f"Write {call}", '{"a": 1} is JSON', "{", "{}"):
        parser = _parser(syntax=bare)
        assert _sorted(parser, text.encode()) == ("", text)
        assert not parser.calls


def test_text_that_begins_like_a_tag_of_calls_but_is_none_is_shown() -> None:
    tagged = CallSyntax(
        kind="tag_json",
        call=("<function=", Slot.NAME, ">", Slot.ARGUMENTS, "</function>"),
        triggers=("<function",),
        parallel=True,
    )
    parser = _parser(syntax=tagged)
    text = "A <functional> test. "
    call = '<function=search>{"query": "a"}</function>'
    assert _sorted(parser, (text + call).encode()) == ("", text)
    assert _called(parser) == [("search", {"query": "a"})]


# ---- harmony ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_harmony_channels_are_reasoning_and_answer(size: int) -> None:
    both = b"<|channel|>analysis<|message|>We think.<|end|><|start|>assistant<|channel|>final<|message|>Four.<|return|>"
    parser = HarmonyParser(TOOLS)
    assert _sorted(parser, both, size) == ("We think.", "Four.")
    assert parser.ended
    assert _sorted(HarmonyParser(), b"<|channel|>final<|message|>Four.", size) == ("", "Four.")


@pytest.mark.parametrize(
    "head",
    [
        "<|channel|>commentary to=functions.search <|constrain|>json<|message|>",
        " to=functions.search<|channel|>commentary json<|message|>",
        "<|channel|>analysis<|message|>Hm.<|end|>"
        "<|start|>assistant to=functions.search<|channel|>commentary<|message|>",
    ],
)
@pytest.mark.parametrize("end", ["<|call|>", ""])
def test_harmony_call_has_a_recipient(head: str, end: str) -> None:
    parser = HarmonyParser(TOOLS)
    assert _sorted(parser, f'{head}{{"query": "a"}}{end}'.encode())[1] == ""
    assert _called(parser) == [("search", {"query": "a"})]


def test_harmony_call_that_was_cut_off_is_dropped_and_named() -> None:
    for cut in ('<|message|>{"query": "a', "<|chan"):
        parser = HarmonyParser(TOOLS)
        _sorted(parser, f"<|channel|>commentary to=functions.search {cut}".encode())
        assert not parser.calls
        assert parser.cut_call == "search"


def test_model_that_does_not_keep_to_harmony_is_shown() -> None:
    assert _sorted(HarmonyParser(), b"Plain words.") == ("", "Plain words.")
    assert _sorted(HarmonyParser(), b"two words") == ("", "two words")


# ---- however the bytes come ---------------------------------------------------------------------------------------

PARSERS: dict[str, Callable[[], OutputParser]] = {"marked": _parser, "harmony": lambda: HarmonyParser(TOOLS)}
_WORDS = [
    "<think>", "</think>", "<tool_call>", "</tool_call>", CALL, "\n", " ", "text", "é🎉", "<", '{"name": "search"',
    "<|channel|>analysis<|message|>", "<|channel|>final<|message|>", "<|end|>", "<|start|>assistant",
    " to=functions.search<|message|>", '{"query": "a"}', "<|call|>", "<|return|>", '{"query": "',
]  # fmt: skip


@pytest.mark.parametrize("kind", list(PARSERS))
@given(
    data=st.lists(st.sampled_from(_WORDS) | st.text(max_size=4), max_size=12).map(
        lambda words: "".join(words).encode()
    ),
    cuts=st.lists(st.integers(1, 9), min_size=1, max_size=6),
)
@settings(max_examples=150, deadline=None)
def test_sorting_does_not_depend_on_how_the_bytes_come(kind: str, data: bytes, cuts: list[int]) -> None:
    whole, pieces = PARSERS[kind](), PARSERS[kind]()
    expected = _sorted(whole, data, max(len(data), 1))
    at, reasoning, text = 0, "", ""
    step = 0
    shown = []
    while at < len(data):
        shown += pieces.feed(data[at : at + cuts[step % len(cuts)]])
        at += cuts[step % len(cuts)]
        step += 1
    for channel, part in [*shown, *pieces.finish()]:
        reasoning, text = (reasoning + part, text) if channel == "reasoning" else (reasoning, text + part)
    assert (reasoning, text) == expected
    assert _called(pieces) == _called(whole)
    assert (pieces.refused, pieces.cut_call) == (whole.refused, whole.cut_call)
