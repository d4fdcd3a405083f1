"""Foreign text: what steers, reorders or hides becomes visible, what scripts and emoji need stays."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.base.foreign_text import MARK, ForeignStream, harmless, harmless_json, harmless_line

DECEIVING = [
    *range(0x09), 0x0B, 0x0C, 0x0D, 0x1B, 0x7F, 0x85, 0x9B, 0x61C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029,
    *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0xFFF9, 0xFFFE, 0xDC80, 0x3164, 0xE0001, 0xE0041, 0xE0100,
]  # fmt: skip


@pytest.mark.parametrize("code", DECEIVING)
def test_what_steers_reorders_or_hides_becomes_a_mark(code: int) -> None:
    assert harmless(f"Invoice {chr(code)}fdp") == f"Invoice {MARK}fdp"
    assert harmless(f"in{chr(code)}voice") == f"in{MARK}voice"
    assert harmless(chr(code)) == MARK


WELL_WRITTEN = {
    "Persian": "می‌خواهم کتاب‌ها را",
    "Hindi": "क्‍ष नमस्ते र्‍य",
    "Sinhala": "ශ්‍රී ලංකාව",
    "Malayalam": "നന്‍മ",
    "Bengali": "র‍্যাব",
    "Hebrew": "שלום.pdf",
    "Chinese": "合同 2027.pdf",
    "ideographic variation": "葛\U000e0100城",
    "family": "👨‍👩‍👧‍👦",
    "rainbow": "🏳️‍🌈",
    "skin": "👩🏽‍🚀",
    "keycap": "1️⃣ ❤️ ©️",
    "England": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f!",
    "accents": "Müller é\u0301 ǫ́",
    "soft hyphen": "Donau\u00addampf",
    "Windows lines": "one\r\ntwo\tthree\n",
    "plain": "Invoice 27 (final).pdf",
}


@pytest.mark.parametrize("name", WELL_WRITTEN)
def test_what_scripts_and_emoji_need_stays(name: str) -> None:
    assert harmless(WELL_WRITTEN[name]) == WELL_WRITTEN[name]


@pytest.mark.parametrize("joined", ["a\u200db", "a\u200cb", "🙂\u200d\u200d🙂", "\u200dم", "a\ufe0fb", "م\u200d.pdf"])
def test_the_same_marks_elsewhere_are_no_spelling(joined: str) -> None:
    assert MARK in harmless(joined)


@given(st.text())
def test_length_stays_and_once_is_enough(text: str) -> None:
    once = harmless(text)
    assert len(once) == len(text)
    assert harmless(once) == once


def test_no_control_no_reordering_and_nothing_unseen_passes_anywhere_in_unicode() -> None:
    shown = harmless("".join(f"a{chr(code)}b" for code in range(0x110000)))
    passed = {chr(code) for code, letter in enumerate(shown[1::3]) if ord(letter) == code}
    strange = {letter for letter in passed if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp")}
    assert strange == {"\t", "\n"}
    unseen = {letter for letter in passed if unicodedata.category(letter) == "Cf"}
    # Signs of Arabic, Kaithi, Egyptian and shorthand writing that are drawn around or before others, and soft hyphens.
    assert {hex(ord(letter)) for letter in unseen} <= {
        "0xad", "0x600", "0x601", "0x602", "0x603", "0x604", "0x605", "0x6dd", "0x70f", "0x890", "0x891", "0x8e2",
        "0x110bd", "0x110cd", *(hex(code) for code in range(0x13430, 0x13440)),
    }  # fmt: skip
    assert not [letter for letter in passed if unicodedata.bidirectional(letter) in ("LRE", "RLE", "PDF", "RLO", "LRO")]


def test_a_line_stays_one_line() -> None:
    assert harmless_line("two\r\nlines\nand\ta tab") == f"two{MARK}{MARK}lines{MARK}and{MARK}a tab"


def test_json_keeps_its_value_and_steers_nothing() -> None:
    value = {"n\u202e": "a\u009b31m\u2028 \ufeff \U000e0041 \x7f می‌خواهم 👩🏽‍🚀"}
    document = harmless_json(json.dumps(value, ensure_ascii=False))
    assert json.loads(document) == value
    assert harmless(document) == document
    assert "می‌خواهم 👩🏽‍🚀" in document


@given(st.lists(st.text(alphabet="a🙂\u200d\u200cمक्\u202e\r\n\ufe0f❤\U0001f3f4\U000e0067\U000e007f", max_size=4)))
def test_pieces_of_a_stream_come_to_what_the_whole_is(pieces: list[str]) -> None:
    stream = ForeignStream()
    shown = "".join(map(stream.feed, pieces)) + stream.end()
    whole = "".join(pieces)
    assert len(shown) == len(whole)
    assert shown == harmless(whole)


def test_every_naughty_string_is_harmless(yardsticks: Path) -> None:
    lines = json.loads((yardsticks / "agent" / "naughty_strings" / "blns.json").read_text(encoding="utf-8"))
    assert len(lines) > 400
    for line in lines:
        shown = harmless(line)
        assert len(shown) == len(line)
        assert all(letter in "\t\n" or unicodedata.category(letter) not in ("Cc", "Zl", "Zp") for letter in shown)
