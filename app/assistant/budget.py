"""How many tokens of passages and history a prompt may have, from the model's window and its measured speed."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from app.base.errors import Problem
from app.base.values import Usage

TARGET_S = 4.0
LEAST_PASSAGES = 2
MOST_PASSAGES = 12
MOST_ANSWER = 768
MESSAGE_TOKENS = 8
"""What a chat template adds to a message, generously."""

_UNMEASURED = 1200
_MEASURED_FROM = 64
_SMALLEST_ROOM = 48
_HISTORY_SHARE = 0.3


class Budget(msgspec.Struct, frozen=True):
    """Tokens of a prompt. passages: to aim at; room: for passages and history together, never to be passed."""

    answer: int
    room: int
    passages: int


def prefill_rate(usages: Sequence[Usage]) -> float | None:
    """Tokens a second at which a model has lately read prompts; None if that was not measured yet."""
    counted = [u for u in usages if u.prompt_tokens - u.reused_tokens >= _MEASURED_FROM and u.prefill_ms > 0]
    spent_ms = sum(usage.prefill_ms for usage in counted)
    return 1000 * sum(usage.prompt_tokens - usage.reused_tokens for usage in counted) / spent_ms if counted else None


def plan(*, context: int, system: int, question: int, has_history: bool, rate: float | None) -> Budget:
    """How to share a window of `context` tokens. system, question: tokens of these, without passages.

    rate: of `prefill_rate`. The passages are held so few that reading them and the question takes some four seconds;
    system and history are taken to be in the model's cache from the turn before.
    Raises Problem ask.too_long if the question leaves no room.
    """
    answer = min(MOST_ANSWER, context // 4)
    room = context - answer - system - question - 2 * MESSAGE_TOKENS
    if room < _SMALLEST_ROOM:
        raise Problem(
            "ask.too_long",
            f"The question is too long for this model, which reads {context} tokens at once.",
            "It was kept in the conversation. Ask in fewer words, attach the text as a file, or use another model.",
        )
    whole = int(room * (1 - _HISTORY_SHARE)) if has_history else room
    quick = _UNMEASURED if rate is None else int(rate * TARGET_S) - question - MESSAGE_TOKENS
    return Budget(answer=answer, room=room, passages=max(0, min(whole, quick)))


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


def fit_history(tokens: Sequence[int], room: int) -> int:
    """How many of the newest messages (the last of `tokens`) have room; pairs of question and answer are kept whole."""
    spent, count = 0, 0
    for at in range(len(tokens) - 2, -1, -2):
        spent += tokens[at] + tokens[at + 1] + 2 * MESSAGE_TOKENS
        if spent > room:
            break
        count += 2
    return count
