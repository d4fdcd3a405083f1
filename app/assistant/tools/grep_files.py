"""grep_files: every place where some exact words, or what a regular expression describes, stand."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from app.assistant.evidence import passages_of
from app.assistant.passage_format import defused
from app.assistant.ports import Grepped, Passage
from app.assistant.tools.refusal import ToolFailed
from app.assistant.tools.tool import Arguments, Result, Tool, ToolContext, parsed, shown, spec_of
from app.base.places import narrow
from app.base.wording import count
from app.language.text_match import PatternRefused, SearchTimedOut, TextPattern

_PLACES = 24
_ATTACHED_S = 3.0
_ATTACHED_UNDONE = " There was no time for all of the attached files: look for plainer words."


class GrepArguments(Arguments, frozen=True):
    """text: what to look for. regex: whether it is a regular expression. folder: "" for everywhere."""

    text: Annotated[str, Meta(min_length=1, max_length=300, description="Exact words, a number, a code or a name.")]
    regex: Annotated[bool, Meta(description="Whether the text is a regular expression.")] = False
    folder: Annotated[str, Meta(max_length=1000, description="Only in this folder or file. Leave it out for all.")] = ""


def run(context: ToolContext, arguments: Mapping[str, Any]) -> Result:
    """The lines that hold it, of the index and of attached files. Raises ToolFailed, Problem."""
    given = parsed(arguments, GrepArguments)
    reach = context.reach
    try:
        pattern = TextPattern(given.text, regular=given.regex)
    except PatternRefused as refused:
        raise ToolFailed(f"That is no regular expression that can be looked for: {defused(refused.reason)}.") from None
    scope = [reach.place(given.folder)] if given.folder.strip() else reach.scope
    found = Grepped()
    if scope or not reach.attached_only:
        found = context.files.grep(given.text, scope, _PLACES, regular=given.regex)
    attached: list[Passage] = []
    whole = bool(given.folder.strip()) or _looked_through(context, pattern, attached)
    passages = [*attached, *(one for one in found.passages if reach.allows(one.path))][:_PLACES]
    return Result(
        done=f"Looked for “{shown(arguments, 'text')}”",
        passages=passages,
        after=_told(found, len(attached), len(passages)) + ("" if whole else _ATTACHED_UNDONE),
    )


def _looked_through(context: ToolContext, pattern: TextPattern, lines: list[Passage]) -> bool:
    """Add the lines of attached files that hold it; whether there was time for all of them."""
    until = time.monotonic() + _ATTACHED_S
    files = context.reach.attachments
    documents = context.reader.read(files) if files else ()
    for file, document in zip(files, documents, strict=True):
        for one in passages_of(file.path, document):
            try:
                lines += [_line(one, start, end) for start, end in pattern.lines(one.text, until)]
            except SearchTimedOut:
                return False
    return True


def _line(one: Passage, start: int, end: int) -> Passage:
    return Passage(
        path=one.path, sha256=one.sha256, place=narrow(one.place, one.text, start, end), text=one.text[start:end],
        heading=one.heading, title=one.title, file_chars=one.file_chars, dated=one.dated, dated_by=one.dated_by,
    )  # fmt: skip


def _told(found: Grepped, attached: int, shown_places: int) -> str:
    """How complete what was found is."""
    places = found.places + attached
    if not places:
        said = f"It stands nowhere in the {count(found.searched, 'file')} that were looked through."
    elif places > shown_places:
        said = f"It stands in {count(places, 'place')} of {count(found.files, 'file')}; these are the first."
    else:
        said = f"These are all places in the {count(found.searched, 'file')} that were looked through."
    if found.unsearched:
        said += f" There was no time for {count(found.unsearched, 'more file')}: name a folder."
    return said


TOOL = Tool(
    spec=spec_of(
        "grep_files",
        "Find every line that has some exact text, such as a number, a name or a code. Returns numbered passages.",
        GrepArguments,
    ),
    effect="read",
    order=40,
    icon="search",
    title=lambda arguments: f"Looking for “{shown(arguments, 'text')}”",
    run=run,
)
