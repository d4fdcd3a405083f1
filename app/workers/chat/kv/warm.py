"""Reading the beginning of a prompt ahead, so that the question that follows is answered at once."""

from __future__ import annotations

from collections.abc import Callable

from app.base.chat import ChatMessage, Prefill, Warm, Warmed
from app.base.errors import Problem
from app.link.peer import Incoming
from app.workers.chat.inference.model import Model
from app.workers.chat.inference.session import common

_QUESTIONS = ("What is it?", "7 zebras")
"""Two that begin so differently that what their prompts share does not depend on either."""
_SPARED_TOKENS = 256  # of the context, for a question and its answer


def warm(model: Model, call: Warm, incoming: Incoming, on_arrival: Callable[[Callable[[], None]], None]) -> Warmed:
    """Read what comes before the next user message, emitting "prefill", and keep it.

    on_arrival: calls what it is given when another request comes; then this one stops, keeping what it has read.
    Raises Problem chat.too_long, chat.template.
    """
    tokens = _beginning(model, call)
    session, recall = model.session, model.recall
    if len(tokens) + _SPARED_TOKENS > session.context:
        raise Problem(
            "chat.too_long",
            f"It is too long for this model: {len(tokens)} tokens of {session.context}.",
            "Ask about parts of it, or load the model with a larger context.",
        )
    if recall.covers(call.conversation, tokens):
        return Warmed(tokens=len(tokens), reused=len(tokens))

    def interrupted(press: Callable[[], None]) -> None:
        incoming.on_cancel(press)
        on_arrival(press)

    with session.stop.armed(interrupted):
        if session.stop.pressed:
            return Warmed(tokens=0, reused=0)
        reused = recall.bring(call.conversation, tokens, warm=True)
        outcome = session.read(
            tokens, lambda done: incoming.emit("prefill", Prefill(done=done, total=len(tokens), reused=reused))
        )
    if outcome != "done":
        return Warmed(tokens=len(session.tokens), reused=reused)
    recall.save()
    if call.tools:
        model.constrainer.prepare()
    return Warmed(tokens=len(tokens), reused=reused)


def _beginning(model: Model, call: Warm) -> list[int]:
    """The tokens that a prompt of these messages has whatever is asked next."""
    first, second = (
        model.prompt(
            [*call.messages, ChatMessage(role="user", content=question)], call.tools, conversation=call.conversation
        ).tokens
        for question in _QUESTIONS
    )
    return first[: common(first, second)]
