"""trash_files: files to the system's trash, if the person allows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from app.assistant.acting.plans import MOST_CHANGES, Plan, trashing
from app.assistant.tools.tool import Arguments, Tool, ToolContext, parsed, spec_of
from app.base.wording import count

_Path = Annotated[str, Meta(min_length=1, max_length=1000)]


class TrashArguments(Arguments, frozen=True):
    """paths: of files."""

    paths: Annotated[
        tuple[_Path, ...], Meta(min_length=1, max_length=MOST_CHANGES, description="Paths of files, or their names.")
    ]


def plan(context: ToolContext, arguments: Mapping[str, Any]) -> Plan:
    """What would go. Raises ToolFailed."""
    paths = parsed(arguments, TrashArguments).paths
    return trashing([context.targets.existing(path, context.seen()) for path in paths])


def _title(arguments: Mapping[str, Any]) -> str:
    paths = arguments.get("paths")
    what = count(len(paths), "file") if isinstance(paths, list | tuple) else "files"
    return f"Moving {what} to the trash"


TOOL = Tool(
    spec=spec_of("trash_files", "Move files to the system's trash. The person is asked first.", TrashArguments),
    effect="write",
    order=140,
    icon="trash-2",
    title=_title,
    plan=plan,
)
