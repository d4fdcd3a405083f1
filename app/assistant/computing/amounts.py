"""Arithmetic with units, in decimal digits, by pint: "3.5 km / 12 min in km/h", "15 % of 240", "1.234,50 € * 12"."""

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
_GROUPED = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w,])")
_CONTINENTAL = re.compile(r"(?<![\w.,])\d{1,3}(?:\.\d{3})*,\d+(?![\w,])")
_SHARE_OF = re.compile(r"(?<![\d.])(\d{1,18}(?:\.\d{1,18})?)\s?%\s{1,9}of\s{1,9}", re.IGNORECASE)
_MORE_OR_LESS = re.compile(r"([+-])\s?(\d+(?:\.\d+)?)\s?%\s?$")
_MEASURED = re.compile(
    r"(?<![\w.])(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s?((?!e[+-]?\d)[^\W\d_][^\W\d_]*[²³]?(?:\s?(?:\^|\*\*)\s?-?\d)?)(?![\w(])",
    re.IGNORECASE,
)
_UNIT_WANTED = re.compile(
    r"^(?P<sum>.{1,300}?)\s{1,9}(?:in|to|as)\s{1,9}(?P<unit>[^\W\d][\w\s/*^°]{0,60})$", re.IGNORECASE
)
_ALLOWED = re.compile(r"[\w\s.+\-*/^()%°²³µ]+")
_SIGNS = {"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "€": " EUR ", "$": " USD ", "£": " GBP ", "¥": " JPY "}
_CURRENCIES = ("EUR", "USD", "GBP", "JPY", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "CAD", "AUD", "INR", "CNY")
Amount = PlainQuantity[Any]
_LOCK = threading.Lock()  # pint's registry fills its caches while it answers


def computed(text: str) -> str:
    """The value of an expression, with its unit. Raises Refused."""
    wanted = _UNIT_WANTED.match(text.strip())
    expression = _plain(wanted["sum"] if wanted else text)
    if not _ALLOWED.fullmatch(expression):
        raise Refused("Only numbers, units, brackets and + - * / ^ % can be computed.")
    try:
        with _LOCK:
            value: Amount = _units().Quantity(_units().parse_expression(expression))
            return _written(value.to(_plain(wanted["unit"])) if wanted else _tidy(value))
    except Refused:
        raise
    except pint.UndefinedUnitError as error:
        raise Refused(f"{error}."[:_LONGEST_REASON]) from error
    except pint.DimensionalityError as error:
        raise Refused(f"{error}."[:_LONGEST_REASON]) from error
    except DecimalException as error:
        kind = type(error).__name__
        said = "It divides by zero." if "Division" in kind else "The result is too large, or no number."
        raise Refused(said) from error
    except Exception as error:  # pint's parser raises whatever its tokens led it into
        raise Refused("It is not written as a sum that can be computed.") from error


def _plain(text: str) -> str:
    """The expression as pint reads it: a point before decimals, nothing between thousands, signs as operators."""
    for sign, plain in _SIGNS.items():
        text = text.replace(sign, plain)
    text = _GROUPED.sub(lambda found: found[0].replace(",", ""), text)
    text = _CONTINENTAL.sub(lambda found: found[0].replace(".", "").replace(",", "."), text)
    text = _SHARE_OF.sub(r"(\1/100) * ", text)
    text = _MEASURED.sub(r"(\1 \2)", text)  # 80 km / 50 min: each measure is one
    found = _MORE_OR_LESS.search(text)
    if found is not None:  # as people mean it: of what stands before
        text = f"({text[: found.start()]}) * (1 {found[1]} {found[2]}/100)"
    return text.replace("^", "**").strip()


def _tidy(value: Amount) -> Amount:
    """Units that cancel do so: a share of an hour in minutes is a number."""
    if value.dimensionless:
        return value.to("dimensionless")
    return value.to_reduced_units() if len(value.units._units) > 1 else value


def _written(value: Amount) -> str:
    magnitude = Decimal(value.magnitude)
    if not magnitude.is_finite():
        raise Refused("The result is no number.")
    rounded = round(magnitude, max(0, _DIGITS - magnitude.adjusted() - 1)) if magnitude else magnitude
    digits = f"{rounded:,f}" if -_DIGITS < rounded.adjusted() < 2 * _DIGITS else f"{magnitude:.{_DIGITS}g}"
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
