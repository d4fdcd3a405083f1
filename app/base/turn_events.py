"""What a turn tells while it runs: its events, of which the answer is the last."""

from __future__ import annotations

from app.base.actions import Approval
from app.base.values import Answer, Citation, Claim, ConversationId, Coverage, ToolStep, TurnId, Value


class Delta(Value, tag="delta", tag_field="event"):
    """More text of a streaming answer; append it."""

    text: str


class Claims(Value, tag="claims", tag_field="event"):
    """Claims of a streaming answer that have just been checked; offsets are into the text so far."""

    claims: tuple[Claim, ...]


class FirstQuotes(Value, tag="quotes", tag_field="event"):
    """The best quotes of what a model is given to read, as Markdown with its numbers, while it reads."""

    text: str


class Step(Value, tag="step", tag_field="event"):
    """What the turn is doing now.

    name: "started", "searching", "loading" (the model), "found", "reading", "thinking", "generating", "tool".
    tool: of a "tool" step, which comes when the call begins and again when its result is there.
    expected_s: seconds that reading is predicted to take, 0 if not known.
    """

    name: str
    title: str
    conversation: ConversationId
    turn: TurnId
    done: int = 0
    total: int = 0
    citations: tuple[Citation, ...] = ()
    coverage: Coverage | None = None
    tool: ToolStep | None = None
    expected_s: float = 0.0


TurnEvent = Answer | Delta | Claims | FirstQuotes | Step | Approval
