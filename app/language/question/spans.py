"""Limits in time that a question's plain words set: “in 2023”, “since May”, “zwischen März und Juni”, “last week”."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from app.language.question import calendar_words as say
from app.language.question.dates import Found, NoSuchDate, Span, date_at
from app.language.question.tokens import Token


class Limit(msgspec.Struct, frozen=True):
    """What was said. first: from this day on, or None. after: before this day, or None. tokens: from, to.

    grain: of what was named, "day" to "year". relative: counted from today.
    """

    first: date | None
    after: date | None
    tokens: tuple[int, int]
    grain: str
    relative: bool


def limits_in(tokens: Sequence[Token], today: date) -> tuple[list[Limit], list[NoSuchDate]]:
    """The limits, in order, and the dates among them that do not exist."""
    limits: list[Limit] = []
    wrong: list[NoSuchDate] = []
    at = 0
    while at < len(tokens):
        limit, length = _limit_at(tokens, at, today)
        if isinstance(limit, NoSuchDate):
            wrong.append(limit)
        elif limit is not None:
            limits.append(limit)
        at += max(length, 1)
    return limits, wrong


def _limit_at(tokens: Sequence[Token], at: int, today: date) -> tuple[Limit | NoSuchDate | None, int]:
    word = tokens[at].plain
    if word in say.BETWEEN or word in say.FROM:
        limit, length = _between(tokens, at, today, either=word in say.BETWEEN)
        if limit is not None:
            return limit, length
    bare = date_at(tokens, at, today, alone=False)
    if bare is not None:
        return _bare(bare, at)
    for words, kind in (
        (say.SINCE, "since"), (say.AFTER, "after"), (say.BEFORE, "before"), (say.UNTIL, "until"), (say.IN, "in"),
        (say.FROM, "in"),
    ):  # fmt: skip
        if word not in words:
            continue
        found, length = _behind(tokens, at + 1, today)
        if found is None:
            continue
        if isinstance(found.span, NoSuchDate):
            return found.span, length + 1
        return _as_limit(kind, found.span, (at, at + 1 + length)), length + 1
    return None, 1


def _behind(tokens: Sequence[Token], at: int, today: date) -> tuple[Found | None, int]:
    """The date behind a preposition and at most two small words (“in the year 2020”, “im Laufe des Mai” is not)."""
    for skipped in range(3):
        found = date_at(tokens, at + skipped, today, alone=True) if at + skipped < len(tokens) else None
        if found is not None:
            return found, skipped + found.length
        if at + skipped >= len(tokens) or tokens[at + skipped].plain not in say.FILLERS:
            return None, 0
    return None, 0


def _bare(found: Found, at: int) -> tuple[Limit | NoSuchDate | None, int]:
    """A date without a preposition limits only where it is one whole, as “last week” or “3 March 2024” are."""
    if isinstance(found.span, NoSuchDate):
        return found.span, found.length
    return _as_limit("in", found.span, (at, at + found.length)), found.length


def _between(tokens: Sequence[Token], at: int, today: date, *, either: bool) -> tuple[Limit | NoSuchDate | None, int]:
    """“Between March and June 2023”, “from 2019 to 2021”. either: “and” joins the two, else only “to” does."""
    one, first_length = _behind(tokens, at + 1, today)
    middle = at + 1 + first_length
    if one is None or middle >= len(tokens) or tokens[middle].plain not in say.AND:
        return None, 0
    if not either and tokens[middle].plain in ("and", "und", "et", "y", "e", "en", "ate"):
        return None, 0
    two, second_length = _behind(tokens, middle + 1, today)
    if two is None:
        return None, 0
    end = middle + 1 + second_length
    for found in (one, two):
        if isinstance(found.span, NoSuchDate):
            return found.span, end - at
    assert isinstance(one.span, Span) and isinstance(two.span, Span)
    first, after = one.span.first, two.span.after
    if one.span.relative and one.span.grain == "month" and two.span.grain in ("month", "day"):
        first = first.replace(year=two.span.first.year)  # “between March and June 2023”
        if first >= after:
            first = first.replace(year=first.year - 1)
    if first >= after:
        first, after = two.span.first, one.span.after
    relative = one.span.relative and two.span.relative
    return Limit(first, after, (at, end), one.span.grain, relative), end - at


def _as_limit(kind: str, span: Span, tokens: tuple[int, int]) -> Limit:
    first: date | None = span.first
    after: date | None = span.after
    if kind == "since":
        after = None
    elif kind == "after":
        first, after = span.after, None
    elif kind == "before":
        first, after = None, span.first
    elif kind == "until":
        first = None
    return Limit(first, after, tokens, span.grain, span.relative)
