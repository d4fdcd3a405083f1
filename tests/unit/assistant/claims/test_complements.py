"""A name or a figure that stands in the sentence, but is said there of something else, bears no claim out."""

from __future__ import annotations

import pytest

from app.assistant.claims.complements import displaced
from app.assistant.claims.evidence_units import Facts
from tests.support.claim_verdicts import verdict

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
TRUE = [
    ("Tim Cook is the CEO of Apple, and the CEO of Google is Sundar Pichai.", "The CEO of Apple is Tim Cook."),
    ("The CEO, Tim Cook, is from Alabama and the chair is Arthur Levinson.", "The CEO is Tim Cook."),
    ("The race is 3.1 miles (5 km).", "The race is 5 km."),
    ("The winning numbers are 30, 34 and 41.", "The winning numbers are 34."),
    ("The capital was Bonn and later Berlin.", "The capital was Berlin."),
    ("The capital was Bonn, and is now Berlin.", "The capital is Berlin."),
    ("The winners were Spain in 2010, Italy in 2006 and Brazil in 2002.", "The winners were Italy."),
    ("The CEO was Steve Jobs, since then Tim Cook.", "The CEO is Tim Cook."),
    ("The rent was 800 euros and is now 900 euros.", "The rent is 900 euros."),
    ("Die Miete war 800 Euro und ist seit Mai 900 Euro.", "Die Miete ist 900 Euro."),
    ("Die Hauptstadt war Bonn, heute ist es Berlin.", "Die Hauptstadt ist Berlin."),
    ("The assistant director is Ann Lee, and Bob Ray is the director.", "The director is Bob Ray."),
    ("The previous CEO was Steve Jobs and Tim Cook leads Apple as CEO.", "The CEO is Tim Cook."),
    ("The deputy chair is Ann Lee; Bob Ray holds the office of chair.", "The chair is Bob Ray."),
    ("The president is Ann Lee, who succeeded Bob Ray, the president until 2010.", "The president was Bob Ray."),
    ("La capital es Madrid desde 1561; antes era Toledo.", "La capital era Toledo."),
    ("La capitale est Paris, puis Lyon.", "La capitale est Lyon."),
    ("The ship, called Aurora, was renamed Borealis in 1990.", "The ship was called Aurora."),
    ("The ship was named after Queen Anne and called Borealis.", "The ship was named Borealis."),
    ("Bob was named director when the club, led by Ann Lee, was called Phoenix.", "The club was called Phoenix."),
    ("The height is 30 m and the width is 20 m, while a depth of 10 m was measured.", "The depth is 10 m."),
    ("The temperature was 20 °C (68 °F) and the pressure was 1 bar.", "The temperature was 68 °F."),
    ("The authors are Ann Lee (Basel), Bob Ray (Bern) and Carl Dorn (Chur).", "The authors are Carl Dorn."),
    ("The total was 900 euros: 400 were rent, 500 were heating.", "The rent was 400 euros."),
    ("The mayor is no longer Ann Lee but Bob Ray.", "The mayor is Bob Ray."),
    (
        "The first president was George Washington and the second was John Adams.",
        "The second president was John Adams.",
    ),
    ("Anna Beck was the first tenant and Carl Dorn was the second tenant.", "The second tenant was Carl Dorn."),
    ("The population was 5,000 in 1990, and in 2000 it was 7,000.", "The population was 7,000."),
    ("Its members were Ann Lee and, from 1990, Bob Ray.", "Its members were Bob Ray."),
    ("Dogs and cats are forbidden, birds are allowed.", "Cats are forbidden."),
    ("Dogs are forbidden and cats are too.", "Cats are forbidden."),
    ("The old house is green, and the house next to it is blue.", "The house next to it is blue."),
    ("Anna pays the rent and she pays the heating.", "Anna pays the heating."),
    ("Anna pays the rent and also pays the heating.", "Anna pays the heating."),
    ("Anna and Bert pay the rent, Bert pays the heating.", "Bert pays the heating."),
    ("The contract is valid and the parties are bound until 2027.", "The contract is valid until 2027."),
    ("Anna has a dog, a cat and a horse, and her brother has a car.", "Anna has a horse."),
    ("The museum has coins, which were found in Bern, and the library has maps.", "The museum has coins."),
    ("Heating is included, electricity is not.", "Heating is included."),
    ("Invoices are sent on Mondays and payments are due on Fridays.", "Payments are due on Fridays."),
    ("Invoices can be sent by mail and payments can be made by card.", "Payments can be made by card."),
    ("Either party may cancel; the tenant may cancel at any time.", "The tenant may cancel at any time."),
    (
        "The landlord may enter the flat, and the tenant may refuse if notice was not given.",
        "The tenant may refuse if notice was not given.",
    ),
    ("The engine was built in Basel and the car, a red Fiat, was built in Turin.", "The car was built in Turin."),
    ("If rent is late, a fee is due and the landlord is informed.", "The landlord is informed if rent is late."),
    ("Wasser ist inbegriffen, Strom ist extra zu zahlen.", "Strom ist extra zu zahlen."),
    ("Wasser und Strom sind inbegriffen, Gas ist extra.", "Strom ist inbegriffen."),
    ("Der Keller hat ein Fenster, die Küche hat zwei Fenster.", "Die Küche hat zwei Fenster."),
]
FALSE = [
    ("Heating is included, electricity is extra.", "Electricity is included."),
    ("Invoices are sent on Mondays and payments are due on Fridays.", "Invoices are due on Fridays."),
    ("Wasser ist inbegriffen, Strom ist extra zu zahlen.", "Strom ist inbegriffen."),
    ("The museum has coins and the library has maps.", "The museum has maps."),
    ("The tenant pays for water; the landlord pays for repairs.", "The tenant pays for repairs."),
    ("Anna lives in Basel, Bert lives in Bern.", "Anna lives in Bern."),
    ("Anna studied law in Zürich while Bert studied medicine in Bern.", "Bert studied law in Zürich."),
    ("Dogs are forbidden, cats are allowed.", "Dogs are allowed."),
    ("Hunde sind verboten, Katzen sind erlaubt.", "Hunde sind erlaubt."),
    ("Los perros están prohibidos, los gatos están permitidos.", "Los perros están permitidos."),
    ("Les chiens sont interdits, les chats sont admis.", "Les chiens sont admis."),
    ("Anna zahlt die Miete, Bert zahlt die Heizung.", "Anna zahlt die Heizung."),
    ("Tim Cook is the CEO of Apple, and the chair is Arthur Levinson.", "The chair is Tim Cook."),
    ("The height is 30 m and the width is 20 m.", "The height is 20 m."),
    ("The first president was George Washington and the second was John Adams.", "The first president was John Adams."),
    ("The mayor is Ann Lee, and the treasurer, Bob Ray, is away.", "The mayor is Bob Ray."),
    ("Der Mieter ist Anna Beck, der Vermieter ist Bert Cole.", "Der Vermieter ist Anna Beck."),
    ("La capital era Madrid y la ciudad más grande era Barcelona.", "La capital era Barcelona."),
    ("The president of the club is John Ward, and the treasurer is Mia Lund.", "The president is Mia Lund."),
    ("The ship was renamed Borealis, and its master moved to Oslo.", "The ship was renamed Oslo."),
]


@pytest.mark.parametrize(("source", "claim"), TRUE)
def test_no_true_statement_is_doubted_however_it_is_said(source: str, claim: str) -> None:
    assert displaced(Facts(claim), Facts(source), weigh=len) == ""


@pytest.mark.parametrize(("source", "claim"), FALSE)
def test_what_is_said_of_something_else_is_named(source: str, claim: str) -> None:
    assert displaced(Facts(claim), Facts(source), weigh=len) != ""


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


HUGUENOTS = (
    "Several figures were Huguenot, including the poet Theodor Fontane and the fighter pilot Adolf Galland. "
    "The last prime minister, Lothar de Maizière, is also a descendant of a Huguenot family, as is the minister of the "
    "interior, Thomas de Maizière."
)
BANDS = (
    "Venom, who began the genre of black metal, formed in Newcastle in 1979. "
    "Skyclad formed there after the end of another metal band called Sabbat, which had a first black album."
)
FLAT = "Anna Beck rents the flat in Basel. She is the tenant since 2019, and the landlord is Bert Cole."


@pytest.mark.parametrize(
    ("source", "claim", "said"),
    [
        (HUGUENOTS, "The fighter pilot who is a descendant of a Huguenot family is Thomas de Maizière.", "partly"),
        (HUGUENOTS, "The minister of the interior is Thomas de Maizière.", "supported"),
        (HUGUENOTS, "The last prime minister was Lothar de Maizière.", "supported"),
        (BANDS, "Sabbat, which began the genre of black metal, formed in Newcastle in 1979.", "partly"),
        (BANDS, "Venom began the genre of black metal and formed in Newcastle in 1979.", "supported"),
        (FLAT, "The tenant of the flat in Basel is Anna Beck.", "supported"),
        (FLAT, "Anna Beck is the tenant of the flat in Basel since 2019.", "supported"),
    ],
)
def test_a_name_of_one_sentence_with_what_another_says_is_named(source: str, claim: str, said: str) -> None:
    assert verdict(source, claim) == said
