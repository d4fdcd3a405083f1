"""find_files: files by name, type, date, size and how they were read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from msgspec import Meta

from app.assistant.passage_format import defused
from app.assistant.ports import FileQuery, FoundFile
from app.assistant.tools.refusal import ToolFailed
from app.assistant.tools.tool import Arguments, Result, Tool, ToolContext, parsed, shown, spec_of
from app.base.wording import count

_LISTED = 60
_DAY = r"^(\d{4}-\d{2}-\d{2})?$"
_Day = Annotated[str, Meta(max_length=10, pattern=_DAY, description="A day as YYYY-MM-DD.")]


class FindArguments(Arguments, frozen=True):
    """All that is given must hold."""

    name: Annotated[str, Meta(max_length=200, description="Words of the file's name.")] = ""
    type: Annotated[
        str,
        Meta(max_length=20, description="pdf, document, spreadsheet, slides, mail, note, image, code, or an ending."),
    ] = ""
    folder: Annotated[str, Meta(max_length=1000, description="Only in this folder.")] = ""
    after: _Day = ""
    before: _Day = ""
    unread: Annotated[bool, Meta(description="Only files that could not be read.")] = False
    order: Annotated[Literal["newest", "oldest", "largest", "name"], Meta(description="What comes first.")] = "newest"


def run(context: ToolContext, arguments: Mapping[str, Any]) -> Result:
    """The files, a line each, and how many there are. Raises ToolFailed, Problem."""
    given = parsed(arguments, FindArguments)
    reach = context.reach
    scope = [reach.place(given.folder)] if given.folder.strip() else [*reach.scope]
    if reach.attached_only and not scope:
        raise ToolFailed("The question is about the attached files alone. list_folder names them.")
    found = context.files.find(FileQuery(
        scope=tuple(scope), name=given.name, type=given.type.strip(), after=_milliseconds(given.after),
        before=_milliseconds(given.before, after=1), unread=given.unread, order=given.order, limit=_LISTED,
    ))  # fmt: skip
    lines = [_line(file) for file in found.files if reach.allows(file.path)]
    said = count(found.total, "file")
    return Result(
        done=f"Found {said}",
        lines=[f"{said}:", *lines] if lines else ["There is no such file."],
        after=f"… and {found.total - len(found.files):,} more." if found.total > len(found.files) else "",
    )


def _milliseconds(day: str, *, after: int = 0) -> int:
    """When a day begins, or so many days later, in Unix ms, UTC; 0 for "". Raises ToolFailed."""
    if not day:
        return 0
    try:
        begins = datetime.combine(date.fromisoformat(day) + timedelta(days=after), datetime.min.time(), UTC)
    except (ValueError, OverflowError):
        raise ToolFailed(f"{day} is no day.") from None
    return int(begins.timestamp() * 1000)


def _line(file: FoundFile) -> str:
    when = datetime.fromtimestamp(file.dated / 1000, UTC).date().isoformat() if file.dated else "no date"
    why = f", {defused(file.reason)}" if file.reason else ""
    return f"{defused(file.path)} ({when}, {_size(file.size_bytes)}{why})".replace("\n", " ")


def _size(size_bytes: int) -> str:
    if size_bytes < 1000:
        return count(size_bytes, "byte")
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes >= 100_000 else f"{size_bytes / 1e3:.1f} kB"


TOOL = Tool(
    spec=spec_of(
        "find_files",
        "Count and list files by name, type, date or size; not by what they say. Leave out what does not matter.",
        FindArguments,
    ),
    effect="read",
    order=50,
    icon="folder",
    title=lambda arguments: f"Finding files {shown(arguments, 'name')}".rstrip(),
    run=run,
)
