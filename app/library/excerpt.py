"""The stretch of a passage that shows why it was found."""

from __future__ import annotations

import re

from app.base.places import narrow
from app.base.values import Place
from app.language.hyphenation import made_whole
from app.language.matching import AskedWords

QUOTE_CHARS = 280
_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])\s+|\n{2,}")


def excerpt(text: str, place: Place, words: AskedWords) -> tuple[str, Place]:
    """(quote, its place): the sentences of `text` that hold most of `words`, at most some 280 characters, verbatim.

    place: of the whole text.
    """
    spans = _sentences(text)
    if not spans:
        return "", place
    scores = [_score(text[start:end], words) for start, end in spans]
    first = last = max(range(len(spans)), key=lambda n: (scores[n], -n))
    while True:
        after = last + 1 < len(spans) and spans[last + 1][1] - spans[first][0] <= QUOTE_CHARS
        before = first > 0 and spans[last][1] - spans[first - 1][0] <= QUOTE_CHARS
        if after and (not before or scores[last + 1] >= scores[first - 1]):
            last += 1
        elif before:
            first -= 1
        else:
            break
    start, end = spans[first][0], min(spans[last][1], spans[first][0] + 2 * QUOTE_CHARS)
    return text[start:end], narrow(place, text, start, end)


def _sentences(text: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    at = 0
    for border in [*_SENTENCE_END.finditer(text), None]:
        end = border.start() if border else len(text)
        inner = text[at:end]
        if inner.strip():
            lead = len(inner) - len(inner.lstrip())
            spans.append((at + lead, at + len(inner.rstrip())))
        at = border.end() if border else end
    return spans


def _score(sentence: str, words: AskedWords) -> int:
    there = {which for _, _, which in words.places_in(sentence)}
    return len(there.union(which for word in made_whole(sentence) if (which := words.same_as(word))))
