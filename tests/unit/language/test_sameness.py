"""Questions that ask the same, and such as differ in one word."""

from __future__ import annotations

import pytest

from app.language.question.sameness import same_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("When does the lease end?", "when does the lease end"),
        ("When does the lease end?", "Can you tell me when the lease ends?"),
        ("When does the lease end?", "Please tell me: when does my lease end? Thanks!"),
        ("When does the lease end?", "  When   does the lease\nend ?"),
        ("What is the notice period?", "What's the period of notice?"),
        ("What’s Anna's doctor?", "what is anna's doctor"),
        ("Which invoice is unpaid?", "What invoices are unpaid?"),
        ("What was paid on 31 March 2027?", "What was paid on 2027-03-31?"),
        ("Who was paid 1,234.50 euros?", "Who was paid 1234.5 euros?"),
        ("Wann endet der Mietvertrag?", "Sag mir bitte, wann der Mietvertrag endet"),
        ("Wie hoch ist die Miete?", "Weißt du, wie hoch die Miete ist?"),
        ("Quel est le loyer ?", "Pouvez-vous me dire quel est le loyer ?"),
        ("¿Cuál es el alquiler?", "por favor, cuál es mi alquiler"),
        ("Qual è l'affitto?", "Puoi dirmi qual è l'affitto?"),
        ("家賃はいくらですか", "家賃はいくらですか?"),
    ],
)
def test_same_question_in_other_words_around_it_has_the_same_key(one: str, other: str) -> None:
    assert same_key(one)
    assert same_key(one) == same_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What did we pay in 2024?", "What did we pay in 2025?"),
        ("Where does Anna live?", "Where does Anne live?"),
        ("Can I keep a dog?", "Can't I keep a dog?"),
        ("Can I keep a dog?", "Can I not keep a dog?"),
        ("Can tenants keep dogs?", "Cannot tenants keep dogs?"),
        ("Is smoking allowed?", "Is smoking forbidden?"),
        ("Who bought the house?", "Who sold the house?"),
        ("When does the lease end?", "When does the lease start?"),
        ("Who paid Anna?", "Whom did Anna pay?"),
        ("Who does Anna pay?", "Who pays Anna?"),
        ("What does the dog bite?", "What bites the dog?"),
        ("How much went from savings to checking?", "How much went from checking to savings?"),
        ("Who is the president?", "Who was the president?"),
        ("Is it legal in C?", "Is it legal in C++?"),
        ("What is the rent per month?", "What is the rent per year?"),
        ("What is due before 1 May?", "What is due after 1 May?"),
        ("What is AB-1234/5?", "What is AB-1234/6?"),
        ("What changed in v2.10?", "What changed in v2.1?"),
        ("What costs 100 euros?", "What costs 100 dollars?"),
        ("What costs 1.5 euros?", "What costs 15 euros?"),
        ("What was it at -5 degrees?", "What was it at 5 degrees?"),
        ("Must I pay?", "May I pay?"),
        ("Darf ich rauchen?", "Darf ich nicht rauchen?"),
        ("Wer bezahlt Anna?", "Wen bezahlt Anna?"),
        ("Qui a payé Anna ?", "Anna a payé qui ?"),
    ],
)
def test_one_word_that_tells_makes_another_question(one: str, other: str) -> None:
    assert same_key(one)
    assert same_key(one) != same_key(other)


@pytest.mark.parametrize("question", ["", "?", "the", "word " * 100])
def test_what_says_nothing_or_very_much_is_the_same_as_nothing(question: str) -> None:
    assert same_key(question) == ""
