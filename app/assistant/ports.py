"""What the assistant is handed: where passages come from, and what it may see of the person's files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from app.base.tables import TableResult
from app.base.values import Attachment, ChunkId, ConversationId, Correction, Document, Filter, Place, Value, Weight


class Passage(Value, frozen=True, kw_only=True):
    """A stretch of a file that may answer a question.

    sha256: of the file's bytes when it was read. place: where `text` stands; place.start is its offset in the extracted
    text. score: 0 to 1, comparable only within one search. similarity: cosine to the question, 0 if not known.
    file_chars: length of the file's whole extracted text. chunk_id: 0 if the file is not in the index.
    sender, sent_at: of the message that it is part of; "" and 0 of what is none. dated: sent_at, else when its file is
    from (Unix ms, 0 if nothing tells), as dated_by says: "name", "title", "document", "modified".
    """

    path: str
    sha256: str
    place: Place
    text: str
    heading: str = ""
    title: str = ""
    score: float = 0.0
    similarity: float = 0.0
    chunk_id: ChunkId = ChunkId(0)
    file_chars: int = 0
    sender: str = ""
    sent_at: int = 0
    dated: int = 0
    dated_by: str = ""


class AskedWord(Value, frozen=True, kw_only=True):
    """A word of a question, as it is written, and how rare it is among all passages: above 0, and 0 if none has it."""

    text: str
    rarity: float


class Retrieved(Value, frozen=True, kw_only=True):
    """What a search gave. passages: best first, several of one file are welcome.

    matching: files with at least one match. searched: readable files in scope. waiting: files in scope that were not
    read yet. by_meaning: whether vectors took part. unread: files that the scope names and that have no text, each with
    its reason, and those whose names say what was asked for. filters: what was understood of the query as limits.
    words: what of the query is to be looked for in the passages, "" where the limits said it all, None for all of it.
    certain: whether something holds what was asked for or comes near it. said: sentences on what was not searched as it
    was asked. asked: the words that were looked for. corrections: words with a typo, as they were taken.
    weight: of words against meaning, where both took part.
    """

    passages: tuple[Passage, ...] = ()
    matching: int = 0
    searched: int = 0
    waiting: int = 0
    by_meaning: bool = False
    unread: tuple[tuple[str, str], ...] = ()
    filters: tuple[Filter, ...] = ()
    words: str | None = None
    certain: bool = True
    said: tuple[str, ...] = ()
    asked: tuple[AskedWord, ...] = ()
    corrections: tuple[Correction, ...] = ()
    weight: Weight | None = None


class Retriever(Protocol):
    """Searches the index."""

    def passages(self, query: str, scope: Sequence[str], limit: int, *, without: Sequence[str] = ()) -> Retrieved:
        """At most `limit` passages for a query. Raises Problem.

        scope: files and folders to stay in, empty for all. without: keys of filters that are not to be understood.
        """


class Entry(Value, frozen=True, kw_only=True):
    """What stands in a folder, as the index has it. files: those with text, below a folder; for a file 1 or 0.

    note: why a file has no text, or "".
    """

    name: str
    folder: bool
    files: int
    note: str = ""


class Listing(Value, frozen=True, kw_only=True):
    """What stands in a folder, by name. more: entries that were left out."""

    entries: tuple[Entry, ...] = ()
    more: int = 0


class Grepped(Value, frozen=True, kw_only=True):
    """Where a text stands. passages: its lines, files by date, a few of each. places: in all; files: that hold it.

    searched: files that were looked through. unsearched: those for which there was no time.
    """

    passages: tuple[Passage, ...] = ()
    places: int = 0
    files: int = 0
    searched: int = 0
    unsearched: int = 0


class FileQuery(Value, frozen=True, kw_only=True):
    """Which files are meant; all that is given must hold.

    scope: files and folders, none for all. name: words of its name. type: of `base.file_types`, or an ending. after,
    before: Unix ms, the first that is in and the first that is out again. unread: those without text, with a reason.
    """

    scope: tuple[str, ...] = ()
    name: str = ""
    type: str = ""
    after: int = 0
    before: int = 0
    unread: bool = False
    order: Literal["newest", "oldest", "largest", "name"] = "newest"
    limit: int = 50


class FoundFile(Value, frozen=True, kw_only=True):
    """A file. dated: Unix ms, 0 if nothing tells. reason: why it has no text, or ""."""

    path: str
    size_bytes: int = 0
    dated: int = 0
    reason: str = ""


class FoundFiles(Value, frozen=True, kw_only=True):
    """The first of the files that were meant. total: of all."""

    files: tuple[FoundFile, ...] = ()
    total: int = 0


class FileTree(Protocol):
    """The index as folders and files. It never opens a file."""

    def folders(self) -> Sequence[str]:
        """The folders that the person chose."""

    def inside(self, path: str) -> bool:
        """Whether a path, its links resolved, lies in one of them."""

    def list(self, path: str, limit: int) -> Listing:
        """What stands in a folder; nothing if the index has nothing of it. Raises Problem."""

    def ending(self, tail: str, limit: int) -> Sequence[str]:
        """The files whose paths end with this name, or these folders and this name. Raises Problem."""

    def document(self, path: str) -> Document | None:
        """What was read of a file; None if the index does not have it. Raises Problem."""

    def text(self, path: str, start: int, end: int) -> str:
        """The extracted text of a file between two offsets; "" if the index does not have it. Raises Problem."""

    def grep(self, text: str, scope: Sequence[str], limit: int, *, regular: bool = False) -> Grepped:
        """The places that have this text, or what a regular expression describes; within seconds. Raises Problem.

        scope: files and folders to stay in, none for all. The expression is one that `TextPattern` takes.
        """

    def find(self, query: FileQuery) -> FoundFiles:
        """Files by what is known of them. Raises Problem."""


class AttachmentReader(Protocol):
    """Reads files that the person attached, indexed or not, and no others in their place."""

    def choose(self, paths: Sequence[str], earlier: Sequence[Attachment]) -> Sequence[Attachment]:
        """The files that a person attaches, as they stand. earlier: of the conversation; they stay what they were."""

    def read(self, attachments: Sequence[Attachment]) -> Sequence[Document]:
        """One document for each, in that order; one that could not be read says so in its state."""

    def replaced(self, attachments: Sequence[Attachment]) -> Sequence[Attachment]:
        """Those in whose place another file stands by now, and may be read: each as it is now."""


Current = Callable[[str], tuple[str, str] | None]
"""A path's bytes' sha256 and extracted text as they are now; None if the file is gone or cannot be read.

The text may be "" where nobody may read more of the file than its hash.
"""


Similar = Callable[[str, Sequence[str]], Sequence[float]]
"""The cosines of a sentence with others, in meaning; none where nobody can tell now."""


AskTables = Callable[[str, str, ConversationId], TableResult]
"""What a SELECT gives over the tables of a file; "": what tables it has. The conversation is the one whose attachments
may be asked, too. Raises Problem table.*, file.*."""


@dataclass(frozen=True)
class Sources:
    """Where text comes from. current: how a cited file stands now. similar: what claims and sentences mean.

    tables: what the tables of a file are, or what a query gives.
    """

    retriever: Retriever
    reader: AttachmentReader
    files: FileTree
    current: Current
    similar: Similar = lambda _text, _others: ()
    tables: AskTables = lambda _path, _sql, _conversation: TableResult(tables=())
