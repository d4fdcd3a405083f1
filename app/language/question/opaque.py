"""Identifiers in a question: one thing each, of whose parts none is a date, a sort of file or a name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from app.language.identifiers import mentions
from app.language.question import calendar_words as say
from app.language.question import cue_words as cue
from app.language.question.dates import date_at, is_numeric_day
from app.language.question.tokens import Token, plain

_CODE_LETTERS = 4  # of “PO 2024/05”
_NUMBER_SIGNS = "#№§"
_JOINING = "-/_#@+"
_SIGN = "="  # which begins no word
_WORDS_OF_DATES = say.IN | say.SINCE | say.AFTER | say.BEFORE | say.UNTIL | say.FROM | say.AND | say.FILLERS


def identifiers_closed(text: str, tokens: Sequence[Token], today: date) -> list[Token]:
    """The tokens of a question, of which those of an identifier are one, which is no word and no figure.

    What is written as a date stays one: “2024-03-01” has digits and punctuation, too, and so has “Q3-2023”.
    """
    closed: list[tuple[int, int]] = []
    for start, end in _identifiers(text, tokens):
        known = any(start < last and first < end for first, last in closed)
        if not known and not _is_date(text, tokens, start, end, today):
            closed.append((start, end))
    made = [token for token in tokens if not any(start < token.end and token.start < end for start, end in closed)]
    made += [Token(_SIGN + plain(text[start:end]), start, end, text[start].isupper()) for start, end in closed]
    return sorted(made, key=lambda token: token.start)


def _identifiers(text: str, tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """What is punctuated as one, longest first; what “#” or capitals lead, as in “#12/2024” and “PO 2024/05”."""
    yield from ((one.start, one.end) for one in mentions(text) if one.whole)
    for at, token in enumerate(tokens):
        if not token.plain[0].isdecimal():
            continue
        if text[: token.start][-1:] in _NUMBER_SIGNS and token.start:
            yield token.start, token.end
        elif at and not token.plain.isdecimal() and _is_code(text, tokens[at - 1]):
            yield tokens[at - 1].start, token.end


def _is_code(text: str, token: Token) -> bool:
    """Whether a word is a few capitals, in a question that is not all in capitals, and no word of a date."""
    letters = text[token.start : token.end]
    return (
        letters.isupper() and len(letters) <= _CODE_LETTERS and not text.isupper()
        and token.plain not in _WORDS_OF_DATES and token.plain not in say.MONTHS
    )  # fmt: skip


def _is_date(text: str, tokens: Sequence[Token], start: int, end: int, today: date) -> bool:
    """Whether a stretch is one date, or has among others one in a form that only dates have."""
    inside = [at for at, token in enumerate(tokens) if start < token.end and token.start < end]
    if not inside:
        return False
    if any(is_numeric_day(tokens[at].plain) and _stands_alone(text, tokens[at].start, tokens[at].end) for at in inside):
        return True
    if inside[0] and tokens[inside[0] - 1].plain in cue.NUMBERED:
        return False
    read = date_at(tokens[: inside[-1] + 1], inside[0], today, alone=True)
    return read is not None and read.length == len(inside) and _stands_alone(text, start, end)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether nothing is joined to a stretch: in “2024-03-01-A” the day is none."""
    return not any(beside.isalnum() or beside in _JOINING for beside in text[:start][-1:] + text[end : end + 1])
