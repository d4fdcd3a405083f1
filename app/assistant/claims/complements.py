"""Whether a sentence says of a thing what a claim says of it: a name or a figure may stand there of another.

A true claim that is doubted costs as much trust as a false one that is not, so only what is plain is told apart: the
sentence says of the claim's very subject that it is something else, and has what the claim says of another subject.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Collection, Iterator, Sequence

import msgspec

from app.assistant.claims.evidence_units import Facts, about
from app.assistant.claims.facts_check import PRONOUNS, Weigh
from app.assistant.terms import terms
from app.language.facts.names import Named, names
from app.language.facts.numbers import figures
from app.language.languages import function_words

_IS = re.compile(
    r"\b(?:is|are|was|were|ist|sind|war|waren|heißt|hieß|son|era|eran|fue|fueron|est|était)\b", re.IGNORECASE
)
_NAMED = re.compile(
    r"\b(?:re)?(?:named|called|christened|benannt|umbenannt|genannt)\b(?: (?:to|as|in)\b)?(?! (?:after|nach|for)\b)",
    re.IGNORECASE,
)
_LANGUAGES = ("en", "de", "es", "fr", "it")
_PARTS = re.compile(
    r"[;–—()]|:(?!\d)|,(?!\s?\d)|\b(?:and|but|while|whereas|und|aber|sondern|während|y|e|pero|et|mais|ma)\b",
    re.IGNORECASE,
)
_COMPLEMENT = re.compile(r"\b(?:of|in|for|at|on|from|until|to|von|der|des|für|im|de|del|du|di)\b", re.IGNORECASE)
_SMALL_WORDS = "the a an of in and for de la le les du des der die das von und y del los las el et e & at on or oder"
_OF_A_NAME = frozenset(_SMALL_WORDS.split())
_CHANGE_WORDS = """
since now then later today currently presently afterwards subsequently nowadays but instead eventually finally before
seit heute jetzt dann später danach inzwischen aktuell sondern mittlerweile nun zuletzt aber
desde antes hoy ahora luego después actualmente pero
depuis maintenant puis ensuite aujourd'hui mais da oggi ora poi dopo
"""
_CHANGES = frozenset(_CHANGE_WORDS.split())
_ASIDE = re.compile(r"[,;:–—(]|\b(?:who|which|that|whose|welche[rs]?|que|qui|che)\b", re.IGNORECASE)
_OF_A_HEAD = 0.5
_IS_WORDS = "is are was were ist sind war waren es son está están era eran fue fueron est sont était étaient è sono"
_IS_FORMS = frozenset(_IS_WORDS.split())
_AUXILIARY_WORDS = """
may can must has have had will shall should does do did kann können darf dürfen muss müssen hat haben hatte wird werden
puede pueden debe deben tiene tienen peut peuvent doit doivent può possono deve devono ha hanno
"""
_AUXILIARIES = frozenset(_AUXILIARY_WORDS.split())
_MARKS = " \t\n.,;:!?\"“”„«»'’()[]"
_SAME_SUBJECT, _SAME_WORDS = 0.4, 0.6  # of the weight, or the number, of a subject's words, for it to be the same
_WORDS_BEFORE, _WORDS_AFTER = 4, 3  # of a naming verb, among which what was named is looked for


class _Saying(msgspec.Struct, frozen=True):
    """What a sentence says that something is. subject: all between the verb before and its own; named: that without
    what was said by the verb before. said: all to the next verb; own: that without the next one's subject. row: the
    names and figures that it begins with."""

    present: bool
    subject: str
    named: str
    said: str
    own: str
    row: str


def displaced(claim: Facts, source: Facts, weigh: Weigh) -> str:
    """What a claim says that its subject is, where a sentence says that this is something else; "" if it does not.

    Only names, titles and figures are told apart so: "the first score was The Horns of Nimon" of a sentence in which
    "the first score was Planet of Giants … ending with The Horns of Nimon".
    """
    if elsewhere := _misnamed(claim, source) or _crossed(claim.text, source.text):
        return elsewhere
    found = _IS.search(claim.text)
    if found is None:
        return ""
    value = claim.text[found.end() :].strip(_MARKS)
    wanted = about(claim.text[: found.start()]) - _small_terms()
    if not wanted or not (_is_name(value) or _is_figure(value)) or _changed(source.text, value):
        return ""
    apart = False
    for saying in _sayings(source):
        if _has(saying.named, value) and (_shared(wanted, saying.own) or _beside(saying.named, value, wanted)):
            return ""  # "Tim Cook is the CEO", "the CEO, Tim Cook, is …"
        parts = _PARTS.split(saying.subject)
        if not any(_alike(wanted, about(part), weigh) for part in [saying.subject, *parts]):
            continue
        if _has(saying.said if _is_figure(value) else saying.row, value):
            return ""
        told = bool(figures(saying.said)) if _is_figure(value) else _begins_with_name(saying.said)
        told = told and (_is_present(found) or not saying.present)  # what is so now says little of what was
        apart = apart or (told and any(_very_same(wanted, part, weigh) for part in parts))
    return value if apart else ""


def borrowed(claim: Facts, best: Facts, used: Sequence[Facts], weigh: Weigh, common: Collection[str]) -> str:
    """A name that a claim has from one sentence and what it says of it from another; "" if there is none.

    best: the sentence that says most of it; used: that and what else bears it out. common: words that are no names.
    """
    first = next(iter(names(claim.text, common=common)), None)
    own = next(iter(names(best.text, common=common)), None)
    if (
        first is not None and own is not None and _begins(claim, first) and _begins(best, own)
        and about(first.text) and about(first.text).isdisjoint(about(best.text))
        and about(own.text).isdisjoint(about(claim.text))
    ):  # fmt: skip
        return first.text
    verbs = list(_IS.finditer(claim.text))
    if not verbs:
        return ""
    said = claim.text[verbs[-1].end() :]
    head = about(_ASIDE.split(claim.text[: verbs[-1].start()])[0]) - _small_terms()
    value = _last_name(said)
    if not head or not value:
        return ""
    for unit in used:
        if about(value) <= about(unit.text):
            there = head & about(unit.text)
            if weigh(there) >= _OF_A_HEAD * weigh(head) or not PRONOUNS.isdisjoint(unit.text.casefold().split()):
                return ""
    return value


def _is_present(verb: re.Match[str]) -> bool:
    return verb.group().casefold() in ("is", "are", "ist", "sind", "heißt", "son", "est")


def _alike(wanted: frozenset[str], said: frozenset[str], weigh: Weigh) -> bool:
    """Whether a subject may be meant by another one."""
    same = wanted & said
    return bool(same) and (weigh(same) >= _SAME_SUBJECT * weigh(wanted) or len(same) >= _SAME_WORDS * len(wanted))


def _very_same(wanted: frozenset[str], part: str, weigh: Weigh) -> bool:
    """Whether a subject is what a claim speaks of, and no other of its kind: an assistant director is no director."""
    pieces = [piece for piece in _COMPLEMENT.split(part) if piece.strip()]
    head = about(pieces[0] if pieces else "") - _small_terms()
    return bool(head) and head <= wanted and _alike(wanted, about(part), weigh)


def _shared(wanted: frozenset[str], text: str) -> bool:
    return bool(wanted & (about(text) - _small_terms()))


def _beside(subject: str, value: str, wanted: frozenset[str]) -> bool:
    """Whether a part of a subject is the value and the part before it what the claim speaks of, or after it."""
    parts = [part for part in re.split(r"[,;:–—()]", subject) if part.strip()]
    return any(
        (_has(later, value) and _shared(wanted, earlier)) or (_has(earlier, value) and _shared(wanted, later))
        for earlier, later in itertools.pairwise(parts)
    )


def _has(text: str, value: str) -> bool:
    """Whether it says the figure, or a part of the name."""
    if _is_figure(value):
        others = figures(text)
        return any(one.agrees(other) for one in figures(value) for other in others)
    return not about(value).isdisjoint(about(text))


def _changed(text: str, value: str) -> bool:
    """Whether a sentence tells of the value as of what came to be: "and since then Tim Cook"."""
    return any(
        _has(clause, value) and not _CHANGES.isdisjoint(word.strip(_MARKS) for word in clause.casefold().split())
        for clause in re.split(r"[,;:()]|\b(?:and|und|y|et|e)\b", text)
    )


def _crossed(claim: str, source: str) -> str:
    """What a claim says of its subject, where of two clauses of one make one has its subject and the other that; ""
    otherwise. "Dogs are allowed" of "dogs are forbidden, cats are allowed"."""
    for frame, before, after in _frames(claim):
        subject, said = about(before) - _small_terms(), about(after) - _small_terms()
        alike = other = False
        for clause in _PARTS.split(source):
            for its_frame, its_before, its_after in _frames(clause):
                if its_frame != frame:
                    continue
                its_said = about(its_after) - _small_terms()
                counted = any(one.agrees(two) for one in figures(before) for two in figures(its_before))
                if subject & about(its_before) - _small_terms() or counted:
                    if said & its_said or not its_said:
                        return ""
                    alike = True
                else:
                    other |= bool(said & its_said) and not _names_nothing(its_before)
        if alike and other:
            return after.strip(_MARKS)
    return ""


def _frames(clause: str) -> Iterator[tuple[frozenset[str], str, str]]:
    """Each word that may be a clause's verb, with what stands before and after it. All forms of "to be" are one."""
    words = clause.split()
    for at, word in enumerate(words[1:], 1):
        bare = word.casefold().strip(_MARKS)
        if bare in _IS_FORMS:
            frame = _IS_FORMS
        elif bare in _AUXILIARIES:
            frame = frozenset([bare])
        else:
            frame = about(word)
        if frame:
            yield frame, " ".join(words[:at]), " ".join(words[at + 1 :])


def _misnamed(claim: Facts, source: Facts) -> str:
    """The name that a claim says was given, where a sentence says that another one was; "" if it does not."""
    found = _NAMED.search(claim.text)
    value = _leading_name(claim.text[found.end() :]) if found is not None else ""
    own = about(value)
    if found is None or not own:
        return ""
    named = about(" ".join(claim.text[: found.start()].split()[-_WORDS_BEFORE - 1 :])) | about(
        " ".join(claim.text[found.end() :].replace(value, " ").split()[:_WORDS_AFTER])
    )
    given, apart = [], False
    for match in _NAMED.finditer(source.text):
        said = source.text[match.end() : _clause_end(source, match.end())]
        near = [*source.text[: match.start()].split()[-_WORDS_BEFORE:], *said.split()[:_WORDS_AFTER]]
        given.append(said)
        apart = apart or (bool(names(said)) and _shared(named, " ".join(near)))
    return value if apart and not any(own & about(said) for said in given) else ""


def _clause_end(source: Facts, at: int) -> int:
    return min((clause.end for clause, _ in source.clauses if clause.end > at), default=len(source.text))


def _begins(said: Facts, name: Named) -> bool:
    """Whether it begins with a name."""
    return not said.text[: name.start].strip(_MARKS)


def _last_name(text: str) -> str:
    """The row of words at a text's end that is a name, "" if it ends with something else."""
    words: list[str] = []
    for word in reversed(text.split()):
        bare = word.strip(_MARKS)
        if not bare or (words and word[-1] in ",;:") or not (bare[0].isupper() or bare.casefold() in _OF_A_NAME):
            break
        words.insert(0, bare)
    while words and not words[0][0].isupper():
        words.pop(0)
    return " ".join(words)


def _leading_name(text: str) -> str:
    """The name that a text begins with, "" if it begins with something else."""
    words: list[str] = []
    for word in text.split():
        bare = word.strip(_MARKS)
        if not bare or not (bare[0].isupper() or (words and bare.casefold() in _OF_A_NAME)):
            break
        words.append(word)
    return " ".join(words).strip(_MARKS) if any(word[:1].isupper() for word in words) else ""


def _sayings(source: Facts) -> Iterator[_Saying]:
    """What a sentence says that something is; where it names nothing, of what it spoke before."""
    text = source.text
    verbs = list(_IS.finditer(text))
    subject = ""
    for at, verb in enumerate(verbs):
        last = at + 1 == len(verbs)
        before = text[verbs[at - 1].end() if at else 0 : verb.start()]
        said = text[verb.end() : len(text) if last else verbs[at + 1].start()]
        cuts = [mark.start() for mark in _PARTS.finditer(said)]
        subject = f"{subject}, {before}" if at and _names_nothing(_PARTS.split(before)[-1]) else before
        named = before[mark.end() :] if at and (mark := _PARTS.search(before)) else before
        yield _Saying(
            _is_present(verb), subject, named, said, said if last or not cuts else said[: cuts[-1]], _row(said)
        )


def _names_nothing(part: str) -> bool:
    """Whether what stands before a verb leaves open of what it is said: "it", "later", nothing at all."""
    words = part.casefold().split()
    return not PRONOUNS.isdisjoint(words) or all(word.strip(_MARKS) in _CHANGES | _nouns_no() for word in words)


def _row(said: str) -> str:
    """The names that it begins with: all to the first word that is none, no number and no small word."""
    words: list[str] = []
    for word in said.split():
        bare = word.strip(_MARKS)
        small = bare.casefold() in _OF_A_NAME | _CHANGES or _COMPLEMENT.fullmatch(bare)
        if bare and not (bare[0].isupper() or bare[0].isdigit() or small):
            break
        words.append(word)
    return " ".join(words)


@functools.cache
def _small_terms() -> frozenset[str]:
    """The terms of function words: an article in common makes no subject the same."""
    return frozenset(term for word in _nouns_no() for term in terms(word))


@functools.cache
def _nouns_no() -> frozenset[str]:
    return frozenset(word for language in _LANGUAGES for word in function_words(language))


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
