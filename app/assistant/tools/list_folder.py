"""list_folder: what stands in a folder, as the index has it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Annotated, Any

from msgspec import Meta

from app.assistant.passage_format import defused
from app.assistant.ports import Entry
from app.assistant.tools.tool import Arguments, Result, Tool, ToolContext, parsed, shown, spec_of
from app.base.wording import count

MOST_ENTRIES = 100
_TOP = ("", ".", "/", "~")


class ListArguments(Arguments, frozen=True):
    """path: of a folder; "" for the person's folders themselves."""

    path: Annotated[str, Meta(max_length=1000, description="A folder. Leave it empty to see the person's folders.")] = (
        ""
    )


def run(context: ToolContext, arguments: Mapping[str, Any]) -> Result:
    """The entries of a folder, a line each. Raises ToolFailed, Problem."""
    given = parsed(arguments, ListArguments)
    reach = context.reach
    if given.path.strip() in _TOP:
        lines = [defused(path) for path in reach.roots]
        lines += [f"{defused(one.path)} (attached)" for one in reach.attachments]
    else:
        folder = reach.place(given.path)
        listing = context.files.list(folder, MOST_ENTRIES)
        reach.show(folder)
        lines = [f"In {defused(folder)}:", *map(_line, listing.entries)]
        if listing.more:
            lines.append(f"… and {listing.more:,} more. search_files finds what is in them.")
    return Result(done=f"Looked into {_name(arguments)}", lines=lines or ["There are no folders to look into."])


def _line(entry: Entry) -> str:
    name = defused(entry.name).replace("\n", " ")
    if entry.folder:
        return f"{name}/ ({count(entry.files, 'readable file')})"
    return f"{name} ({entry.note})" if entry.note else name


def _name(arguments: Mapping[str, Any]) -> str:
    path = shown(arguments, "path")
    return "your folders" if path in _TOP else PurePath(path).name or path


TOOL = Tool(
    spec=spec_of("list_folder", "List the files and folders in a folder of the person's.", ListArguments),
    effect="read",
    order=20,
    icon="folder",
    title=lambda arguments: f"Looking into {_name(arguments)}",
    run=run,
)
