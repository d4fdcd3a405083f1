"""What the cells of a column are: figures as people write them, days, codes that are no figures, words."""

from __future__ import annotations

import pytest

from app.workers.extract.tables.columns import COMMA, DOT, day_of, figure_of, typed


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1", "2.5", "-3"], ["1", "2.5", "-3"]),
        (["1,234.50", "80.00"], ["1234.50", "80.00"]),
        (["1.234,50", "80,00"], ["1234.50", "80.00"]),
        (["1'234.50", "12"], ["1234.50", "12"]),
        (["1 234,50", "12,5"], ["1234.50", "12.5"]),
        (["1\u202f234,50", "12,5"], ["1234.50", "12.5"]),
        (["€ 12.50", "€ 3"], ["12.50", "3"]),
        (["12,50 €", "3,00 €"], ["12.50", "3.00"]),
        (["CHF 12.50", "CHF 1'000.00"], ["12.50", "1000.00"]),
        (["12 %", "6.17 %"], ["12", "6.17"]),
        (["3 kg", "2.5 kg"], ["3", "2.5"]),
        (["3kg", "2.5kg"], ["3", "2.5"]),
        (["3 m²", "2.5 m²"], ["3", "2.5"]),
        (["3 m", "2.5 m"], ["3", "2.5"]),
        (["90 km/h", "120 km/h"], ["90", "120"]),
        (["Fr. 12.50", "Fr. 3"], ["12.50", "3"]),
        (["5 h", "6 h"], ["5", "6"]),
        (["(12.50)", "7"], ["-12.50", "7"]),
        (["−5", "7"], ["-5", "7"]),
        (["-€5.00", "€7.00"], ["-5.00", "7.00"]),
        (["1.234", "2,5"], ["1234", "2.5"]),
        (["1,234", "2.5"], ["1234", "2.5"]),
        (["1", "", "-", "n/a", "2"], ["1", None, None, None, "2"]),
        (["1", "2", "3", "4", "about five"], ["1", "2", "3", "4", None]),
    ],
)
def test_figures_are_read_as_they_are_written(cells: list[str], values: list[str | None]) -> None:
    column = typed(cells, DOT)
    assert (column.kind, list(column.values)) == ("number", values)


def test_what_is_no_figure_among_figures_is_told() -> None:
    column = typed(["1", "2", "3", "4", "about five"], DOT)
    assert list(column.odd) == [4]


def test_thousand_or_decimals_is_told_by_the_file_where_the_column_does_not_tell() -> None:
    assert list(typed(["1.234", "5.678"], COMMA).values) == ["1234", "5678"]
    assert list(typed(["1.234", "5.678"], DOT).values) == ["1.234", "5.678"]
    assert list(typed(["1,234", "5,678"], DOT).values) == ["1234", "5678"]
    assert list(typed(["1,234", "5,678"], COMMA).values) == ["1.234", "5.678"]


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (["2024-03-31", "2024-04-01"], ["2024-03-31", "2024-04-01"]),
        (["31.03.2024", "1.4.2024"], ["2024-03-31", "2024-04-01"]),
        (["31.03.24", "01.04.24"], ["2024-03-31", "2024-04-01"]),
        (["31/03/2024", "01/04/2024"], ["2024-03-31", "2024-04-01"]),
        (["03/31/2024", "04/01/2024"], ["2024-03-31", "2024-04-01"]),
        (["2024-03-31 00:00:00", "2024-04-01 00:00:00"], ["2024-03-31", "2024-04-01"]),
        (["31 March 2024", "1 April 2024"], ["2024-03-31", "2024-04-01"]),
        (["2024-03-31", "", "–"], ["2024-03-31", None, None]),
    ],
)
def test_days_are_read_as_they_are_written(cells: list[str], days: list[str | None]) -> None:
    column = typed(cells, DOT)
    assert column.kind == "date"
    assert [value and value[:10] for value in column.values] == days


def test_moments_keep_their_time() -> None:
    column = typed(["2024-03-31 10:30", "2024-04-01 09:00"], DOT)
    assert (column.kind, list(column.values)) == ("time stamp", ["2024-03-31 10:30:00", "2024-04-01 09:00:00"])


@pytest.mark.parametrize(
    "cells",
    [
        ["01/02/2024", "03/04/2024"],  # either order fits
        ["00123", "00456"],
        ["4111111111111111", "5500000000000004"],
        ["12 €", "12 $"],
        ["a", "b"],
        ["Room 1", "Room 2"],
        ["Q1", "Q2"],
        ["12a", "13b"],
        ["1st", "2nd"],
        ["KW 12", "KW 13"],
        ["A 4", "A 5"],
        ["12a", "14a"],
        ["$1.2M", "$900K", "$500"],
        ["1.2M", "3.4M"],
        ["1.2 million", "3 million"],
        ["3 Mio", "2 Mio"],
        ["50%", "0.25", "25%"],
        ["100", "40.00 CR"],
        ["3m", "4m"],
        ["5k", "6k"],
        ["P1", "P01", "P001"],
        ["1" + ",000" * 12, "2"],
        ["1", "b", "c"],
        ["+41 44 123 45 67", "+41 79 555 12 12"],
        ["yes", "no", ""],
        ["2024-13-45", "2024-99-99"],
        ["", ""],
        ["1.2.3.4", "10.0.0.1"],
        ["1,23,4", "5"],
    ],
)
def test_what_could_be_two_things_or_is_a_code_stays_words(cells: list[str]) -> None:
    column = typed(cells, DOT)
    assert column.kind == "text"
    assert list(column.values) == [cell or None for cell in cells]


def test_unit_is_named_once() -> None:
    assert typed(["12 €", "3 €"], DOT).unit == "€"
    mixed = typed(["12 kg", "3", "5 kg"], DOT)
    assert (mixed.kind, mixed.unit, mixed.doubt) == ("number", "", "1 of 3 have no unit, the others kg")
    assert (typed(["12", "3"], DOT).unit, typed(["12", "3.25"], DOT).scale) == ("", 2)


def test_what_a_person_types_is_one_figure_or_none() -> None:
    assert [figure_of(text) for text in ("12.5", "12,5", "1.234", "1,234.50", "€ 5", "x", "")] == [
        "12.5", "12.5", None, "1234.50", "5", None, None,
    ]  # fmt: skip
    assert [day_of(text) for text in ("31.3.2024", "2024-03-31", "01/02/2024", "31/12/2024", "soon")] == [
        "2024-03-31 00:00:00", "2024-03-31 00:00:00", None, "2024-12-31 00:00:00", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "style", "doubt"),
    [
        (["1.234", "5.678"], "", "“1.234” is taken for 1.234"),
        (["€ 7", "€ 1,234"], "", "“€ 1,234” is taken for 1234"),
        (["1.234", "5,5"], "", ""),
        (["1.234", "5.678"], COMMA, ""),
        (["1.5", "2.25"], "", ""),
        (["12", "1 234"], "", ""),
    ],
)
def test_figure_that_could_be_two_is_told(cells: list[str], style: str, doubt: str) -> None:
    assert typed(cells, style).doubt == doubt


def test_money_has_no_thousandths() -> None:
    for cells in (["1.234 €", "2.500 €", "800 €"], ["CHF 1.234", "CHF 2.500", "CHF 800"]):
        column = typed(cells, "")
        assert list(column.values) == ["1234", "2500", "800"] and "is taken for 1234" in column.doubt
    assert list(typed(["1.234 kg", "2.500 kg"], "").values) == ["1.234", "2.500"]
    assert list(typed(["$1,234", "$800"], "").values) == ["1234", "800"]
    assert list(typed(["$1.50", "$800"], "").values) == ["1.50", "800"]
