"""Claims are cut as they are read, and stand only where passages bear them out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.assistant.claims.checking import Checked, ClaimChecker
from app.assistant.claims.cutting import Stretch, cut
from app.assistant.ports import Passage
from app.base.values import Place
from tests.support.claim_verdicts import verdict as verdict_of

LEASE = (
    "The flat belongs to Ottilie Brandner. She lives in Bath since May 2019. The deposit is 1,950 euros and lies on a "
    "savings account. The notice period is three months. Cats are allowed, dogs are not. The boiler AB-1234/5 was "
    "serviced on 3 March 2024 at 05:45 by Knut Tamm."
)
GARDEN = "The lease of the garden house ends on 31 October 2026. Rent is 300 euros a year, which is never raised."


def passage(text: str, heading: str = "") -> Passage:
    place = Place(kind="whole", first=1, last=1, label="", start=0, end=len(text))
    return Passage(path="/notes/lease.md", sha256="", place=place, text=text, heading=heading)


CHECKER = ClaimChecker({1: passage(LEASE, "Lease Kastanienallee 14"), 2: passage(GARDEN)})


def verdict(claim: str) -> Checked:
    checked = CHECKER.check(Stretch(0, len(claim), claim))
    assert checked is not None
    return checked


@pytest.mark.parametrize(
    ("claim", "number"),
    [
        ("The deposit is 1.950,00 €.", 1),
        ("The deposit of 1950 euros lies on a savings account.", 1),
        ("The notice period is 3 months.", 1),
        ("Dogs are not allowed.", 1),
        ("Cats are allowed.", 1),
        ("The flat in Kastanienallee belongs to Ottilie Brandner.", 1),
        ("The garden house's lease ends on 2026-10-31.", 2),
        ("The garden house's lease ends in October 2026.", 2),
        ("The boiler was serviced on 03.03.2024 at 5:45 am.", 1),
        ("Boiler AB 1234 5 was serviced by Knut Tamm.", 1),
        ("Ottilie Brandner lives in Bath since May 2019.", 1),
        ("The rent is never raised.", 2),
    ],
)
def test_claim_that_the_files_say_in_whatever_form_is_supported(claim: str, number: int) -> None:
    checked = verdict(claim)
    assert checked.verdict == "supported", checked
    assert checked.supports[0].n == number


@pytest.mark.parametrize(
    ("claim", "missing"),
    [
        ("The deposit is 1,905 euros.", "1,905 euros"),
        ("The deposit is 1,950 dollars.", "1,950 dollars"),
        ("The notice period is three weeks.", "three weeks"),
        ("The lease of the garden house ends on 31 October 2027.", "31 October 2027"),
        ("The flat belongs to Ottilie Tamm.", "Tamm"),
        ("The boiler AB-1234/6 was serviced on 3 March 2024.", "AB-1234/6"),
        ("The boiler was serviced at 06:45.", "06:45"),
        ("The flat belongs to “Ottilie the Great”.", "Ottilie the Great"),
    ],
)
def test_claim_with_one_fact_that_is_another_names_it(claim: str, missing: str) -> None:
    checked = verdict(claim)
    assert checked.verdict == "partly", checked
    assert missing in checked.missing


@pytest.mark.parametrize(
    "claim", ["Dogs are allowed.", "Cats are not allowed.", "The flat does not belong to Ottilie Brandner."]
)
def test_claim_that_says_the_opposite_is_not_found_and_shows_where(claim: str) -> None:
    checked = verdict(claim)
    assert checked.verdict == "not_found"
    assert checked.otherwise
    assert checked.supports


def test_claim_about_something_else_is_not_found() -> None:
    checked = verdict("The capital of Mongolia is Ulaanbaatar.")
    assert checked == Checked("not_found", (), ("capital", "Mongolia", "Ulaanbaatar"))


def test_name_of_the_next_sentence_does_not_make_a_claim_true() -> None:
    assert verdict("The flat belongs to Knut Tamm.").verdict != "supported"


def test_words_that_claim_nothing_have_no_verdict() -> None:
    assert CHECKER.check(Stretch(0, 2, "It is so.")) is None


def meant(claim: str, text: str, *cosines: float, cited: int = 0) -> Checked:
    checker = ClaimChecker({1: passage(text)}, similar=lambda _text, _others: cosines)
    checked = checker.check(Stretch(0, len(claim), claim), (cited,) if cited else ())
    assert checked is not None
    return checked


def test_meaning_ties_a_claim_whose_words_stand_nowhere_and_never_makes_it_supported() -> None:
    claim, text = "Dogs must stay out of the apartment", "Dogs have to remain outside."
    near = meant(claim, text, 0.99)
    assert (near.verdict, near.missing) == ("partly", ("stay", "apartment"))
    assert meant(claim, text, 0.5).verdict == "not_found"
    assert meant(claim, text).verdict == "not_found"


def test_sentence_without_a_word_in_common_is_found_by_meaning_where_it_was_cited_or_has_the_figure() -> None:
    claim, text = "The automobile costs 900 euros.", "Its price is 900 euros."
    assert meant(claim, text, 0.9).verdict == "partly"
    assert meant(claim, text, 0.3).verdict == "not_found"
    assert meant("The physician treated her illness.", "A doctor cured the disease.", 0.85).verdict == "not_found"
    assert meant("The physician treated her illness.", "A doctor cured the disease.", 0.85, cited=1).verdict == "partly"
    assert "800 euros" in meant("The automobile costs 800 euros.", text, 0.9, cited=1).missing


def test_who_cannot_tell_what_is_meant_is_asked_once() -> None:
    asked: list[str] = []

    def similar(text: str, _others: Sequence[str]) -> Sequence[float]:
        asked.append(text)
        return ()

    checker = ClaimChecker({1: passage("Dogs have to remain outside.")}, similar=similar)
    for claim in ("Dogs must stay out of the apartment", "Dogs may not enter apartments at night"):
        checker.check(Stretch(0, len(claim), claim))
    assert len(asked) == 1


def test_answer_is_cut_into_sentences_items_and_rows() -> None:
    answer = (
        "# Lease\n\nHere is what I found:\n\n- The deposit is **1,950 euros** [1].\n- Dogs? [2]\n\nIt ends in May. [2] "
        "It renews.\n\n| what | amount |\n|---|---:|\n| deposit | 1950 EUR [1] |\n\n```\ncode = 1\n```\n"
    )
    found = cut(answer)
    assert [one.text for one in found] == [
        "The deposit is 1,950 euros.", "It ends in May.", "It renews.", "deposit; 1950 EUR"
    ]  # fmt: skip
    assert answer[found[1].start : found[1].end] == "It ends in May. [2]"


def test_last_sentence_of_a_streaming_answer_is_not_whole_yet() -> None:
    assert [one.whole for one in cut("It ends in May. It ren", ended=False)] == [True, False]
    assert [one.whole for one in cut("It ends in May.\n", ended=False)] == [True]


@pytest.mark.parametrize(
    "text", ["x" * 1_000_000, "[1]" * 50_000, "| " * 50_000, "- " * 50_000, "1. " * 50_000, "“" * 50_000]
)
def test_hostile_answer_is_cut_and_checked_in_time(text: str) -> None:
    for one in cut(text)[:50]:
        CHECKER.check(one)


def test_heading_that_is_a_sentence_claims_what_it_says() -> None:
    answer = "# Deposit\n\n## The deposit is 1,950 euros [1].\n```\n# not code.\n```\n# Why?\n"
    assert [answer[one.start : one.end] for one in cut(answer)] == ["The deposit is 1,950 euros [1]."]


@pytest.mark.parametrize(
    ("claim", "missing"),
    [
        ("Ottilie Brandner, who lives in Bath since May 2019, breeds golden retrievers professionally.", "breeds"),
        ("The deposit of 1,950 euros never lies on a savings account.", "never"),
    ],
)
def test_claim_of_which_one_part_is_said_nowhere_is_not_called_supported(claim: str, missing: str) -> None:
    checked = verdict(claim)
    assert checked.verdict != "supported"
    assert any(missing in one or one == "not" for one in checked.missing), checked


def test_denial_of_what_no_sentence_denies_is_not_called_supported() -> None:
    checker = ClaimChecker({1: passage("In past times corporal punishment was one of the most common forms of it.")})
    claim = "The form of corporal punishment was not a common practice in past times."
    checked = checker.check(Stretch(0, len(claim), claim))
    assert checked is not None
    assert checked.verdict != "supported"
    assert "not" in checked.missing


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("Die Miete beträgt 900 €.", "Die Miete beträgt 900 Euro."),
        ("Der Eintritt kostet 20 Euro.", "Der Eintritt kostet 20 €."),
        ("Die Hauptstadt ist nicht Bonn, sondern Berlin.", "Die Hauptstadt ist Berlin."),
        ("The capital is not Bonn but Berlin.", "The capital is Berlin."),
        ("Haustiere sind erlaubt.", "Haustiere sind erlaubt."),
        ("Hunde sind in der Wohnung nicht gestattet.", "Hunde sind nicht gestattet."),
        ("Der Vermieter ist Bert Cole, wohnhaft in Basel.", "Der Vermieter heißt Bert Cole."),
        ("Vermieter: Bert Cole", "Der Vermieter ist Bert Cole."),
        ("El alquiler es de 900 euros al mes.", "El alquiler es de 900 € al mes."),
        ("El contrato termina el 31 de marzo de 2027.", "El contrato termina el 31/03/2027."),
        ("Le loyer est de 900 euros par mois.", "Le loyer est de 900 € par mois."),
        ("Les chiens ne sont pas admis.", "Les chiens ne sont pas admis."),
        ("Il contratto termina il 31 marzo 2027.", "Il contratto termina il 31/03/2027."),
        ("O contrato termina em 31 de março de 2027.", "O contrato termina em 31/03/2027."),
        ("Het contract eindigt op 31 maart 2027.", "Het contract eindigt op 31-03-2027."),
        ("Umowa kończy się 31 marca 2027 r.", "Umowa kończy się 31.03.2027."),
        ("Договор заканчивается 31 марта 2027 года.", "Договор заканчивается 31.03.2027."),
        ("The rent is 900 euros a month.", "The monthly rent is €900."),
        ("The rent is CHF 1'900.50.", "The rent is 1,900.50 CHF."),
        ("Die Miete beträgt 1.234,50 EUR.", "Die Miete beträgt 1234,50 €."),
        ("Im Jahr 2020 wuchs der Umsatz um 12 Prozent.", "Der Umsatz wuchs 2020 um 12 %."),
        ("The meeting starts at 3 pm.", "The meeting starts at 15:00."),
        ("Das Haus hat zwölf Zimmer.", "Das Haus hat 12 Zimmer."),
        ("Der Preis sank von 20 auf 15 Euro.", "Der Preis sank auf 15 Euro."),
    ],
)
def test_what_is_true_is_supported_in_whatever_language_it_is_said(source: str, claim: str) -> None:
    assert verdict_of(source, claim) == "supported"


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("Die Miete beträgt 900 €.", "Die Miete beträgt 900 Franken."),
        ("Die Hauptstadt ist nicht Bonn, sondern Berlin.", "Die Hauptstadt ist Bonn."),
        ("The capital is not Bonn but Berlin.", "The capital is Bonn."),
        ("Hunde sind in der Wohnung nicht gestattet.", "Hunde sind in der Wohnung gestattet."),
        ("Les chiens ne sont pas admis.", "Les chiens sont admis."),
        ("Los perros no están permitidos.", "Los perros están permitidos."),
        ("I cani non sono ammessi.", "I cani sono ammessi."),
        ("Honden zijn niet toegestaan.", "Honden zijn toegestaan."),
        ("Psy nie są dozwolone.", "Psy są dozwolone."),
        ("Собаки не допускаются.", "Собаки допускаются."),
        ("Der Vertrag endet am 31. März 2027.", "Der Vertrag endet am 30. März 2027."),
        ("Umowa kończy się 31 marca 2027 r.", "Umowa kończy się 30.03.2027."),
        ("Договор заканчивается 31 марта 2027 года.", "Договор заканчивается 30.03.2027."),
        ("Haustiere sind verboten.", "Haustiere sind erlaubt."),
        ("Dogs are forbidden.", "Dogs are allowed."),
        ("The meeting starts at 3 pm.", "The meeting starts at 3 am."),
    ],
)
def test_what_is_false_is_not_supported_in_whatever_language_it_is_said(source: str, claim: str) -> None:
    assert verdict_of(source, claim) != "supported"
