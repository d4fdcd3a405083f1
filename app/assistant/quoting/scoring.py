"""How well stretches of a passage answer a question."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

import msgspec

from app.assistant.ports import Passage
from app.assistant.quoting.asked import Asked
from app.assistant.quoting.sentences import LONGEST
from app.assistant.quoting.units import Unit
from app.assistant.terms import terms
from app.language.languages import COMPOUNDING

# Chosen on half of the questions of XQuAD in English and German, told on the other half (`familiar eval answers DIR`),
# from a regression over the same figures; each may be a third larger or smaller at a loss of under 0.005.
_BEST_SENTENCE = 0.3
_CONTEXT = 0.85
_PASSAGE = 0.5
_RANK = 0.35
_MEANING = 0.8
_SIDE_BY_SIDE = 0.1
_ANSWERS = 0.1
_LACKS_ANSWER = 0.2
_LENGTH = 0.06
_FULL_ANSWER = 0.85
_NEAR = 3
_STEM = 4
_ALIKE = 0.55
_ALIKE_WORTH = 0.8
_PART = 0.3
_PART_LETTERS = 5


class Scored(msgspec.Struct, frozen=True):
    """A unit, or two neighbours, of a passage. score: larger is better, comparable within one question.

    direct, whole: shares of what is wanted that stand in it, and in it and all that it stands under. held: the terms
    that it holds. answers: whether it has what would answer the question.
    """

    passage: Passage
    units: tuple[Unit, ...]
    score: float
    direct: float
    whole: float
    held: frozenset[str]
    answers: bool

    @property
    def start(self) -> int:
        """Where it begins in the passage's text."""
        return self.units[0].span[0]

    @property
    def end(self) -> int:
        """Where it ends in the passage's text."""
        return self.units[-1].span[1]


class About(msgspec.Struct, frozen=True):
    """How a whole passage stands to a question: the share of what is wanted that it and its names hold.

    names_alone: whether all that it holds are its own names, while the question asks for something beside these.
    """

    held: frozenset[str]
    share: float
    names_alone: bool


def scored(asked: Asked, passage: Passage, units: Sequence[Unit]) -> tuple[About, list[Scored]]:
    """How a passage stands to a question, its name, title and headings with it, and what of it can be quoted.

    These are all of its units, and neighbouring sentences of a paragraph two by two, each with its score.
    """
    context = context_of(passage, asked.language)
    vocabulary = context.union(*(unit.words for unit in units), *(unit.under for unit in units))
    forms = _Forms(asked, vocabulary)
    held, named = forms.held(vocabulary), forms.held(context)
    whole_passage = forms.share(vocabulary)
    direct = [forms.share(unit.vocabulary) for unit in units]
    found = []
    for first, last in _windows(units):
        some = tuple(units[first : last + 1])
        words = frozenset[str]().union(*(unit.words for unit in some))
        if asked.wanted and words <= context:
            continue  # says nothing but its title or its headings
        text = passage.text[some[0].span[0] : some[-1].span[1]]
        own = forms.share(words)
        whole = forms.share(words.union(context, *(unit.under for unit in some)))
        answers = asked.answered_in(text)
        score = (
            own
            + _CONTEXT * (whole - own)
            + _BEST_SENTENCE * max(direct[first : last + 1])
            + _PASSAGE * whole_passage
            + _RANK * passage.score
            + _MEANING * passage.similarity
            + _SIDE_BY_SIDE * _side_by_side(asked, some)
            + (_ANSWERS if answers else -_LACKS_ANSWER if asked.sort else 0.0)
            + _LENGTH * math.log1p(sum(len(unit.words) for unit in some))
        )
        found.append(Scored(passage, some, score, own, whole, forms.held(words), answers))
    there = About(held, whole_passage, names_alone=held == named and len(named) < len(asked.wanted))
    return there, [one for one in found if not _says_no_more(one, found)]


def context_of(passage: Passage, language: str) -> frozenset[str]:
    """The terms that stand over all of a passage: of its file's name and folder, its title and its headings."""
    path = PurePath(passage.path)
    names = f"{path.parent.name} {path.stem} {passage.title} {passage.heading} {passage.sender}"
    return frozenset(terms(names, language))


def _windows(units: Sequence[Unit]) -> Iterator[tuple[int, int]]:
    for at, unit in enumerate(units):
        yield at, at
        following = units[at + 1] if at + 1 < len(units) else None
        if following is not None and following.follows and following.span[1] - unit.span[0] <= LONGEST:
            yield at, at + 1


def _says_no_more(one: Scored, found: Sequence[Scored]) -> bool:
    """Whether one of two sentences alone says all that is asked."""
    return len(one.units) == 2 and any(
        len(other.units) == 1
        and other.units[0] in one.units
        and other.direct >= max(_FULL_ANSWER, one.direct - 0.01)
        and other.answers == one.answers
        for other in found
    )


def _side_by_side(asked: Asked, units: Sequence[Unit]) -> float:
    """How many of the question's neighbouring terms stand near each other: 0 to 1, by weight."""
    places: dict[str, list[int]] = {}
    for at, word in enumerate(word for unit in units for word in unit.words):
        if word in asked.weights:
            places.setdefault(word, []).append(at)
    near, whole = 0.0, 0.0
    for first, second in zip(asked.wanted, asked.wanted[1:], strict=False):
        weight = min(asked.weights[first], asked.weights[second])
        whole += weight
        if any(abs(a - b) <= _NEAR for a in places.get(first, ())[:20] for b in places.get(second, ())[:20]):
            near += weight
    return near / whole if whole else 0.0


class _Forms:
    """What is wanted, with the terms of a passage that are other forms or parts of it: "pacht" of "pachtvertrag"."""

    def __init__(self, asked: Asked, vocabulary: frozenset[str]) -> None:
        self._asked = asked
        parts = asked.language in COMPOUNDING
        self._alike = {term: _alike(term, vocabulary, parts=parts) for term in asked.wanted}

    def share(self, there: frozenset[str]) -> float:
        """How much of what is wanted stands there: 0 to 1 by weight; 0 if nothing is wanted."""
        whole = self._asked.whole
        return sum(self._worth(term, there) * self._asked.weights[term] for term in self._asked.wanted) / (whole or 1.0)

    def held(self, there: frozenset[str]) -> frozenset[str]:
        """The wanted terms that stand there in some form."""
        return frozenset(term for term in self._asked.wanted if self._worth(term, there))

    def _worth(self, term: str, there: frozenset[str]) -> float:
        if term in there:
            return 1.0
        return max((worth for form, worth in self._alike[term].items() if form in there), default=0.0)


def _alike(term: str, vocabulary: frozenset[str], *, parts: bool) -> Mapping[str, float]:
    """Terms that begin as this one does for more than half of the longer of both: what each is worth, under 1.

    parts: also those that stand whole at the beginning or the end of the other, as words of languages with compounds
    do: "wald" in "regenwald", "grund" in "gegrund", "benannt" in "umbenannt".
    """
    if len(term) < _STEM or not term.isalpha():
        return {}
    found = {}
    plain = _respelt(term)
    for other in vocabulary:
        if other == term or len(other) < _STEM:
            continue
        if parts and (share := _part(term, other)):
            found[other] = _ALIKE_WORTH * math.sqrt(share)
        elif other[0] == term[0] and (share := _common(plain, _respelt(other))) >= _ALIKE:
            found[other] = _ALIKE_WORTH * share
    return found


def _part(one: str, other: str) -> float:
    """How much of the longer of two words the shorter is, where it stands at its beginning or its end; else 0."""
    shorter, longer = (one, other) if len(one) < len(other) else (other, one)
    if len(shorter) < _PART_LETTERS or not (longer.endswith(shorter) or longer.startswith(shorter)):
        return 0.0
    share = len(shorter) / len(longer)
    return share if share >= _PART and longer.isalpha() else 0.0


def _common(one: str, other: str) -> float:
    """How much of the longer of two words is their common beginning; 0 if that is short."""
    common = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        common += 1
    return common / max(len(one), len(other)) if common >= _STEM else 0.0


def _respelt(term: str) -> str:
    """A word as languages share it: "telephone" and "telefon"."""
    return term.replace("ph", "f").replace("th", "t").replace("c", "k")
