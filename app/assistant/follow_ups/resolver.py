"""What to search for, given a question and the conversation before it, as it is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePath

import msgspec

from app.assistant.follow_ups import frame as frames
from app.assistant.follow_ups.clauses import MOST_CHARS, Clause, read
from app.assistant.follow_ups.frame import Frame
from app.assistant.phrases import is_small_talk
from app.base.values import Answer, Citation, Filter, Message
from app.language.words import UNSPACED_RUN

QUERY_CHARS = 2000
_SHORT_QUESTION = 3
_MOST_SHOWN = 40
_LONGEST_FOLLOW_UP = 12  # words; a longer question without a word that points or goes on says what it is about

Holds = Callable[[str, str], bool]
"""Whether a file, by its path, has most of the telling words of a text."""


class Resolved(msgspec.Struct, frozen=True):
    """What to search for. At most 2,000 characters.

    file: the only file to look in, "" for no such limit. carried: the subject that was taken from before, "" if none.
    why: for the trace, one sentence. without: keys of limits of what is carried that the person took away. seen: the
    sources that “anything else?” is not to repeat.
    """

    query: str
    file: str = ""
    carried: str = ""
    why: str = "It stands alone."
    without: tuple[str, ...] = ()
    seen: tuple[Citation, ...] = ()


class _Turn(msgspec.Struct, frozen=True):
    """How a conversation stands: its frame, None before its first question.

    sources: those cited last; listed: those of the last answer that cited several. shown: those cited since something
    else was asked than for more. without: keys of limits that the person took away.
    """

    frame: Frame | None = None
    sources: tuple[Citation, ...] = ()
    listed: tuple[Citation, ...] = ()
    shown: tuple[Citation, ...] = ()
    without: tuple[str, ...] = ()


def resolve(question: str, before: Sequence[Message], holds: Holds) -> Resolved:
    """What to search for to answer a question.

    before: the conversation's messages, oldest first. holds: asked only about the file that was cited last or that is
    meant, and only where the words leave it open. The same messages give the same result; nothing is kept between.
    """
    state = _replayed(before)
    clause = read(question, None if state.frame is None else state.frame.grammar)
    resolved = _step(question, clause, state, holds)[0]
    return msgspec.structs.replace(resolved, without=state.without) if resolved.carried else resolved


def _replayed(before: Sequence[Message]) -> _Turn:
    """How a conversation stands: gone through from its last question that stood alone."""
    pairs = list(zip(before[::2], before[1::2], strict=False))
    begin = 0
    for at in range(len(pairs) - 1, -1, -1):
        asked, answered = pairs[at]
        if answered.answer is not None and _stood_alone(asked.text, answered.answer):
            begin = at
            break
    state = _Turn()
    for asked, answered in pairs[begin:]:
        if answered.answer is not None and not is_small_talk(asked.text):
            state = _after(state, asked.text, answered.answer)
    return state


def _stood_alone(question: str, answer: Answer) -> bool:
    return answer.query == _plain(question) and not is_small_talk(question) and not _pinned(answer)


def _after(state: _Turn, question: str, answer: Answer) -> _Turn:
    """How a conversation stands after a turn.

    What the words left open then is told by what was searched; a query that no reading gives was the person's own.
    """
    clause = read(question, None if state.frame is None else state.frame.grammar)
    resolved, frame = _step(question, clause, state, lambda _path, _text: False)
    if resolved.query != answer.query:
        other = _step(question, clause, state, lambda _path, _text: True)
        if other[0].query == answer.query:
            resolved, frame = other
    if answer.query:
        if resolved.query != answer.query:
            frame = frames.begin(read(answer.query, frame.grammar))
        frame = msgspec.structs.replace(frame, file=_pinned(answer))
    cited = answer.citations or state.sources
    shown = (*state.shown, *answer.citations) if resolved.seen else answer.citations
    listed = answer.citations if len(answer.citations) > 1 else state.listed
    return _Turn(frame, cited, listed, shown[-_MOST_SHOWN:], answer.without)


def _pinned(answer: Answer) -> str:
    """The file that an answer was limited to because its question pointed to it."""
    return next((one.value for one in answer.filters if one.kind == "name" and one.start == one.end), "")


def pin(path: str) -> Filter:
    """The limit to a file that a question points to, as it is shown and taken away."""
    return Filter(kind="name", value=path, label=PurePath(path).name, start=0, end=0)


def _step(question: str, clause: Clause, state: _Turn, holds: Holds) -> tuple[Resolved, Frame]:
    """What to search for, and the frame after it. clause: the question as it was read."""
    plain, old = _plain(question), state.frame
    alone = frames.begin(clause)
    if old is None or len(question) > MOST_CHARS or is_small_talk(question):
        return Resolved(plain), alone
    path = _file(clause, state, old)
    if path:
        frame = frames.with_file(old, clause, path)
        return _carried(frame.query or plain, frame, "It points to a source of the answer before."), frame
    if clause.years and (moved := frames.in_another_year(old, clause.years)) is not None:
        return _carried(moved.query, moved, "It moves the year that was spoken of."), moved
    if not clause.phrases:
        query = frames.asked_the_same(old, clause) or plain
        told = _carried(query, old, "It asks for more of the same." if clause.more else "It asks on about the same.")
        return msgspec.structs.replace(told, seen=state.shown if clause.more else ()), old
    why = _goes_on(clause, old, state, holds, plain)
    if not why:
        return Resolved(plain), alone
    if clause.subject:
        frame = frames.with_slots(old, clause, file_holds=bool(old.file) and holds(old.file, _text(clause)))
    elif _is_a_name(clause, old, state, holds):
        renamed = tuple(msgspec.structs.replace(phrase, kind="name") for phrase in clause.phrases)
        frame = frames.with_slots(old, msgspec.structs.replace(clause, phrases=renamed), file_holds=False)
    else:
        frame = frames.with_topic(old, clause, beside=_may_be_a_subject(clause, state, holds))
    return _carried(frame.query, frame, why), frame


def _goes_on(clause: Clause, old: Frame, state: _Turn, holds: Holds, question: str) -> str:
    """Why a question is taken to go on from those before it; "" if it stands alone."""
    names = clause.has_own_subject
    if clause.cue:
        # “And who is Greta Olsen?” is a question of its own, “and who lives in Hafenweg?” is not.
        bare = any(phrase.kind == "name" and not phrase.role for phrase in clause.phrases)
        if names and clause.asks and ((bare and not clause.topic) or not frames.fills_a_slot(old, clause)):
            return ""
        return f"It goes on with “{clause.cue}”."
    if names:
        only = clause.length <= _SHORT_QUESTION and not clause.topic and not clause.asks
        return "It names only what is replaced." if only else ""
    if clause.length > _LONGEST_FOLLOW_UP:
        return ""
    if clause.pointing:
        return f"It points back with “{clause.pointing}”."
    if not clause.subject and (clause.exists or clause.measures) and clause.length <= _SHORT_QUESTION + 3:
        return "It names nothing that it is about."
    if not state.sources:
        return "It is short." if clause.length <= _SHORT_QUESTION else ""
    if holds(state.sources[0].path, question):
        return "Its words stand in the file that was cited before."
    fragment = clause.length <= _SHORT_QUESTION and not clause.asks
    return "It is no whole question." if fragment else ""


def _is_a_name(clause: Clause, old: Frame, state: _Turn, holds: Holds) -> bool:
    """Whether a bare word stands for a name (“und Hafenweg?”) and not for a topic (“und Kaution?”).

    Where every noun has a capital, or none has, the file that was cited before tells: it holds what can be asked of it.
    """
    if len(clause.phrases) != 1 or clause.asks or clause.pointing or clause.phrases[0].definite or not state.sources:
        return False
    if not (old.subject or old.file):
        return False
    first = clause.phrases[0].words[0]
    return (first[:1].isupper() or UNSPACED_RUN.match(first) is not None) and not holds(
        state.sources[0].path, clause.phrases[0].text
    )


def _may_be_a_subject(clause: Clause, state: _Turn, holds: Holds) -> bool:
    """Whether “and the washing machine?” may name another subject: the file that was cited before knows none."""
    if len(clause.phrases) != 1 or clause.asks or clause.pointing or not clause.cue or not state.sources:
        return False
    return not holds(state.sources[0].path, clause.phrases[0].text)


def _file(clause: Clause, state: _Turn, old: Frame) -> str:
    """The path of the source that a question points to; "" if it points to none."""
    sources = state.sources
    if not sources or not (clause.ordinal or clause.file):
        return ""
    if clause.file:
        return sources[0].path
    if clause.ordinal == -1:
        return sources[-1].path
    if clause.ordinal == -2:
        now = old.file or sources[0].path
        return next((one.path for one in sources if one.path != now), "")
    for some in (sources, state.listed):
        numbered = next((one.path for one in some if one.n == clause.ordinal), "")
        files = list(dict.fromkeys(one.path for one in some))
        if numbered or clause.ordinal <= len(files):
            return numbered or files[clause.ordinal - 1]
    return ""


def _carried(query: str, frame: Frame, why: str) -> Resolved:
    return Resolved(query[:QUERY_CHARS], frame.file, frame.carried, why)


def _text(clause: Clause) -> str:
    return " ".join(phrase.text for phrase in clause.phrases)


def _plain(question: str) -> str:
    return question[:QUERY_CHARS]
