"""Figures, dates and times are read into one form, with every reading that they may have."""

from __future__ import annotations

import pytest

from app.language.facts.dates import dates, times
from app.language.facts.numbers import figures


@pytest.mark.parametrize(
    ("text", "values", "unit"),
    [
        ("1,234.50 euros", {"1234.5"}, "EUR"),
        ("1.234,50 €", {"1234.5"}, "EUR"),
        ("€ 1,950", {"1950", "1.95"}, "EUR"),
        ("1'234.5 CHF", {"1234.5"}, "CHF"),
        ("1 234,5 kg", {"1234.5"}, "kg"),
        ("1.234", {"1234", "1.234"}, ""),
        ("0,500 l", {"0.5"}, "l"),
        ("1,234,567", {"1234567"}, ""),
        ("$5m", {"5000000"}, "USD"),
        ("5 m", {"5"}, "m"),
        ("5 million people", {"5000000"}, ""),
        ("1,2 Mio. Euro", {"1200000"}, "EUR"),
        ("twenty-five percent", {"25"}, "%"),
        ("two hundred", {"200"}, ""),
        ("fünf Tage", {"5"}, "day"),
        ("-5 °C", {"-5"}, "°C"),
        ("3rd", {"3"}, ""),
        ("third", {"3"}, ""),
        ("a dozen", {"12"}, ""),
    ],
)
def test_figure_has_its_values_and_its_unit(text: str, values: set[str], unit: str) -> None:
    (figure,) = figures(text)
    assert (set(figure.values), figure.unit) == (values, unit)


def test_dash_between_two_figures_is_no_sign() -> None:
    assert [sorted(figure.values) for figure in figures("won 23–16 in 3-5 days")] == [["23"], ["16"], ["3"], ["5"]]


def test_figures_agree_where_one_reading_does_and_units_do_not_differ() -> None:
    (dotted,), (grouped,), (other,) = figures("1.234 €"), figures("1,234"), figures("1,234 dollars")
    assert dotted.agrees(grouped)
    assert not dotted.agrees(other)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("31 March 2027", {(2027, 3, 31)}),
        ("March 31st, 2027", {(2027, 3, 31)}),
        ("2027-03-31", {(2027, 3, 31)}),
        ("31.03.27", {(2027, 3, 31)}),
        ("31. März 2027", {(2027, 3, 31)}),
        ("31 de marzo de 2027", {(2027, 3, 31)}),
        ("03/04/2027", {(2027, 3, 4), (2027, 4, 3)}),
        ("12/25/2020", {(2020, 12, 25)}),
        ("1.1.99", {(1999, 1, 1)}),
        ("in 1999", {(1999, 0, 0)}),
        ("1 May", {(0, 5, 1)}),
        ("June 2021", {(2021, 6, 0)}),
    ],
)
def test_date_has_the_days_that_it_may_mean(text: str, days: set[tuple[int, int, int]]) -> None:
    (date,) = dates(text)
    assert set(date.days) == days


def test_figure_that_counts_something_is_no_year() -> None:
    assert dates("over the past 1000 years and 2000 km") == []


def test_less_precise_date_is_said_by_the_precise_one_but_not_the_other_way_round() -> None:
    (year,), (day,) = dates("in 2027"), dates("on 31 March 2027")
    assert year.said_by(day)
    assert not day.said_by(year)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("05:45", 345), ("5:45 pm", 1065), ("17.45 Uhr", 1065), ("5 pm", 1020), ("12 am", 0), ("17 Uhr", 1020)],
)
def test_time_of_day_is_read_in_its_forms(text: str, minutes: int) -> None:
    (time,) = times(text)
    assert set(time.minutes) == {minutes}


@pytest.mark.parametrize("text", ["", "1" * 50_000, "1,1" * 20_000, "one " * 20_000, "1/1/" * 20_000, "12:" * 20_000])
def test_hostile_text_costs_nothing(text: str) -> None:
    figures(text), dates(text), times(text)
