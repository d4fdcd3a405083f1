"""What a pattern finds in every language, and what it may never cost."""

from __future__ import annotations

import itertools
import time

import pytest

from app.language.text_match import PatternRefused, SearchTimedOut, TextPattern


def found(pattern: str, text: str) -> list[str]:
    return [text[start:end] for start, end in TextPattern(pattern, regular=True).lines(text)]


@pytest.mark.parametrize(
    ("pattern", "text", "held"),
    [
        (r"\bÜbung\b", "Die Übung", True),
        (r"\bbung\b", "Die Übung", False),
        (r"\bll", "Müll", False),
        (r"ü\b", "Müll", False),
        (r"\bMüll\b", "Müll", True),
        (r"(\bfoo|bar\b)", "(foo)", True),
        (r"\bfoo\b.*\bbar\b", "foo bar", True),
        (r"\w+straße", "Hauptstraße", True),
        (r"^\w+$", "Größe", True),
        (r"^[\w-]+$", "Größe-Maß", True),
        (r"\W", "Größe", False),
        (r"\d+", "٣٤", True),
        (r"a\sb", "a\u00a0b", True),
        (r"\Q\w\E", "Größe", False),
        (r"\Q\w\E", r"the \w of it", True),
        (r"\p{Greek}", "α", True),
        (r"[]x]y", "]y", True),
        (r"\\w", r"a \w", True),
        (r"\\w", "aw", False),
        ("straße", "STRASSE", False),
        ("ÄRGER", "ärger", True),
    ],
)
def test_classes_and_edges_are_those_of_every_language(pattern: str, text: str, *, held: bool) -> None:
    assert bool(found(pattern, text)) is held


@pytest.mark.parametrize(
    "pattern",
    ["(", "a)|(b", r"\C", r"\Bx", r"[\W]", "x{0,2000}", "(?:a{0,99}){0,99}", "\ud800", "(?=a)", r"(a)\1", "["],
)
def test_what_cannot_be_looked_for_is_refused_with_a_reason(pattern: str) -> None:
    with pytest.raises(PatternRefused) as refused:
        TextPattern(pattern, regular=True)
    assert refused.value.reason


def test_letters_that_no_text_holds_are_refused_as_exact_words_too() -> None:
    with pytest.raises(PatternRefused):
        TextPattern("caf\udce9")


def test_stretches_never_overlap_where_matches_hold_line_ends() -> None:
    text = "a\nb\na\nb\nc\n"
    stretches = list(TextPattern(r"a\nb", regular=True).lines(text))
    assert [text[start:end] for start, end in stretches] == ["a\nb", "a\nb"]
    overlapping = list(TextPattern(r"one|two\n", regular=True).lines("two\none two\n"))
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(overlapping))


def test_an_edge_of_a_word_takes_no_other_line() -> None:
    assert found(r"\bfoo\b", "before\nfoo\nafter") == ["foo"]


@pytest.mark.parametrize("at", [0, 16380, 16384, 16390, 40000])
def test_nothing_is_lost_where_a_long_text_is_cut(at: int) -> None:
    text = "x " * (at // 2) + "the needle\nand thread " + "y " * 10_000
    spans = list(TextPattern(r"needle\nand thread", regular=True).lines(text))
    assert len(spans) == 1
    assert "needle\nand thread" in text[spans[0][0] : spans[0][1]]
    assert len(found(r"^the needle|^and", "\n".join(["-" * 300] * (at // 300)) + "\nthe needle")) == 1


def test_end_of_a_slice_is_no_end_of_a_line() -> None:
    text = "a" * 200_000 + "!\nb"
    assert found(r"(a+)+$", text) == []
    assert found(r"a\b", "a" * 18_432 + "b" * 50_000) == []
    assert found(r"a!$", text) != []
    assert len(found("a+", text)) == 1
    assert found(r"b\z", text) == ["b"]


@pytest.mark.parametrize("pattern", [r"(?:.{0,50}a){10}q", "x*", r"\b", "[^q]"])
def test_the_time_that_is_given_holds(pattern: str) -> None:
    text = "abxy z" * 2_000_000
    began = time.monotonic()
    with pytest.raises(SearchTimedOut):
        list(TextPattern(pattern, regular=True).lines(text, began + 0.1))
    assert time.monotonic() - began < 3
