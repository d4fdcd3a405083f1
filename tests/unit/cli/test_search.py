"""Quotes of hits: which words stand out, and what is left out of long ones."""

from __future__ import annotations

import re

import pytest

from app.base.preview import WHOLE
from app.base.values import ChunkId, Correction, Coverage, Filter, Hit, SearchResult
from app.cli.output import Output
from app.cli.search import alike_line, excerpt, lead_of, marked, words_to_mark


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("lease end", "The leases ended; the end of a releases list.", ["leases", "end"]),
        ("TAX", "Tax and taxes and syntax", ["Tax"]),
        ("a b", "a b c", ["a", "b"]),
        ("C++ [1]", "C++ [1]", ["C++"]),
        ("größe", "Die Größen und Groesse", ["Größen", "Groesse"]),
        ("where is the key", "The key is where the cat is", ["key"]),
        ("who is the", "The cat is", ["The", "is"]),
        ("Mueller", "Bei Müller und MULLER", ["Müller", "MULLER"]),
        ("AB-1234/5", "part AB 1234 5", ["AB", "1234"]),
        ("東京", "私は東京都に住む", ["東京"]),
        ("", "anything", []),
    ],
)
def test_words_of_the_query_stand_out(query: str, text: str, found: list[str]) -> None:
    line = marked(text, words_to_mark(query), lambda word: f"<{word}>")
    assert re.findall("<(.*?)>", line) == found
    assert line.replace("<", "").replace(">", "") == text


def test_word_that_was_looked_for_in_the_place_of_another_stands_out() -> None:
    assert marked("a contract", words_to_mark("contarct", ["contract"]), str.upper) == "a CONTRACT"


def test_short_quote_stays_whole() -> None:
    assert excerpt("one two three", words_to_mark("three"), 13) == "one two three"


def test_long_quote_is_cut_around_its_first_match() -> None:
    text = " ".join(f"word{n}" for n in range(200)) + " lease " + " ".join(f"tail{n}" for n in range(200))
    cut = excerpt(text, words_to_mark("lease"), 120)
    assert " lease " in cut
    assert cut.startswith("…word")
    assert cut.endswith("…")
    assert len(cut) <= 122


def test_quote_without_a_match_is_cut_from_its_begin() -> None:
    assert excerpt("alpha beta " * 50, words_to_mark("zzz"), 20) == "alpha beta alpha…"


def test_quote_without_spaces_is_cut_all_the_same() -> None:
    assert excerpt("x" * 500, words_to_mark("y"), 100) == "x" * 100 + "…"


def result(*hits: Hit, **more: object) -> SearchResult:
    """A result with these hits."""
    return SearchResult(query="q", took_ms=1.0, hits=hits, coverage=Coverage(), **more)  # type: ignore[arg-type]


def hit(*alike: str) -> Hit:
    """A hit with these alike."""
    return Hit(path="/d/a.md", place=WHOLE, quote="x", score=1.0, chunk_id=ChunkId(1), alike=alike)


def test_limits_that_held_are_named_with_how_to_be_rid_of_those_that_were_not_typed() -> None:
    filters = (
        Filter(kind="type", value="pdf", label="only PDF files", start=0, end=8, typed=True),
        Filter(kind="folder", value="/d/My Flat", label="in My Flat", start=9, end=16),
        Filter(kind="after", value="2024-03-01", label="since 1 March 2024", start=17, end=30),
    )
    assert lead_of(result(hit(), filters=filters)) == [
        "Only PDF files · in My Flat · since 1 March 2024"
        " — leave out with --without 'folder:/d/My Flat' --without after:2024-03-01"
    ]


def test_what_was_not_done_as_asked_is_said_above_the_hits() -> None:
    lead = lead_of(
        result(hit(), certain=False, notes=("“zither” stands in no file.",),
               corrections=(Correction(word="Kastanienale", meant="Kastanienallee"),))
    )  # fmt: skip
    assert lead == [
        "“Kastanienale” stands in no file; “Kastanienallee” was looked for.",
        "“zither” stands in no file.",
        "Nothing certain; the nearest is:",
    ]
    assert lead_of(result(hit())) == []
    assert lead_of(result(certain=False)) == []


def test_files_that_say_the_same_are_counted_and_some_named() -> None:
    output = Output(json=False)
    assert alike_line(hit("/d/b.md"), output) == "    1 more file says the same: b.md"
    many = alike_line(hit(*(f"/d/{n}.md" for n in range(12))), output)
    assert many == "    12 more files say the same: 0.md, 1.md, 2.md and 9 more"
