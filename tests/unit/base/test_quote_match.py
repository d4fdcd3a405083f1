"""Finding quotes in texts that were extracted otherwise."""

from __future__ import annotations

from app.base.quote_match import find

TEXT = "The office was con-\nfirmed by the ﬁnal vote of the council in May, and nobody spoke against it at all."


def test_quote_with_other_spaces_hyphens_and_ligatures_is_exact() -> None:
    match = find("was confirmed by   the final vote", TEXT)
    assert match.kind == "exact"
    ((start, end),) = match.spans
    assert TEXT[start:end] == "was con-\nfirmed by the ﬁnal vote"


def test_quote_of_which_most_is_there_is_close() -> None:
    match = find("the office was confirmed by the XXXX vote of the council in May", TEXT)
    assert match.kind == "close"
    assert len(match.spans) == 2


def test_quote_in_another_order_is_close() -> None:
    assert find("nobody spoke against it at all. The office was confirmed", TEXT).kind == "close"


def test_quote_that_is_not_there_is_none() -> None:
    assert find("An entirely different sentence about the weather in June", TEXT).kind == "none"
    assert find("…", TEXT).kind == "none"


def test_quote_in_a_script_without_spaces() -> None:
    assert find("日本語の", "これは日本語の文章です。").spans == ((3, 7),)
