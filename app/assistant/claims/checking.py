"""Claims held against passages: what supports each, what of it is missing there, what says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from app.assistant.claims.complements import borrowed, displaced
from app.assistant.claims.cutting import Stretch
from app.assistant.claims.evidence_units import Facts, PreparedPassage, Unit, about, language, prepare
from app.assistant.claims.facts_check import missing_facts, says_otherwise
from app.assistant.claims.relations import misplaced
from app.assistant.claims.strength import overstated
from app.assistant.ports import Passage, Similar
from app.assistant.terms import Weights, terms
from app.base.values import Verdict
from app.language.facts.polarity import turned_twice
from app.language.languages import function_words

# Chosen with `python -m tests.bench claims` on 1,000 true sentences of the yardsticks, their altered and reworded
# forms: a claim is supported if so much of its words' weight stands in what it is tied to, and none of its facts is
# missing; below the second it says something else.
_SUPPORTED = 0.72
_PARTLY = 0.35
_CITED_BONUS = 0.05  # of two stretches that say as much, the one that the model itself has named
_NEIGHBOUR_ADDS = 0.08
_SECOND_ADDS = 2  # terms, facts apart, that a second stretch must add before its facts count
_LEAST_OF_A_CLAUSE = 3  # terms
_OF_A_CLAUSE = 0.5
_MOST_MISSING = 4
_RELATED = 0.6
"""Cosine from which on a sentence says something of what a claim says. It never makes one supported: the bundled
embedder puts "she sold the house" at 0.97 of "she bought the house", and "forbidden" at 0.85 of "allowed"."""
_MOST_RELATED = 8
_MARKS = ".,;:!?()[]“”„«»\"'’…"


def _nobody(_text: str, _others: Sequence[str]) -> Sequence[float]:
    return ()


class Checked(msgspec.Struct, frozen=True):
    """A claim's verdict. supports: the stretches that it is tied to, best first. missing: what of it they do not say.

    otherwise: whether they say the opposite.
    """

    verdict: Verdict
    supports: tuple[Unit, ...] = ()
    missing: tuple[str, ...] = ()
    otherwise: bool = False


class ClaimChecker:
    """Compares claims with the passages of one answer. Pure but for `similar`."""

    def __init__(self, passages: Mapping[int, Passage], similar: Similar = _nobody) -> None:
        """passages: by the number that a person sees. similar: asked only where words find too little."""
        self._prepared = prepare(passages)
        self._similar = similar
        self._cosine_of: dict[tuple[str, str], float] = {}  # asked once, though a claim is checked by several passages
        self._units = [unit for one in self._prepared for unit in one.units]
        self._about = {one.n: one for one in self._prepared}
        self._weights = Weights(unit.terms for unit in self._units)
        self._small = _words_in_small(unit.text for unit in self._units)

    def check(self, claim: Stretch, cited: Sequence[int] = (), *, only: int | None = None) -> Checked | None:
        """How a claim stands; None if it claims nothing that could be looked for. cited: numbers the model gave it.

        only: the number of the one passage that may support it.
        """
        facts = Facts(claim.text)
        wanted = about(facts.text)
        if not wanted and not (facts.figures or facts.dates or facts.times or facts.identifiers):
            return None
        units = self._units if only is None else [unit for unit in self._units if unit.n == only]
        best = self._best(wanted, facts, cited, units) or self._related(facts, cited, units)
        if best is None:
            return Checked("not_found", (), tuple(self._unsaid(facts, wanted)[:_MOST_MISSING]))
        return self._judge(facts, wanted, best, cited, units)

    def _best(self, wanted: frozenset[str], facts: Facts, cited: Sequence[int], units: Sequence[Unit]) -> Unit | None:
        """The sentence that says most of a claim."""

        def worth(unit: Unit) -> float:
            share = self._weights.share(wanted, unit.terms)
            share += 0.3 * (self._weights.share(wanted, unit.terms | self._about[unit.n].about) - share)
            figures = sum(any(one.agrees(other) for other in unit.figures) for one in facts.figures)
            dates = sum(any(one.said_by(other) for other in unit.dates) for one in facts.dates)
            agreed = (figures + dates) / max(1, len(facts.figures) + len(facts.dates))
            return share + 0.15 * agreed + _CITED_BONUS * (unit.n in cited)

        candidates = [unit for unit in units if wanted & unit.terms] or (units if not wanted else [])
        return max(candidates, key=worth, default=None)

    def _judge(
        self, facts: Facts, wanted: frozenset[str], best: Unit, cited: Sequence[int], units: Sequence[Unit]
    ) -> Checked:
        prepared = self._about[best.n]
        there = best.terms | prepared.about
        share = self._weights.share(wanted, there) if wanted else 1.0
        used = [best]
        for unit in self._neighbours(prepared, best):
            more = self._weights.share(wanted, there | unit.terms)
            if more - share >= _NEIGHBOUR_ADDS:
                there, share = there | unit.terms, more
                used.append(unit)
        second = self._second(wanted - there, best, cited, units)
        if second is not None:
            there |= second.terms
            share = self._weights.share(wanted, there)
            used.append(second)
        around = Facts("\n".join(unit.text for unit in [*self._neighbours(prepared, best), *used[1:]]))
        common = self._small | function_words("en") | function_words(language(facts.text))
        missing = missing_facts(facts, best, around, Facts(prepared.heading), common)
        for unit in used[1:]:
            if missing:
                other = missing_facts(facts, unit, Facts(best.text), Facts(prepared.heading), common)
                named = unit.n in cited and unit.n != best.n
                missing = [one for one in missing if one in other or not (named or self._adds(wanted, unit, best))]
        if _denies(facts) and not any(map(_denies, used)) and not turned_twice(facts.text, best.text):
            missing = [*missing, "not"]
        if not missing and (value := overstated(facts.text, best.text)):
            missing = [value]
        if not missing and _plain(facts.text) not in _plain(best.text):
            elsewhere = [displaced(facts, unit, self._weight) or misplaced(facts, unit, self._weight) for unit in used]
            missing = [*elsewhere, borrowed(facts, best, used, self._weight, common)]
            missing = [value for value in missing if value][:1]
        otherwise = says_otherwise(facts, best, self._weight)
        if otherwise and share >= _PARTLY:
            return Checked("not_found", tuple(used), (otherwise, *missing), otherwise=True)
        if share < _PARTLY and not self._is_related(facts, best):
            return Checked("not_found", (), tuple(missing[:_MOST_MISSING]))
        if share >= _SUPPORTED and not missing:
            unsaid_there = self._unsaid_clause(facts, there)
            if not unsaid_there:
                return Checked("supported", tuple(used))
            missing = self._unsaid(facts, unsaid_there)
        said = frozenset(terms(" ".join(missing)))
        unsaid = [] if share >= _SUPPORTED else self._unsaid(facts, wanted - there - said)
        return Checked("partly", tuple(used), tuple(dict.fromkeys([*missing, *unsaid]))[:_MOST_MISSING])

    def _related(self, facts: Facts, cited: Sequence[int], units: Sequence[Unit]) -> Unit | None:
        """The sentence that is nearest in meaning, of a few that the model named or that say one of the same facts."""
        likely = [
            unit for unit in units
            if unit.n in cited
            or any(one.agrees(other) for one in facts.figures for other in unit.figures)
            or any(one.said_by(other) for one in facts.dates for other in unit.dates)
        ][:_MOST_RELATED]  # fmt: skip
        cosines = self._cosines(facts.text, [unit.text for unit in likely])
        cosine, at = max(zip(cosines, range(len(likely)), strict=False), default=(0.0, 0))
        return likely[at] if cosine >= _RELATED else None

    def _is_related(self, facts: Facts, unit: Unit) -> bool:
        return any(cosine >= _RELATED for cosine in self._cosines(facts.text, [unit.text]))

    def _cosines(self, text: str, others: Sequence[str]) -> Sequence[float]:
        """How near sentences are in meaning. Whoever could not tell once in an answer is not asked again."""
        unknown = [other for other in others if (text, other) not in self._cosine_of]
        cosines = self._similar(text, unknown) if unknown else ()
        if unknown and not cosines:
            self._similar = _nobody
            return ()
        self._cosine_of.update(zip(((text, other) for other in unknown), cosines, strict=True))
        return [self._cosine_of[text, other] for other in others]

    def _neighbours(self, prepared: PreparedPassage, unit: Unit) -> list[Unit]:
        return [other for other in prepared.units[max(0, unit.at - 1) : unit.at + 2] if other is not unit]

    def _second(self, unsaid: frozenset[str], best: Unit, cited: Sequence[int], units: Sequence[Unit]) -> Unit | None:
        """Another sentence that says a good part of what the best one leaves unsaid; any part if the model named it."""
        others = [(unit, unsaid & unit.terms) for unit in units if unit is not best]
        enough = [
            (unit, said)
            for unit, said in others
            if len(said) >= (1 if unit.n in cited and unit.n != best.n else _SECOND_ADDS)
        ]
        return max(enough, key=lambda pair: self._weight(pair[1]), default=(None, unsaid))[0]

    def _unsaid_clause(self, facts: Facts, there: frozenset[str]) -> frozenset[str]:
        """What of a clause most of which is said nowhere; a sentence may bear out all but the one that matters."""
        for _, wanted in facts.clauses:
            if len(wanted) >= _LEAST_OF_A_CLAUSE and self._weights.share(wanted, there) < _OF_A_CLAUSE:
                return wanted - there
        return frozenset()

    def _adds(self, wanted: frozenset[str], unit: Unit, best: Unit) -> bool:
        """Whether a sentence says more of a claim than a name or a figure that happens to stand in it."""
        return len((wanted & unit.terms) - best.terms) > _SECOND_ADDS

    def _weight(self, some: frozenset[str]) -> float:
        return sum(map(self._weights.of, some))

    def _unsaid(self, facts: Facts, unsaid: frozenset[str]) -> list[str]:
        """The words of a claim whose terms stand nowhere, as they are written."""
        words = (word.strip(_MARKS) for word in facts.text.split())
        return [word for word in dict.fromkeys(words) if frozenset(terms(word)) & unsaid]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(_MARKS)


def _denies(said: Facts) -> bool:
    return any(clause.denied for clause, _ in said.clauses)


def _words_in_small(texts: Iterable[str]) -> frozenset[str]:
    """Words that are written with a small letter somewhere: at a sentence's beginning they are no names."""
    return frozenset(word.strip(_MARKS) for text in texts for word in text.split() if word[:1].islower())
