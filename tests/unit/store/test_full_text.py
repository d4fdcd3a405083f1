"""How text becomes words on both sides of the full-text index."""

from __future__ import annotations

from app.store.full_text import indexer, phrase


def test_body_holds_the_stems_in_their_order_and_extra_what_else_finds_the_text() -> None:
    made = indexer("en").searchable("The Müllers' e-mails: parseHttpRequest() for AB-1234/5")
    assert made.body == "the muller e mail parsehttprequest for ab 1234 5"
    assert made.extra == "mueller pars http request email =ab12345"


def test_scripts_without_spaces_become_overlapping_pieces() -> None:
    assert indexer("en").searchable("東京都に").body == "東京 京都 都に に"
    assert indexer("en").searchable("บ้าน").body == "บ้า ้าน าน น"


def test_phrase_is_words_side_by_side() -> None:
    assert phrase('the "last" tram, 東京都') == '"the last tram 東京 京都"'
    assert phrase("東") == '"東"*'
    assert phrase("?!") == ""


def test_phrase_is_stemmed_in_each_language_of_the_index() -> None:
    assert phrase("Kündigungen", ["en", "de"]) == '("kundigungen" OR "kundig")'


def test_spellings_are_words_in_letters() -> None:
    assert indexer("en").searchable("Boats 12 AB12 of 東京").spellings == {"boats", ""}
