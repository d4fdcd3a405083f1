"""create_file: a new text file, if the person allows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from app.assistant.acting.plans import MOST_TEXT, Plan, creating
from app.assistant.tools.read_file import file_name
from app.assistant.tools.tool import Arguments, Tool, ToolContext, parsed, spec_of


class CreateArguments(Arguments, frozen=True):
    """path: of the new file. text: all of it."""

    path: Annotated[str, Meta(min_length=1, max_length=1000, description="Its path: folder and name.")]
    text: Annotated[str, Meta(max_length=MOST_TEXT, description="All of its text.")]


def plan(context: ToolContext, arguments: Mapping[str, Any]) -> Plan:
    """What would be made. Raises ToolFailed."""
    given = parsed(arguments, CreateArguments)
    return creating(context.targets.new(given.path), given.text)


TOOL = Tool(
    spec=spec_of("create_file", "Write a new text file. The person is asked first.", CreateArguments),
    effect="write",
    order=100,
    icon="file-plus",
    title=lambda arguments: f"Creating {file_name(arguments)}",
    plan=plan,
)
