"""search_files: the passages that other words find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta

from app.assistant.evidence import passages_of, rank
from app.assistant.file_access import Reach
from app.assistant.ports import AttachmentReader, Passage, Retriever
from app.assistant.tools.tool import Arguments, Result, count, parsed, shown, spec_of

EACH_SEARCH = 12


class SearchArguments(Arguments, frozen=True):
    """query: words or a question. folder: "" for everywhere."""

    query: Annotated[str, Meta(min_length=1, max_length=300, description="Words to look for, or a question.")]
    folder: Annotated[str, Meta(max_length=1000, description="Only in this folder or file. Leave it out for all.")] = ""


SPEC = spec_of(
    "search_files",
    "Search the person's files by words and by meaning. Returns numbered passages, best first.",
    SearchArguments,
)


class SearchFiles:
    """Searches the index and the attached files, within reach."""

    spec = SPEC
    effect: Literal["read"] = "read"

    def __init__(self, retriever: Retriever, reader: AttachmentReader, reach: Reach) -> None:
        self._retriever = retriever
        self._reader = reader
        self._reach = reach

    def title(self, arguments: Mapping[str, Any]) -> str:
        """“Searching “lease””."""
        return f"Searching “{shown(arguments, 'query')}”{_where(arguments)}"

    def run(self, arguments: Mapping[str, Any]) -> Result:
        """The best passages. Raises ToolFailed, Problem."""
        given = parsed(arguments, SearchArguments)
        scope = [self._reach.place(given.folder)] if given.folder.strip() else self._reach.scope
        found = self._retriever.passages(given.query, scope, EACH_SEARCH)
        attached = [] if given.folder.strip() else self._attached(given.query)
        passages = [*attached, *(one for one in found.passages if self._reach.allows(one.path))][:EACH_SEARCH]
        waiting = f"{count(found.waiting, 'file')} could not be searched yet." if found.waiting else ""
        return Result(
            done=f"Searched “{shown(arguments, 'query')}”{_where(arguments)}",
            passages=passages,
            lines=() if passages else ["Nothing was found. Other words may find more."],
            after=waiting,
        )

    def _attached(self, query: str) -> Sequence[Passage]:
        """The passages of attached files that have some of the words, best first."""
        paths = self._reach.attachments
        documents = self._reader.read(paths) if paths else ()
        every = [one for path, document in zip(paths, documents, strict=True) for one in passages_of(path, document)]
        return [one for one in rank(query, every) if one.score > 0][: EACH_SEARCH // 2]


def _where(arguments: Mapping[str, Any]) -> str:
    folder = shown(arguments, "folder", 40)
    return f" in {folder}" if folder else ""
