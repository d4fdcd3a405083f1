"""Dates and spans of time as people write them, against a given today."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from app.language.question import calendar_words as say
from app.language.question.cue_words import NUMBERED
from app.language.question.tokens import Token, tokens_of

_EARLIEST = 1500  # what is less is a number, unless a word or an operator says that it is a year
_EARLIEST_SAID = 1000
_FURTHEST = 20  # years from today that a month in figures may lie
_LATEST = 2200
_FEW = 12
_MONTH_NAMES = (
    "", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


class Span(msgspec.Struct, frozen=True):
    """A stretch of time. first: its first day. after: the first day that is not of it. grain: "day" to "year".

    relative: said from today (“last week”), so that no document holds the words.
    """

    first: date
    after: date
    grain: str
    relative: bool = False


class NoSuchDate(msgspec.Struct, frozen=True):
    """What looks like a date and is none. text: as a person says it: “31 February 2024”."""

    text: str


class Found(msgspec.Struct, frozen=True):
    """What a run of tokens says. length: how many they are."""

    span: Span | NoSuchDate
    length: int


def written(day: date) -> str:
    """A day for a person: “1 March 2024”."""
    return f"{day.day} {_MONTH_NAMES[day.month]} {day.year}"


def read_value(text: str, today: date) -> Span | NoSuchDate | None:
    """What stands behind `after:` or `before:`; None if it is no date at all."""
    tokens = tokens_of(text)
    found = date_at(tokens, 0, today, alone=True)
    return found.span if found is not None and found.length == len(tokens) else None


def is_numeric_day(text: str) -> bool:
    """Whether a token has the form of a day with its year, which little else has; “31.02.2024”, too."""
    parts = _parts(text)
    years = [part for part in parts[::2] if len(part) == 4]
    others = [part for part in parts if len(part) <= 2]
    return len(parts) == 3 and len(years) == 1 and len(others) == 2 and _EARLIEST <= int(years[0]) <= _LATEST


def is_figures_of_month(text: str) -> bool:
    """Whether a token that was read as a date is a month in figures, as invoices are numbered, too."""
    return len(_parts(text)) == 2


def date_at(tokens: Sequence[Token], at: int, today: date, *, alone: bool) -> Found | None:
    """The date or span that begins at a token, the longest reading of it.

    alone: a preposition or an operator says that a date comes, so that a bare year or “may” is one.
    """
    for reading in (_numeric, _day_and_month, _month_and_day, _relative, _quarter, _month, _season, _weekday, _year):
        found = reading(tokens, at, today, alone)
        if found is not None:
            return found
    return None


def _numeric(tokens: Sequence[Token], at: int, today: date, alone: bool) -> Found | None:
    """2024-03-01, 2024-03, 01.03.2024, 1/3/24, 03/2024."""
    text = _plain(tokens, at)
    parts = _parts(text)
    earliest = _EARLIEST_SAID if _is_typed(tokens, alone) else _EARLIEST
    if len(parts) == 3:
        if len(parts[1]) > 2:
            return None
        if len(parts[0]) == 4:
            year, month, day = (int(part) for part in parts)
        elif len(parts[2]) in (2, 4) and len(parts[0]) <= 2:
            day, month, year = int(parts[0]), int(parts[1]), _century(parts[2], today)
            if "/" in text and month > 12 >= day:
                day, month = month, day
            if len(parts[2]) == 2 and (not (1 <= month <= 12 and 1 <= day <= 31) or _plain(tokens, at - 1) in NUMBERED):
                return None  # a clause or a version
        else:
            return None
        if not earliest <= year <= _LATEST:
            return None
        return _checked_day(year, month, day, 1)
    if len(parts) == 2 and "." not in text and {len(parts[0]), len(parts[1])} <= {1, 2, 4}:
        month_first = len(parts[1]) == 4
        if not month_first and len(parts[0]) != 4:
            return None
        year, month = (int(part) for part in (reversed(parts) if month_first else parts))
        if not earliest <= year <= today.year + _FURTHEST or len(parts[0 if month_first else 1]) == 4:
            return None
        if not 1 <= month <= 12:  # “2023/24” is a season of something
            return None
        return Found(_month_span(year, month), 1)
    return None


def _day_and_month(tokens: Sequence[Token], at: int, today: date, _alone: bool) -> Found | None:
    """1 March 2024, 1. März, the 3rd of May 2020, 1er mars, 5 de mayo de 2021."""
    start = at
    if _plain(tokens, at) in say.FILLERS:
        at += 1
    if not _is_day(tokens, at):
        return None
    day, at = int(tokens[at].plain), at + 1
    if at < len(tokens) and tokens[at].glued and tokens[at].plain in say.ORDINAL_ENDINGS:
        at += 1
    if _plain(tokens, at) in ("of", "de", "di", "d"):
        at += 1
    month = say.MONTHS.get(_plain(tokens, at))
    if month is None:
        return None
    return _day_with_year(tokens, start, at + 1, month, day, today)


def _month_and_day(tokens: Sequence[Token], at: int, today: date, _alone: bool) -> Found | None:
    """March 1, 2024; March 3rd."""
    month = say.MONTHS.get(_plain(tokens, at))
    if month is None or not _is_day(tokens, at + 1):
        return None
    day, end = int(tokens[at + 1].plain), at + 2
    if end < len(tokens) and tokens[end].glued and tokens[end].plain in say.ORDINAL_ENDINGS:
        end += 1
    return _day_with_year(tokens, at, end, month, day, today)


def _day_with_year(tokens: Sequence[Token], start: int, end: int, month: int, day: int, today: date) -> Found:
    year, end = _year_after(tokens, end)
    if year is not None:
        return _checked_day(year, month, day, end - start)
    past = [y for y in range(today.year, today.year - 8, -1) if day <= calendar.monthrange(y, month)[1]]
    if not past:
        return Found(NoSuchDate(f"{day} {_MONTH_NAMES[month]}"), end - start)
    year = next((y for y in past if date(y, month, day) <= today), past[-1])
    return _checked_day(year, month, day, end - start)


def _relative(tokens: Sequence[Token], at: int, today: date, _alone: bool) -> Found | None:
    """Today, yesterday; last week, letzten Monat, la semana pasada; last March; three days ago, vor 3 Tagen."""
    word = _plain(tokens, at)
    if word in say.DAYS_BACK:
        length = 2 if word == "aujourd" and _plain(tokens, at + 1) == "hui" else 1
        return Found(_day_span(today - timedelta(say.DAYS_BACK[word]), relative=True), length)
    if word in say.LAST or word in say.LAST_BEFORE:
        return _last(tokens, at, today)
    if word in say.THIS and (unit := say.UNITS.get(_plain(tokens, at + 1))) and unit != "day":
        return Found(_unit_span(today, unit, 0), 2)
    unit = say.UNITS.get(word)
    if unit and unit != "day" and _plain(tokens, at + 1) in say.LAST_AFTER:
        return Found(_unit_span(today, unit, 1), 2)
    if word in say.MONTHS and _plain(tokens, at + 1) in say.LAST_AFTER:
        return Found(_last_month_named(say.MONTHS[word], today, before_this=True), 2)
    behind = 1 if word in say.AGO_BEFORE else 3 if [_plain(tokens, at + n) for n in range(3)] == ["il", "y", "a"] else 0
    number = _number(tokens, at + behind)
    unit = say.UNITS.get(_plain(tokens, at + behind + 1))
    if number is None or unit is None:
        return None
    if behind:
        return Found(_around(today, unit, number), behind + 2)
    after = _plain(tokens, at + 2)
    if after in say.AGO:
        return Found(_around(today, unit, number), 3)
    if after in say.LAST_AFTER:
        return Found(_stretch(today, unit, number), 3)
    return None


def _last(tokens: Sequence[Token], at: int, today: date) -> Found | None:
    nxt = _plain(tokens, at + 1)
    unit = say.UNITS.get(nxt)
    if unit and unit != "day":
        return Found(_unit_span(today, unit, 1), 2)
    if nxt in say.MONTHS:
        year, end = _year_after(tokens, at + 2)
        span = (
            _month_span(year, say.MONTHS[nxt]) if year else _last_month_named(say.MONTHS[nxt], today, before_this=True)
        )
        return Found(span, end - at)
    if nxt in say.SEASONS:
        return Found(_last_season(say.SEASONS[nxt], today), 2)
    if nxt in say.WEEKDAYS:
        back = (today.weekday() - say.WEEKDAYS[nxt]) % 7 or 7
        return Found(_day_span(today - timedelta(back), relative=True), 2)
    number = _number(tokens, at + 1)
    unit = say.UNITS.get(_plain(tokens, at + 2))
    return Found(_stretch(today, unit, number), 3) if number is not None and unit else None


def _quarter(tokens: Sequence[Token], at: int, _today: date, _alone: bool) -> Found | None:
    """Q3 2023, Q3/2023."""
    quarter, *joined = _parts(_plain(tokens, at + 1)) or [_plain(tokens, at + 1)]
    if _plain(tokens, at) != "q" or quarter not in ("1", "2", "3", "4"):
        return None
    if joined:
        year, end = int(joined[-1]) if len(joined[-1]) == 4 and len(joined) == 1 else None, at + 2
    else:
        year, end = _year_after(tokens, at + 2)
    if year is None or year < _EARLIEST:
        return None
    first = date(year, 3 * int(quarter) - 2, 1)
    return Found(Span(first, _months_on(first, 3), "month"), end - at)


def _month(tokens: Sequence[Token], at: int, today: date, alone: bool) -> Found | None:
    """March 2024, May; without a year the last one that has begun."""
    word = _plain(tokens, at)
    month = say.MONTHS.get(word)
    if month is None:
        return None
    year, end = _year_after(tokens, at + 1)
    if year is not None:
        return Found(_month_span(year, month), end - at)
    if word in say.AMBIGUOUS_MONTHS and not (alone and (len(word) > 3 or len(tokens) == 1 or tokens[at].capital)):
        return None
    return Found(_last_month_named(month, today, before_this=False), 1)


def _season(tokens: Sequence[Token], at: int, today: date, alone: bool) -> Found | None:
    """Spring 2022, im Frühjahr."""
    word = _plain(tokens, at)
    month = say.SEASONS.get(word)
    if month is None:
        return None
    year, end = _year_after(tokens, at + 1)
    if year is not None:
        first = date(year, month, 1)
        return Found(Span(first, _months_on(first, 3), "month"), end - at)
    if not alone or word in say.AMBIGUOUS_SEASONS:
        return None
    return Found(_last_season(month, today), 1)


def _weekday(tokens: Sequence[Token], at: int, today: date, alone: bool) -> Found | None:
    day = say.WEEKDAYS.get(_plain(tokens, at))
    if day is None or not alone:
        return None
    return Found(_day_span(today - timedelta((today.weekday() - day) % 7), relative=True), 1)


def _year(tokens: Sequence[Token], at: int, today: date, alone: bool) -> Found | None:
    text = _plain(tokens, at)
    if not alone or len(text) != 4 or not text.isdecimal() or not _EARLIEST_SAID <= int(text) <= today.year + 1:
        return None
    if int(text) < _EARLIEST and not _is_typed(tokens, alone) and say.UNITS.get(_plain(tokens, at - 1)) != "year":
        return None
    return Found(Span(date(int(text), 1, 1), date(int(text) + 1, 1, 1), "year"), 1)


def _plain(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].plain if 0 <= at < len(tokens) else ""


def _parts(text: str) -> list[str]:
    """The figures of a token that one mark divides; none if they are no figures of a date."""
    mark = next((sign for sign in "-./" if sign in text), "")
    parts = text.split(mark) if mark else []
    return parts if all(part.isdecimal() and len(part) <= 4 for part in parts) else []


def _is_typed(tokens: Sequence[Token], alone: bool) -> bool:
    """Whether the token is what stands behind an operator: in a question another word leads it."""
    return alone and len(tokens) == 1


def _is_day(tokens: Sequence[Token], at: int) -> bool:
    text = _plain(tokens, at)
    return text.isdecimal() and 1 <= len(text) <= 2 and text != "0"


def _number(tokens: Sequence[Token], at: int) -> int | None:
    text = _plain(tokens, at)
    return int(text) if text.isdecimal() and len(text) <= 3 else say.NUMBERS.get(text)


def _century(text: str, today: date) -> int:
    year = int(text)
    if len(text) == 4:
        return year
    return year + (2000 if year <= today.year % 100 + 10 else 1900)


def _year_after(tokens: Sequence[Token], at: int) -> tuple[int | None, int]:
    """The year that stands here, perhaps behind “of” or “de”, and the token after it."""
    end = at + 1 if _plain(tokens, at) in ("of", "de", "del", "des", "jahres") else at
    text = _plain(tokens, end)
    if len(text) == 4 and text.isdecimal() and (_EARLIEST if end == at else _EARLIEST_SAID) <= int(text) < 9999:
        return int(text), end + 1
    return None, at


def _checked_day(year: int, month: int, day: int, length: int) -> Found:
    try:
        return Found(_day_span(date(year, month, day)), length)
    except ValueError:
        name = _MONTH_NAMES[month] if 1 <= month <= 12 else f"month {month}"
        return Found(NoSuchDate(f"{day} {name} {year}" if 1 <= month <= 12 else f"{name} of {year}"), length)


def _day_span(day: date, *, relative: bool = False) -> Span:
    return Span(day, _later(day, 1), "day", relative)


def _later(day: date, days: int) -> date:
    return day + timedelta(days) if day.year < 9999 else day


def _month_span(year: int, month: int) -> Span:
    return Span(date(year, month, 1), _months_on(date(year, month, 1), 1), "month")


def _months_on(day: date, months: int) -> date:
    """The same day so many months later or, below 0, earlier; the month's last one where it has no such day."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(max(count, 12), 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _last_month_named(month: int, today: date, *, before_this: bool) -> Span:
    begun = month < today.month or (month == today.month and not before_this)
    span = _month_span(today.year if begun else today.year - 1, month)
    return Span(span.first, span.after, "month", relative=True)


def _last_season(month: int, today: date) -> Span:
    first = date(today.year, month, 1)
    while _months_on(first, 1) > today:
        first = date(first.year - 1, month, 1)
    return Span(first, _months_on(first, 3), "month", relative=True)


def _unit_span(today: date, unit: str, back: int) -> Span:
    """The week, month or year that was so many before this one."""
    if unit == "week":
        monday = today - timedelta(today.weekday() + 7 * back)
        return Span(monday, _later(monday, 7), "week", relative=True)
    if unit == "month":
        first = _months_on(today.replace(day=1), -back)
        return Span(first, _months_on(first, 1), "month", relative=True)
    return Span(date(today.year - back, 1, 1), date(today.year - back + 1, 1, 1), "year", relative=True)


def _before(today: date, unit: str, number: int) -> date:
    if unit in ("day", "week"):
        return today - timedelta(number * (7 if unit == "week" else 1))
    return _months_on(today, -number * (12 if unit == "year" else 1))


def _stretch(today: date, unit: str, number: int) -> Span:
    """The last so many days, weeks, months or years, today with them."""
    return Span(_before(today, unit, number), _later(today, 1), unit, relative=True)


def _around(today: date, unit: str, number: int) -> Span:
    """So many days, weeks, months or years ago: that day, or the week, month or year around it."""
    day = _before(today, unit, number)
    if unit == "day":
        return _day_span(day, relative=True)
    return _unit_span(day, unit, 0)
