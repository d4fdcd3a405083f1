"""What the cells of a column are: figures, days or words; and their values, written one way."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import partial

from app.base.tables import ColumnKind

_SHARE = 0.8  # of a column's cells that must be of one kind
_NOTHING = frozenset({"", "-", "–", "—", "n/a", "na", "n.a.", "k.a.", "k. a.", "null", "none", "#n/a", "#nv", "?"})
_NUMBER = re.compile(
    r"(?P<open>\()?(?P<sign>[-+−]?)\s?(?P<before>[A-Z]{3}|US\$|Fr\.|[kK]r\.?|Rs\.?|[€$£¥])?\s?(?P<sign2>[-−]?)"
    r"(?P<figure>\d[\d.,'’\u00a0\u202f ]*)"
    r"(?:\s?(?P<after>%|[€$£¥]|[^\W\d_]{2,10}[²³]?(?:/[^\W\d_]{1,4})?|(?<=\s)[mglhs][²³]?|[glh]|m[²³]))?"
    r"\s?(?P<close>\))?"
)
_DOT = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:['’\u00a0\u202f ]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\d+\.")
_COMMA = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d{1,3}(?:['’\u00a0\u202f ]\d{3})+(?:,\d+)?|\d+(?:,\d+)?|\d+,")
_EITHER = re.compile(r"\d{1,3}[.,]\d{3}")  # what both ways of writing take, for another number
_CODE = re.compile(r"0\d+|\d{16,}")  # an account, a postcode: figures that are no number
_OTHERWISE = frozenset({
    "bn", "mn", "mio", "mrd", "tsd", "tausend", "thousand", "million", "millions", "millionen", "milliarde",
    "milliarden", "billion", "billions", "cr", "dr",
})  # fmt: skip
"""Words behind a figure that make another one of it: its scale, or its side of an account."""

_MOST_DIGITS = 26  # with its decimals; more would not be kept exactly

_MONEY = re.compile(r"[€$£¥]|US\$|EUR|CHF|USD|GBP|JPY|SEK|NOK|DKK|PLN|CZK|Fr\.|[kK]r\.?|Rs\.?|Euro|euros?")
_LONGEST = 120

DOT, COMMA = "dot", "comma"
_Way = tuple[str, Callable[[str], str | None]]


@dataclass(frozen=True)
class Typed:
    """A column's cells by kind. values: as DuckDB reads them, None for nothing. odd: places of cells of another kind.

    scale: digits after the point of its figures. doubt: as of a `TableColumn`.
    """

    kind: ColumnKind
    values: Sequence[str | None]
    unit: str = ""
    odd: Sequence[int] = ()
    scale: int = 0
    doubt: str = ""


def typed(cells: Sequence[str], style: str) -> Typed:
    """The cells as what most of them are. style: how the file writes decimals, "" where it does not tell either."""
    filled = [at for at, cell in enumerate(cells) if not _is_nothing(cell)]
    if not filled:
        return Typed("text", [None] * len(cells))
    told = style_of([cells[at] for at in filled]) or style
    own = told or _style_of_money([cells[at] for at in filled])
    ways: list[_Way] = [("number", partial(plain_figure, style=own)), *_days(cells, filled)]
    for kind, read in ways:
        values = {at: read(cells[at]) for at in filled}
        good = [at for at in filled if values[at] is not None]
        if len(good) < max(1, _SHARE * len(filled)):
            continue
        if kind == "number" and any(_CODE.fullmatch(cells[at].strip()) for at in filled):
            continue
        units = Counter(_unit(cells[at]) for at in good) if kind == "number" else Counter([""])
        named = [unit for unit in units if unit]
        if len(named) > 1 or ("" in units and any("%" in unit for unit in named)):  # no figures to be summed
            continue
        written = [values.get(at) for at in range(len(cells))]
        scale = max((len(value.partition(".")[2]) for value in written if value), default=0) if kind == "number" else 0
        if kind == "number" and scale + max(len(value.partition(".")[0]) for value in written if value) > _MOST_DIGITS:
            continue
        odd = [at for at in filled if values[at] is None]
        doubts = [] if told or kind != "number" else _doubts([(cells[at], written[at]) for at in good])
        if named and "" in units:
            doubts.append(f"{units['']} of {len(good)} have no unit, the others {named[0]}")
        return Typed(
            _kind(kind, written), written, "" if "" in units else "".join(named), odd, scale, "; ".join(doubts)
        )
    return Typed("text", [None if not cell.strip() else cell.strip() for cell in cells])


def style_of(cells: Sequence[str]) -> str:
    """How decimals are written, where the cells tell: DOT, COMMA or ""."""
    found = ""
    for cell in cells:
        match = _NUMBER.fullmatch(cell.strip()) if len(cell) <= _LONGEST else None
        if match is None:
            continue
        figure = match["figure"].strip()
        if _EITHER.fullmatch(figure) or not re.search(r"[.,]", figure):
            continue
        dot, comma = _DOT.fullmatch(figure) is not None, _COMMA.fullmatch(figure) is not None
        if dot != comma:
            mine = DOT if dot else COMMA
            if found and found != mine:
                return ""  # both stand there: each cell is read as it tells itself
            found = mine
    return found


def _style_of_money(cells: Sequence[str]) -> str:
    """How decimals are written where the cells do not tell: money has no thousandths, so “1.234 €” is a thousand."""
    units = {_unit(cell) for cell in cells} - {""}
    points = any("." in cell for cell in cells) and not any("," in cell for cell in cells)
    return COMMA if points and units and all(_MONEY.fullmatch(unit) for unit in units) else DOT


def figure_of(text: str) -> str | None:
    """The figure that somebody wrote, as a plain decimal; None if it is none, or could be two."""
    readings = {value for style in (DOT, COMMA) if (value := plain_figure(text, style)) is not None}
    return readings.pop() if len(readings) == 1 else None


def day_of(text: str) -> str | None:
    """The day that somebody wrote, as YYYY-MM-DD HH:MM:SS; None if it is none, or could be two."""
    return next((day for _, read in _days([text], [0]) if (day := read(text)) is not None), None)


def is_figure(cell: str) -> bool:
    """Whether a cell holds a figure, however it is written."""
    return plain_figure(cell, DOT) is not None or plain_figure(cell, COMMA) is not None


def is_day(cell: str) -> bool:
    """Whether a cell holds a day."""
    return any(read(cell) is not None for _, read in _days([cell], [0]))


def _is_nothing(cell: str) -> bool:
    return cell.strip().casefold() in _NOTHING


def plain_figure(cell: str, style: str) -> str | None:
    """The figure that a cell holds, as a plain decimal; None if it holds none."""
    text = cell.strip()
    match = _NUMBER.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None or (match["open"] is None) != (match["close"] is None):
        return None
    if (match["after"] or "").casefold() in _OTHERWISE:
        return None
    figure = match["figure"].strip()
    if style == COMMA and _COMMA.fullmatch(figure):
        plain = re.sub(r"[.'’\u00a0\u202f ]", "", figure).replace(",", ".")
    elif _DOT.fullmatch(figure):
        plain = re.sub(r"[,'’\u00a0\u202f ]", "", figure)
    elif _COMMA.fullmatch(figure):
        plain = re.sub(r"[.'’\u00a0\u202f ]", "", figure).replace(",", ".")
    else:
        return None
    minus = match["sign"] in ("-", "−") or match["sign2"] != "" or match["open"] is not None
    try:
        value = Decimal(f"{'-' if minus else ''}{plain.rstrip('.')}")
    except InvalidOperation:
        return None
    return f"{value:f}"


def _doubts(read: Sequence[tuple[str, str | None]]) -> list[str]:
    """A cell that could be two figures, as it was read; none if there is none."""
    for cell, value in read:
        match = _NUMBER.fullmatch(cell.strip())
        if match is not None and _EITHER.fullmatch(match["figure"].strip()):
            return [f"“{cell.strip()}” is taken for {value}"]
    return []


def _unit(cell: str) -> str:
    match = _NUMBER.fullmatch(cell.strip())
    return " ".join(filter(None, (match["before"], match["after"]))) if match is not None else ""


def _kind(kind: str, values: Sequence[str | None]) -> ColumnKind:
    if kind == "number":
        return "number"
    return "time stamp" if any(value and not value.endswith("00:00:00") for value in values) else "date"


def _days(cells: Sequence[str], filled: Sequence[int]) -> list[_Way]:
    """The ways in which the column's days may be written, each with what reads them; none if both orders fit."""
    ways: list[_Way] = [("day", _reader(_ISO))]
    slashes = [cells[at] for at in filled if "/" in cells[at]]
    first = _reader(_DAY_FIRST)
    if not slashes:
        ways.append(("day", first))
        return ways
    month = _reader(_MONTH_FIRST)
    by_day = sum(first(cell) is not None for cell in slashes)
    by_month = sum(month(cell) is not None for cell in slashes)
    if by_day != by_month:  # 31/12/2024 is one of them alone
        ways.append(("day", first if by_day > by_month else month))
    return ways


_TIMES = ("", " %H:%M", " %H:%M:%S", "T%H:%M:%S")
_ISO = tuple(f"{day}{time}" for day in ("%Y-%m-%d", "%Y/%m/%d") for time in _TIMES)
_DAY_FIRST = tuple(
    f"{day}{time}" for day in ("%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%d-%m-%Y", "%d %B %Y", "%d %b %Y", "%d. %B %Y")
    for time in _TIMES[:3]
)  # fmt: skip
_MONTH_FIRST = tuple(f"{day}{time}" for day in ("%m/%d/%Y",) for time in _TIMES[:3])


def _reader(forms: Sequence[str]) -> Callable[[str], str | None]:
    known: dict[str, str | None] = {}

    def read(cell: str) -> str | None:
        text = cell.strip()
        if text not in known:
            known[text] = _parsed(text, forms)
        return known[text]

    return read


def _parsed(text: str, forms: Sequence[str]) -> str | None:
    if not 6 <= len(text) <= 30 or not any(letter.isdigit() for letter in text):
        return None
    for form in forms:
        try:
            return datetime.strptime(text, form).strftime("%Y-%m-%d %H:%M:%S")
        except ValueError:
            continue
    return None
