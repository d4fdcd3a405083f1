"""Dates that stand in the names of files and folders and in titles: “Rechnung 31.12.2023”, “2024_03”, “2024/03/12”."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import lru_cache

import msgspec

from app.language.months import month_of

TEXT_CHARS = 300
EARLIEST = 1900
EARLIEST_YEAR = 1950  # of a year that stands alone: before, a number is rarely one
YEAR_DAYS = (365, 366)
MONTH_DAYS = range(28, 32)
FOLDERS = 4  # above a file that may say when it is from
_CAMERA = re.compile(r"(?:IMG|DSC|DSCN|DSCF|MVI|GOPR|P|CIMG|SAM|SCAN)[-_ ]?\Z", re.IGNORECASE)  # they count pictures

_YMD = re.compile(r"(?<!\d)(\d{4})([-_. /]?)(\d{2})\2(\d{2})(?:(?:(?<=\d)|[T_])\d{4}(?:\d{2})?)?(?!\d)")
_YMD_SHORT = re.compile(r"(?<!\d)(\d{4})([-_./])(\d{1,2})\2(\d{1,2})(?!\d)")
_DMY = re.compile(r"(?<!\d)(\d{1,2})([-_./] ?| )(\d{1,2})\2(\d{4})(?!\d)")
_DMY_SHORT = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{2})(?![\d.])")
_CJK = re.compile(r"(?<!\d)(\d{4}) ?[年년](?: ?(\d{1,2}) ?[月월](?: ?(\d{1,2}) ?[日일])?)?")
_GAP = r"[\s_\-.,]{0,3}"
_MONTH = r"([^\W\d_]{3,12})"
_OF = r"(?:(?:de|of|del|do|di) )?"
_DAY_NAMED = re.compile(rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|[.ºª])?{_GAP}{_OF}{_MONTH}{_GAP}{_OF}(\d{{4}})(?!\d)")
_NAMED_DAY = re.compile(rf"(?<![^\W\d_]){_MONTH}{_GAP}(\d{{1,2}})(?:st|nd|rd|th)?[\s_\-,]{{1,3}}(\d{{4}})(?!\d)")
_YEAR_NAMED = re.compile(rf"(?<!\d)(\d{{4}}){_GAP}{_MONTH}(?:{_GAP}(\d{{1,2}})(?!\d))?")
_NAMED = re.compile(rf"(?<![^\W\d_]){_MONTH}{_GAP}{_OF}(\d{{4}})(?!\d)")
_YM = re.compile(r"(?<!\d)(\d{4})[-_./ ]?(\d{2})(?!\d)")
_MY = re.compile(r"(?<!\d)(\d{1,2})[-_./](\d{4})(?!\d)")
_QUARTER = re.compile(r"(?<![^\W\d_])[QqTt]([1-4])[-_ /]?(\d{4})(?!\d)|(?<!\d)(\d{4})[-_ /]?[QqTt]([1-4])(?![^\W_])")
_WEEK = re.compile(
    r"(?<!\d)(\d{4})[-_ ]?K?W[-_ ]?(\d{1,2})(?!\d)|(?<![^\W\d_])KW[-_ ]?(\d{1,2})[-_ /](\d{4})(?!\d)", re.IGNORECASE
)
_YEAR = re.compile(r"(?<!\d)(\d{4})(?![\d%])(?![^\W\d_])")
_LIKELY = re.compile(r"\d{4}|\d\.\d{1,2}\.\d\d")
_LEADING = re.compile(r"(\d{1,2})(?!\d)")
_MONTH_DAY = re.compile(r"(\d{1,2})[-_.](\d{1,2})")
_WORD = re.compile(r"[^\W\d_]{3,12}")


class Period(msgspec.Struct, frozen=True, order=True):
    """The days that a date leaves open, first and last: one of a day, all of a month or a year."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many there are."""
        return (self.last - self.first).days + 1

    def holds(self, other: Period) -> bool:
        """Whether the other one lies in this."""
        return self.first <= other.first and other.last <= self.last


def date_in_title(title: str, latest: date) -> Period | None:
    """What a title says that it is of, the most exact of several and of these the last. latest: none is after it."""
    return _date_in(title, latest)


def date_in_path(parts: Sequence[str], latest: date) -> Period | None:
    """What a file's name says, or the folders that it lies in, and of both the more exact where they agree.

    parts: the names of the folders below the one that the person chose, then the file's.
    """
    *folders, name = parts
    stem, _, ending = name.rpartition(".")
    if not stem or ending.isdigit():
        stem = name
    own = _date_in(stem, latest)
    above = _date_of_folders(folders[-FOLDERS:], stem, latest)
    if own is None or (above is not None and own.holds(above)):
        return above
    return own


def _date_of_folders(folders: Sequence[str], stem: str, latest: date) -> Period | None:
    """What the nearest folder says that says anything: of a year, the months may stand below it, and their days."""
    for at in range(len(folders) - 1, -1, -1):
        found = _date_in(folders[at], latest)
        if found is None:
            continue
        below = [*folders[at + 1 :], stem]
        if found.days in YEAR_DAYS and (month := _month_below(found.first.year, below)) is not None:
            found, below = (month, below[1:]) if month.days > 1 else (month, [])
        if found.days in MONTH_DAYS and below and (day := _LEADING.match(below[0])):
            found = _day(found.first.year, found.first.month, int(day[1])) or found
        return found if found.first <= latest else None
    return None


def _month_below(year: int, below: Sequence[str]) -> Period | None:
    """What the folder or file right below a year's folder says: “03”, “03 March”, “March”, “03-12” for a day."""
    name = below[0]
    if day := _MONTH_DAY.fullmatch(name):
        return _day(year, int(day[1]), int(day[2]))
    words = [month for word in _WORD.findall(name) if (month := month_of(word))]
    number = _LEADING.match(name)
    if words:
        return _month(year, words[0])
    if number and (len(below) > 1 or number.end() == len(name)):
        return _month(year, int(number[1]))
    return None


def _date_in(text: str, latest: date) -> Period | None:
    """The most exact date in the text that is not too late."""
    text = text[:TEXT_CHARS]
    return _most_exact(text, latest) if _LIKELY.search(text) else None


@lru_cache(maxsize=4096)
def _most_exact(text: str, latest: date) -> Period | None:
    """The same of a text that likely holds one. Kept, as folders hold many files and files are dated more than once."""
    for finer in (_days, _months, _years):
        found = [one for one in finer(text) if one is not None and one.first.year >= EARLIEST and one.first <= latest]
        if found:
            return max(found, key=lambda period: period.last)
    return None


def _days(text: str) -> Iterator[Period | None]:
    for match in (*_YMD.finditer(text), *_YMD_SHORT.finditer(text)):
        yield _day(int(match[1]), int(match[3]), int(match[4]))
    for match in _DMY.finditer(text):
        yield _day_and_month(int(match[1]), int(match[3]), int(match[4]))
    for match in _DMY_SHORT.finditer(text):
        yield _day(2000 + int(match[3]), int(match[2]), int(match[1]))
    for match in _CJK.finditer(text):
        if match[3]:
            yield _day(int(match[1]), int(match[2]), int(match[3]))
    for match in _DAY_NAMED.finditer(text):
        yield _day(int(match[3]), month_of(match[2]) or 0, int(match[1]))
    for match in _NAMED_DAY.finditer(text):
        yield _day(int(match[3]), month_of(match[1]) or 0, int(match[2]))
    for match in _YEAR_NAMED.finditer(text):
        if match[3]:
            yield _day(int(match[1]), month_of(match[2]) or 0, int(match[3]))


def _months(text: str) -> Iterator[Period | None]:
    for match in _YM.finditer(text):
        yield _month(int(match[1]), int(match[2]))
    for match in _MY.finditer(text):
        yield _month(int(match[2]), int(match[1]))
    for match in _CJK.finditer(text):
        yield _month(int(match[1]), int(match[2] or 0))
    for match in _YEAR_NAMED.finditer(text):
        yield _month(int(match[1]), month_of(match[2]) or 0)
    for match in _NAMED.finditer(text):
        yield _month(int(match[2]), month_of(match[1]) or 0)
    for match in _WEEK.finditer(text):
        yield _week(int(match[1] or match[4]), int(match[2] or match[3]))
    for match in _QUARTER.finditer(text):
        yield _quarter(int(match[2] or match[3]), int(match[1] or match[4]))


def _years(text: str) -> Iterator[Period | None]:
    for match in _YEAR.finditer(text):
        if int(match[1]) >= EARLIEST_YEAR and not _CAMERA.search(text[: match.start()]):
            yield _year(int(match[1]))


def _year(year: int) -> Period | None:
    return _made(lambda: Period(date(year, 1, 1), date(year, 12, 31)))


def _day(year: int, month: int, day: int) -> Period | None:
    return _made(lambda: Period(date(year, month, day), date(year, month, day)))


def _day_and_month(first: int, second: int, year: int) -> Period | None:
    """Day and month in the order that most countries write; in the other one where only that gives a date."""
    return _day(year, second, first) or _day(year, first, second)


def _month(year: int, month: int) -> Period | None:
    return _made(lambda: Period(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])))


def _week(year: int, week: int) -> Period | None:
    return _made(lambda: Period(date.fromisocalendar(year, week, 1), date.fromisocalendar(year, week, 7)))


def _quarter(year: int, quarter: int) -> Period | None:
    first, last = _month(year, 3 * quarter - 2), _month(year, 3 * quarter)
    return Period(first.first, last.last) if first and last else None


def _made(make: Callable[[], Period]) -> Period | None:
    """What is made, None where there is no such date."""
    try:
        return make()
    except (ValueError, OverflowError):
        return None
