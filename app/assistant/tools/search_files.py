"""search_files: the passages that other words find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta

from app.assistant.evidence import passages_of, rank
from app.assistant.ports import Passage, Retrieved
from app.assistant.tools.tool import Arguments, Result, Tool, ToolContext, parsed, shown, spec_of
from app.base.wording import count

EACH_SEARCH = 12


class SearchArguments(Arguments, frozen=True):
    """query: words or a question. folder: "" for everywhere."""

    query: Annotated[str, Meta(min_length=1, max_length=300, description="Words to look for, or a question.")]
    folder: Annotated[str, Meta(max_length=1000, description="Only in this folder or file. Leave it out for all.")] = ""


def run(context: ToolContext, arguments: Mapping[str, Any]) -> Result:
    """The best passages of the index and of attached files. Raises ToolFailed, Problem."""
    given = parsed(arguments, SearchArguments)
    reach = context.reach
    scope = [reach.place(given.folder)] if given.folder.strip() else reach.scope
    attached_only = reach.attached_only and not scope
    found = Retrieved() if attached_only else context.retriever.passages(given.query, scope, EACH_SEARCH)
    attached = [] if given.folder.strip() else _attached(context, given.query)
    passages = [*attached, *(one for one in found.passages if reach.allows(one.path))][:EACH_SEARCH]
    notes = [] if passages else ["Nothing was found. Other words may find more."]
    notes += [f"{count(found.waiting, 'file')} could not be searched yet."] if found.waiting else []
    return Result(
        done=f"Searched “{shown(arguments, 'query')}”{_where(arguments)}",
        passages=passages,
        after="\n".join(notes),
    )


def _attached(context: ToolContext, query: str) -> Sequence[Passage]:
    """The passages of attached files that have some of the words, best first."""
    files = context.reach.attachments
    documents = context.reader.read(files) if files else ()
    every = [one for file, document in zip(files, documents, strict=True) for one in passages_of(file.path, document)]
    return [one for one in rank(query, every) if one.score > 0][: EACH_SEARCH // 2]


def _where(arguments: Mapping[str, Any]) -> str:
    folder = shown(arguments, "folder", 40)
    return f" in {folder}" if folder else ""


TOOL = Tool(
    spec=spec_of(
        "search_files",
        "Search the person's files by words and by meaning. Returns numbered passages, best first.",
        SearchArguments,
    ),
    effect="read",
    order=10,
    icon="search",
    title=lambda arguments: f"Searching “{shown(arguments, 'query')}”{_where(arguments)}",
    run=run,
)
