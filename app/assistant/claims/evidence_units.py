"""Passages made ready to be compared with claims: their sentences, with the terms and facts of each."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import PurePath
from typing import Protocol

from app.assistant.ports import Passage
from app.assistant.quoting.sentences import spans
from app.assistant.terms import terms
from app.language.facts.dates import Date, Time, dates, times
from app.language.facts.names import Named, identifiers, quoted
from app.language.facts.numbers import Figure, figures
from app.language.facts.polarity import Clause, clauses
from app.language.languages import function_words, language_of


class Standing(Protocol):
    """Something that stands in a text."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def end(self) -> int:
        """Where it ends."""


def about(text: str) -> frozenset[str]:
    """The terms that say what a text is about: no function words of its language or of English, and no figures, dates
    and times, which are compared as such."""
    words = list(text)
    stopped = _stopped("en") | _stopped(language(text))
    compared: list[Standing] = [*figures(text), *dates(text), *times(text)]
    for one in compared:
        words[one.start : one.end] = " " * (one.end - one.start)
    return frozenset(
        term for term in terms("".join(words)) if term not in stopped and not any(letter.isdigit() for letter in term)
    )


class Facts:
    """What can be checked in a text, found when it is first asked for."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def dates(self) -> Sequence[Date]:
        """Its dates."""
        return dates(self.text)

    @cached_property
    def times(self) -> Sequence[Time]:
        """Its times of day."""
        return times(self.text)

    @cached_property
    def identifiers(self) -> Sequence[Named]:
        """Its identifiers, where these are no date, time or figure."""
        taken: list[Standing] = [*self.dates, *self.times, *self._all_figures]
        return [one for one in identifiers(self.text) if not any(_within(one, other) for other in taken)]

    @cached_property
    def figures(self) -> Sequence[Figure]:
        """Its figures that are no part of a date, a time or an identifier."""
        taken: list[Standing] = [*self.dates, *self.times, *self.identifiers]
        return [one for one in self._all_figures if not any(_overlap(one, other) for other in taken)]

    @cached_property
    def _all_figures(self) -> Sequence[Figure]:
        return figures(self.text)

    @cached_property
    def quoted(self) -> Sequence[Named]:
        """Words that it quotes."""
        return quoted(self.text)

    @cached_property
    def clauses(self) -> Sequence[tuple[Clause, frozenset[str]]]:
        """Its clauses, each with what it is about."""
        return [(clause, about(self.text[clause.start : clause.end])) for clause in clauses(self.text)]


class Unit(Facts):
    """A sentence of a passage. n: the number that a person sees for the passage. at: its place among these."""

    def __init__(self, n: int, passage: Passage, span: tuple[int, int], at: int) -> None:
        super().__init__(passage.text[span[0] : span[1]])
        self.n = n
        self.passage = passage
        self.span = span
        self.at = at
        self.terms = frozenset(terms(self.text))


class PreparedPassage:
    """A passage under its number, with its sentences. about: terms of its title, headings and file name."""

    def __init__(self, n: int, passage: Passage) -> None:
        self.n = n
        self.passage = passage
        self.heading = " ".join([passage.title, passage.heading, PurePath(passage.path).stem.replace("_", " ")])
        self.about = frozenset(terms(self.heading))
        self.units = [Unit(n, passage, span, at) for at, span in enumerate(spans(passage.text))]


def prepare(passages: Mapping[int, Passage]) -> list[PreparedPassage]:
    """Passages by their numbers, ready to be compared; those that a person sees by a number come before others."""
    return [PreparedPassage(n, passages[n]) for n in sorted(passages, key=lambda n: (n < 0, n))]


def _within(one: Standing, other: Standing) -> bool:
    return other.start <= one.start and one.end <= other.end


def _overlap(one: Standing, other: Standing) -> bool:
    return other.start < one.end and one.start < other.end


@functools.lru_cache(4096)
def language(text: str) -> str:
    """The language of a text, by a word or two of its own; "" where nothing tells it."""
    return language_of(text)


@functools.cache
def _stopped(language: str) -> frozenset[str]:
    """The terms of a language's function words."""
    return frozenset(term for word in function_words(language) for term in terms(word))
