"""Figures in a text, each with the values that it may mean and its unit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from app.language.facts.units import SCALES, SHORT_SCALES, unit_of

_DIGITS = re.compile(
    r"(?<![\w.,])(?P<sign>[-−–]?)(?P<before>US\$|[€$£¥])?\ ?"
    r"(?P<figure>\d{1,18}+(?:[.,'’\u00a0\u202f ]\d{1,3}(?!\d)|[.,]\d{1,9}){0,6})(?P<ordinal>st|nd|rd|th)?(?![\d])",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"[ \u00a0\u202f-]?(US\$|[€$£¥%¢]|°[CF]\b|[^\W\d_]{1,14}[²2]?(?![^\W\d_])\.?)")
_WORD = re.compile(r"[^\W\d_]+")
_MOST_READINGS = 4

_ONES = {
    word: value
    for value, words in {
        0: "zero null zéro cero",
        1: "one eins",
        2: "two zwei deux dos due",
        3: "three drei trois tres tre",
        4: "four vier quatre cuatro quattro",
        5: "five fünf cinq cinco cinque",
        6: "six sechs seis sei",
        7: "seven sieben sept siete sette",
        8: "eight acht huit ocho otto",
        9: "nine neun neuf nueve nove",
        10: "ten zehn dix diez dieci",
        11: "eleven elf onze once undici",
        12: "twelve zwölf douze doce dodici",
        13: "thirteen dreizehn treize trece",
        14: "fourteen vierzehn quatorze catorce",
        15: "fifteen fünfzehn quinze quince",
        16: "sixteen sechzehn seize",
        17: "seventeen siebzehn",
        18: "eighteen achtzehn",
        19: "nineteen neunzehn",
        20: "twenty zwanzig vingt veinte venti",
        30: "thirty dreißig trente treinta trenta",
        40: "forty vierzig quarante cuarenta quaranta",
        50: "fifty fünfzig cinquante cincuenta cinquanta",
        60: "sixty sechzig soixante sesenta sessanta",
        70: "seventy siebzig",
        80: "eighty achtzig",
        90: "ninety neunzig",
    }.items()
    for word in words.split()
}
_ORDINALS = {
    word: value
    for value, words in {
        2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth", 7: "seventh", 8: "eighth", 9: "ninth",
        10: "tenth", 11: "eleventh", 12: "twelfth", 13: "thirteenth", 14: "fourteenth", 15: "fifteenth",
        16: "sixteenth", 17: "seventeenth", 18: "eighteenth", 19: "nineteenth", 20: "twentieth",
    }.items()
    for word in words.split()
}  # fmt: skip
_HUNDREDS = {"hundred": 100, "hundert": 100, "cent": 100, "cien": 100}
_DOZEN = {"dozen": 12, "dutzend": 12, "douzaine": 12}


class Figure(msgspec.Struct, frozen=True):
    """A figure as it stands in a text. values: what it may mean, as plain decimals ("1234.5"). unit: "" if it has none.

    word: written in letters, which need not be meant as a count ("one of them", "second").
    """

    text: str
    start: int
    end: int
    values: frozenset[str]
    unit: str = ""
    word: bool = False

    def agrees(self, other: Figure) -> bool:
        """Whether both may mean the same; a unit counts where both have one."""
        return bool(self.values & other.values) and (not self.unit or not other.unit or self.unit == other.unit)


def figures(text: str) -> list[Figure]:
    """The figures of a text, in order: digits with or without separators, currency, per cent, scale; words to ninety,
    hundreds and thousands."""
    found = [*_in_digits(text), *_in_words(text)]
    return sorted(found, key=lambda figure: figure.start)


def _in_digits(text: str) -> Iterator[Figure]:
    for match in _DIGITS.finditer(text):
        written = match["figure"].rstrip(".,'’ \u00a0\u202f")
        end = match.start("figure") + len(written) + (len(match["ordinal"] or "") if written == match["figure"] else 0)
        values = _readings(written)
        unit = unit_of(match["before"]) if match["before"] else ""
        scale, behind_unit, end = _behind(text, end, has_unit=bool(unit))
        unit = unit or behind_unit
        sign = "-" if match["sign"] in ("-", "−") and not _joins(text, match.start()) else ""
        numbers = frozenset(_plain(Decimal(sign + value) * scale) for value in values)
        yield Figure(text[match.start() : end].strip(), match.start(), end, numbers, unit)


def _behind(text: str, at: int, *, has_unit: bool) -> tuple[int, str, int]:
    """Scale and unit that stand behind a figure which ends at `at`, and where they end."""
    scale, unit, end = 1, "", at
    for _ in range(2):
        match = _BEHIND.match(text, end)
        if match is None:
            break
        form = match[1].casefold()
        bare = form.rstrip(".")
        close = match.start(1) == end
        if scale == 1 and bare in SCALES and (bare not in SHORT_SCALES or (has_unit and close)):
            scale, end = SCALES[bare], match.end(1)  # with the dot of an abbreviation
            continue
        unit = unit_of(form) or unit_of(bare)
        if unit:
            end = match.end(1) - len(form) + len(bare) if unit_of(bare) else match.end(1)
        break
    return scale, unit, end


def _joins(text: str, at: int) -> bool:
    """Whether a dash at `at` stands between two things ("3-5", "Q-7") rather than before a figure."""
    return at > 0 and not text[at - 1].isspace() and text[at - 1] not in "([{“\"'"


def _readings(written: str) -> list[str]:
    """What digits with separators may mean."""
    plain = re.sub(r"['’ \u00a0\u202f]", "", written)
    marks = [mark for mark in plain if mark in ".,"]
    if not marks:
        return [plain]
    head, _, tail = plain.rpartition(marks[-1])
    decimal = f"{re.sub('[.,]', '', head)}.{tail}"
    whole = re.sub("[.,]", "", plain)
    if len(set(marks)) == 2:
        return [decimal]
    groups = re.split("[.,]", plain)
    grouped = len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
    if len(marks) > 1:
        return [whole] if grouped else [plain.replace(",", ".")] if plain.count(".") == 1 else [whole]
    return [whole, decimal][:_MOST_READINGS] if grouped and groups[0] != "0" else [decimal]


def _in_words(text: str) -> Iterator[Figure]:
    """Numbers in letters: “three”, “twenty-five”, “two hundred”, “five thousand”, “a dozen”, “third”."""
    words = [(match.group().casefold(), match.start(), match.end()) for match in _WORD.finditer(text)]
    at = 0
    while at < len(words):
        word, start, end = words[at]
        value = _ONES.get(word)
        if value is None:
            single = _ORDINALS.get(word) or _DOZEN.get(word)
            if single is not None:
                yield Figure(text[start:end], start, end, frozenset({str(single)}), "", word=True)
            at += 1
            continue
        total, step = value, at + 1
        if (
            value >= 20
            and step < len(words)
            and 0 < _ONES.get(words[step][0], 0) < 10
            and _near(text, end, words[step])
        ):
            total += _ONES[words[step][0]]
            end = words[step][2]
            step += 1
        while step < len(words) and _near(text, end, words[step]):
            factor = _HUNDREDS.get(words[step][0]) or (
                SCALES.get(words[step][0], 0) if words[step][0] not in SHORT_SCALES else 0
            )
            if not factor:
                break
            total *= factor
            end = words[step][2]
            step += 1
        _, unit, end = _behind(text, end, has_unit=False)
        yield Figure(text[start:end], start, end, frozenset({str(total)}), unit, word=True)
        at = step


def _near(text: str, end: int, word: tuple[str, int, int]) -> bool:
    return text[end : word[1]] in (" ", "-", "\u00a0")


def _plain(value: Decimal) -> str:
    """A decimal without what says nothing: 1234.50 is 1234.5."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
