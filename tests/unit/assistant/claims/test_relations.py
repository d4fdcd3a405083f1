"""Names and figures bear a claim out only where they stand to each other as the sentence says."""

from __future__ import annotations

import pytest

from tests.support.claim_verdicts import verdict

TRUE = [
    ("The warranty is valid for two years; it does not cover batteries.", "The warranty does not cover batteries."),
    ("The warranty does not cover batteries.", "Batteries are not covered by the warranty."),
    ("Only members may vote.", "Only members may vote."),
    ("Total: CHF 2'450.—", "The total is CHF 2,450."),
    ("The meeting was moved from Monday to Thursday.", "The meeting is on Thursday."),
    ("Temperature rose by 5 °C to 20 °C.", "The temperature rose to 20 °C."),
    ("Alice hired Bob.", "Alice hired Bob."),
    ("Anna is older than Bert.", "Anna is older than Bert."),
    ("Alice and Bob hired Carl.", "Bob and Alice hired Carl."),
    ("Bern lies between Basel and Thun.", "Bern lies between Thun and Basel."),
    ("He was born in 1980 and died in 2010.", "He died in 2010."),
    ("The rent was 800 euros and is now 900 euros.", "The rent is 900 euros."),
    ("Pets, except for cats, are forbidden.", "Pets, except for cats, are forbidden."),
    ("The train from Basel to Bern leaves at 9:05.", "The train from Basel to Bern leaves at 9:05."),
    ("The bureau has met since October 8, 2015, after its election.", "The bureau has met since 2015-10-08."),
    ("The train leaves Basel at 9:05 and arrives in Bern at 10:00.", "The train arrives in Bern at 10:00."),
    ("The meeting was moved from Monday to Thursday.", "The meeting is on Thursday."),
    ("The Tran dynasty ruled Annam and defeated the Mongols at Bach Dang.", "The Mongols were defeated by the Tran."),
    ("The engine was built in Basel and the car was built in Turin.", "The car was built in Turin."),
    ("Anna moved to Basel and married Bert in Bern.", "Anna moved to Basel."),
]
FALSE = [
    ("The train leaves Basel at 9:05 and arrives in Bern at 10:00.", "The train arrives in Bern at 9:05."),
    ("The meeting was moved from Monday to Thursday.", "The meeting is on Monday."),
    ("The engine was built in Basel and the car was built in Turin.", "The engine was built in Turin."),
    ("Anna moved to Basel and married Bert in Bern.", "Anna moved to Bern."),
    ("Only members may vote.", "Everyone may vote."),
    ("Only members may vote.", "Members may not vote."),
    ("Temperature rose by 5 °C to 20 °C.", "The temperature rose by 20 °C."),
    ("Temperature rose by 5 °C to 20 °C.", "The temperature fell to 20 °C."),
    ("Pets, except for cats, are forbidden.", "Cats are forbidden."),
    ("The warranty does not cover batteries.", "The warranty covers batteries."),
    ("You may cancel within 14 days.", "You may cancel after 14 days."),
    ("At least 5 people must sign.", "At most 5 people must sign."),
    ("The price excludes VAT.", "The price includes VAT."),
    ("Alice hired Bob.", "Bob hired Alice."),
    ("The north wing is closed.", "The south wing is closed."),
    ("Up to 3 bags are free.", "More than 3 bags are free."),
    ("The fee is 5 % of the price.", "The fee is 5 euros."),
    ("He was born in 1980 and died in 2010.", "He was born in 2010."),
    ("He was born in 1980 and died in 2010.", "He died in 1980."),
    ("Anna is older than Bert.", "Bert is older than Anna."),
    ("Mindestens 5 Personen müssen unterschreiben.", "Höchstens 5 Personen müssen unterschreiben."),
    ("Der Preis enthält keine Mehrwertsteuer.", "Der Preis enthält Mehrwertsteuer."),
    ("The train from Basel to Bern leaves at 9:05.", "The train from Bern to Basel leaves at 9:05."),
]


@pytest.mark.parametrize(("source", "claim"), TRUE)
def test_what_stands_as_it_is_said_is_supported(source: str, claim: str) -> None:
    assert verdict(source, claim) == "supported"


@pytest.mark.parametrize(("source", "claim"), FALSE)
def test_what_stands_elsewhere_is_not(source: str, claim: str) -> None:
    assert verdict(source, claim) != "supported"
