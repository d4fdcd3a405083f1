"""Words that were asked for are found in a text in every spelling."""

from __future__ import annotations

import pytest

from app.language.matching import AskedWords


@pytest.mark.parametrize(
    ("asked", "text", "found"),
    [
        (["lease"], "Leases, leased; released", ["Leases", "leased"]),
        (["leases"], "the lease", ["lease"]),
        (["cat"], "cats scatter, catalogue, cat", ["cats", "cat"]),
        (["muller"], "Müller MUELLER Mulder", ["Müller", "MUELLER"]),
        (["mueller"], "Müller Muller", ["Müller", "Muller"]),
        (["strasse"], "Die Straße, die Straßen", ["Straße", "Straßen"]),
        (["AB-1234/5"], "AB-1234/5 or ab 12345", ["AB", "1234", "5", "ab", "12345"]),
        (["договор"], "условия договора", ["договора"]),
        (["東京"], "私は東京都に住む東京", ["東京", "東京"]),
        (["C++"], "C++ and C", ["C++"]),
        ([], "anything", []),
        ([""], "", []),
    ],
)
def test_words_are_found_in_every_spelling(asked: list[str], text: str, found: list[str]) -> None:
    places = AskedWords(asked).places_in(text)
    assert [text[start:end] for start, end, _ in places] == found


def test_which_word_was_meant_is_told() -> None:
    places = AskedWords(["ferry", "island"]).places_in("Two ferries? One ferry to the Islands.")
    assert [which for _, _, which in places] == ["ferry", "island"]
