"""Arithmetic with units, in decimal digits, by pint: "3.5 km / 12 min in km/h", "15 % of 240", "1.234,50 € * 12".

What could be meant in two ways is refused: a wrong sum that looks right is worse than none.
"""

from __future__ import annotations

import re
import threading
from decimal import Decimal, DecimalException
from functools import cache
from typing import Any

import pint
from pint.facets.plain import PlainQuantity

from app.assistant.computing.refusal import Refused

_LONGEST_REASON = 200
_DIGITS = 12  # of a result that does not end
_SMALLEST, _LARGEST = -100, 100  # powers of ten
_GROUPED = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w,.])")
_CONTINENTAL = re.compile(r"(?<![\w.,])(?:\d{1,3}(?:\.\d{3})*,\d+|\d{1,3}(?:\.\d{3}){2,})(?![\w,.])")
_SPACED = re.compile(r"(?<![\w.,])\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?![\w,]|\.\d{3}\b)")
_THOUSANDS_OR_NOT = re.compile(r"(?<![\w.,])\d{1,3}\.\d{3}(?![\w.,])")
_SHARE_OF = re.compile(r"(?<![\d.])(\d{1,18}(?:\.\d{1,18})?)\s?%\s{1,9}of\s{1,9}", re.IGNORECASE)
_MORE_OR_LESS = re.compile(r"([+-])\s?(\d{1,18}(?:\.\d{1,18})?)\s?%\s?$")
_PERCENT = re.compile(r"\b(?:percent|per cent|prozent)\b", re.IGNORECASE)
_ODD_PERCENT = re.compile(r"%\s*[\d(%]|(?:^|[^\d)\s])\s*%")
_ROOT = re.compile(r"\bsqrt\s?\(([^()]{1,200})\)", re.IGNORECASE)
_MEASURED = re.compile(
    r"(?<![\w.])(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s?"
    r"((?!e[+-]?\d|of\b)[^\W\d_][^\W\d_]*(?:\s?(?:\^|\*\*)\s?-?\d(?![\d.]))?)(?![\w(])",
    re.IGNORECASE,
)
_BESIDE = re.compile(r"\)\s*\((?=\d)")
_WITHOUT_OPERATOR = re.compile(r"[\d)]\s+\d|\)\d|\d\.\d+\.")
_BEGINS_ODDLY = re.compile(r"\s*(?:in|to|as|of)\b", re.IGNORECASE)
_UNIT_WANTED = re.compile(r"^(?P<sum>.{1,300})\s(?:in|to|as)\s+(?P<unit>[^\W\d][\w\s/*^°]{0,60})$", re.IGNORECASE)
_ALLOWED = re.compile(r"[\w\s.+\-*/^()%]+")
_SIGNS = {
    "×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "€": " EUR ", "$": " USD ", "£": " GBP ", "¥": " JPY ",
    "²": "^2", "³": "^3", "°C": " degC ", "°F": " degF ", "° C": " degC ", "° F": " degF ", "°": " deg ",
}  # fmt: skip
_CURRENCIES = ("EUR", "USD", "GBP", "JPY", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "CAD", "AUD", "INR", "CNY")
_CURRENCY = re.compile(rf"\b(?:{'|'.join(_CURRENCIES)})\b")
Amount = PlainQuantity[Any]
_LOCK = threading.Lock()  # pint's registry fills its caches while it answers


def computed(text: str) -> str:
    """The value of an expression, with its unit. Raises Refused."""
    for sign, plain in _SIGNS.items():
        text = text.replace(sign, plain)
    wanted = _UNIT_WANTED.match(text.strip())
    expression = _plain(wanted["sum"] if wanted else text)
    if not _ALLOWED.fullmatch(expression):
        raise Refused("Only numbers, units, brackets and + - * / ^ % can be computed.")
    try:
        with _LOCK:
            value: Amount = _units().Quantity(_units().parse_expression(expression))
            return _written(value.to(wanted["unit"].strip().replace("^", "**")) if wanted else _tidy(value))
    except Refused:
        raise
    except (pint.UndefinedUnitError, pint.DimensionalityError, pint.OffsetUnitCalculusError) as error:
        raise Refused(f"{error}."[:_LONGEST_REASON]) from error
    except DecimalException as error:
        said = "It divides by zero." if "Division" in repr(error) else "The result is too large, or no number."
        raise Refused(said) from error
    except Exception as error:  # pint's parser raises whatever its tokens led it into
        raise Refused("It is not written as a sum that can be computed.") from error


def _plain(text: str) -> str:
    """The expression as pint reads it: a point before decimals, nothing between thousands. Raises Refused."""
    text = _GROUPED.sub(lambda found: found[0].replace(",", ""), text)
    text = _CONTINENTAL.sub(lambda found: found[0].replace(".", "").replace(",", "."), text)
    text = _SPACED.sub(lambda found: re.sub(r"\s", "", found[0]), text)
    unsure = _THOUSANDS_OR_NOT.search(text)
    if unsure is not None and _CURRENCY.search(text):
        raise Refused(f"“{unsure[0]}” may be thousands or not: write it without the point, or with two decimals.")
    text = _with_shares(_PERCENT.sub("%", text))
    text = _ROOT.sub(r"((\1)**0.5)", text)
    text = _BESIDE.sub(") + (", _MEASURED.sub(r"(\1 \2)", text))  # 80 km / 50 min are two; 1 h 30 min are one
    if _WITHOUT_OPERATOR.search(text) or _BEGINS_ODDLY.match(text):
        raise Refused("Two numbers stand side by side, or a word before them: say what is to be done.")
    return text.replace("^", "**").strip()


def _with_shares(text: str) -> str:
    """The expression with what "15 % of" and "+ 15 %" mean written out. Raises Refused where that is not clear."""
    if _ODD_PERCENT.search(text):
        raise Refused("A % stands behind the number that it belongs to.")
    text = _SHARE_OF.sub(r"(\1/100) * ", text)
    found = _MORE_OR_LESS.search(text)
    before = text[: found.start()].strip() if found is not None else ""
    if found is None or not before or _all_percent(before):
        return text
    if "%" in before or before[-1] in "+-*/^(":
        raise Refused("It is not clear what the % is of: compute one after the other.")
    return f"({before}) * (1 {found[1]} {found[2]}/100)"  # as people mean it: of what stands before


def _all_percent(text: str) -> bool:
    return re.fullmatch(r"[+-]?\s?\d[\d.]*\s?%(?:\s?[+-]\s?\d[\d.]*\s?%)*", text) is not None


def _tidy(value: Amount) -> Amount:
    """Units that cancel do so: a share of an hour in minutes is a number."""
    if value.dimensionless and value.units != _units().degree:
        return value.to("dimensionless")
    sorts = [str(_units().get_dimensionality(unit)) for unit in value.units._units]
    return value.to_reduced_units() if len(set(sorts)) < len(sorts) else value


def _is_whole(value: Amount) -> bool:
    powers: list[Any] = list(value.units._units.values())
    return all(power == int(power) for power in powers)


def _written(value: Amount) -> str:
    magnitude = Decimal(value.magnitude)
    if not magnitude.is_finite() or not _is_whole(value):
        raise Refused("The result is no number, or has a unit that there is not.")
    if not _SMALLEST < magnitude.adjusted() < _LARGEST:
        raise Refused("The result is too large, or too small.")
    if -_DIGITS < magnitude.adjusted() < 2 * _DIGITS:
        kept = max(0, _DIGITS - magnitude.adjusted() - 1)
        digits = f"{round(magnitude, kept):,f}" if magnitude else "0"
    else:
        digits = f"{Decimal(f'{magnitude:.{_DIGITS}g}').normalize():g}"
    if "." in digits and "e" not in digits.casefold():
        digits = digits.rstrip("0").rstrip(".")
    return f"{digits} {value.units:~P}".strip()


@cache
def _units() -> pint.UnitRegistry[Any]:
    """Some quarter of a second to make, once it is needed."""
    units: pint.UnitRegistry[Any] = pint.UnitRegistry(non_int_type=Decimal, autoconvert_offset_to_baseunit=True)
    for currency in _CURRENCIES:
        units.define(f"{currency} = [{currency}]")
    return units
