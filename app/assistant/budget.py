"""How many tokens a prompt may have: as many new ones as can be read within the time that the person set.

What was read before costs next to nothing, so that a prompt's new tokens decide: the question, its passages, and what
of the beginning is not in the model's memory. Source: the law of app/base/costs.py, solved for the target.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from app.base.errors import Problem
from app.base.prefill_cost import PrefillCost

LEAST_PASSAGES = 2
MOST_PASSAGES = 12
MOST_ANSWER = 768
LEAST_ANSWER = 128
ANSWER_S = 45.0
MESSAGE_TOKENS = 8
"""What a chat template adds to a message, generously."""

UNMEASURED = 1200
_SMALLEST_ROOM = 48
_SMALL_CONTEXT = 2048  # where instructions and tools alone may fill a model
_RESULT_FLOOR = 400
_LEAST_TARGET_S, _MOST_TARGET_S = 0.5, 600.0


class Budget(msgspec.Struct, frozen=True):
    """Tokens of a prompt.

    answer: at most. room: for passages, never to be passed. passages: to aim at. fixed: those to be read before the
    first word even without passages; reused: those that need not be read again.
    """

    answer: int
    room: int
    passages: int
    fixed: int
    reused: int


def answer_limit(context: int, decode_rate: float) -> int:
    """Tokens that an answer may have: some 45 s of writing, 768 at most; 128 even if that is slow."""
    most = min(MOST_ANSWER, int(ANSWER_S * decode_rate)) if decode_rate > 0 else MOST_ANSWER
    return min(max(LEAST_ANSWER, most), context // 4)


def plan(
    *, context: int, before: int, question: int, reused: int, answer: int, cost: PrefillCost, target_s: float
) -> Budget:
    """How to share a window of `context` tokens.

    before: what stands before the question (system, tools, history), `reused` of it in the model's memory. question:
    without passages. Where the cost is not known yet, a moderate number of passages is aimed at.
    Raises Problem ask.too_long if the question leaves no room, ask.no_room if the model has none.
    """
    room = context - answer - before - question - 2 * MESSAGE_TOKENS
    if room < _SMALLEST_ROOM:
        if context < _SMALL_CONTEXT and question <= context // 4:
            raise no_room(context)
        raise Problem(
            "ask.too_long",
            f"The question is too long for this model, which reads {context:,} tokens at once.",
            "It was kept in the conversation. Ask in fewer words, attach the text as a file, or use another model.",
        )
    fixed = before - reused + question + MESSAGE_TOKENS
    quick = cost.tokens_within(bounded(target_s), reused) - fixed if cost.known else UNMEASURED
    return Budget(answer=answer, room=room, passages=max(0, min(room, quick)), fixed=fixed, reused=reused)


def no_room(context: int) -> Problem:
    """The model reads so little at once that not even a short question fits with a passage."""
    return Problem(
        "ask.no_room",
        f"A model that reads only {context:,} tokens at once cannot answer from files.",
        "The question was kept. Use a model with a longer context, or quotes.",
    )


def bounded(target_s: float) -> float:
    """The person's wish for the first word, within what makes sense: half a second to ten minutes."""
    return min(max(target_s, _LEAST_TARGET_S), _MOST_TARGET_S)


def fit_passages(tokens: Sequence[int], budget: Budget) -> int:
    """How many passages, best first, to send: within the budget, but two even if that is slow, and twelve at most.

    0 if not even the first has room.
    """
    spent, count = 0, 0
    for size in tokens[:MOST_PASSAGES]:
        if spent + size > (budget.room if count < LEAST_PASSAGES else budget.passages):
            break
        spent += size
        count += 1
    return count


def history_room(context: int, answer: int, beginning: int, question: int) -> int:
    """Tokens that the history may have before its oldest turns are dropped: passages need a part of the window too."""
    reserve = min(UNMEASURED, context // 4)
    return max(0, context - answer - beginning - question - reserve - 2 * MESSAGE_TOKENS)


def kept_turns(tokens: Sequence[int], room: int) -> int:
    """How many of the newest turns (the last of `tokens`) to go on with.

    All that there are or, once these pass the room, as many as take half of it: each drop has the rest read again, so
    it should not come at every question.
    """
    if sum(tokens) <= room:
        return len(tokens)
    spent, count = 0, 0
    for size in reversed(tokens):
        spent += size
        if spent > room // 2:
            break
        count += 1
    return count


def result_room(*, context: int, used: int, answer: int, cost: PrefillCost, target_s: float) -> int:
    """Tokens that a tool's result may have, after `used` tokens of prompt and answer; 0 if there is no room.

    What can be read within the target, but 400 even if that is slow.
    """
    left = context - used - answer - 4 * MESSAGE_TOKENS
    quick = cost.tokens_within(bounded(target_s), used) if cost.known else UNMEASURED
    return max(0, min(left, max(_RESULT_FLOOR, quick)))
