"""What a model of each profile is given of what was found, and when less has to be asked of it."""

from __future__ import annotations

import re

import msgspec

from app.assistant.evidence import Evidence
from app.assistant.quoting.quotes import Quotes
from app.assistant.tool_loop import REFUSED, REPEATED, Written
from app.base.places import narrow

_NO_ANSWER = 12  # letters; what is left of an answer that repeats itself at once


def best_sentence(evidence: Evidence, quotes: Quotes) -> Evidence | None:
    """The evidence with the best quote of it alone, for a reader to phrase.

    None where no quote is certain, or several files say different things: then quotes are the better answer.
    """
    if not quotes.certain or quotes.apart:
        return None
    quote = quotes.quotes[0]
    passage = quote.passage
    place = narrow(passage.place, passage.text, quote.start, quote.end)
    alone = msgspec.structs.replace(passage, text=quote.text, place=place)
    return msgspec.structs.replace(evidence, passages=(alone,))


def has_failed(written: Written, text: str, question: str) -> bool:
    """Whether an answer is none: empty, calls that cannot be made, repetition at once, or the question said again."""
    plain = _plain(text)
    if not plain or written.reason == REFUSED or plain == _plain(question):
        return True
    return written.reason == REPEATED and len(plain.replace(" ", "")) < _NO_ANSWER


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
