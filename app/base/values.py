"""The values that cross process borders, declared once.

All are frozen msgspec structs: they encode to JSON as they stand. Character offsets count Unicode code points from 0;
pages, lines, slides, sheets and headings count from 1. Times are integer Unix milliseconds, UTC.
"""

from __future__ import annotations

from typing import Any, Literal, NewType

import msgspec

from app.base.ratings import Rating

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
    sender, dated: of the message it is part of, as the document says; "" and 0 where it says nothing.
    """

    text: str
    place: Place
    heading: str = ""
    tokens: int = 0
    sender: str = ""
    dated: int = 0


class Document(Value):
    """What reading one file gave.

    state: a settled one that reading alone can decide: ready, partial, empty, locked, damaged, too_large, unsupported,
    unreadable or placeholder. reason and hint are plain sentences, empty only for "ready".
    title: the document's own (metadata, first heading, subject), never the file's name; "" if it has none.
    sha256: of the file's bytes, hex; "" where they could not be read. kind: "pdf", "text", "code", "docx", ...
    author, dated: the document's own, too, of a mail its sender and when it was sent; "" and 0 where it says nothing.
    """

    state: FileState
    reason: str = ""
    hint: str = ""
    title: str = ""
    kind: str = ""
    sha256: str = ""
    author: str = ""
    dated: int = 0
    chunks: tuple[Chunk, ...] = ()


class Attachment(Value):
    """A file that a person attached to a conversation, and which one it was.

    path: as they named it. real: the links in it resolved, as it was then; a link that comes later is not followed.
    identity: of the file that stood there, as `opening.identity` gives it; "" if that is not known.
    """

    path: str
    real: str
    identity: str = ""


FilterKind = Literal["phrase", "without", "name", "folder", "type", "after", "before", "sender", "order"]


class Filter(Value):
    """What was understood of a question as a limit, and what a person can take away again.

    value: what it limits to, in one form ("pdf", "2024-03-01", "newest", a folder's path). label: for a person ("PDF
    files", "after 1 March 2024"). start, end: the stretch of the question that says it. typed: written as an operator
    (`type:pdf`), which holds whatever is found; else it was understood from plain words, and is dropped where nothing
    certain is left with it. ranks: it leaves nothing out; what it holds for comes first.
    """

    kind: FilterKind
    value: str
    label: str
    start: int
    end: int
    typed: bool = False
    ranks: bool = False

    @property
    def key(self) -> str:
        """What names it in `Search.without` and `Ask.without`."""
        return f"{self.kind}:{self.value}"


class Hit(Value):
    """One file found by a search: its best passage. start, end of `place` bound the quote.

    score: 0 to 1, how well it matches among those that were found, which is not how sure it is. alike: paths of files
    that say the same, and stand behind this one. unread: why it has no text, a sentence or two; then it was found by
    its name, and the quote is "".
    """

    path: str
    place: Place
    quote: str
    score: float
    chunk_id: ChunkId
    alike: tuple[str, ...] = ()
    unread: str = ""


class FileShare(Value):
    """How much of a file an answer was given. share: 0 to 1, of its extracted characters."""

    path: str
    share: float


class Coverage(Value):
    """What an answer or a search rests on.

    matching: files that hold at least one of the words that tell what was asked for, or come near it in meaning; of a
    question that is all limits, files within them. read: files of which at least one passage was used.
    waiting: files in scope that were not indexed yet. by_meaning: whether vectors took part.
    """

    matching: int = 0
    read: int = 0
    files: tuple[FileShare, ...] = ()
    waiting: int = 0
    by_meaning: bool = False


class Weight(Value):
    """How much words counted against meaning in a search: `words` from 0 to 1, meaning the rest. why: in a sentence."""

    words: float
    why: str


class Correction(Value):
    """A word of a question that stands in no file, and what was looked for in its place, each as it is written."""

    word: str
    meant: str


class SearchResult(Value):
    """Answer to a search: at most one hit a file, best first.

    filters: what was understood as limits, and held. corrections: names with a typo, as they were taken. certain:
    whether something found holds what was asked for, or comes near it; else the hits are merely the nearest. notes:
    sentences on what was not done as it was asked, and on words that stand in no file. weight: None where not
    both words and meaning found something.
    """

    query: str
    took_ms: float
    hits: tuple[Hit, ...]
    coverage: Coverage
    filters: tuple[Filter, ...] = ()
    corrections: tuple[Correction, ...] = ()
    certain: bool = True
    notes: tuple[str, ...] = ()
    weight: Weight | None = None


class Citation(Value):
    """A numbered source, kept by value: it stays readable when the file has gone.

    checked: how the quote stands in the file now: "exact", "changed" (the file's bytes differ), "missing" or
    "unchecked". caption: what it stands under, for a person: its headings, a table's sheet, a mail's sender and date.
    """

    n: int
    path: str
    sha256: str
    place: Place
    quote: str
    chunk_id: ChunkId
    checked: Literal["exact", "changed", "missing", "unchecked"] = "unchecked"
    caption: str = ""


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
    lists: whether the result tells what there is, which a statement may rest on. icon: the name of one in
    resources/icons, "" where there was no such tool. action: of what it did to files, see `base.actions`; 0 if nothing.
    effect: of the tool.
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
    lists: bool = False
    action: int = 0
    effect: Literal["read", "write", "network"] = "read"


Verdict = Literal["supported", "partly", "not_found"]


class Claim(Value):
    """A sentence, an item or a row of an answer, held against the passages that the answer rests on.

    start, end: where it stands in the answer's text, or in what is unfounded of it. citations: numbers of the passages
    that it is tied to; of one that is not found those that say the opposite. missing: what of it does not stand there,
    as the answer writes it.
    """

    text: str
    start: int
    end: int
    verdict: Verdict
    citations: tuple[int, ...] = ()
    missing: tuple[str, ...] = ()


AnswerMode = Literal["chat", "quotes", "not_found"]
AnswerState = Literal["streaming", "done", "stopped", "interrupted", "failed"]


class Reused(Value):
    """The turn whose answer was given once more. at: when it began, in Unix ms."""

    turn: TurnId
    at: int


class Answer(Value, tag="answer", tag_field="event"):
    """The end of a turn, and what is on disk of it.

    query: what was searched, "" where nothing was. filters: what was understood of it as limits; without: the keys of
    those that the person had taken away. rating: the person's own, None if there is none. claims: of a model's answer
    that rests on files, in order; the files' own words claim nothing. unfounded: what a model wrote of which the files
    bear nothing out: `text` is then what the files say, or that they say nothing, and the claims are of these words.
    rung: which profile wrote it, "quotes" for the files' own words, "" where that is not known. reused: see `Reused`.
    memories: the ids of what the person has told Familiar that it rests on, see `base.memory`. actions: of what
    was done to files in its turn, see `base.actions`.
    """

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
    query: str = ""
    filters: tuple[Filter, ...] = ()
    without: tuple[str, ...] = ()
    rating: Rating | None = None
    claims: tuple[Claim, ...] = ()
    unfounded: str = ""
    rung: str = ""
    reused: Reused | None = None
    memories: tuple[int, ...] = ()
    actions: tuple[int, ...] = ()


class Message(Value):
    """A message as it is kept. versions: of an answer that was asked for again, all its turns, this newest one last."""

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


def embedded_text(title: str, heading: str, text: str) -> str:
    """The exact text that is embedded for a chunk: its document's title and headings, then its words.

    Never the file's name or path, so that a copy or a move embeds nothing again.
    """
    lead = [part for part in (title.strip(), heading.strip()) if part]
    if len(lead) == 2 and lead[1].startswith(lead[0]):
        lead = lead[1:]
    return "\n".join([*lead, text.strip()])
