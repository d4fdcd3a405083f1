"""One form of a word for all its spellings: case, accents, ligatures, widths, points and joiners do not count."""

from __future__ import annotations

import re
import unicodedata

INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff"
"""As a class of a pattern: soft hyphens, joiners, marks of direction, which stand in words and are none of theirs."""
_INVISIBLE = re.compile(f"[{INVISIBLE}]+")
# Accents are dropped from Latin and Greek letters, stress marks from all; й and ї stay letters of their own.
_ACCENTS = re.compile("(?<=[a-z\u0250-\u02af\u0370-\u03ff])[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+")
_STRESS = re.compile("[\u0300\u0301]+")
_POINTS = re.compile("[\u0591-\u05bd\u05bf\u05c1-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]+")
_DEVANAGARI = re.compile("[\u0900-\u097f]")
_DEAD_NASAL = re.compile("[\u0919\u091e\u0923\u0928\u092e]\u094d(?=[\u0915-\u0939])")
_LETTERS = str.maketrans(
    {
        "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th",
        "ŋ": "n", "ё": "е", "ґ": "г",
        "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ک": "ك", "ة": "ه", "ہ": "ه", "ھ": "ه", "ە": "ه", "ء": None,
    }
)  # fmt: skip
# Source: Larkey, Connell and Abduljaleel 2003, Hindi CLIR in thirty days, as Lucene's HindiNormalizer has it.
_HINDI = str.maketrans(
    {
        "\u0901": "\u0902", "\u093c": None, "\u094d": None, "\u0945": "\u0947", "\u0949": "\u094b", "\u0906": "\u0905",
        "\u0908": "\u0907", "\u090a": "\u0909", "\u090d": "\u090f", "\u0911": "\u0913", "\u0940": "\u093f",
        "\u0942": "\u0941", "\u0946": "\u0947", "\u094a": "\u094b",
    }
)  # fmt: skip
_DECIMALS = re.compile(r"[^\x00-\x7f]")
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe"})
_TWO_LETTERS = re.compile("(?<![aeq])([aou])e")
_LONGEST_NAME = 40
_UMLAUT = re.compile("[äöüøå]")


def fold(text: str) -> str:
    """`text` in the one form that all spellings share: "Müller", "MÜLLER" and "Muller" are "muller", "ﬁ" is "fi".

    Small letters without accents, points, tatweel, soft hyphens or joiners; digits as 0 to 9; Arabic and Devanagari
    letters that are written one for another as one. Spaces and punctuation stay.
    """
    if text.isascii():
        return text.lower()
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    text = _ACCENTS.sub("", unicodedata.normalize("NFD", text.translate(_LETTERS)))
    text = _POINTS.sub("", _STRESS.sub("", text)).translate(_LETTERS)
    if _DEVANAGARI.search(text):
        text = _DEAD_NASAL.sub("\u0902", text).translate(_HINDI)
    return _DECIMALS.sub(_decimal, unicodedata.normalize("NFC", text))


def pointless(word: str) -> str:
    """An Arabic or Hebrew word without points, tatweel and joiners, its letters as they are."""
    return _POINTS.sub("", _INVISIBLE.sub("", unicodedata.normalize("NFKC", word)))


def spelled_out(word: str) -> str:
    """A folded word with its umlauts as two letters ("Müller": "mueller"); "" if it has none, or no other form."""
    if word.isascii():
        return ""
    lowered = unicodedata.normalize("NFC", word).lower()
    return fold(lowered.translate(_SPELLED_OUT)) if _UMLAUT.search(lowered) else ""


def other_spellings(folded: str) -> list[str]:
    """What a folded word would be if a umlaut of its were spelled otherwise: "muller" is "mueller", and back.

    "poet" is "pot" as well: for names, for languages with umlauts, and for what stands nowhere as it is asked for.
    """
    if not folded.isascii() or not folded.isalpha() or len(folded) > _LONGEST_NAME:
        return []
    shorter = without_second_letters(folded)
    longer = [folded[: at + 1] + "e" + folded[at + 1 :] for at, letter in enumerate(folded) if letter in "aou"]
    return [other for other in dict.fromkeys([shorter, *longer]) if other != folded]


def without_second_letters(folded: str) -> str:
    """A folded word with what may be umlauts in two letters as one: "mueller" is "muller"; of "poet", "pot"."""
    return _TWO_LETTERS.sub(r"\1", folded)


def _decimal(found: re.Match[str]) -> str:
    digit = unicodedata.decimal(found[0], -1)
    return found[0] if digit < 0 else str(digit)
