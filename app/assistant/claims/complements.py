"""Whether a sentence says of a thing what a claim says of it: a name or a figure may stand there of another."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from app.assistant.claims.evidence_units import Facts, about
from app.assistant.claims.facts_check import PRONOUNS, Weigh
from app.assistant.terms import terms
from app.language.facts.names import names
from app.language.facts.numbers import figures
from app.language.languages import function_words

_IS = re.compile(
    r"\b(?:is|are|was|were|ist|sind|war|waren|heißt|hieß|son|era|eran|fue|fueron|est|était)\b", re.IGNORECASE
)
_NAMED = re.compile(
    r"\b(?:re)?(?:named|called|christened|benannt|umbenannt|genannt)\b(?: (?:to|as|in))?", re.IGNORECASE
)
_LANGUAGES = ("en", "de", "es", "fr", "it")
_LAST_PART = re.compile(r"[,;:–—(]")
_SMALL_WORDS = "the a an of in and for de la le les du des der die das von und y del los las el & at on"
_OF_A_NAME = frozenset(_SMALL_WORDS.split())
_MARKS = " \t\n.,;:!?\"“”„«»'’()[]"
_SAME_SUBJECT, _SAME_WORDS = 0.4, 0.6  # of the weight, or the number, of a subject's words, for it to be the same


def displaced(claim: Facts, source: Facts, weigh: Weigh) -> str:
    """What a claim says that its subject is, where a sentence says that this is something else; "" if it does not.

    Only names, titles and figures are told apart so: "the first score was The Horns of Nimon" of a sentence in which
    "the first score was Planet of Giants … ending with The Horns of Nimon".
    """
    if misnamed := _misnamed(claim, source):
        return misnamed
    found = _IS.search(claim.text)
    if found is None:
        return ""
    value = claim.text[found.end() :].strip(_MARKS)
    wanted = about(claim.text[: found.start()]) - _small_terms()
    if not wanted or not (_is_name(value) or _is_figure(value)):
        return ""
    apart = False
    for subject, said in _sayings(source):
        same = wanted & about(subject)
        if weigh(same) < _SAME_SUBJECT * weigh(wanted) and len(same) < _SAME_WORDS * len(wanted):
            continue
        if _is_figure(value):
            others = figures(said)
            agrees = any(one.agrees(other) for one in figures(value) for other in others)
            tells = bool(others)
        else:
            agrees, tells = not about(value).isdisjoint(about(said)), _begins_with_name(said)
        if agrees:
            return ""
        apart = apart or tells
    return value if apart else ""


def _misnamed(claim: Facts, source: Facts) -> str:
    """The name that a claim says was given, where a sentence says that another one was; "" if it does not."""
    found = _NAMED.search(claim.text)
    value = _leading_name(claim.text[found.end() :]) if found is not None else ""
    given = [source.text[match.end() : _clause_end(source, match.end())] for match in _NAMED.finditer(source.text)]
    own = about(value)
    if not own or not any(map(names, given)) or any(own & about(said) for said in given):
        return ""
    return value


def _clause_end(source: Facts, at: int) -> int:
    return min((clause.end for clause, _ in source.clauses if clause.end > at), default=len(source.text))


def _leading_name(text: str) -> str:
    """The name that a text begins with, "" if it begins with something else."""
    words: list[str] = []
    for word in text.split():
        bare = word.strip(_MARKS)
        if not bare or not (bare[0].isupper() or (words and bare.casefold() in _OF_A_NAME)):
            break
        words.append(word)
    return " ".join(words).strip(_MARKS) if any(word[:1].isupper() for word in words) else ""


def _sayings(source: Facts) -> Iterator[tuple[str, str]]:
    """What a sentence says that something is: the something, and what it is, with the row of names that this begins.

    A pronoun stands for the something before it.
    """
    text = source.text
    verbs = list(_IS.finditer(text))
    ends = [clause.end for clause, _ in source.clauses]
    subject = ""
    for at, verb in enumerate(verbs):
        began = verbs[at - 1].end() if at else 0
        until = verbs[at + 1].start() if at + 1 < len(verbs) else len(text)
        said = ""
        for end in (*(end for end in ends if verb.end() < end < until), until):
            longer = text[verb.end() : end]
            if said and not _is_name(longer.strip(_MARKS)):
                break
            said = longer
        own = text[began : verb.start()]
        pronoun = not PRONOUNS.isdisjoint(_LAST_PART.split(own)[-1].casefold().split())
        subject = f"{subject} {own}" if pronoun else own
        yield subject, said


@functools.cache
def _small_terms() -> frozenset[str]:
    """The terms of function words: an article in common makes no subject the same."""
    return frozenset(term for language in _LANGUAGES for word in function_words(language) for term in terms(word))


def _is_name(value: str) -> bool:
    """Whether it is a name, a title or a row of them, and nothing else."""
    words = [bare for word in value.split() if (bare := word.strip(_MARKS))]
    return bool(names(value)) and all(word[0].isupper() or word.casefold() in _OF_A_NAME for word in words)


def _begins_with_name(said: str) -> bool:
    """Whether it begins with a name, whatever comes after that."""
    first = next((word for word in said.split() if word.casefold().strip(_MARKS) not in _OF_A_NAME), "")
    return bool(names(said)) and first.strip(_MARKS)[:1].isupper()


def _is_figure(value: str) -> bool:
    """Whether it is a figure with at most a word of what it counts."""
    found = figures(value)
    return len(found) == 1 and len(value.split()) <= len(found[0].text.split()) + 1
