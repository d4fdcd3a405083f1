"""The same asked before: an earlier answer given once more, while the files that it rests on are as they were."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from app.assistant.evidence import Evidence
from app.assistant.ports import Passage
from app.base.aptitude import Profile
from app.base.turn_trace import PassageTrace, TurnTrace
from app.base.values import Answer, Reused, TurnId
from app.store.asked_before import AskedBefore
from app.store.turns import Turns

_LOOKED_AT = 4
_Stretch = tuple[str, str, int, int]


class Writer(msgspec.Struct, frozen=True):
    """Who would write the answer now. profile: None where that is not known before it is loaded. prompts: versions."""

    model: str
    profile: Profile | None
    prompts: dict[str, int]


def answered_before(
    before: AskedBefore, turns: Turns, answer: Answer, question: str, scope: Sequence[str], evidence: Evidence,
    *, writer: Writer, check: Callable[[Answer], Answer],
) -> Answer | None:  # fmt: skip
    """An earlier answer of the same writer to the same question, as the answer of this turn; None if there is none.

    Only one that the files bear out, that needed no tools, whose quotes all stand in the files as they are now, and
    above whose passages the search finds nothing that it did not find then. answer: of this turn, as it stands.
    check: an answer with its citations checked against the files.
    """
    for turn, at in before.find(question, scope, answer.turn, _LOOKED_AT):
        earlier, trace = turns.answer(turn), turns.trace(turn)
        if (
            _is_whole(earlier, trace, turns, turn)
            and _is_by(writer, earlier, trace)
            and earlier.without == answer.without
            and {one.key for one in earlier.filters} == {one.key for one in evidence.filters}
            and _finds_the_same(trace, evidence)
            and all(one.checked == "exact" for one in check(earlier).citations)
        ):
            return msgspec.structs.replace(
                answer, mode=earlier.mode, model=earlier.model, rung=earlier.rung, text=earlier.text,
                citations=earlier.citations, claims=earlier.claims, reused=Reused(turn=turn, at=at),
            )  # fmt: skip
    return None


def _is_whole(earlier: Answer, trace: TurnTrace, turns: Turns, turn: TurnId) -> bool:
    """Whether it stands by itself: borne out, from a search for its own question alone."""
    search = trace.search
    if search is None or search.carried or search.file or earlier.steps or earlier.unfounded:
        return False
    question, _, _ = turns.question(turn)
    asked_so = " ".join(search.query.split()) == " ".join(question.split())
    return asked_so and bool(earlier.citations) and any(claim.verdict == "supported" for claim in earlier.claims)


def _is_by(writer: Writer, earlier: Answer, trace: TurnTrace) -> bool:
    return (
        earlier.model == writer.model
        and writer.profile in (None, earlier.rung)
        and trace.prompts == writer.prompts
    )  # fmt: skip


def _finds_the_same(trace: TurnTrace, evidence: Evidence) -> bool:
    """Whether all that it was written from is found now, and nothing above that which was not found then."""
    used = {_of_trace(one) for one in trace.passages}
    known = used | {_of_trace(one) for one in trace.passed_over}
    found = [_of(one) for one in evidence.passages]
    if not used or not used.issubset(found) or evidence.attached:
        return False
    last = max(at for at, one in enumerate(found) if one in used)
    return known.issuperset(found[: last + 1])


def _of_trace(one: PassageTrace) -> _Stretch:
    return one.path, one.sha256, one.start, one.chars


def _of(one: Passage) -> _Stretch:
    return one.path, one.sha256, one.place.start, len(one.text)
