"""The quote that shows why a file was found."""

from __future__ import annotations

from app.base.places import narrow
from app.base.preview import WHOLE
from app.base.values import Place
from app.language.matching import AskedWords
from app.library.excerpt import excerpt


def test_excerpt_is_verbatim_and_its_lines_are_counted() -> None:
    text = "# Trip\n\nWe left early.\n\nThe ferry to Naxos costs 40 euros.\n\nWe came home.\n" + "Filler text. " * 60
    place = Place(kind="line", first=10, last=30, label="lines 10–30", start=1000, end=1000 + len(text))
    quote, where = excerpt(text, place, AskedWords(["ferry", "naxos"]))
    assert "The ferry to Naxos costs 40 euros." in quote
    assert text[where.start - 1000 : where.end - 1000] == quote
    assert where.first == 10 + text[: where.start - 1000].count("\n")


def test_narrow_keeps_pages() -> None:
    place = Place(kind="page", first=12, last=12, label="page 12", start=0, end=10)
    assert narrow(place, "0123456789", 2, 5) == Place(kind="page", first=12, last=12, label="page 12", start=2, end=5)


def test_sentence_with_the_word_in_another_spelling_is_shown() -> None:
    text = "Nothing here. " * 40 + "Herr Müller zahlt die Mieten. " + "Nothing there. " * 40
    quote, _ = excerpt(text, WHOLE, AskedWords(["mueller", "miete"]))
    assert "Herr Müller zahlt die Mieten." in quote
