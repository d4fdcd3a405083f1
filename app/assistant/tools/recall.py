"""recall: what the person asked in earlier conversations, and what they were answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta

from app.assistant.citation_markers import without_markers
from app.assistant.passage_format import defused
from app.assistant.tools.tool import Arguments, Result, Tool, ToolContext, parsed, shown, spec_of
from app.base.wording import count

_MOST, _LETTERS = 8, 400


class RecallArguments(Arguments, frozen=True):
    """words: of what was said."""

    words: Annotated[str, Meta(min_length=1, max_length=200, description="Words of what was said.")]


def run(context: ToolContext, arguments: Mapping[str, Any]) -> Result:
    """The turns that have them. Only what the files bore out counts as an answer. Raises ToolFailed, Problem."""
    found = context.recall(parsed(arguments, RecallArguments).words, _MOST)
    lines = []
    for one in found:
        day = datetime.fromtimestamp(one.at / 1000).strftime("%Y-%m-%d")
        answered = f" The answer was: {_short(without_markers(one.answer))}" if one.answer else ""
        lines.append(f"{day}, the person asked: {_short(one.question)}{answered}")
    said = f"Found {count(len(found), 'earlier question')}" if found else "Nothing of the kind was said before"
    return Result(done=said, lines=[defused(line) for line in lines] or ["Nothing of the kind was said before."])


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LETTERS else line[:_LETTERS].rstrip() + "…"


TOOL = Tool(
    spec=spec_of("recall", "Look up what was asked and answered in earlier conversations.", RecallArguments),
    effect="read",
    order=65,
    icon="message-square",
    title=lambda arguments: f"Looking for “{shown(arguments, 'words')}” in earlier conversations",
    run=run,
    private=True,
)
