"""Finds a quote in a text that another program may have extracted: other spaces, hyphens, ligatures, reading order."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

PIECE = 12  # letters and digits that must agree in a row
CLOSE = 0.6  # of the quote that its pieces must cover


@dataclass(frozen=True, slots=True)
class QuoteMatch:
    """How a quote stands in a text. spans: (start, end) of what was found, in the text's characters, in order."""

    kind: Literal["exact", "close", "none"]
    spans: tuple[tuple[int, int], ...] = ()


def find(quote: str, text: str) -> QuoteMatch:
    """The quote in the text: "exact" if its letters and digits stand there in one row, "close" if at least 60 % of
    them stand there in pieces."""
    wanted, _ = fold(quote)
    held, places = fold(text)
    if not wanted:
        return QuoteMatch("none")
    at = held.find(wanted)
    if at >= 0:
        return QuoteMatch("exact", ((places[at], places[at + len(wanted) - 1] + 1),))
    spans = []
    covered = 0
    near = 0
    position = 0
    while position + PIECE <= len(wanted):
        length = _agreeing(wanted, position, held)
        if not length:
            position += 1
            continue
        piece = wanted[position : position + length]
        at = held.find(piece, near)
        at = at if at >= 0 else held.find(piece)
        spans.append((places[at], places[at + length - 1] + 1))
        covered += length
        near = at + length
        position += length
    if covered < CLOSE * len(wanted):
        return QuoteMatch("none")
    return QuoteMatch("close", tuple(_merged(spans)))


def fold(text: str) -> tuple[str, list[int]]:
    """The text's letters and digits in one form (NFKC, small), and the index in the text of each."""
    letters: list[str] = []
    places: list[int] = []
    for index, character in enumerate(text):
        if character.isascii():
            if character.isalnum():
                letters.append(character.lower())
                places.append(index)
            continue
        for folded in unicodedata.normalize("NFKC", character).casefold():
            if folded.isalnum():
                letters.append(folded)
                places.append(index)
    return "".join(letters), places


def _agreeing(wanted: str, position: int, held: str) -> int:
    """Length of the longest piece from `position` on that stands in `held`; 0 if shorter than PIECE."""
    low, high = PIECE, len(wanted) - position
    if wanted[position : position + low] not in held:
        return 0
    while low < high:
        middle = (low + high + 1) // 2
        if wanted[position : position + middle] in held:
            low = middle
        else:
            high = middle - 1
    return low


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
