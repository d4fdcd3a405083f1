"""read_file: some lines, pages, slides or the like of a file, as the index has its text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from app.assistant.evidence import passages_of
from app.assistant.passage_format import defused
from app.assistant.ports import Passage
from app.assistant.tools.refusal import ToolFailed
from app.assistant.tools.tool import Arguments, Result, Tool, ToolContext, parsed, shown, spec_of
from app.base.places import narrow
from app.base.values import READABLE_STATES, Document
from app.base.wording import count

_LAST = 10_000_000
_UNITS = {
    "page": "page", "line": "line", "slide": "slide", "sheet": "sheet", "heading": "section", "message": "message",
    "whole": "part",
}  # fmt: skip


class ReadArguments(Arguments, frozen=True):
    """path: of a file. first, last: numbers from 1 of its lines, pages, slides, ... whatever its passages name."""

    path: Annotated[str, Meta(min_length=1, max_length=1000, description="A file's path, or its name in a passage.")]
    first: Annotated[int, Meta(ge=1, le=_LAST, description="First line, page or slide to read.")] = msgspec.field(
        name="from", default=1
    )
    last: Annotated[int, Meta(ge=1, le=_LAST, description="Last line, page or slide to read.")] = msgspec.field(
        name="to", default=_LAST
    )


def run(context: ToolContext, arguments: Mapping[str, Any]) -> Result:
    """What stands there. Raises ToolFailed, Problem."""
    given = parsed(arguments, ReadArguments)
    if given.last < given.first:
        raise ToolFailed(f"“to” ({given.last}) comes before “from” ({given.first}).")
    path = context.reach.file(given.path, context.seen())
    document = document_of(context, path)
    if document.state not in READABLE_STATES or not document.chunks:
        raise ToolFailed(f"{plain_name(path)} has no text to read. {document.reason}".strip())
    every = passages_of(path, document)
    unit, end = _UNITS[every[0].place.kind], max(one.place.last for one in every)
    found = [part for one in every if (part := _between(one, given.first, given.last)) is not None]
    if not found:
        raise ToolFailed(f"{plain_name(path)} has {count(end, unit)}; there is nothing from {given.first} on.")
    first, last = found[0].place.first, found[-1].place.last
    span = f"{unit} {first}" if first == last else f"{unit}s {first}–{last}"
    return Result(
        done=f"Read {plain_name(path)}, {span}", passages=found, after=f"{plain_name(path)} has {count(end, unit)}."
    )


def document_of(context: ToolContext, path: str) -> Document:
    """What was read of a file that may be read. Raises ToolFailed, Problem."""
    attachment = context.reach.attached(path)
    document = context.reader.read([attachment])[0] if attachment is not None else context.files.document(path)
    if document is None:
        raise ToolFailed(f"{plain_name(path)} has gone meanwhile.")
    return document


def _between(passage: Passage, first: int, last: int) -> Passage | None:
    """What of a passage stands from number `first` to `last`: lines are counted, of the others all or nothing."""
    place = passage.place
    if place.last < first or place.first > last:
        return None
    if place.kind != "line" or (place.first >= first and place.last <= last):
        return passage
    start, end = _lines(passage.text, max(0, first - place.first), last - place.first + 1)
    if not passage.text[start:end].strip():
        return None
    stretch = passage.text[start:end].rstrip("\n")
    return msgspec.structs.replace(
        passage, text=stretch, place=narrow(place, passage.text, start, start + len(stretch))
    )


def _lines(text: str, skip: int, until: int) -> tuple[int, int]:
    """Offsets of the lines numbered `skip` (from 0) to before `until`."""
    ends: Sequence[int] = [0, *(at + 1 for at, letter in enumerate(text) if letter == "\n"), len(text)]
    return ends[min(skip, len(ends) - 1)], ends[min(until, len(ends) - 1)]


def plain_name(path: str) -> str:
    """A file's name, harmless and on one line."""
    return defused(PurePath(path).name).replace("\n", " ")


def file_name(arguments: Mapping[str, Any]) -> str:
    """The name in the argument `path`, for a title."""
    path = shown(arguments, "path")
    return PurePath(path).name or path


TOOL = Tool(
    spec=spec_of(
        "read_file",
        "Read some lines of a text file, or some pages or slides of a document. Returns numbered passages in order.",
        ReadArguments,
    ),
    effect="read",
    order=30,
    icon="file-text",
    title=lambda arguments: f"Reading {file_name(arguments)}",
    run=run,
)
