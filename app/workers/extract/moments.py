"""Dates as formats write them, and who wrote something, each as it may be trusted."""

from __future__ import annotations

import email.utils
import re
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock

from app.language.named_dates import date_in_title
from app.workers.extract.content import one_line

DATE_CHARS = 200
NAME_CHARS = 200
MOST_SENDERS = 3
EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)  # 1601, 1904 and 1970 are clocks that were never set
LATEST_AHEAD = timedelta(days=1)  # a clock or a time zone may be off by so much

_DIGITS = re.compile(
    r"(?:D:)?\s{0,3}(\d{4})[-:/.]?(\d\d)?[-:/.]?(\d\d)?(?:[T ]?(\d\d):?(\d\d)?:?(\d\d)?)?(?:\.\d{1,9})?"
    r"\s?(?:Z|([-+])(\d\d)[:']?(\d\d)?)?"
)


def moment(said: str) -> int:
    """Unix ms of a date as XML, XMP, PDF (D:20240312101112+01'00') and EXIF write it; 0 if it is none or cannot be.

    Without a zone it is taken for UTC; of a year or a month alone, it is its first day.
    """
    match = _DIGITS.match(said.strip()[:DATE_CHARS])
    if match is None:
        return 0
    year, month, day, hour, minute, second = (int(part or missing) for part, missing in zip(
        match.groups()[:6], (0, 1, 1, 0 if match[4] else 12, 0, 0), strict=True
    ))  # fmt: skip
    ahead = timedelta(hours=int(match[8] or 0), minutes=int(match[9] or 0))
    try:
        at = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
        return sound(at + ahead if match[7] == "-" else at - ahead)
    except (ValueError, OverflowError):
        return 0


def mail_moment(said: str) -> int:
    """Unix ms of a mail's Date; 0 if it is none or cannot be. In words of another language, it is that day's noon."""
    said = said.strip()[:DATE_CHARS]
    try:
        fields = email.utils.parsedate_tz(said)
        if fields is not None:
            return sound(datetime.fromtimestamp(email.utils.mktime_tz(fields), UTC))
    except (ValueError, OverflowError, OSError, TypeError, IndexError):
        return 0
    named = date_in_title(said, datetime.now(UTC).date())
    if not said[:4].isdigit() and named is not None and named.days == 1:
        return noon(named.first)
    return moment(said)


def noon(day: date) -> int:
    """Unix ms of a day's noon, if that may be when something was written, else 0."""
    return sound(datetime.combine(day, clock(12), UTC))


def sound(at: datetime) -> int:
    """Unix ms of a moment that somebody may have written something at; 0 of any other."""
    if not EARLIEST <= at <= datetime.now(UTC) + LATEST_AHEAD:
        return 0
    return int(at.timestamp() * 1000)


def written_by(name: str, address: str) -> str:
    """A person with their address, “Karin Ohl <k.ohl@post.example>”, as far as there is either."""
    name, address = one_line(name, NAME_CHARS).strip("\"' "), one_line(address, NAME_CHARS)
    if not address or name.casefold() == address.casefold():
        return name or address
    return f"{name} <{address}>" if name else address
