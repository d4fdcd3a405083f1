"""A name or a figure that stands in the sentence, but is said there of something else, bears no claim out."""

from __future__ import annotations

import pytest

from app.assistant.claims.checking import ClaimChecker
from app.assistant.claims.cutting import cut
from app.assistant.ports import Passage
from app.base.values import Place

SCORES = (
    "Her first score was Planet of Giants (1964) and she went on to write music for many adventures, "
    "ending with The Horns of Nimon (1979)."
)
POSTS = "The president is John Ward and the treasurer is Mia Lund."
BOOKS = "Her first book, published in 1990, was Red Sun, and her last was Blue Moon."
COSTS = "The rent is 900 euros and the deposit is 1,800 euros."
AUTHORS = "The authors are Anna Beck, Bert Cole and Carl Dorn."
FORT = "The Spanish renamed the fort San Mateo, and then the position of St. Augustine in Florida was solidified."
OLD = "The capital of Bundia was Berlin, formerly Bonn, and it is large."


def verdict(source: str, claim: str) -> str:
    place = Place(kind="whole", first=1, last=1, label="", start=0, end=len(source))
    checker = ClaimChecker({1: Passage(path="/a.md", sha256="", place=place, text=source)})
    checked = checker.check(cut(claim, ended=True)[0])
    assert checked is not None
    return checked.verdict


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        (SCORES, "Her first score was Planet of Giants."),
        (POSTS, "The president is John Ward."),
        (POSTS, "The treasurer is Mia Lund."),
        (BOOKS, "Her first book was Red Sun."),
        (BOOKS, "Her last book was Blue Moon."),
        (COSTS, "The rent is 900 euros."),
        (COSTS, "The deposit is 1,800 euros."),
        (FORT, "The fort was renamed San Mateo by the Spanish."),
        (FORT, "The Spanish renamed the fort San Mateo."),
        ("The prize was called the Golden Pen.", "The prize was called the Golden Pen."),
        (AUTHORS, "The authors are Carl Dorn and Bert Cole."),
        (OLD, "The capital of Bundia was Berlin."),
        (
            "The bridge was built by A. Smith in 1990 and designed by Bob Jones.",
            "The bridge was designed by Bob Jones.",
        ),
        ("Der Mieter ist Anna Beck, der Vermieter ist Bert Cole.", "Der Vermieter ist Bert Cole."),
        ("La capital es Madrid y la ciudad más grande era Barcelona.", "La ciudad más grande era Barcelona."),
        ("The deposit is two rents, that is 1,800 euros.", "The deposit is 1,800 euros."),
        ("The ship's name was Aurora, later it was Borealis.", "The ship's later name was Borealis."),
        ("Revenue was 4.2 million in 2019 and 5.1 million in 2020.", "Revenue in 2020 was 5.1 million."),
    ],
)
def test_what_a_sentence_says_of_a_thing_bears_that_out(source: str, claim: str) -> None:
    assert verdict(source, claim) == "supported"


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        (SCORES, 'The name of her first score was "The Horns of Nimon".'),
        (POSTS, "The president is Mia Lund."),
        (POSTS, "The treasurer is John Ward."),
        (BOOKS, "Her first book was Blue Moon."),
        (COSTS, "The rent is 1,800 euros."),
        (OLD, "The capital of Bundia is Bonn."),
        (FORT, "The fort was renamed St. Augustine by the Spanish."),
        ("Der Mieter ist Anna Beck, der Vermieter ist Bert Cole.", "Der Vermieter ist Anna Beck."),
    ],
)
def test_what_it_says_of_something_else_does_not(source: str, claim: str) -> None:
    assert verdict(source, claim) == "partly"
