"""Quotes of hits: which words stand out, and what is left out of long ones."""

from __future__ import annotations

import pytest

from app.cli.search import excerpt, matched_words


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("lease end", "The leases ended; the end of a releases list.", ["leases", "end"]),
        ("TAX", "Tax and taxes and syntax", ["Tax"]),
        ("a b", "a b c", []),
        ("C++ [1]", "C++ [1]", []),
        ("größe", "Die Größen und Größe", ["Größe", "Größe"]),
        ("東京", "私は東京都に住む", ["東京"]),
        ("", "anything", []),
    ],
)
def test_words_of_the_query_stand_out(query: str, text: str, found: list[str]) -> None:
    assert matched_words(query).findall(text) == found


def test_short_quote_stays_whole() -> None:
    assert excerpt("one two three", matched_words("three"), 13) == "one two three"


def test_long_quote_is_cut_around_its_first_match() -> None:
    text = " ".join(f"word{n}" for n in range(200)) + " lease " + " ".join(f"tail{n}" for n in range(200))
    cut = excerpt(text, matched_words("lease"), 120)
    assert " lease " in cut
    assert cut.startswith("…word")
    assert cut.endswith("…")
    assert len(cut) <= 122


def test_quote_without_a_match_is_cut_from_its_begin() -> None:
    assert excerpt("alpha beta " * 50, matched_words("zzz"), 20) == "alpha beta alpha…"


def test_quote_without_spaces_is_cut_all_the_same() -> None:
    assert excerpt("x" * 500, matched_words("y"), 100) == "x" * 100 + "…"
