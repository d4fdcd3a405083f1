"""Whether a file that was cited has the words of a question: it then may be what the question is about."""

from __future__ import annotations

from collections.abc import Mapping

from app.assistant.ports import AttachmentReader, FileTree
from app.assistant.terms import telling, terms
from app.base.values import Attachment, Document

_MOST_CHARS = 200_000  # of a file; some 50 ms to read into words
# Of a question's telling words. Chosen on chains about leases, contracts, invoices and price lists in English and
# German: at half, every second question about something else was carried; with all, “who may keep dogs?” was not.
_MOST_OF = 2 / 3


class SourceWords:
    """Tells whether a file has most of the telling words of a text. Reads a file at most once."""

    def __init__(self, files: FileTree, reader: AttachmentReader, attachments: Mapping[str, Attachment]) -> None:
        """attachments: of the conversation, by path; any other file is looked up in the index."""
        self._files = files
        self._reader = reader
        self._attachments = attachments
        self._words: dict[str, frozenset[str]] = {}

    def holds(self, path: str, text: str) -> bool:
        """Whether it has two thirds of them, or there are none; not if it can no longer be read. Raises Problem."""
        wanted = telling(text)
        if path not in self._words:
            self._words[path] = self._read(path)
        there = self._words[path]
        return bool(there) and sum(word in there for word in wanted) >= _MOST_OF * len(wanted)

    def _read(self, path: str) -> frozenset[str]:
        attachment = self._attachments.get(path)
        document: Document | None
        if attachment is not None:
            (document,) = self._reader.read([attachment])
        else:
            document = self._files.document(path)
        found: set[str] = set()
        left = _MOST_CHARS
        for chunk in document.chunks if document is not None else ():
            found.update(terms(f"{chunk.heading} {chunk.text[:left]}"))
            left -= len(chunk.text)
            if left <= 0:
                break
        return frozenset(found)
