"""What the person has told Familiar, in a turn: what a model is told of it, and which of it an answer rests on.

A model on a server is told none of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from app.assistant.claims.checking import ClaimChecker
from app.assistant.claims.cutting import Stretch
from app.assistant.claims.evidence_units import about
from app.assistant.passage_format import defused
from app.assistant.ports import Passage
from app.assistant.prompt import Prompts
from app.assistant.quote_answer import QuoteAnswer
from app.assistant.quoting.sentences import spans
from app.base.memory import Memory
from app.base.values import Claim, Place
from app.store.memories import Memories

_MOST_RECALLED = 3
_MOST_CHARS = 1600
"""Of all that a model is told, some 400 tokens: it reads them once, with what every conversation begins with."""

_ASKED = (
    r"(?:please,?\s{1,9})?(?:remember|keep\s{1,9}in\s{1,9}mind)(?:\s{1,9}that\s|\s{0,9}[:,])",
    r"(?:please,?\s{1,9})?note(?:\s{1,9}that\s|\s{0,9}:)",
    r"(?:bitte,?\s{1,9})?(?:merke?\s{1,9}dir|behalte)(?:\s{1,9}bitte)?\s{0,9},?\s{0,9}(?:dass\s|:)",
    r"¡?(?:por\s{1,9}favor,?\s{1,9})?recuerda(?:\s{1,9}que\s|\s{0,9}:)",
    r"(?:s'il\s{1,9}te\s{1,9}plaît,?\s{1,9})?(?:souviens-toi|retiens)(?:\s{1,9}qu(?:e\s|['’])|\s{0,9}:)",
    r"(?:per\s{1,9}favore,?\s{1,9})?ricorda(?:ti)?(?:\s{1,9}che\s|\s{0,9}:)",
)
_TO_REMEMBER = re.compile(f"^(?:{'|'.join(_ASKED)})", re.IGNORECASE)
_OF_OLD = re.compile(
    r"(?:time|day|night|evening|week|weekend|trip|place|thing|one|man|woman|guy|email|letter|file|invoice)"
    r"(?:\s{1,9}(?:i|we|you|he|she|they|it|when|where|who|with|at|in|on|from|about)\b|[.!]?$)",
    re.IGNORECASE,
)
"""What follows "remember that" where it points at something, "that day when …", instead of telling it."""


class Told(msgspec.Struct, frozen=True):
    """What a turn may use of what is remembered. memories: newest first. changed_at: of any, Unix ms."""

    memories: tuple[Memory, ...] = ()
    changed_at: int = 0

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Each as something that may bear out a claim, though it is in no file."""
        return tuple(_as_passage(one.text) for one in self.memories)


def told_by(memories: Memories) -> Told:
    """The newest that are kept, as many as a model is told. Raises Problem store.*."""
    chosen: list[Memory] = []
    left = _MOST_CHARS
    for one in memories.kept():
        left -= len(one.text)
        if left < 0:
            break
        chosen.append(one)
    return Told(tuple(chosen), memories.changed_at)


def knowing(prompts: Prompts, told: Told) -> Prompts:
    """The prompts with what the person has told; an answer by them is no answer by others."""
    if not told.memories:
        return prompts
    lines = "\n".join(f"- {' '.join(defused(one.text).split())}" for one in told.memories)
    return prompts.with_more(prompts.memory.substitute(told=lines), {"told": told.changed_at})


def rests_on(told: Told, claims: Sequence[Claim]) -> tuple[int, ...]:
    """The ids of what the claims rest on that no file bears out."""
    alone = [claim for claim in claims if claim.verdict != "not_found" and not claim.citations]
    if not alone or not told.memories:
        return ()
    checker = ClaimChecker(dict(enumerate(told.passages)))
    used = {
        unit.n
        for claim in alone
        if (checked := checker.check(Stretch(0, len(claim.text), claim.text))) is not None
        for unit in checked.supports
    }
    return tuple(one.id for at, one in enumerate(told.memories) if at in used)


def recalled(told: Told, question: str) -> tuple[Memory, ...]:
    """What answers a question by itself: all that it is about stands in it. The newest first, a few."""
    asked = about(question)
    return tuple(one for one in told.memories if asked and asked <= about(one.text))[:_MOST_RECALLED]


def with_memories(answer: QuoteAnswer, memories: Sequence[Memory]) -> QuoteAnswer:
    """An answer in the files' own words, after what the person has told; that alone where they are unsure."""
    if not memories:
        return answer
    lines = tuple(f"You have told Familiar: “{' '.join(one.text.split())}”" for one in memories)
    if answer.mode != "quotes":
        return QuoteAnswer("quotes", lines, (), ())
    return msgspec.structs.replace(answer, pieces=(*lines, *answer.pieces))


def to_remember(question: str) -> str:
    """What a question asks to be remembered: "Remember that I live in Basel." "" if it asks for nothing of the kind,
    or for more than that: whatever else stands there would go unanswered."""
    text = question.strip()
    found = _TO_REMEMBER.match(text)
    if found is None or text.endswith("?") or "\n" in text:
        return ""
    if any(text[start:end].rstrip()[-1:] in ".!?…" for start, end in spans(text)[:-1]):
        return ""
    said = text[found.end() :].strip()
    return "" if _OF_OLD.match(said) else said


def _as_passage(text: str) -> Passage:
    place = Place(kind="whole", first=1, last=1, label="", start=0, end=len(text))
    return Passage(path="", sha256="", place=place, text=text)
