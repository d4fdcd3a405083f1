"""Dates as formats write them: what is none, or cannot be, counts as none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.workers.extract.moments import mail_moment, moment, written_by


def ms(*at: int) -> int:
    return int(datetime(*at, tzinfo=UTC).timestamp()) * 1000  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("D:20240312101112+01'00'", ms(2024, 3, 12, 9, 11, 12)),
        ("D:20240312101112-0530", ms(2024, 3, 12, 15, 41, 12)),
        ("D:20240312", ms(2024, 3, 12, 12)),
        ("D:202403121011Z00'00'", ms(2024, 3, 12, 10, 11)),
        ("2024-03-12T10:11:12.716192158", ms(2024, 3, 12, 10, 11, 12)),
        ("2024-03-12T10:11:12Z", ms(2024, 3, 12, 10, 11, 12)),
        ("2024-03-12T10:11:12+02:00", ms(2024, 3, 12, 8, 11, 12)),
        ("2024:03:12 10:11:12", ms(2024, 3, 12, 10, 11, 12)),
        ("2024-03", ms(2024, 3, 1, 12)),
        ("2024", ms(2024, 1, 1, 12)),
    ],
)
def test_a_date_is_read_as_its_format_writes_it(said: str, at: int) -> None:
    assert moment(said) == at


@pytest.mark.parametrize(
    "said",
    ["", "yesterday", "0000:00:00 00:00:00", "1601-01-01T00:00:00Z", "1904-01-01T00:00:00Z", "1970-01-01T00:00:00Z",
     "2024-13-45", "D:99999999999999", "2024-02-30", f"{datetime.now(UTC) + timedelta(days=40):%Y-%m-%d}", "9" * 9999,
     "2024-03-12T99:99:99Z"],
)  # fmt: skip
def test_a_date_that_cannot_be_is_none(said: str) -> None:
    assert moment(said) == 0
    assert mail_moment(said) == 0


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("Tue, 12 Mar 2024 10:11:12 +0100", ms(2024, 3, 12, 9, 11, 12)),
        ("12 Mar 24 10:11 GMT", ms(2024, 3, 12, 10, 11)),
        ("Tue, 12 Mar 2024 10:11:12 -0500 (EST)", ms(2024, 3, 12, 15, 11, 12)),
        ("Mon Mar 11 09:15:00 2024", ms(2024, 3, 11, 9, 15)),
        ("2024-03-12 10:11:12 +0100", ms(2024, 3, 12, 9, 11, 12)),
        ("Di., 12. März 2024 10:11:12 +0100", ms(2024, 3, 12, 12)),
        ("Thu, 01 Jan 1970 00:00:00 +0000", 0),
        ("Tue, 99 Foo 2024 99:99", 0),
    ],
)
def test_a_mail_is_from_when_its_header_says(said: str, at: int) -> None:
    assert mail_moment(said) == at


def test_a_person_is_named_with_their_address_once() -> None:
    assert written_by('"Ohl, Karin"', "k@x.example") == "Ohl, Karin <k@x.example>"
    assert written_by("k@x.example", "K@x.example") == "k@x.example"
    assert written_by("", "k@x.example") == "k@x.example"
    assert written_by("Karin", "") == "Karin"
    assert written_by("", "") == ""
