from __future__ import annotations

from typing import Any, SupportsIndex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.assistant.sentences import LONGEST, spans


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("It cost 3.5 million, says Dr. Smith, e.g. in Fig. 2. Then more.",
         ["It cost 3.5 million, says Dr. Smith, e.g. in Fig. 2.", "Then more."]),
        ("J. R. Smith wrote it. “Really?” he asked.", ["J. R. Smith wrote it.", "“Really?”", "he asked."]),
        ("A line that is broken\nin the middle goes on.", ["A line that is broken\nin the middle goes on."]),
        ("# A heading\nThe text begins.", ["# A heading", "The text begins."]),
        ("- first one\n- second one\n  goes on\n1. third", ["- first one", "- second one\n  goes on", "1. third"]),
        ("Name: Anna Berg\nCity: Oslo", ["Name: Anna Berg", "City: Oslo"]),
        ("第一句。第二句！「第三句。」第四", ["第一句。", "第二句！", "「第三句。」", "第四"]),
        ("One paragraph\n\nAnother\r\n", ["One paragraph", "Another"]),
        ("def f(x):\n    y = x + 1\n    return y", ["def f(x):\n    y = x + 1\n    return y"]),
        ("", []),
        (" \n\t\n ", []),
    ],
)  # fmt: skip
def test_text_is_cut_where_its_sentences_end(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_long_sentence_is_cut_at_a_clause() -> None:
    pieces = sentences("word " * 60 + "end, " + "more " * 60 + "end.")
    assert all(len(piece) <= LONGEST for piece in pieces)
    assert pieces[0].endswith("end,")


def test_text_without_spaces_is_cut_too() -> None:
    assert [len(piece) for piece in sentences("x" * 1000)] == [400, 400, 200]


class Counted(str):
    """A text that counts the signs copied out of it."""

    copied = 0

    def __getitem__(self, key: SupportsIndex | slice[Any, Any, Any]) -> str:
        piece = super().__getitem__(key)
        self.copied += len(piece)
        return piece


@pytest.mark.parametrize("piece", ["One. ", "a…", "Dr. x ", "。", "A.\n", "- a\n", "x = 1;\n", "! \t"])
def test_long_text_is_copied_a_few_times_not_once_a_sentence(piece: str) -> None:
    text = Counted(piece * 4000)
    assert spans(text)
    assert text.copied < 40 * len(text)


@given(st.text(alphabet='aB1 .!?\n\t#-。;:(){}[]"', max_size=1500))
def test_sentences_are_in_order_and_leave_out_only_white_space(text: str) -> None:
    at = 0
    for start, end in spans(text):
        assert at <= start < end <= start + LONGEST
        assert not text[at:start].strip()
        assert text[start:end] == text[start:end].strip()
        at = end
    assert not text[at:].strip()
