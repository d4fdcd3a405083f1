"""search_files: the passages that other words find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta

from app.assistant.evidence import Evidence, gather
from app.assistant.policy import Reach
from app.assistant.ports import AttachmentReader, Retriever
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
        if given.folder.strip():
            found = self._search(given.query, [self._reach.place(given.folder)], ())
        else:
            found = self._search(given.query, self._reach.scope, self._reach.attachments)
        passages = [one for one in found.passages if self._reach.allows(one.path)][:EACH_SEARCH]
        waiting = f"{count(found.waiting, 'file')} could not be searched yet." if found.waiting else ""
        return Result(
            done=f"Searched “{shown(arguments, 'query')}”{_where(arguments)} · {count(len(passages), 'passage')}",
            passages=passages,
            lines=() if passages else ["Nothing was found. Other words may find more."],
            after=waiting,
        )

    def _search(self, query: str, scope: Sequence[str], attachments: Sequence[str]) -> Evidence:
        everywhere = scope if scope or not attachments else self._reach.roots
        return gather(query, retriever=self._retriever, reader=self._reader, scope=everywhere, attachments=attachments)


def _where(arguments: Mapping[str, Any]) -> str:
    folder = shown(arguments, "folder", 40)
    return f" in {folder}" if folder else ""
