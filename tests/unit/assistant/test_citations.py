from __future__ import annotations

import pytest

from app.assistant.citations import bind, check, coverage, sent
from app.assistant.quoting.quotes import cite, support
from app.base.values import FileShare
from tests.support.scripted_model import passage, sha256_of

LEASE = "The lease ends on 30 June 2027. The landlord is Greta Olsen."
GARDEN = "Tomatoes need sun. Water them in the morning."
PASSAGES = {1: passage("/lease.txt", LEASE), 2: passage("/garden.txt", GARDEN)}


def quotes(text: str) -> dict[int, str]:
    return {citation.n: citation.quote for citation in bind(text, PASSAGES)}


@pytest.mark.parametrize(
    "text",
    [
        "It ends on 30 June 2027 [1]. Water in the morning [2].",
        "It ends on 30 June 2027. [1] Water in the morning. [2]",
        "- It ends on 30 June 2027 [1]\n- Water in the morning [2]",
        "It ends on 30 June 2027 [1], but water in the morning [2].",
    ],
)
def test_each_number_quotes_what_supports_its_sentence(text: str) -> None:
    assert quotes(text) == {1: "The lease ends on 30 June 2027.", 2: "Water them in the morning."}


def test_only_numbers_in_the_answer_become_citations() -> None:
    assert quotes("No source.") == {}
    assert list(quotes("Sun is needed [2]. In code `a[1]`.")) == [2]


def test_passages_that_were_sent_quote_what_is_near_the_question() -> None:
    citations = sent("Who is the landlord?", PASSAGES)
    assert [citation.n for citation in citations] == [1, 2]
    assert citations[0].quote == "The landlord is Greta Olsen."


def test_citation_is_checked_against_the_file_as_it_is() -> None:
    citation = cite(1, support(PASSAGES[1], ["The lease ends in June."]))
    changed = "A new first line.\nThe lease ends on\n30 June  2027."

    def now(text: str | None) -> str:
        return check(citation, lambda _: None if text is None else (sha256_of(text), text)).checked

    assert now(LEASE) == "exact"
    assert now(changed) == "changed"
    assert now("The lease ends on 31 May 2029. It has been prolonged.") == "missing"
    assert now("") == "changed", "nothing but its hash may be known"
    assert now(None) == "missing"


def test_coverage_counts_every_character_once() -> None:
    text = "0123456789" * 10
    some = [
        passage("/a.txt", text[:40], file_chars=100),
        passage("/a.txt", text[20:60], start=20, file_chars=100),
        passage("/a.txt", text[90:], start=90, file_chars=100),
        passage("/b.txt", text[:50], file_chars=200),
    ]
    found = coverage(some, matching=9, waiting=3, by_meaning=True)
    assert found.files == (FileShare(path="/a.txt", share=0.7), FileShare(path="/b.txt", share=0.25))
    assert (found.read, found.matching, found.waiting, found.by_meaning) == (2, 9, 3, True)


def test_coverage_of_nothing_is_empty() -> None:
    assert coverage([], matching=0, waiting=0, by_meaning=False).files == ()
