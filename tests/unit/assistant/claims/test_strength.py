"""A claim says no more than its sentence does."""

from __future__ import annotations

import pytest

from tests.support.claim_verdicts import verdict

TRUE = [
    ("A fast train leaves Basel at 9:05.", "The train leaves Basel at 9:05."),
    ("The rent must be paid in May.", "The rent must be paid."),
    ("The rent is about 900 euros.", "The rent is about 900 euros."),
    ("The rent is 900 euros per month.", "The rent is 900 euros a month."),
    ("Tenants must pay by the 3rd.", "Tenants have to pay by the 3rd."),
    ("All flats have a balcony.", "Every flat has a balcony."),
    ("No pets are allowed.", "Pets are not allowed."),
    ("The museum opens at nine; if you ask, the staff helps.", "The museum opens at nine."),
    ("Anna wanted to buy a house and bought one in Basel.", "Anna bought one in Basel."),
    ("He almost won the race and later sold his car.", "He sold his car."),
    ("If the rent is late, a fee is due.", "A fee is due when the rent is late."),
    ("If the rent is late, a fee is due.", "If the rent is late, a fee is due."),
    ("Tenants must pay a deposit, and they may sublet.", "Tenants may sublet."),
    ("The firm denied that it had paid bribes, and its shares fell.", "The shares of the firm fell."),
    ("Most members voted, and all officers were present.", "All officers were present."),
]
FALSE = [
    (
        "The north wing of the old castle near Montreux is open to visitors in summer.",
        "The south wing of the old castle near Montreux is not open to visitors in summer.",
    ),
    (
        "The last tenants of the house in Basel may sublet the flat to students.",
        "The first tenants of the house in Basel may not sublet the flat to students.",
    ),
    ("Tenants may sublet.", "Tenants must sublet."),
    ("Tenants must pay a deposit.", "Tenants may pay a deposit."),
    ("Some flats have a balcony.", "All flats have a balcony."),
    ("If the rent is late, a fee is due.", "A fee is due."),
    ("Anna claims that the house is haunted.", "The house is haunted."),
    ("It is rumoured that the firm is bankrupt.", "The firm is bankrupt."),
    ("The company plans to build a plant in Basel.", "The company built a plant in Basel."),
    ("The rent is 900 euros per month.", "The rent is 900 euros per year."),
    ("The rent is 900 euros per month.", "The rent is 900 euros a week."),
    ("Das Gehalt beträgt 5000 Franken pro Monat.", "Das Gehalt beträgt 5000 Franken pro Jahr."),
    ("The trial was unsuccessful.", "The trial was successful."),
    ("The work is incomplete.", "The work is complete."),
    ("The contract was never signed.", "The contract was signed."),
    ("He almost won the race.", "He won the race."),
    ("She failed to deliver the goods.", "She delivered the goods."),
    ("He refused to sign the contract.", "He signed the contract."),
    ("The claim was denied by the court.", "The claim was granted by the court."),
    ("Prices doubled in 2020.", "Prices halved in 2020."),
    ("The dog was killed by the bear.", "The bear was killed by the dog."),
    ("Rauchen ist nur im Hof erlaubt.", "Rauchen ist in der Wohnung erlaubt."),
    ("The fee is refundable unless you cancel.", "The fee is refundable if you cancel."),
    ("The patient is not allergic to penicillin but to aspirin.", "The patient is allergic to penicillin."),
    ("The drug should not be taken with alcohol.", "The drug should be taken with alcohol."),
    ("Nobody was hurt.", "Somebody was hurt."),
    ("It is false that the firm is bankrupt.", "The firm is bankrupt."),
    ("Few members voted.", "Many members voted."),
    ("Less than 10 % of the patients recovered.", "More than 10 % of the patients recovered."),
    ("The firm denied that it had paid bribes.", "The firm had paid bribes."),
]


@pytest.mark.parametrize(("source", "claim"), TRUE)
def test_what_says_no_more_is_supported(source: str, claim: str) -> None:
    assert verdict(source, claim) == "supported"


@pytest.mark.parametrize(("source", "claim"), FALSE)
def test_what_says_more_is_not(source: str, claim: str) -> None:
    assert verdict(source, claim) != "supported"


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("Smoking is prohibited.", "Smoking is not allowed."),
        ("Rauchen ist verboten.", "Rauchen ist nicht erlaubt."),
        ("The shop is closed on Sundays.", "The shop is not open on Sundays."),
    ],
)
def test_denied_opposite_says_the_same(source: str, claim: str) -> None:
    assert verdict(source, claim) != "not_found"
