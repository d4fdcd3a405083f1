"""edit_file: words of a text file said otherwise, or more at its end, if the person allows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from app.assistant.acting.plans import MOST_TEXT, Plan, appending, editing
from app.assistant.tools.read_file import file_name
from app.assistant.tools.tool import Arguments, Tool, ToolContext, parsed, spec_of


class EditArguments(Arguments, frozen=True):
    """path: of a text file. old: what stands in it once, "" to add at its end. new: what is to stand there."""

    path: Annotated[str, Meta(min_length=1, max_length=1000, description="A text file's path, or its name.")]
    new: Annotated[str, Meta(max_length=MOST_TEXT, description="What is to stand there.")]
    old: Annotated[
        str, Meta(max_length=MOST_TEXT, description="The exact words to replace; none adds “new” at the end.")
    ] = ""


def plan(context: ToolContext, arguments: Mapping[str, Any]) -> Plan:
    """What would be changed. Raises ToolFailed."""
    given = parsed(arguments, EditArguments)
    path = context.targets.existing(given.path, context.seen())
    return editing(path, given.old, given.new) if given.old else appending(path, given.new)


TOOL = Tool(
    spec=spec_of(
        "edit_file", "Change words of a text file, or add to its end. The person is asked first.", EditArguments
    ),
    effect="write",
    order=110,
    icon="pencil",
    title=lambda arguments: f"Changing {file_name(arguments)}",
    plan=plan,
)
