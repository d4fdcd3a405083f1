"""outline_file: what a document's parts are called, and where each begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta

from app.assistant.passage_format import defused
from app.assistant.tools.read_file import document_of, file_name, plain_name
from app.assistant.tools.refusal import ToolFailed
from app.assistant.tools.tool import Arguments, Result, Tool, ToolContext, parsed, spec_of
from app.base.values import READABLE_STATES, Chunk
from app.base.wording import count

_PARTS = 200
_FIRST_WORDS = 80


class OutlineArguments(Arguments, frozen=True):
    """path: of a file."""

    path: Annotated[str, Meta(min_length=1, max_length=1000, description="A file's path, or its name in a passage.")]


def run(context: ToolContext, arguments: Mapping[str, Any]) -> Result:
    """Its headings with their places; of what has none, how each part begins. Raises ToolFailed, Problem."""
    path = context.reach.file(parsed(arguments, OutlineArguments).path, context.seen())
    document = document_of(context, path)
    if document.state not in READABLE_STATES or not document.chunks:
        raise ToolFailed(f"{plain_name(path)} has no text to read. {document.reason}".strip())
    lines = _headings(document.chunks) or _beginnings(document.chunks)
    more = len(lines) - _PARTS
    return Result(
        done=f"Looked at the outline of {plain_name(path)}",
        lines=[f"Parts of {plain_name(path)}:", *lines[:_PARTS]],
        after=f"… and {count(more, 'more part')}." if more > 0 else "", source=path,
    )  # fmt: skip


def _headings(chunks: Sequence[Chunk]) -> list[str]:
    """Each heading once, where it first stands."""
    first: dict[str, Chunk] = {}
    for chunk in chunks:
        if chunk.heading:
            first.setdefault(chunk.heading, chunk)
    return [_line(heading, chunk) for heading, chunk in first.items()]


def _beginnings(chunks: Sequence[Chunk]) -> list[str]:
    """The first words of each page, sheet, slide or stretch."""
    first: dict[tuple[str, int], Chunk] = {}
    for chunk in chunks:
        first.setdefault((chunk.place.kind, chunk.place.first), chunk)
    return [_line(" ".join(chunk.text.split())[:_FIRST_WORDS], chunk) for chunk in first.values()]


def _line(text: str, chunk: Chunk) -> str:
    said = " ".join(defused(text).split())
    return f"{chunk.place.label}: {said}" if chunk.place.label else said


TOOL = Tool(
    spec=spec_of(
        "outline_file",
        "Show the headings of a document, or how each of its pages begins, with their places.",
        OutlineArguments,
    ),
    effect="read",
    order=60,
    icon="file-text",
    title=lambda arguments: f"Looking at the outline of {file_name(arguments)}",
    run=run,
)
