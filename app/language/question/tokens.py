"""The words of a question with where they stand, each in one plain form for looking up."""

from __future__ import annotations

import re
import unicodedata

import msgspec

_TOKEN = re.compile(r"\d+(?:[./-]\d+)*|[^\W\d_]+")


class Token(msgspec.Struct, frozen=True):
    """A word or a figure. plain: small, without accents. start, end: in the question. capital: begins with one.

    glued: nothing stands between it and the one before it but an apostrophe or a hyphen.
    """

    plain: str
    start: int
    end: int
    capital: bool = False
    glued: bool = False


def words(text: str) -> frozenset[str]:
    """The words of a list that is written as a text."""
    return frozenset(text.split())


def plain(text: str) -> str:
    """A text in the form in which names and cues are compared: small, without accents, ß as ss."""
    folded = text.casefold()
    if folded.isascii():
        return folded
    return "".join(letter for letter in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(letter))


def tokens_of(text: str) -> list[Token]:
    """The words and figures of a text, in order; “31.02.2024” and “2024-03” are one."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        word = match.group()
        between = text[found[-1].end : match.start()] if found else " "
        found.append(Token(plain(word), match.start(), match.end(), word[0].isupper(), between in "'’-"))
    return found


def words_in(name: str) -> tuple[str, ...]:
    """The words of a file's, a folder's or a person's name, plain: “Steuer_2023” is “steuer”, “2023”."""
    return tuple(token.plain for token in tokens_of(name))
