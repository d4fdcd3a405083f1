"""Sums with days of the calendar: how long between two, which comes so much later, what weekday it is."""

from __future__ import annotations

import re
from datetime import date

from dateutil.relativedelta import relativedelta

from app.assistant.computing.refusal import Refused
from app.base.wording import count
from app.language.facts.dates import dates

_TODAY = re.compile(r"\btoday\b", re.IGNORECASE)
_STEP = re.compile(
    r"(?P<sign>[+−-]?)\s?(?<![\d.,])(?P<number>\d{1,9})\s?(?P<unit>day|week|month|year)s?(?P<side>\s+(?:before|ago))?",
    re.IGNORECASE,
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def reckoned(text: str, today: date) -> str | None:
    """The answer to a sum with dates; None if it names no date. Raises Refused.

    today: what "today" means. Days are counted without the first: from Monday to Tuesday is one.
    """
    said = _TODAY.sub(today.isoformat(), text)
    days = _days(said)
    if not days:
        return None
    rest = said
    for found in sorted(dates(said), key=lambda one: -one.start):
        rest = f"{rest[: found.start]} # {rest[found.end :]}"
    steps = list(_STEP.finditer(rest))
    if len(days) == 1 and steps:
        return _stepped(days[0], steps)
    if len(days) == 1:
        return f"{days[0].isoformat()} is a {_WEEKDAYS[days[0].weekday()]}."
    if len(days) == 2 and not steps:
        return _apart(*days)
    raise Refused("A sum with dates takes two dates, or one date and so many days, weeks, months or years.")


def _days(text: str) -> list[date]:
    """The dates of a text. Raises Refused for one that is no day, or may be two."""
    found: list[date] = []
    for one in dates(text):
        whole = {day for day in one.days if all(day)}
        if len(whole) != 1:
            raise Refused(f"“{one.text}” may be several days: write it as YYYY-MM-DD.")
        try:
            found.append(date(*whole.pop()))
        except ValueError:
            raise Refused(f"There is no day {one.text}.") from None
    return found


def _stepped(day: date, steps: list[re.Match[str]]) -> str:
    """The day so much later or earlier; months end with their last day."""
    for step in steps:
        number = int(step["number"]) * (-1 if step["sign"] in ("-", "−") or step["side"] else 1)
        try:
            day += relativedelta(**{f"{step['unit'].lower()}s": number})
        except (ValueError, OverflowError):
            raise Refused("That is beyond the calendar.") from None
    return f"{day.isoformat()}, a {_WEEKDAYS[day.weekday()]}."


def _apart(first: date, second: date) -> str:
    begin, end = sorted((first, second))
    apart = relativedelta(end, begin)
    parts = [(apart.years, "year"), (apart.months, "month"), (apart.days, "day")]
    spelled = ", ".join(count(number, unit) for number, unit in parts if number)
    total = (end - begin).days
    more = f" ({spelled})" if apart.years or apart.months else ""
    return f"{count(total, 'day')}{more} from {begin.isoformat()} to {end.isoformat()}."
