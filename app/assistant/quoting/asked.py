"""What a question asks for: the terms that tell, how much each, and what sort of thing would answer it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from app.assistant.ports import AskedWord, Passage
from app.assistant.quoting.cues import Sort, has_one, kind_words, sort_of
from app.assistant.terms import Weights, is_unspaced, telling, terms
from app.base.values import Correction
from app.language.languages import ENOUGH_OF_A_FILE, language_of

_CUE = 0.2
"""What the words are worth that name the sort asked for: "what year" asks for one, and what answers seldom says so."""
_NAMED = frozenset(["date", "share", "number", "place"])
_SAMPLED = 8  # passages
_SAMPLE = 400  # characters of each


class Asked(msgspec.Struct, frozen=True):
    """A question made ready. wanted: its telling terms, in order. words: all of its words, small, as they are written.

    weights: how much each term tells, by term. missing: what it names and no file holds, as it is written.
    """

    wanted: tuple[str, ...]
    words: frozenset[str]
    sort: Sort
    weights: Mapping[str, float]
    missing: tuple[str, ...] = ()
    language: str = ""

    @property
    def whole(self) -> float:
        """The weights of all that is wanted; above 0 if anything is."""
        return sum(self.weights[term] for term in self.wanted)

    @property
    def is_unspaced(self) -> bool:
        """Whether it is mostly of a script without spaces."""
        return 2 * sum(map(is_unspaced, self.wanted)) > len(self.wanted)

    def answered_in(self, text: str) -> bool:
        """Whether a text has what would answer the question, beyond what the question itself says."""
        return bool(self.sort) and has_one(self.sort, text, self.words)


def language_among(question: str, passages: Sequence[Passage]) -> str:
    """The language whose stems a question and passages are compared by: its own or, where nothing tells it, theirs."""
    theirs = " ".join(passage.text[:_SAMPLE] for passage in passages[:_SAMPLED])
    return language_of(question) or language_of(theirs, enough=ENOUGH_OF_A_FILE)


def asked(
    question: str,
    stretches: Iterable[frozenset[str]],
    known: Sequence[AskedWord] = (),
    corrections: Sequence[Correction] = (),
    language: str = "",
) -> Asked:
    """A question made ready to be answered from stretches of text.

    stretches: the terms of each, by which a word that is not `known` is weighed. known: how rare words are in the
    library. corrections: what was searched for in place of words with a typo. language: see `terms`.
    """
    for correction in corrections:
        question = re.sub(rf"\b{re.escape(correction.word)}\b", correction.meant, question, flags=re.IGNORECASE)
    wanted = tuple(telling(question, language))
    here = Weights(stretches)
    weights = {term: here.of(term) for term in wanted}
    for word in known:
        for term in terms(word.text, language):
            if term in weights and word.rarity:
                weights[term] = word.rarity
    corrected = {correction.word.casefold() for correction in corrections}
    missing = tuple(word.text for word in known if not word.rarity and word.text.casefold() not in corrected)
    gone = frozenset(terms(" ".join(missing), language))
    rarest = max((weight for term, weight in weights.items() if term not in gone), default=0.0)
    for term in gone.intersection(weights):  # what stands nowhere tells no less than what stands somewhere
        weights[term] = max(weights[term], rarest)
    words = frozenset(re.findall(r"\w+", question.casefold()))
    sort, cue = sort_of(question)
    for term in frozenset(terms(f"{cue if sort in _NAMED else ''} {kind_words(question)}", language)):
        if term in weights:
            weights[term] *= _CUE
    return Asked(wanted, words, sort, weights, missing, language)


def missing_names(question: str, asked: Asked) -> tuple[str, ...]:
    """What the question names and no file holds; words that follow each other in the question as one."""
    gone = {word.casefold() for word in asked.missing}
    names: list[str] = []
    run: list[str] = []
    for word in [*re.findall(r"\w+(?:[-'’./]\w+)*|[^\w\s]", question), ""]:
        if word.casefold() in gone:
            run.append(word)
        elif run:
            names.append(" ".join(run))
            run = []
    return tuple(dict.fromkeys(names))
