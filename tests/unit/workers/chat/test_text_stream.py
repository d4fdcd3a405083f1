"""Whole characters, reasoning apart, nothing of a stop string."""

from __future__ import annotations

import pytest

from app.workers.chat.syntax import Markers
from app.workers.chat.text_stream import TextStream, reasoning_markers

THINK = Markers("<think>", "</think>")


def _sorted(stream: TextStream, data: bytes, size: int = 1) -> tuple[str, str]:
    """(reasoning, text) of bytes that come `size` at a time."""
    parts = [stream.feed(data[at : at + size]) for at in range(0, len(data), size)]
    shown = [one for part in [*parts, stream.finish()] for one in part]
    assert all(text for _, text in shown)
    return tuple("".join(text for channel, text in shown if channel == name) for name in ("reasoning", "text"))  # type: ignore[return-value]  # a tuple of two


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_characters_come_whole(size: int) -> None:
    text = "naïve 日本語 🎉👩‍🚀 ok"
    stream = TextStream(THINK)
    for at in range(0, len(text.encode()), size):
        assert all("\ufffd" not in shown for _, shown in stream.feed(text.encode()[at : at + size]))
    assert _sorted(TextStream(THINK), text.encode(), size) == ("", text)


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_reasoning_at_the_beginning_is_no_answer(size: int) -> None:
    data = b"\n<think>Let me see: a < b.</think>\n\nIt is b."
    assert _sorted(TextStream(THINK), data, size) == ("Let me see: a < b.", "It is b.")


def test_reasoning_that_the_prompt_began_needs_no_opening() -> None:
    assert THINK.opened_by("<|assistant|>\n<think>\n")
    assert not THINK.opened_by("<|assistant|>\n<think>\n\n</think>\n\n")
    assert _sorted(TextStream(THINK, reasoning=True), b"Hm.</think>Yes.") == ("Hm.", "Yes.")


def test_reasoning_that_never_ends_is_no_answer() -> None:
    assert _sorted(TextStream(THINK), b"<think>On and on") == ("On and on", "")


def test_closing_alone_is_dropped() -> None:
    assert _sorted(TextStream(THINK), b"</think>Yes.") == ("", "Yes.")


def test_marks_within_an_answer_stay() -> None:
    text = "Write <think> and </think> around it."
    assert _sorted(TextStream(THINK), text.encode()) == ("", text)


def test_text_that_only_begins_like_a_marker_is_shown() -> None:
    assert _sorted(TextStream(THINK), b"<thin ice>") == ("", "<thin ice>")
    assert _sorted(TextStream(THINK), b"<th") == ("", "<th")


def test_harmony_channels_are_reasoning_and_answer() -> None:
    markers = reasoning_markers("… <|channel|>analysis<|message|> … <|channel|>final<|message|> …")
    both = b"<|channel|>analysis<|message|>We think.<|start|>assistant<|channel|>final<|message|>Four."
    assert _sorted(TextStream(markers), both) == ("We think.<|start|>assistant", "Four.")
    assert _sorted(TextStream(markers), b"<|channel|>final<|message|>Four.") == ("", "Four.")


def test_answer_ends_before_a_stop_string() -> None:
    stream = TextStream(THINK, stops=("\nUser:", "###"))
    assert _sorted(stream, b"One.\nUs two.\nUser: more ###") == ("", "One.\nUs two.")
    assert stream.ended


def test_beginning_of_a_stop_string_is_held_back_until_it_is_none() -> None:
    stream = TextStream(THINK, stops=("\nUser:",))
    assert stream.feed(b"Yes\nUse") == [("text", "Yes")]
    assert stream.feed(b"d") == [("text", "\nUsed")]
    assert stream.feed(b"\nU") == []
    assert stream.finish() == [("text", "\nU")]


def test_half_a_character_at_the_end_is_dropped() -> None:
    assert _sorted(TextStream(THINK), "ok é".encode()[:-1]) == ("", "ok ")


def test_bytes_that_are_no_text_are_marked() -> None:
    assert _sorted(TextStream(THINK), b"a\xff\xfeb") == ("", "a\ufffd\ufffdb")
