"""Dates in the names of files and in titles."""

from __future__ import annotations

from datetime import date

import pytest

from app.language.named_dates import Period, date_in_path, date_in_title

LATEST = date(2027, 12, 31)


def days(first: date, last: date | None = None) -> Period:
    return Period(first, last or first)


MARCH = days(date(2024, 3, 1), date(2024, 3, 31))
TWELFTH = days(date(2024, 3, 12))
YEAR = days(date(2024, 1, 1), date(2024, 12, 31))


@pytest.mark.parametrize(
    ("path", "period"),
    [
        ("2024-03-12.md", TWELFTH),
        ("2024_03", MARCH),
        ("2024.03", MARCH),
        ("Rechnung 12.03.2024.pdf", TWELFTH),
        ("Rechnung 12. 3. 2024.pdf", TWELFTH),
        ("Rechnung 12.3.24.pdf", TWELFTH),
        ("20240312_scan.pdf", TWELFTH),
        ("IMG_20240312_153000.jpg", TWELFTH),
        ("20240312153000.pdf", TWELFTH),
        ("Screenshot 2024-03-12 at 10.11.12.png", TWELFTH),
        ("statement 03-31-2024.pdf", days(date(2024, 3, 31))),
        ("2024年3月12日.txt", TWELFTH),
        ("12. März 2024 Protokoll.docx", TWELFTH),
        ("12 de março de 2024.txt", TWELFTH),
        ("March 12th, 2024.txt", TWELFTH),
        ("2024-Mar-12.txt", TWELFTH),
        ("Protokoll Maerz 2024.docx", MARCH),
        ("2024-W11.md", days(date(2024, 3, 11), date(2024, 3, 17))),
        ("KW11 2024.md", days(date(2024, 3, 11), date(2024, 3, 17))),
        ("Q1 2024.pdf", days(date(2024, 1, 1), date(2024, 3, 31))),
        ("2024Q1.pdf", days(date(2024, 1, 1), date(2024, 3, 31))),
        ("annual_report_2024.md", YEAR),
        ("report2024.md", YEAR),
        ("journal/2024/03/12.md", TWELFTH),
        ("journal/2024/03/12 snow.md", TWELFTH),
        ("journal/2024/03-12.md", TWELFTH),
        ("journal/2024/03.md", MARCH),
        ("journal/2024/03 March/snow.md", MARCH),
        ("journal/2024/März/snow.md", MARCH),
        ("2024/2024-03/12.md", TWELFTH),
        ("2024-03-12 trip/P1010001.jpg", TWELFTH),
        ("taxes/2024/receipts/shoes.pdf", YEAR),
        ("2024/12 angry men.pdf", YEAR),
        ("2024/copy of 2023-05-06.md", days(date(2023, 5, 6))),
        ("2024-02-01_2024-03-12.csv", TWELFTH),
        ("2023-2024/plan.md", YEAR),
        ("photo 30.02.2024.jpg", days(date(2024, 2, 1), date(2024, 2, 29))),
    ],
)
def test_a_file_is_from_when_its_name_or_its_folders_say(path: str, period: Period) -> None:
    assert date_in_path(path.split("/"), LATEST) == period


@pytest.mark.parametrize(
    "path",
    ["notes.md", "IMG_2024.jpg", "DSC_1999.jpg", "55512345678.txt", "v2.10.3.txt", "AB-1234/5.txt", "letter 1799.md",
     "9999-99-99.md", "2031-01-01.md", "٢٠٢٤-٠٣-١٢x.md", "", "MacBook Pro.md", "100%.txt"],
)  # fmt: skip
def test_numbers_that_are_no_dates_say_nothing(path: str) -> None:
    found = date_in_path(path.split("/"), LATEST)
    assert found in (None, TWELFTH) if path.startswith("٢") else found is None


def test_a_title_says_what_year_it_is_of() -> None:
    assert date_in_title("Annual report 2024", LATEST) == YEAR
    assert date_in_title("Minutes of 12 March 2024", LATEST) == TWELFTH
    assert date_in_title("Why boats float", LATEST) is None
    assert date_in_title("9" * 100_000, LATEST) is None
