"""What a conversation is about: the subject that is carried, and what was asked of it last."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from app.assistant.follow_ups.clauses import Clause, Phrase
from app.assistant.follow_ups.grammar import Grammar, folded

_MOST_PHRASES = 8
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_WHO = frozenset(["who", "wer", "qui", "quien", "chi", "quem", "vem", "kto", "кто", "kim"])


class Frame(msgspec.Struct, frozen=True):
    """The state of a conversation after a question.

    subject: what it is about, outermost first. topic: what was asked of that last; asking: with which words. beside:
    what was asked before, where the topic may as well be another subject of that (“and the washing machine?”).
    file: the path of the file that the person pointed to, "" if none. grammar: the language spoken last.
    """

    grammar: Grammar
    subject: tuple[Phrase, ...] = ()
    topic: tuple[Phrase, ...] = ()
    asking: tuple[str, ...] = ()
    beside: tuple[Phrase, ...] = ()
    file: str = ""

    @property
    def carried(self) -> str:
        """The subject in words."""
        return _joined([], self.subject or self.topic)

    @property
    def query(self) -> str:
        """What to search for."""
        return _joined(self.asking, (*self.topic, *self.beside, *self.subject))


def begin(clause: Clause) -> Frame:
    """The frame of a question that stands alone."""
    return Frame(clause.grammar, clause.subject, clause.topic, clause.asking)


def asked_the_same(frame: Frame, clause: Clause) -> str:
    """The query of “why?”, “when?” or “more”: the last one's, with what is asked now. The frame stays as it is."""
    return _joined(clause.asking or frame.asking, (*frame.topic, *frame.beside, *frame.subject))


def with_topic(frame: Frame, clause: Clause, *, beside: bool = False) -> Frame:
    """The frame after “and the notice period?” or “when does it end?”: another topic of the same subject.

    A thing that is pointed to is what was asked about last (“it”: the deposit), so that stays. beside: nothing tells
    whether it is a topic or a subject, so that what was asked before stays, too.
    """
    subject = frame.subject
    if all(phrase.kind == "typed" for phrase in subject) and not frame.file:
        subject = (*_things(frame.topic), *subject)
    topic = clause.topic
    if clause.pointing and _means_a_thing(frame, clause):
        topic = (*topic, *[phrase for phrase in _asked_about(frame) if phrase not in subject])
    return msgspec.structs.replace(
        frame, grammar=clause.grammar, subject=_bounded(subject), topic=topic, asking=clause.asking,
        beside=(frame.beside or _asked_about(frame)) if beside and frame.subject else (),
    )  # fmt: skip


def in_another_year(frame: Frame, by: int) -> Frame | None:
    """The frame after “and the year before?”; None if no year was spoken of."""
    subject = list(frame.subject)
    for at, phrase in enumerate(subject):
        year = next((word[:4] for word in phrase.words if phrase.kind == "time" and _YEAR.fullmatch(word[:4])), "")
        if year:
            words = tuple(word.replace(year, str(int(year) + by)) for word in phrase.words)
            subject[at] = msgspec.structs.replace(phrase, words=words)
            return msgspec.structs.replace(frame, subject=tuple(subject))
    return None


def _asked_about(frame: Frame) -> tuple[Phrase, ...]:
    """The thing that was asked about last."""
    return tuple(phrase for phrase in frame.topic if phrase.definite)[:1]


def _means_a_thing(frame: Frame, clause: Clause) -> bool:
    """Whether a word that points may mean what was asked about last, rather than a place, or a person known by name.

    Only English keeps “she” for persons; a person that was asked for (“who is the landlord?”) is such a thing.
    """
    if clause.pointing in clause.grammar.there:
        return False
    if clause.pointing not in clause.grammar.people or clause.pointing in clause.grammar.things:
        return True
    return clause.grammar.gendered or not _WHO.isdisjoint(map(folded, frame.asking))


def with_slots(frame: Frame, clause: Clause, *, file_holds: bool) -> Frame:
    """The frame after “and in Hafenweg?” or “and the deposit for 2022?”: phrases replace those of their kind.

    file_holds: whether the file that is pointed to has these words, so that it stays the one that is meant.
    """
    subject = list(frame.subject or (_things(frame.topic) if clause.topic else ()))
    for phrase in clause.subject:
        at = _slot(subject, phrase, only=not clause.topic)
        if at is None:
            subject.append(phrase)
        else:
            subject[at] = phrase
    names = any(phrase.kind != "time" for phrase in clause.subject)
    return Frame(
        clause.grammar, _bounded(subject), clause.topic or frame.topic,
        clause.asking or (() if clause.topic else frame.asking), () if clause.topic else frame.beside,
        "" if names and not file_holds else frame.file,
    )  # fmt: skip


def with_file(frame: Frame, clause: Clause, path: str) -> Frame:
    """The frame after “the second one?”: that file is the subject now, and what was asked is asked of it."""
    times = tuple(phrase for phrase in frame.subject if phrase.kind in ("time", "typed"))
    named = tuple(phrase for phrase in clause.subject if phrase.kind != "plain")
    own = tuple(phrase for phrase in clause.phrases if phrase not in named)  # “what does it say about dogs?”
    topic = own or frame.topic or tuple(phrase for phrase in frame.subject if phrase.kind == "plain")
    asking = clause.asking if own else clause.asking or frame.asking
    return Frame(clause.grammar, (*times, *named), topic, asking, file=path)


def fills_a_slot(frame: Frame, clause: Clause) -> bool:
    """Whether every name of a question has one of its kind to replace, or is said with a preposition."""
    return all(phrase.role or _slot(frame.subject, phrase) is not None for phrase in clause.subject)


def _things(phrases: Sequence[Phrase]) -> tuple[Phrase, ...]:
    """Those that are things rather than verbs: said with an article, or all if none is."""
    return tuple(phrase for phrase in phrases if phrase.definite) or tuple(phrases)


def _slot(subject: Sequence[Phrase], new: Phrase, *, only: bool = False) -> int | None:
    """Which phrase of a subject another one replaces: the likest; of equals the innermost. None if none is like it.

    only: the new one is all that was said (“and Lisbon?”), so that it replaces something in any case.
    """
    best: tuple[int, int] | None = None
    for at, old in enumerate(subject):
        if (old.kind == "time") != (new.kind == "time") or "typed" in (old.kind, new.kind):
            continue
        if old.kind == "time" and _is_year(old) != _is_year(new):
            continue
        likeness = _likeness(old, new) or int(only)
        if likeness and (best is None or (likeness, at) >= best):
            best = (likeness, at)
    return None if best is None else best[1]


def _likeness(old: Phrase, new: Phrase) -> int:
    """How much one phrase is like another: 0 for not at all. The same head (“section 3”, “section 4”) tells most."""
    if old.kind == "time":
        return 1
    differ = old.text != new.text and len(old.words) > 1
    same_head = differ and folded(new.words[0]) == folded(old.words[0])
    same_end = differ and folded(new.words[-1]) == folded(old.words[-1])
    if same_head or same_end:
        return 8
    if old.kind == new.kind == "name":
        return 4 + 2 * (old.role == new.role) - ("place" in (old.role, new.role) and old.role != new.role)
    if new.kind == "name" and old.role == "place":  # “in der Kastanienallee”
        return 3 * bool(new.role)
    return 2 * (old.role == new.role) or int(bool(new.role and old.role))


def _is_year(phrase: Phrase) -> bool:
    return any(word[:4].isdecimal() and len(word) >= 4 for word in phrase.words)


def _bounded(phrases: Iterable[Phrase]) -> tuple[Phrase, ...]:
    """The newest of them, so that nothing grows with a conversation."""
    return tuple(phrases)[-_MOST_PHRASES:]


def _joined(asking: Sequence[str], phrases: Iterable[Phrase]) -> str:
    """Words in order, each phrase once, without repeats of a word."""
    seen: set[str] = set()
    words: list[str] = []
    for word in (*asking, *(word for phrase in phrases for word in phrase.words)):
        if folded(word) not in seen or word.isdecimal():
            words.append(word)
            seen.add(folded(word))
    return " ".join(words)
