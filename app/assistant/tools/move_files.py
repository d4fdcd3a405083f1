"""move_files: files to other names or folders, as one plan, if the person allows it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from app.assistant.acting.plans import MOST_CHANGES, Plan, moving
from app.assistant.tools.tool import Arguments, Tool, ToolContext, parsed, spec_of
from app.base.wording import count

_Path = Annotated[str, Meta(min_length=1, max_length=1000)]


class Move(Arguments, frozen=True):
    """source: a file. target: its new name, or its new path; one that ends with a slash is a folder."""

    source: Annotated[_Path, Meta(description="A file's path, or its name.")] = msgspec.field(name="from")
    target: Annotated[_Path, Meta(description="Its new name or path; a folder ends with “/”.")] = msgspec.field(
        name="to"
    )


class MoveArguments(Arguments, frozen=True):
    """moves: which files, and where to."""

    moves: Annotated[tuple[Move, ...], Meta(min_length=1, max_length=MOST_CHANGES, description="All moves, as one.")]


def plan(context: ToolContext, arguments: Mapping[str, Any]) -> Plan:
    """What would be moved. Raises ToolFailed."""
    moves = []
    for one in parsed(arguments, MoveArguments).moves:
        source = context.targets.existing(one.source, context.seen())
        target = one.target + os.path.basename(source) if one.target.endswith(("/", "\\")) else one.target
        moves.append((source, context.targets.new(target, beside=source)))
    return moving(moves)


def _title(arguments: Mapping[str, Any]) -> str:
    moves = arguments.get("moves")
    return f"Moving {count(len(moves), 'file')}" if isinstance(moves, list | tuple) else "Moving files"


TOOL = Tool(
    spec=spec_of("move_files", "Rename files, or move them to folders. The person is asked first.", MoveArguments),
    effect="write",
    order=120,
    icon="folder-input",
    title=_title,
    plan=plan,
)
