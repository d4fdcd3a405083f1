"""What a question asks for, and whether a text has such a thing."""

from __future__ import annotations

import pytest

from app.assistant.quoting.cues import Sort, has_one, sort_of


@pytest.mark.parametrize(
    ("question", "sort"),
    [
        ("How long is the notice period?", "duration"), ("Wann endet der Vertrag?", "date"),
        ("How much is the deposit?", "amount"), ("Wie viele Hunde?", "number"), ("Who pays?", "person"),
        ("Where does she live?", "place"), ("Is a dog allowed?", ""),
    ],
)  # fmt: skip
def test_sort_is_told_by_words(question: str, sort: Sort) -> None:
    assert sort_of(question)[0] == sort


@pytest.mark.parametrize(
    ("sort", "text"),
    [
        ("duration", "It lasts three months."), ("duration", "It lasts three full months."),
        ("duration", "Die Frist beträgt (3) volle Monate."), ("duration", "Sie dauert ein Jahr."),
        ("duration", "a 2-3 day trip, 14 days"), ("duration", "durante dos largos años"), ("duration", "until May"),
        ("duration", "30 min"), ("date", "It ends on 30.06."), ("date", "am Dienstag"), ("date", "in May 2027"),
        ("date", "у марта 5 апреля"), ("date", "at 5 pm"), ("amount", "It costs 1,950.00 euros."), ("amount", "€ 12"),
        ("amount", "1 950 000 zł"), ("amount", "12 €"), ("number", "seven dwarfs"), ("person", "by Greta Olsen"),
    ],
)  # fmt: skip
def test_thing_of_a_sort_is_seen(sort: Sort, text: str) -> None:
    assert has_one(sort, text, frozenset())


@pytest.mark.parametrize(
    ("sort", "text"),
    [
        ("duration", "Many days later"), ("duration", " days"), ("duration", "the three and the other months"),
        ("duration", "years"), ("amount", "12 dogs"), ("number", "no dogs"),
        ("person", "nobody at all"),
    ],
)  # fmt: skip
def test_other_things_are_none(sort: Sort, text: str) -> None:
    assert not has_one(sort, text, frozenset())


def test_what_the_question_says_itself_is_no_answer() -> None:
    assert not has_one("duration", "after three months", frozenset({"months"}) | {"three"})
    assert has_one("date", "in 2027", frozenset({"2026"}))
