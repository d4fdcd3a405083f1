"""arrange_files: many files to names and folders by one pattern, as one plan, if the person allows it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Annotated, Any

from msgspec import Meta

from app.assistant.acting.plans import MOST_CHANGES, Plan, moving
from app.assistant.ports import FileQuery, FoundFile
from app.assistant.tools.refusal import ToolFailed
from app.assistant.tools.tool import Arguments, Tool, ToolContext, parsed, shown, spec_of
from app.base.opening import resolved

_FIELD = re.compile(r"\{(\w*)\}")
_FIELDS = ("name", "year", "month", "day", "date", "n")


class ArrangeArguments(Arguments, frozen=True):
    """folder: whose files, its folders' too. name, type: only these. pattern: of the new path below `folder`."""

    folder: Annotated[str, Meta(min_length=1, max_length=1000, description="A folder; its subfolders count too.")]
    pattern: Annotated[
        str,
        Meta(
            min_length=1, max_length=500,
            description="New path in that folder, as “{year}/{date} {name}”. Fields: name, year, month, day, date, n.",
        ),
    ]  # fmt: skip
    name: Annotated[str, Meta(max_length=200, description="Only files with these words in their name.")] = ""
    type: Annotated[str, Meta(max_length=20, description="Only files of this type or ending.")] = ""


def plan(context: ToolContext, arguments: Mapping[str, Any]) -> Plan:
    """What would be moved. Raises ToolFailed, Problem."""
    given = parsed(arguments, ArrangeArguments)
    unknown = [field for field in _FIELD.findall(given.pattern) if field not in _FIELDS]
    if unknown or not _FIELD.search(given.pattern):
        fields = ", ".join(f"{{{field}}}" for field in _FIELDS)
        raise ToolFailed(f"The pattern needs at least one of these fields, and no others: {fields}.")
    folder = resolved(context.reach.place(given.folder))
    found = context.files.find(FileQuery(
        scope=(folder,), name=given.name, type=given.type.strip(), order="oldest", limit=MOST_CHANGES + 1
    ))  # fmt: skip
    if found.total > MOST_CHANGES:
        raise ToolFailed(f"{found.total:,} files are too many at once; {MOST_CHANGES} are the most. Say which.")
    moves = []
    allowed = [file for file in found.files if context.reach.allows(file.path)]
    for n, file in enumerate(allowed, 1):
        source = context.targets.existing(file.path, ())
        target = context.targets.new(os.path.join(folder, _filled(given.pattern, file, n)))
        if target != source:
            moves.append((source, target))
    if not moves:
        raise ToolFailed("No file there would get another name or place.")
    return moving(moves)


def _filled(pattern: str, file: FoundFile, n: int) -> str:
    """The path that a file gets below the folder. Raises ToolFailed for a date that is not known."""
    path = PurePath(file.path)
    when = datetime.fromtimestamp(file.dated / 1000, UTC) if file.dated else None
    if when is None and any(f"{{{field}}}" in pattern for field in ("year", "month", "day", "date")):
        raise ToolFailed(f"Nothing tells of what day “{path.name}” is. Use a pattern without a date for it.")
    values = {"name": path.stem, "n": str(n)}
    if when is not None:
        values |= {"year": f"{when:%Y}", "month": f"{when:%m}", "day": f"{when:%d}", "date": f"{when:%Y-%m-%d}"}
    wanted = _FIELD.sub(lambda field: values[field[1]], pattern)
    if wanted.endswith("/"):
        return wanted + path.name
    return wanted if wanted.casefold().endswith(path.suffix.casefold()) else wanted + path.suffix


TOOL = Tool(
    spec=spec_of(
        "arrange_files", "Rename or sort many files by a pattern. The person is asked first.", ArrangeArguments
    ),
    effect="write",
    order=130,
    icon="folder-tree",
    title=lambda arguments: f"Arranging the files of {PurePath(shown(arguments, 'folder')).name}",
    plan=plan,
)
