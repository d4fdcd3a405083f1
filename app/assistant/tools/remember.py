"""remember: something about the person, proposed; they say whether it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from app.assistant.tools.refusal import ToolFailed
from app.assistant.tools.tool import Arguments, Result, Tool, ToolContext, parsed, shown, spec_of
from app.base.errors import Problem


class RememberArguments(Arguments, frozen=True):
    """text: one sentence."""

    text: Annotated[
        str,
        Meta(
            min_length=1, max_length=300, description="One sentence about the person, in the words of their question."
        ),
    ]


def run(context: ToolContext, arguments: Mapping[str, Any]) -> Result:
    """Have it wait for the person's word. Raises ToolFailed, Problem store.*."""
    text = parsed(arguments, RememberArguments).text
    try:
        memory = context.propose(text)
    except Problem as problem:
        if not problem.code.startswith("memory."):
            raise
        raise ToolFailed(problem.title) from problem
    kept = "They have told you this before." if memory.kept else "The person decides whether it is kept."
    return Result(done=f"Proposed to remember “{shown(arguments, 'text')}”", after=kept)


TOOL = Tool(
    spec=spec_of(
        "remember",
        "Propose to remember something that the person says of themselves, for later conversations.",
        RememberArguments,
    ),
    effect="read",
    order=70,
    icon="brain",
    title=lambda arguments: f"Proposing to remember “{shown(arguments, 'text')}”",
    run=run,
    private=True,
)
