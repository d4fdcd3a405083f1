"""The values that cross process borders, declared once.

All are frozen msgspec structs: they encode to JSON as they stand. Character offsets count Unicode code points from 0;
pages, lines, slides, sheets and headings count from 1. Times are integer Unix milliseconds, UTC.
"""

from __future__ import annotations

from typing import Any, Literal, NewType

import msgspec

FileId = NewType("FileId", int)
ChunkId = NewType("ChunkId", int)
TextId = NewType("TextId", int)
ConversationId = NewType("ConversationId", int)
TurnId = NewType("TurnId", int)

PlaceKind = Literal["page", "line", "slide", "sheet", "heading", "message", "whole"]

FileState = Literal[
    "waiting", "reading",
    "ready", "partial", "empty", "locked", "damaged", "too_large", "unsupported", "unreadable", "ignored",
    "placeholder", "offline", "quarantined",
]  # fmt: skip
PENDING_STATES: tuple[FileState, ...] = ("waiting", "reading")
READABLE_STATES: tuple[FileState, ...] = ("ready", "partial")
PROBLEM_STATES: tuple[FileState, ...] = (
    "partial", "empty", "locked", "damaged", "too_large", "unsupported", "unreadable", "placeholder", "offline",
    "quarantined",
)  # fmt: skip
UNREAD_STATES: tuple[FileState, ...] = (
    "locked", "damaged", "too_large", "unsupported", "unreadable", "placeholder", "offline", "quarantined",
)  # fmt: skip
"""Nothing of it could be read, although there is something to read."""
ALL_STATES: tuple[FileState, ...] = (
    *PENDING_STATES, "ready", "partial", "empty", "locked", "damaged", "too_large", "unsupported", "unreadable",
    "ignored", "placeholder", "offline", "quarantined",
)  # fmt: skip


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every value: frozen, keyword-only, comparable, JSON-ready."""


class Place(Value):
    """Where a passage stands in its document.

    first, last: numbers from 1 of pages, lines, slides, sheets, headings or messages; both 1 for "whole".
    label: for a person ("page 12", "lines 3–9", "Sheet “Q3”"). start, end: offsets into the extracted text.
    """

    kind: PlaceKind
    first: int
    last: int
    label: str
    start: int
    end: int


class Chunk(Value):
    """One passage of a document. The texts of a document's chunks, joined, are its whole extracted text.

    heading: the headings it stands under, outermost first, joined by " › "; "" if none.
    tokens: length of `embedded_text(title, heading, text)` in the embedder's own tokens, specials included.
    """

    text: str
    place: Place
    heading: str = ""
    tokens: int = 0


class Document(Value):
    """What reading one file gave.

    state: a settled one that reading alone can decide: ready, partial, empty, locked, damaged, too_large, unsupported,
    unreadable or placeholder. reason and hint are plain sentences, empty only for "ready".
    title: the document's own (metadata, first heading, subject), never the file's name; "" if it has none.
    sha256: of the file's bytes, hex; "" where they could not be read. kind: "pdf", "text", "code", "docx", ...
    """

    state: FileState
    reason: str = ""
    hint: str = ""
    title: str = ""
    kind: str = ""
    sha256: str = ""
    chunks: tuple[Chunk, ...] = ()


class Attachment(Value):
    """A file that a person attached to a conversation, and which one it was.

    path: as they named it. real: the links in it resolved, as it was then; a link that comes later is not followed.
    identity: of the file that stood there, as `opening.identity` gives it; "" if that is not known.
    """

    path: str
    real: str
    identity: str = ""


class Hit(Value):
    """One file found by a search: its best passage. score: 0 to 1. start, end of `place` bound the quote."""

    path: str
    place: Place
    quote: str
    score: float
    chunk_id: ChunkId


class FileShare(Value):
    """How much of a file an answer was given. share: 0 to 1, of its extracted characters."""

    path: str
    share: float


class Coverage(Value):
    """What an answer or a search rests on.

    matching: files with at least one match. read: files of which at least one passage was used.
    waiting: files in scope that were not indexed yet. by_meaning: whether vectors took part.
    """

    matching: int = 0
    read: int = 0
    files: tuple[FileShare, ...] = ()
    waiting: int = 0
    by_meaning: bool = False


class SearchResult(Value):
    """Answer to a search: at most one hit a file, best first."""

    query: str
    took_ms: float
    hits: tuple[Hit, ...]
    coverage: Coverage


class Citation(Value):
    """A numbered source, kept by value: it stays readable when the file has gone.

    checked: how the quote stands in the file now: "exact", "changed" (the file's bytes differ), "missing" or
    "unchecked".
    """

    n: int
    path: str
    sha256: str
    place: Place
    quote: str
    chunk_id: ChunkId
    checked: Literal["exact", "changed", "missing", "unchecked"] = "unchecked"


class Usage(Value):
    """What an answer cost. Counts are tokens, times milliseconds; zeros in quotes mode but `total_ms`."""

    prompt_tokens: int = 0
    reused_tokens: int = 0
    generated_tokens: int = 0
    prefill_ms: float = 0.0
    decode_ms: float = 0.0
    total_ms: float = 0.0
    first_text_ms: float = 0.0


class ToolStep(Value):
    """One tool call of a turn, as a person sees it: folded to its title.

    call: the call's id. arguments: as the model gave them. result: what the model was given to read. passages: how many
    it brought. state: "running" until its result is there; "failed" if the tool said no, with the reason as result.
    icon: the name of one in resources/icons, "" where there was no such tool.
    """

    call: str
    name: str
    arguments: dict[str, Any]
    title: str
    state: Literal["running", "done", "failed"] = "running"
    result: str = ""
    passages: int = 0
    ms: float = 0.0
    icon: str = ""


AnswerMode = Literal["chat", "quotes", "not_found"]
AnswerState = Literal["streaming", "done", "stopped", "interrupted", "failed"]


class Answer(Value, tag="answer", tag_field="event"):
    """The end of a turn, and what is on disk of it."""

    conversation: ConversationId
    turn: TurnId
    mode: AnswerMode
    state: AnswerState
    text: str
    citations: tuple[Citation, ...] = ()
    coverage: Coverage = Coverage()
    usage: Usage = Usage()
    model: str | None = None
    error: str = ""
    steps: tuple[ToolStep, ...] = ()


class Delta(Value, tag="delta", tag_field="event"):
    """More text of a streaming answer; append it."""

    text: str


class Step(Value, tag="step", tag_field="event"):
    """What the turn is doing now.

    name: "started", "searching", "loading" (the model), "found", "reading", "thinking", "generating", "tool".
    tool: of a "tool" step, which comes when the call begins and again when its result is there.
    expected_s: seconds that reading is predicted to take, 0 if not known.
    """

    name: str
    title: str
    conversation: ConversationId
    turn: TurnId
    done: int = 0
    total: int = 0
    citations: tuple[Citation, ...] = ()
    coverage: Coverage | None = None
    tool: ToolStep | None = None
    expected_s: float = 0.0


TurnEvent = Answer | Delta | Step


class Message(Value):
    """One message of a conversation as it is kept.

    versions: of an answer that was asked for again, the turns of all its versions, oldest first; this is the newest.
    """

    turn: TurnId
    role: Literal["user", "assistant"]
    text: str
    at: int
    answer: Answer | None = None
    attachments: tuple[str, ...] = ()
    versions: tuple[TurnId, ...] = ()


class Conversation(Value):
    """A conversation's head. title: the person's own, or made from the first question; always one line.

    messages: those that are shown. deleted_at: 0 unless it was deleted.
    """

    id: ConversationId
    title: str
    created_at: int
    updated_at: int
    messages: int = 0
    deleted_at: int = 0


class Folder(Value):
    """A watched folder and how its index stands. state: "current", "reading", "offline" or "unreadable".

    problems: files that are not fully read for whatever reason; unread, partial: those of them that could not be read
    at all though they hold something, and those that were read in part.
    """

    path: str
    state: Literal["current", "reading", "offline", "unreadable"]
    files: int = 0
    ready: int = 0
    pending: int = 0
    problems: int = 0
    unread: int = 0
    partial: int = 0
    checked_at: int = 0
    reason: str = ""


class FileRow(Value):
    """One file of the index, as `familiar files` shows it. at: when it was last read, or 0."""

    path: str
    state: FileState
    reason: str = ""
    hint: str = ""
    chunks: int = 0
    size_bytes: int = 0
    at: int = 0


class FilesFound(Value):
    """A stretch of the list of files. total: how many the whole list has. rows: from number `first` on."""

    total: int
    first: int
    rows: tuple[FileRow, ...]


class Pids(Value):
    """The processes of one home."""

    engine: int
    extract: tuple[int, ...] = ()
    vectors: int | None = None
    chat: tuple[int, ...] = ()


class Status(Value):
    """How the index stands. settled: see DESIGN: no scan running, no file pending, no vector or removal outstanding."""

    files: dict[str, int]
    chunks: int
    pending_vectors: int
    embedded_total: int
    settled: bool
    paused: str | None
    pids: Pids
    current: str = ""
    index_bytes: int = 0
    scanning: bool = False
    vectors_error: str = ""


class Check(Value):
    """One line of `familiar doctor`. level: "ok", "note", "warning" or "error"; hint says how to mend it."""

    name: str
    level: Literal["ok", "note", "warning", "error"]
    text: str
    hint: str = ""


def embedded_text(title: str, heading: str, text: str) -> str:
    """The exact text that is embedded for a chunk: its document's title and headings, then its words.

    Never the file's name or path, so that a copy or a move embeds nothing again.
    """
    lead = [part for part in (title.strip(), heading.strip()) if part]
    if len(lead) == 2 and lead[1].startswith(lead[0]):
        lead = lead[1:]
    return "\n".join([*lead, text.strip()])
