"""Whether a claim says more than its sentence: it leaves out an "if" or an "almost", or makes may must."""

from __future__ import annotations

import re

from app.assistant.claims.evidence_units import about

_SORTS = tuple(
    re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for words in (
        "if|provided that|in case|only when|wenn|falls|sofern",
        "unless|es sei denn|sauf si|à moins que|a menos que|a meno che",
        "alleged(?:ly)?|reportedly|supposed(?:ly)?|rumou?red|claim(?:s|ed)? that|angeblich|behauptete?|supuestamente",
        "den(?:y|ies|ied)|doubt(?:s|ed)?|(?:is|was) false that|bestreitet|bestritt|bezweifelte?",
        "(?:plan(?:s|ned)?|intend(?:s|ed)?|hope[sd]?|want(?:s|ed)?|promise[sd]?|tries|tried) to|beabsichtigt",
        "(?:fail(?:s|ed)?|refuse[sd]?|decline[sd]?|forgot) to|weigert|weigerte|vergaß",
        "almost|nearly|beinahe|casi|presque|quasi",
    )
)
"""Each a sort: whoever says one of them may say another of the same."""
_CONDITION = _SORTS[0]
_AS_CONDITION = re.compile(
    r"\b(?:when|whenever|where|for|with|without|bei|ohne|mit)\b", re.IGNORECASE
)  # how a claim may say it, too
_CLAUSE_ENDS = re.compile(r"[,:()–—]|\b(?:and|but|und|aber)\b")
_DEGREES = (
    (
        "must|ha(?:s|ve) to|required|obliged|shall|muss|müssen|verpflichtet",
        "(?-i:may)|can|could|might|darf|dürfen|kann|können",
    ),
    ("must|ha(?:s|ve) to|required|obliged|shall|muss|müssen", "should|ought to|sollte|sollten"),
    (
        "all|every|each|everyone|everybody|alle|jede[rsn]?",
        "some|several|many|most|few|einige|manche|viele|wenige|die meisten",
    ),
    ("most|many|die meisten|viele", "some|several|few|einige|manche|wenige"),
)
_PAIRS = tuple(
    (re.compile(rf"\b(?:{one})\b", re.IGNORECASE), re.compile(rf"\b(?:{other})\b", re.IGNORECASE))
    for one, other in _DEGREES
)
_SENTENCE_PARTS = re.compile(r"[;•]|\.\s")


def overstated(claim: str, source: str) -> str:
    """What the sentence says besides, or in whose place the claim says more or less; "" if it says no more."""
    for strong, weak in _PAIRS:
        for own, other in ((strong, weak), (weak, strong)):
            said, there = own.search(claim), other.search(source)
            if said and there and not other.search(claim) and not own.search(source):
                return said.group()
    wanted = about(claim)
    for part in _SENTENCE_PARTS.split(source):
        if not wanted or len(wanted & about(part)) * 2 < len(wanted):
            continue
        for sort in _SORTS:
            found = sort.search(part)
            if found and not sort.search(claim) and not _said_otherwise(sort, claim, part, found.start()):
                return found.group()
    return ""


def _said_otherwise(sort: re.Pattern[str], claim: str, part: str, at: int) -> bool:
    """Whether a claim needs no such word: what it says stands beside that, or it names the condition in another way."""
    if sort is _CONDITION:
        return bool(_AS_CONDITION.search(claim))
    reach = _CLAUSE_ENDS.split(part[at:])[0]
    return about(claim) <= about(part[:at] + part[at + len(reach) :])
