"""Names, identifiers and quoted words in a text."""

from __future__ import annotations

import re
from collections.abc import Collection

import msgspec

_WORD = re.compile(r"[^\W\d_][\w'’]{0,60}(?:-[^\W\d_][\w'’]{0,60}){0,4}")
_IDENTIFIER = re.compile(r"(?<![\w/#-])[\w#+]{1,40}+(?:[./-][\w#+]{1,40}+){0,8}+")
_QUOTED = re.compile(r"[“„«‘\"]([^“”„«»‘\"\n]{2,200}+)[”“»’\"]")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;•–—\n“„\"(]\s{0,3}|^\s{0,8}[-*+#>|]\s{0,3})$")
_LEAD = 12
_COMMON_ENDINGS = (
    "ung", "ungen", "heit", "heiten", "keit", "keiten", "schaft", "schaften", "tion", "tionen", "tät", "täten", "nis",
    "nisse", "chen", "lein", "ment", "mente", "ismus", "frist", "vertrag", "recht",
)  # fmt: skip


class Named(msgspec.Struct, frozen=True):
    """A word or a row of words that names something. text: as it stands there."""

    text: str
    start: int
    end: int


def names(text: str, *, capitals: bool = False, common: Collection[str] = ()) -> list[Named]:
    """Words that are written like names, one by one, in order.

    capitals: in this language every noun has a capital, so only rows of them and words in capitals alone count.
    common: words, in small letters, that are no names though a sentence may begin with them.
    """
    found: list[Named] = []
    words = list(_WORD.finditer(text))
    for at, match in enumerate(words):
        word = match.group()
        if not word[0].isupper() or len(word) < 2:
            continue
        shouted = word.isupper() and len(word) > 1
        first = _begins(text, match.start())
        follows = at + 1 < len(words) and words[at + 1].group()[0].isupper() and _beside(text, match, words[at + 1])
        after = bool(found) and _joined(text, found[-1].end, match.start())
        if first and word.casefold() in common:
            continue
        if (capitals and not (follows or after or shouted)) or (capitals and word.casefold().endswith(_COMMON_ENDINGS)):
            continue
        found.append(Named(word.removesuffix("'s").removesuffix("’s").rstrip("'’"), match.start(), match.end()))
    return found


def identifiers(text: str) -> list[Named]:
    """Words of letters and figures: AB-1234/5, v2.10, Q3, report_2.pdf."""
    found = (Named(match.group(), match.start(), match.end()) for match in _IDENTIFIER.finditer(text))
    return [one for one in found if any(map(str.isdigit, one.text)) and any(map(str.isalpha, one.text))]


def quoted(text: str) -> list[Named]:
    """What stands in quotation marks, without these, where that is two words or more."""
    return [
        Named(match[1], match.start(1), match.end(1)) for match in _QUOTED.finditer(text) if " " in match[1].strip()
    ]


def _begins(text: str, at: int) -> bool:
    """Whether a sentence, an item or a cell begins at `at`, where any word has a capital."""
    return _SENTENCE_START.search(text[max(0, at - _LEAD) : at]) is not None


def _beside(text: str, one: re.Match[str], other: re.Match[str]) -> bool:
    return text[one.end() : other.start()] == " "


def _joined(text: str, end: int, start: int) -> bool:
    return text[end:start] in (" ", "'s ", "’s ", "-")
