"""Sums with days of the calendar: how long between two, which comes so much later, what weekday it is.

Every word of a sum must be understood: what is left over would change it, so it is refused instead of passed over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from dateutil.relativedelta import relativedelta

from app.assistant.computing.refusal import Refused
from app.base.wording import count
from app.language.facts.dates import Date, dates

_TODAY = re.compile(r"\btoday\b", re.IGNORECASE)
_STEP = re.compile(
    r"(?P<sign>[+-]?)\s{0,3}(?<![\d.,])(?P<number>\d{1,9})\s{0,3}(?P<unit>day|week|month|year)s?\b", re.IGNORECASE
)
_EARLIER = frozenset({"before", "earlier", "ago", "minus"})
_BETWEEN = frozenset({"between", "from", "since", "until", "till"})
_KNOWN_WORDS = """
a an and the is it what which when will be of on to in after before later earlier than from since until till between
minus plus ago how long many much time days day weekday date
"""
_KNOWN = frozenset(_KNOWN_WORDS.split())
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_YEAR = re.compile(r"\d{4}")
_FULL = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")


def reckoned(text: str, today: date) -> str | None:
    """The answer to a sum with dates; None if it names no whole date. Raises Refused.

    today: what "today" means, and what time is counted to or from where one date alone is named. Days are counted
    without the first: from Monday to Tuesday is one.
    """
    said = _TODAY.sub(today.isoformat(), text)
    for dash in "–−—":
        said = said.replace(dash, "-")
    found = _whole(said)
    if not found:
        if wrong := _FULL.search(said):
            raise Refused(f"“{wrong[0]}” is no day that can be reckoned with: write it as 2024-03-01.")
        return None
    days = [_day(one) for one in found]
    rest = said
    for one in reversed(found):
        rest = f"{rest[: one.start]} # {rest[one.end :]}"
    steps = list(_STEP.finditer(rest))
    words = _left_over(_STEP.sub(" ", rest))
    if len(days) == 1 and steps:
        return _stepped(days[0], steps, words, rest)
    if len(days) == 1 and not words & _BETWEEN:
        return f"{days[0].isoformat()} is a {_WEEKDAYS[days[0].weekday()]}."
    if len(days) <= 2 and not steps:
        return _apart(days[0], days[1] if len(days) == 2 else today)
    raise Refused("A sum with dates takes two dates, or one date and so many days, weeks, months or years.")


def _whole(text: str) -> Sequence[Date]:
    """The dates of a text that say a day, with a whole year; a year alone is a figure like any other."""
    return [one for one in dates(text) if any(map(all, one.days)) and _YEAR.search(one.text)]


def _day(said: Date) -> date:
    """The day that a date says. Raises Refused where it is none, or may be several."""
    whole = {day for day in said.days if all(day)}
    if len(whole) != 1:
        raise Refused(f"“{said.text}” may be several days: write it as YYYY-MM-DD.")
    try:
        return date(*whole.pop())
    except ValueError:
        raise Refused(f"There is no day {said.text}.") from None


def _left_over(text: str) -> frozenset[str]:
    """The words beside dates and steps. Raises Refused for one that is not understood."""
    words = re.findall(r"[^\W\d_]+|\d[\d.,]*|[^\w\s#]", text.casefold())
    for word in words:
        if word not in _KNOWN and word not in ("+", "-", "?", ".", ",", ":", "(", ")"):
            raise Refused(f"“{word}” is not understood in a sum with dates: write it like 2024-03-01 + 90 days.")
    return frozenset(words)


def _stepped(day: date, steps: Sequence[re.Match[str]], words: frozenset[str], rest: str) -> str:
    """The day so much later or earlier; months end with their last day. Steps without a sign go with those before."""
    back = bool(words & _EARLIER) or re.search(r"-\s*\(", rest) is not None
    signs = {step["sign"] for step in steps} - {""}
    if back and signs and (words & _EARLIER or "-" in signs):
        raise Refused("It says both “before” and a sign: write it like 2024-03-01 - 1 month - 3 days.")
    sign = -1 if back else 1
    total = relativedelta()
    for step in steps:
        if step["sign"] and not back:
            sign = -1 if step["sign"] == "-" else 1
        total += relativedelta(**{f"{step['unit'].lower()}s": sign * int(step["number"])})
    try:
        day += total
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
