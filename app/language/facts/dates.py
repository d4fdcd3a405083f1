"""Dates and times of day in a text, each with the days that it may mean."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from app.language.facts.units import unit_of
from app.language.months import month_of

_MONTH = r"[^\W\d_]{3,12}+(?![^\W\d_])\.?"  # which of them are months is looked up: a hundred of them are slow to try
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?!\d)"
_YEAR = r"(?:1[0-9]\d\d|20\d\d)(?!\d)"
_FORMS = (
    re.compile(rf"(?<!\d)(?P<y>{_YEAR})-(?P<m>\d\d)(?:-(?P<d>\d\d))?(?![\d-])"),
    re.compile(rf"(?<![\d.])(?P<d>{_DAY})(?P<s>[./-])\ ?(?P<m>0?[1-9]|1[0-2])(?P=s)\ ?(?P<y>{_YEAR}|\d\d)?(?!\d)"),
    re.compile(r"(?<![\d.])(?P<m>0?[1-9]|1[0-2])/(?P<d>(?:1[3-9]|2\d|3[01]))/(?P<y>(?:1[0-9]|20)\d\d|\d\d)(?!\d)"),
    re.compile(
        rf"(?<!\d)(?P<d>{_DAY})(?:st|nd|rd|th|er|º|\.)?[ \u00a0](?:of |de |di )?(?P<n>{_MONTH})"
        rf"(?:,? (?:de |of )?(?P<y>{_YEAR}))?",
        re.IGNORECASE,
    ),
    re.compile(rf"(?<![^\W\d_])(?P<n>{_MONTH}) (?P<d>{_DAY})(?:st|nd|rd|th)?(?:,? (?P<y>{_YEAR}))?", re.IGNORECASE),
    re.compile(rf"(?<![^\W\d_])(?P<n>{_MONTH}),? (?:de |of )?(?P<y>{_YEAR})", re.IGNORECASE),
)
_BARE_YEAR = re.compile(rf"(?<![\w.,-])(?P<y>{_YEAR})(?:s\b)?(?![\w]|[.,]\d)")
_COUNTED = re.compile(r"[ \u00a0-]?([^\W\d_]{1,14})")
_CLOCK = re.compile(
    r"(?<![\d.:])(?P<h>[01]?\d|2[0-4])[:.](?P<m>[0-5]\d)(?![\d:]|\.\d)\ ?(?P<half>[ap]\.?m\b\.?|uhr\b|h\b)?",
    re.IGNORECASE,
)
_HOUR = re.compile(r"(?<![\d.:])(?P<h>[01]?\d|2[0-4])\ ?(?P<half>[ap]\.?m\b\.?|uhr\b|o['’]clock\b)", re.IGNORECASE)
_PIVOT = 70  # of years in two digits

Day = tuple[int, int, int]


class Date(msgspec.Struct, frozen=True):
    """A date as it stands in a text. days: (year, month, day) that it may mean, 0 for what it does not say."""

    text: str
    start: int
    end: int
    days: frozenset[Day]

    def said_by(self, other: Date) -> bool:
        """Whether `other` says at least as much, and the same."""
        return any(
            all(not mine or mine == theirs for mine, theirs in zip(day, said, strict=True))
            for day in self.days
            for said in other.days
        )


class Time(msgspec.Struct, frozen=True):
    """A time of day as it stands in a text. minutes: since midnight, of each reading."""

    text: str
    start: int
    end: int
    minutes: frozenset[int]


def dates(text: str) -> list[Date]:
    """The dates of a text, in order; a year that stands alone is one too."""
    found: list[Date] = []
    taken = bytearray(len(text))
    for form in (*_FORMS, _BARE_YEAR):
        for match in form.finditer(text):
            if any(taken[match.start() : match.end()]):
                continue
            counted = _COUNTED.match(text, match.end()) if form is _BARE_YEAR else None
            days = frozenset(_days(match.groupdict()))
            if days and not (counted is not None and unit_of(counted[1])):  # 1000 years are no year
                taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())
                found.append(Date(match.group().strip(), match.start(), match.end(), days))
    return sorted(found, key=lambda date: date.start)


def times(text: str) -> list[Time]:
    """The times of day of a text, in order: 05:45, 5.45 pm, 17 Uhr. 17.45 counts only with what says that it is one."""
    found: list[Time] = []
    for match in _CLOCK.finditer(text):
        if ":" not in match.group() and not match["half"]:
            continue
        found.append(
            Time(match.group().strip(), match.start(), match.end(), _minutes(match["h"], match["m"], match["half"]))
        )
    for match in _HOUR.finditer(text):
        if not any(one.start <= match.start() < one.end for one in found):
            found.append(Time(match.group(), match.start(), match.end(), _minutes(match["h"], "0", match["half"])))
    return sorted(found, key=lambda time: time.start)


def _days(said: dict[str, str | None]) -> Iterator[Day]:
    year = _year(said.get("y"))
    named = said.get("n")
    day = int(said.get("d") or 0)
    if named is not None:
        number = month_of(named.rstrip("."))
        if number is not None:
            yield year, number, day
        return
    month = int(said.get("m") or 0)
    if not month or 1 <= month <= 12:
        yield year, month, day
    if said.get("s") == "/" and 1 <= day <= 12:  # 03/04/2027 is in March or in April
        yield year, day, month


def _year(written: str | None) -> int:
    if not written:
        return 0
    year = int(written)
    return year if year > 99 else year + (1900 if year >= _PIVOT else 2000)


def _minutes(hour: str, minute: str, half: str | None) -> frozenset[int]:
    hours, minutes = int(hour), int(minute)
    mark = (half or "").casefold()[:1]
    if mark in ("a", "p") and hours <= 12:
        hours = hours % 12 + (12 if mark == "p" else 0)
    return frozenset({(hours * 60 + minutes) % 1440})
