"""Whether what can be checked of a claim stands where it is said to stand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from app.assistant.claims.evidence_units import Facts, Unit, about, language
from app.assistant.terms import terms
from app.base.quote_match import fold
from app.language.facts.dates import Date
from app.language.facts.names import names
from app.language.facts.numbers import Figure
from app.language.facts.polarity import Clause, turned, turned_twice
from app.language.facts.units import unit_of

_NEXT_WORD = re.compile(r"[ \u00a0-]?([^\W\d_]{2,40})")
_SQUEEZED_OUT = re.compile(r"[\W_]+")
_LEAST_OVERLAP = 0.5
_SHORT_CLAUSE = 3  # terms
_LONG_IDENTIFIER = 6
_SUBJECT = 24  # characters into a claim that its subject, which a pronoun may stand for, begins at the latest
Weigh = Callable[[frozenset[str]], float]
_PRONOUN_WORDS = """
he she it they him them his its their this that these those who which
er sie es ihn ihm ihr ihnen sein seine dies diese dieser dieses
il elle ils elles ce cette lui leur él ella ellos esto este esta su egli lei essi
"""
PRONOUNS = frozenset(_PRONOUN_WORDS.split())


def missing_facts(claim: Facts, unit: Unit, around: Facts, heading: Facts, common: frozenset[str]) -> list[str]:
    """What of a claim's facts is not said by a sentence, as it is written in the claim.

    around: the sentences beside it, and a second one that the claim rests on. heading: what it stands under. These
    help only where the sentence itself leaves open what they say. common: words that are no names.
    """
    return list(
        dict.fromkeys(
            [
                *_dates(claim, unit, around, heading),
                *_times(claim, unit, around),
                *_figures(claim, unit, around, heading),
                *_identifiers(claim, unit, around, heading),
                *_names(claim, unit, around, heading, common),
                *(one.text for one in claim.quoted if fold(one.text)[0] not in fold(f"{unit.passage.text}")[0]),
            ]
        )
    )


def says_otherwise(claim: Facts, source: Facts, weigh: Weigh) -> str:
    """How a sentence says the opposite of a claim; "" if it does not."""
    if turned_twice(claim.text, source.text):
        return ""
    if opposite := turned(claim.text, source.text):
        return opposite
    for clause, wanted in claim.clauses:
        overlaps = [(weigh(wanted & there), other.denied) for other, there in _continued(source)]
        best = max((overlap for overlap, _ in overlaps), default=0.0)
        if not best or best < _LEAST_OVERLAP * weigh(wanted):
            continue
        if all(denied != clause.denied for overlap, denied in overlaps if overlap >= 0.8 * best):
            return "not" if clause.denied else "no “not”"
    return ""


def _dates(claim: Facts, unit: Unit, around: Facts, heading: Facts) -> Iterator[str]:
    for date in claim.dates:
        said = sum(date.said_by(one) for one in unit.dates)
        if said and sum(date.said_by(one) for one in claim.dates) > max(said, 1):
            yield date.text  # twice in the claim, once where it comes from: in another date's place
            continue
        if said or _year_as_figure(date, unit) or _in_an_identifier(date.text, claim, unit):
            continue
        others = [*around.dates, *heading.dates]
        if _put_together(date, unit.dates, others) or (not unit.dates and any(date.said_by(one) for one in others)):
            continue
        yield date.text


def _year_as_figure(date: Date, unit: Unit) -> bool:
    years = {str(year) for year, month, day in date.days if not month and not day}
    return any(years & figure.values for figure in unit.figures)


def _put_together(date: Date, own: Sequence[Date], others: Sequence[Date]) -> bool:
    """Whether the sentence says a part of the date, and what stands around it the rest."""
    for wanted in date.days:
        for mine in (day for one in own for day in one.days):
            if any(a and b and a != b for a, b in zip(wanted, mine, strict=True)):
                continue
            for rest in (day for one in others for day in one.days):
                joined = [a or b for a, b in zip(mine, rest, strict=True)]
                if all(not w or w == j for w, j in zip(wanted, joined, strict=True)):
                    return True
    return False


def _times(claim: Facts, unit: Unit, around: Facts) -> Iterator[str]:
    for time in claim.times:
        there = unit.times or around.times
        if not any(time.minutes & one.minutes for one in there):
            yield time.text


def _figures(claim: Facts, unit: Unit, around: Facts, heading: Facts) -> Iterator[str]:
    for figure in claim.figures:
        if any(_same(figure, claim, one, unit) for one in unit.figures):
            continue
        if figure.word and not figure.unit and fold(figure.text)[0] in fold(unit.text)[0]:
            continue
        if _in_an_identifier(figure.text, claim, unit):
            continue
        if _in_a_date(figure, unit) or any(_same(figure, claim, one, heading) for one in heading.figures):
            continue
        if not unit.figures and any(_same(figure, claim, one, around) for one in around.figures):
            continue
        if figure.word and figure.values == {"1"}:
            continue  # “one of them”
        yield _with_noun(figure, claim)


def _in_a_date(figure: Figure, unit: Unit) -> bool:
    """Whether a bare figure is a day or a year that the sentence names."""
    said = {str(part) for date in unit.dates for day in date.days for part in day if part}
    return not figure.unit and bool(figure.values & said)


def _in_an_identifier(text: str, claim: Facts, unit: Unit) -> bool:
    """Whether a figure is a part of an identifier that the claim writes with other marks or spaces."""
    squeezed = _squeezed(claim.text)
    whole = (_squeezed(one.text) for one in unit.identifiers)
    return any(len(one) >= _LONG_IDENTIFIER and one in squeezed and _squeezed(text) in one for one in whole)


def _same(figure: Figure, claim: Facts, other: Figure, source: Facts) -> bool:
    """Whether two figures agree, and what they count is not known to differ."""
    if not figure.agrees(other):
        return False
    if figure.unit and other.unit:
        return True
    mine, theirs = _counted(figure, claim), _counted(other, source)
    if figure.unit and not other.unit:
        return not theirs or any(unit_of(word) == figure.unit for word in source.text.split())
    if not mine or (not theirs and not other.unit) or mine == theirs:
        return True
    return mine <= frozenset(terms(source.text))


def _counted(figure: Figure, facts: Facts) -> frozenset[str]:
    """The terms of the word behind a figure: what it counts."""
    found = _NEXT_WORD.match(facts.text, figure.end)
    return frozenset(terms(found[1])) if found else frozenset()


def _with_noun(figure: Figure, claim: Facts) -> str:
    found = _NEXT_WORD.match(claim.text, figure.end)
    return f"{figure.text} {found[1]}" if found and not figure.unit else figure.text


def _identifiers(claim: Facts, unit: Unit, around: Facts, heading: Facts) -> Iterator[str]:
    mine, own = ({_squeezed(one.text) for one in facts.identifiers} for facts in (claim, unit))
    beside = {_squeezed(one.text) for facts in (around, heading) for one in facts.identifiers}
    text = _squeezed(unit.text)
    for one in claim.identifiers:
        wanted = _squeezed(one.text)
        if wanted in own or (len(wanted) >= _LONG_IDENTIFIER and wanted in text):
            continue
        if wanted not in beside or own - mine:
            yield one.text


def _names(claim: Facts, unit: Unit, around: Facts, heading: Facts, common: frozenset[str]) -> Iterator[str]:
    german = language(claim.text) == "de"  # where every noun has a capital
    wanted = [
        one
        for one in names(claim.text, common=common, capitals=german)
        if not (unit_of(one.text) and (one.text.isupper() or claim.text[: one.start].rstrip()[-1:].isdigit()))
    ]
    if not wanted:
        return
    above, beside = frozenset(terms(heading.text)), frozenset(terms(around.text))
    times_said, times_claimed = Counter(terms(unit.text)), Counter(terms(claim.text))
    said = frozenset(terms(claim.text))
    unsaid = [one for one in names(unit.text, common=common) if not frozenset(terms(one.text)) <= said]
    points = not PRONOUNS.isdisjoint(unit.text.casefold().split())
    for one in wanted:
        own = frozenset(terms(one.text))
        if own <= unit.terms:
            if all(times_claimed[term] <= times_said[term] for term in own) or not unsaid:
                continue
        elif (own <= above or (own <= beside and points and one.start <= _SUBJECT)) and not unsaid:
            continue
        yield one.text


def _continued(source: Facts) -> Iterator[tuple[Clause, frozenset[str]]]:
    """The clauses of a sentence; one that leaves out what is said of its subject has that of the one before."""
    before: frozenset[str] = frozenset()
    for clause, own in source.clauses:
        yield clause, own | before if clause.open and len(own) <= _SHORT_CLAUSE else own
        before = about(source.text[clause.said : clause.end])


def _squeezed(text: str) -> str:
    return _SQUEEZED_OUT.sub("", text).casefold()
