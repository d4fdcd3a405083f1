"""Whether a claim's names and figures stand to each other as in the sentence that has them: "Bob hired Alice" does not
follow from "Alice hired Bob", nor "born in 2010" from "born in 1980, died in 2010"."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

import msgspec

from app.assistant.claims.evidence_units import Facts, about, language
from app.assistant.claims.facts_check import Weigh
from app.language.facts.dates import Date, Time
from app.language.facts.names import names
from app.language.facts.numbers import Figure
from app.language.languages import function_words

_Fact = Date | Time | Figure
_CLAUSES = re.compile(
    r"[;–—()]|:(?!\d)|,(?!\s?\d)|\b(?:and|but|while|whereas|und|aber|während|y|pero|et|mais)\b", re.IGNORECASE
)
_EITHER_WAY_WORDS = """
and or is are was were near beside with equals married meets met resembles und oder ist war sind waren neben mit
traf y o es era con et ou est était avec e è con
"""
_EITHER_WAY = frozenset(_EITHER_WAY_WORDS.split())
_APART = (
    ("by um", "to auf"), ("by um", "from von"), ("from von", "to auf bis"), ("within innerhalb binnen", "after nach"),
    ("up-to at-most höchstens until", "more-than over at-least mindestens above"), ("before vor", "after nach"),
)  # fmt: skip
_TWO_WORDS = re.compile(r"\b(up|at|more|less) (to|most|least|than)\b", re.IGNORECASE)
_CHANGED = re.compile(
    r"\b(?=\w{4})(?:moved|changed|postponed|shifted|rose|fell|raised|lowered|reduced|increased|decreased|grew|went|"
    r"verschoben|verlegt|geändert|stieg|sank|erhöht|gesenkt)\b",
    re.IGNORECASE,
)
_FROM_TO = re.compile(r"\b(?:from|von|vom)[ \t](?P<old>[^,.;:()]{1,20}?)[ \t](?:to|auf|nach|zu)[ \t]", re.IGNORECASE)
_EXCEPT = re.compile(
    r"\b(?:except(?: for)?|apart from|other than|außer|ausgenommen|mit ausnahme von|excepto|salvo|sauf|eccetto)"
    r"[ \t](?P<what>[^,.;:()]{1,60})",
    re.IGNORECASE,
)
_IS_DONE = re.compile(r"[ \t](?:is|are|was|were|been|wurden?|werden|wird|fue|fueron|fut|est|sont)[ \t]", re.IGNORECASE)
_DONE_BY = re.compile(r"\b(?:by|von|vom|por|par|da)[ \t]", re.IGNORECASE)
_MARKS = re.compile(r"[,.;:()]")
_LONGEST_BETWEEN = 60


class _Row(msgspec.Struct, frozen=True):
    """Names side by side. said: their terms."""

    said: frozenset[str]
    start: int
    end: int


def misplaced(claim: Facts, source: Facts, weigh: Weigh) -> str:
    """What of a claim stands elsewhere in the sentence that it is tied to; "" if all stands where it should."""
    return (
        _swapped(claim.text, source.text)
        or _done_to_the_doer(claim.text, source.text)
        or _excepted(claim.text, source.text)
        or _of_another_clause(claim, source, weigh)
        or _named_elsewhere(claim.text, source.text)
        or _left_behind(claim.text, source.text)
        or _otherwise_led(claim, source)
    )


def _swapped(claim: str, source: str) -> str:
    """Two names of which each has the other's place."""
    there = list(_pairs(source))
    for first, between, second in _pairs(claim):
        turned = [(one, other) for one, words, other in there if words == between]
        if any(first.said & one.said and second.said & other.said for one, other in turned):
            continue
        if any(first.said & other.said and second.said & one.said for one, other in turned):
            return claim[first.start : second.end]
    return ""


def _done_to_the_doer(claim: str, source: str) -> str:
    """Who a claim says did something to what, by the sentence, did it to them."""
    for done, doer in _passives(claim):
        mine, by_me = about(done), about(doer)
        for its_done, its_doer in _passives(source):
            theirs, by_them = about(its_done), about(its_doer)
            if mine & by_them and by_me & theirs and not mine & theirs and not by_me & by_them:
                return doer.strip()
    return ""


def _passives(text: str) -> Iterator[tuple[str, str]]:
    """What is done in each clause, and by whom."""
    for clause in _MARKS.split(text):
        by = _DONE_BY.search(clause)
        verb = _IS_DONE.search(clause[: by.start()]) if by is not None else None
        if by is not None and verb is not None:
            yield clause[: verb.start()], clause[by.end() :]


def _pairs(text: str) -> Iterator[tuple[_Row, tuple[str, ...], _Row]]:
    """Neighbouring rows of names with the words between them, where these say which is which."""
    rows: list[_Row] = []
    for one in names(text):
        if rows and not text[rows[-1].end : one.start].strip():
            rows[-1] = _Row(rows[-1].said | about(one.text), rows[-1].start, one.end)
        else:
            rows.append(_Row(about(one.text), one.start, one.end))
    for first, second in itertools.pairwise(rows):
        words = tuple(text[first.end : second.start].casefold().split()[:_LONGEST_BETWEEN])
        if words and not _EITHER_WAY.issuperset(words) and all(word[-1].isalpha() for word in words):
            yield first, words, second


def _excepted(claim: str, source: str) -> str:
    """What a claim says of something that the sentence excepts from it."""
    found = _EXCEPT.search(source)
    if found is None or _EXCEPT.search(claim) is not None:
        return ""
    excepted = about(found["what"])
    rest = about(source[: found.start()] + source[found.end() :])
    own = about(claim)
    return found["what"].strip() if excepted & own and not excepted & rest and own - excepted <= rest else ""


def _left_behind(claim: str, source: str) -> str:
    """What a claim says is so, from which the sentence says something was moved or changed."""
    found = _FROM_TO.search(source)
    if found is None or not _CHANGED.search(source[: found.start()]) or re.search(r"\b(?:from|vo[nm])\b", claim, re.I):
        return ""
    old, new = about(found["old"]), about(source[found.end() :])
    return found["old"] if old and old <= about(claim) and not new & about(claim) else ""


def _of_another_clause(claim: Facts, source: Facts, weigh: Weigh) -> str:
    """A claim's only figure, date or time, where the clause that says the rest of it has one of its own."""
    facts = _facts(claim)
    wanted = about(claim.text)
    if len(facts) != 1 or not wanted or not any(_agree(facts[0], one) for one in _facts(source)):
        return ""
    with_it, with_another = 0.0, 0.0
    for clause in map(Facts, _CLAUSES.split(source.text)):
        alike = [one for one in _facts(clause) if type(one) is type(facts[0])]
        said = about(clause.text)
        if any(_agree(facts[0], one) for one in alike):
            if said <= wanted:
                return ""
            with_it = max(with_it, weigh(said & wanted))
        elif alike:
            with_another = max(with_another, weigh(said & wanted))
    return facts[0].text if with_another > with_it else ""


def _named_elsewhere(claim: str, source: str) -> str:
    """The name that a claim ends with, where the clause that says all else of it has another name, and the one with
    this name speaks of something else."""
    if language(claim) == "de":  # where every noun looks like a name
        return ""
    last = next((one for one in reversed(list(names(claim))) if not claim[one.end :].strip(" .!?)”\"'")), None)
    if last is None:
        return ""
    own = about(last.text)
    rest = about(claim) - own
    with_it: list[frozenset[str]] = []
    with_another: list[frozenset[str]] = []
    for clause in _CLAUSES.split(source):
        said = about(clause)
        if own <= said:
            with_it.append(said)
        elif names(clause.strip()[1:]) and _has_subject(clause):
            with_another.append(said)
    if not rest or any(rest <= said or said <= rest | own for said in with_it):
        return ""
    return last.text if with_it and any(rest <= said for said in with_another) else ""


def _has_subject(clause: str) -> bool:
    """Whether a clause begins with what it speaks of: a name, or a word such as "the"."""
    first = clause.split(maxsplit=1)[0]
    return first[0].isupper() or first.casefold() in function_words("en") | function_words(language(clause))


def _otherwise_led(claim: Facts, source: Facts) -> str:
    """A figure, date or time before which another word stands: by 5 to 20; within and after 14 days."""
    for fact in _facts(claim):
        leads = [_lead(source.text, one) for one in _facts(source) if type(one) is type(fact) and _agree(fact, one)]
        own = _lead(claim.text, fact)
        if len(leads) != 1:
            continue
        if any({own, leads[0]} & set(one.split()) and _opposed(own, leads[0], one, other) for one, other in _APART):
            return fact.text
        if leads[0] in ("from", "von") and own not in ("from", "von") and _CHANGED.search(source.text):
            return fact.text
    return ""


def _opposed(one: str, other: str, side: str, opposite: str) -> bool:
    sides = side.split(), opposite.split()
    return (one in sides[0] and other in sides[1]) or (other in sides[0] and one in sides[1])


def _lead(text: str, fact: _Fact) -> str:
    """The word before it, or two that are one."""
    before = _TWO_WORDS.sub(r"\1-\2", text[: fact.start]).casefold().split()
    return before[-1] if before else ""


def _facts(said: Facts) -> Sequence[_Fact]:
    return [*said.dates, *said.times, *said.figures]


def _agree(one: _Fact, other: _Fact) -> bool:
    if isinstance(one, Figure) and isinstance(other, Figure):
        return one.agrees(other)
    if isinstance(one, Date) and isinstance(other, Date):
        return one.said_by(other)
    return isinstance(one, Time) and isinstance(other, Time) and not one.minutes.isdisjoint(other.minutes)
