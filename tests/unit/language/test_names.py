"""Names, identifiers, quoted words and denials are found where they stand."""

from __future__ import annotations

import pytest

from app.language.facts.names import identifiers, names, quoted
from app.language.facts.polarity import clauses, turned


def test_names_are_words_in_capitals_that_no_sentence_begins_with_by_chance() -> None:
    found = names("The flat belongs to Ottilie Brandner's aunt. She lives in Bath.", common={"the", "she"})
    assert [one.text for one in found] == ["Ottilie", "Brandner", "Bath"]


def test_name_that_begins_a_sentence_is_one() -> None:
    assert [one.text for one in names("Newton fumbled.", common={"the"})] == ["Newton"]


def test_nouns_of_a_language_that_capitalises_them_are_no_names() -> None:
    found = names("der Vertrag mit Karin Ohl über die Wohnung", capitals=True)
    assert [one.text for one in found] == ["Karin", "Ohl"]


def test_identifiers_hold_letters_and_figures() -> None:
    assert [one.text for one in identifiers("AB-1234/5, v2.10 and Q3, not 12 or word")] == ["AB-1234/5", "v2.10", "Q3"]


def test_quoted_words_are_those_between_marks() -> None:
    assert [one.text for one in quoted("He said “I will pay” and 'no', „nie und nimmer“.")] == [
        "I will pay", "nie und nimmer"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "denied"),
    [
        ("Cats are allowed, dogs are not.", [False, True]),
        ("It isn't far.", [True]),
        ("Not without her.", [False]),
        ("Haustiere sind nicht erlaubt", [True]),
        ("1,234 are free", [False]),
        ("Il n'y a pas de jardin", [True]),
        ("这里没有狗", [True]),
    ],
)
def test_clauses_say_whether_they_deny(sentence: str, denied: list[bool]) -> None:
    assert [clause.denied for clause in clauses(sentence)] == denied


def test_opposite_in_a_words_place_is_told() -> None:
    assert turned("Dogs are allowed", "Dogs are forbidden here") == "allowed"
    assert turned("Dogs are allowed", "Dogs are allowed, cats are forbidden") == ""
    assert turned("Rent was increased", "Rent was decreased") == "increased"
