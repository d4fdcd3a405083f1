"""How text becomes words on both sides of the full-text index."""

from __future__ import annotations

from app.store.full_text import MAX_TERMS, query_terms, searchable


def test_stop_words_go_unless_there_is_nothing_else() -> None:
    assert query_terms("What is the lease?") == ['"lease"']
    assert query_terms("to be or not to be") == ['"to"', '"be"', '"or"', '"not"']


def test_scripts_without_spaces_become_pairs() -> None:
    assert query_terms("東京都") == ['"東 京"', '"京 都"']
    assert "東 京 都" in searchable("東京都に")


def test_camel_case_names_are_found_by_their_parts() -> None:
    assert searchable("parseHttpRequest()").endswith("parse Http Request")
    assert query_terms("getUserName") == ['"getusername"', '"get"', '"user"', '"name"']


def test_quotes_and_operators_cannot_reach_the_query_language() -> None:
    assert query_terms('foo" OR body: NEAR(x) *') == ['"foo"', '"body"', '"near"', '"x"']
    assert query_terms('""') == []


def test_number_of_terms_is_bounded() -> None:
    assert len(query_terms(" ".join(f"w{n}" for n in range(1000)))) == MAX_TERMS
