"""Limits in time that plain words set, against a fixed today: Thursday, 26 November 2026."""

from __future__ import annotations

from datetime import date

import pytest

from app.language.question.spans import limits_in
from app.language.question.tokens import tokens_of

TODAY = date(2026, 11, 26)


def limit(text: str) -> tuple[str, str] | None:
    """First day and first day after, as ISO dates, "" for open; None where nothing was understood."""
    found, _ = limits_in(tokens_of(text), TODAY)
    if not found:
        return None
    return tuple("" if day is None else day.isoformat() for day in (found[0].first, found[0].after))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("in 2019", "2019-01-01", "2020-01-01"),
        ("in the year 2019", "2019-01-01", "2020-01-01"),
        ("im Jahr 2019", "2019-01-01", "2020-01-01"),
        ("en 2019", "2019-01-01", "2020-01-01"),
        ("nel 2019", "2019-01-01", "2020-01-01"),
        ("since 2019", "2019-01-01", ""),
        ("seit 2019", "2019-01-01", ""),
        ("depuis 2019", "2019-01-01", ""),
        ("desde 2019", "2019-01-01", ""),
        ("sinds 2019", "2019-01-01", ""),
        ("after 2019", "2020-01-01", ""),
        ("nach 2019", "2020-01-01", ""),
        ("before 2019", "", "2019-01-01"),
        ("vor 2019", "", "2019-01-01"),
        ("until 2019", "", "2020-01-01"),
        ("bis 2019", "", "2020-01-01"),
        ("in June 2019", "2019-06-01", "2019-07-01"),
        ("im Juni 2019", "2019-06-01", "2019-07-01"),
        ("en juin 2019", "2019-06-01", "2019-07-01"),
        ("em junho de 2019", "2019-06-01", "2019-07-01"),
        ("in giugno 2019", "2019-06-01", "2019-07-01"),
        ("in juni 2019", "2019-06-01", "2019-07-01"),
        ("in June", "2026-06-01", "2026-07-01"),
        ("in December", "2025-12-01", "2026-01-01"),
        ("since May", "2026-05-01", ""),
        ("seit Mai", "2026-05-01", ""),
        ("last June", "2026-06-01", "2026-07-01"),
        ("last November", "2025-11-01", "2025-12-01"),
        ("letzten Dezember", "2025-12-01", "2026-01-01"),
        ("on 3 June 2019", "2019-06-03", "2019-06-04"),
        ("on June 3, 2019", "2019-06-03", "2019-06-04"),
        ("on the 3rd of June 2019", "2019-06-03", "2019-06-04"),
        ("am 3. Juni 2019", "2019-06-03", "2019-06-04"),
        ("am 3. Juni", "2026-06-03", "2026-06-04"),
        ("am 3. Dezember", "2025-12-03", "2025-12-04"),
        ("le 1er juin 2019", "2019-06-01", "2019-06-02"),
        ("el 3 de junio de 2019", "2019-06-03", "2019-06-04"),
        ("3.6.2019", "2019-06-03", "2019-06-04"),
        ("vom 03.06.19", "2019-06-03", "2019-06-04"),
        ("2019-06-03", "2019-06-03", "2019-06-04"),
        ("since 2019-06-03", "2019-06-03", ""),
        ("today", "2026-11-26", "2026-11-27"),
        ("yesterday", "2026-11-25", "2026-11-26"),
        ("gestern", "2026-11-25", "2026-11-26"),
        ("vorgestern", "2026-11-24", "2026-11-25"),
        ("aujourd'hui", "2026-11-26", "2026-11-27"),
        ("ayer", "2026-11-25", "2026-11-26"),
        ("last week", "2026-11-16", "2026-11-23"),
        ("this week", "2026-11-23", "2026-11-30"),
        ("letzte Woche", "2026-11-16", "2026-11-23"),
        ("la semaine dernière", "2026-11-16", "2026-11-23"),
        ("la semana pasada", "2026-11-16", "2026-11-23"),
        ("la settimana scorsa", "2026-11-16", "2026-11-23"),
        ("vorige week", "2026-11-16", "2026-11-23"),
        ("last month", "2026-10-01", "2026-11-01"),
        ("letzten Monat", "2026-10-01", "2026-11-01"),
        ("el mes pasado", "2026-10-01", "2026-11-01"),
        ("last year", "2025-01-01", "2026-01-01"),
        ("letztes Jahr", "2025-01-01", "2026-01-01"),
        ("l'année dernière", "2025-01-01", "2026-01-01"),
        ("last year's", "2025-01-01", "2026-01-01"),
        ("this year", "2026-01-01", "2027-01-01"),
        ("in the last three months", "2026-08-26", "2026-11-27"),
        ("the past 10 days", "2026-11-16", "2026-11-27"),
        ("in den letzten zwei Wochen", "2026-11-12", "2026-11-27"),
        ("3 days ago", "2026-11-23", "2026-11-24"),
        ("vor drei Tagen", "2026-11-23", "2026-11-24"),
        ("two years ago", "2024-01-01", "2025-01-01"),
        ("il y a 3 jours", "2026-11-23", "2026-11-24"),
        ("hace dos meses", "2026-09-01", "2026-10-01"),
        ("last Monday", "2026-11-23", "2026-11-24"),
        ("on Thursday", "2026-11-26", "2026-11-27"),
        ("im Frühjahr 2022", "2022-03-01", "2022-06-01"),
        ("in spring 2022", "2022-03-01", "2022-06-01"),
        ("in winter 2021", "2021-12-01", "2022-03-01"),
        ("last summer", "2026-06-01", "2026-09-01"),
        ("im Sommer", "2026-06-01", "2026-09-01"),
        ("Q2 2019", "2019-04-01", "2019-07-01"),
        ("between 2019 and 2021", "2019-01-01", "2022-01-01"),
        ("zwischen 2019 und 2021", "2019-01-01", "2022-01-01"),
        ("entre 2019 et 2021", "2019-01-01", "2022-01-01"),
        ("from 2019 to 2021", "2019-01-01", "2022-01-01"),
        ("von 2019 bis 2021", "2019-01-01", "2022-01-01"),
        ("between March and June 2019", "2019-03-01", "2019-07-01"),
        ("zwischen März und Juni 2019", "2019-03-01", "2019-07-01"),
        ("between November 2019 and February 2020", "2019-11-01", "2020-03-01"),
        ("between November and February 2020", "2019-11-01", "2020-03-01"),
        ("between March and June", "2026-03-01", "2026-07-01"),
        ("between 2021 and 2019", "2019-01-01", "2022-01-01"),
    ],
)
def test_dates_and_spans_are_understood(text: str, first: str, after: str) -> None:
    assert limit(text) == (first, after)
    assert limit(f"What did the plumber charge {text} for the tap?") == (first, after)


@pytest.mark.parametrize(
    "text",
    [
        "may I come in", "the march of the penguins", "a spring in the mattress", "the fall of Rome", "room 2019",
        "version 2.10", "192.168.0.1", "call 0421-55-100", "24/7", "the second one", "in the year of the cat",
        "one of two", "a day in the life", "the days of wine", "2019 pages", "on call", "in a week's time", "IBAN DE12",
        "chapter 3", "between you and me", "from A to B", "the mar on the paint", "in 15 minutes", "since then",
    ],
)  # fmt: skip
def test_words_that_only_look_like_dates_are_none(text: str) -> None:
    assert limit(text) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("on 31 February 2024", "31 February 2024"),
        ("am 31.02.2024", "31 February 2024"),
        ("30. Februar", "30 February"),
    ],
)
def test_date_that_does_not_exist_limits_nothing_and_is_named(text: str, said: str) -> None:
    found, wrong = limits_in(tokens_of(text), TODAY)
    assert found == [] and [one.text for one in wrong] == [said]


def test_29_february_without_a_year_is_the_last_one_that_was() -> None:
    assert limit("on 29 February") == ("2024-02-29", "2024-03-01")
