"""What clients ask of the engine, as requests with typed replies; those about models stand in `models`.

What the engine asks of its workers stands in `worker_calls` and `chat`. The wire name of any call is its class's name.
A request may also emit events before its reply; each says which.
"""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

import msgspec

from app.base.preview import Preview, Rows
from app.base.ratings import Rating, Thumb
from app.base.turn_trace import AnswerTrace
from app.base.index_values import Check, FileRow, FilesFound, Folder, Status
from app.base.values import (
    Answer,
    Conversation,
    ConversationId,
    Document,
    FileState,
    Message,
    Place,
    SearchResult,
    TurnId,
    Value,
)

R = TypeVar("R")


class Call(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """A request of one process to another, whose reply is an R."""


def reply_type(call: type[Call[Any]]) -> Any:
    """The R of a Call subclass, for decoding its reply."""
    return call.__orig_bases__[0].__args__[0]  # type: ignore[attr-defined]


# ---- client -> engine: folders and index --------------------------------------------------------------------------


class FoldersAdd(Call[list[Folder]]):
    """Watch folders (absolute paths). Problem folder.* if one is missing, unreadable, no folder or already inside."""

    paths: list[str]


class FoldersRemove(Call[list[Folder]]):
    """Stop watching folders and forget what was indexed of them. The files themselves are not touched."""

    paths: list[str]


class FoldersList(Call[list[Folder]]):
    """The watched folders."""


class Index(Call[Status]):
    """Start a full scan. wait: reply only when the index has settled. Emits "status": Status while waiting."""

    wait: bool = False


class GetStatus(Call[Status]):
    """How the index stands now."""


class Pause(Call[Status]):
    """Pause indexing (reason for the person), or go on with reason None."""

    reason: str | None


class Files(Call[list[FileRow]]):
    """Files of the index, by path. states: any of FileState, [] for all; under: only below this folder."""

    states: list[FileState] = []
    under: str = ""
    limit: int = 0


class FilesWindow(Call[FilesFound]):
    """A stretch of the list of files, by path: what is seen of it. states, under: as in Files.

    words: all must stand in the path, in whatever case. first: from 0. count: 1 to 500.
    """

    states: list[FileState] = []
    under: str = ""
    words: str = ""
    first: int = 0
    count: int = 100


class Read(Call[Document]):
    """What was read of an indexed file; of any other file inside the person's folders, what is read now."""

    path: str


class Retry(Call[int]):
    """Read these files again although their bytes did not change. Returns how many were queued.

    Problem file.offline if none was, because their folder is away.
    """

    paths: list[str]


class Search(Call[SearchResult]):
    """Search the index. scope: files and folders, [] for everything. limit: files, 1 to 200.

    without: keys of filters that are not to be understood from the query.
    """

    query: str
    scope: list[str] = []
    limit: int = 10
    without: list[str] = []


class AroundPlace(Call[Preview]):
    """What is wanted of a file: the page, sheet, message or part around a cited place, with the quote marked.

    place: WHOLE and quote "" for the file alone. number: another page of the same file, 0 for the place's own.
    width: wanted width of an image in pixels. as_text: the extracted text instead of the document's own looks.
    """

    path: str
    place: Place
    quote: str
    number: int = 0
    width: int = 1000
    as_text: bool = False


class ShowPlace(AroundPlace):
    """Show a place of a file. conversation: the one whose attachments may be shown too."""

    conversation: ConversationId | None = None


class ShowRows(Call[Rows]):
    """Rows of a grid that ShowPlace gave, of the same bytes: Problem preview.changed if the file has others now.

    sha256, number: of that Preview. first: from 0. count: 1 to 500.
    """

    path: str
    sha256: str
    number: int
    first: int
    count: int
    conversation: ConversationId | None = None


class WatchFile(Call[None]):
    """Tell how a file stands on disk, now and whenever that changes, until the client cancels. Emits "file": FileStamp.

    conversation: the one whose attachments may be watched too.
    """

    path: str
    conversation: ConversationId | None = None


# ---- client -> engine: conversations ------------------------------------------------------------------------------


class Ask(Call[Answer]):
    """Ask in a conversation (None starts one). Emits "turn": TurnEvent; the reply is the Answer.

    scope: files and folders to stay in, [] for all. attachments: files to answer from, also outside the folders, for
    this conversation. model: None for the one in use, "quotes" for quotes mode. Cancelling the call stops the turn.
    consent: the person agreed, now, that this conversation's questions and passages go to the remote model's server;
    it is kept with the conversation. Without it a remote model gives Problem remote.consent, and nothing is sent.
    again: a turn of the conversation whose question is to be answered once more: the new version takes the place of its
    answer, which is kept; question and attachments are then that turn's. Problem ask.no_turn if it is not there.
    query: what to search for instead of what the question and those before it say; "" leaves that to Familiar.
    without: keys of filters that are not to be understood from the query.
    anew: have an answer written also where the same was asked before and the files are as they were then.
    approves: whether the client shows approvals, and answers them by Decide; without it nothing that asks is done.
    keep: False asks in a new conversation of which nothing is kept; `conversation` and `again` are passed over.
    """

    question: str
    scope: list[str] = []
    conversation: ConversationId | None = None
    model: str | None = None
    attachments: list[str] = []
    consent: bool = False
    again: TurnId | None = None
    query: str = ""
    without: list[str] = []
    anew: bool = False
    approves: bool = False
    keep: bool = True


class StopTurn(Call[bool]):
    """Stop a running turn; its text so far is kept. False if it was not running."""

    turn: TurnId


class ChatsList(Call[list[Conversation]]):
    """Conversations, last used first. query: only those with these words in their messages or title."""

    query: str = ""
    limit: int = 500


class ChatShow(Call[list[Message]]):
    """The messages of a conversation, oldest first; of an answer that was asked for again, the newest version."""

    conversation: ConversationId


class AnswerShow(Call[Answer]):
    """The answer of one turn, such as an older version of one that is shown. Problem ask.no_turn."""

    turn: TurnId


class TraceShow(Call[AnswerTrace]):
    """How the answer of one turn came about. Problem ask.no_turn."""

    turn: TurnId


class Rate(Call[Rating | None]):
    """Say what you think of a settled answer; it is kept with it and shown by ChatShow. thumb: None takes it back.

    note: why, at most 2,000 characters. Problem ask.no_turn, rate.unsettled, rate.too_long; then nothing was changed.
    """

    turn: TurnId
    thumb: Thumb | None
    note: str = ""


class RatedAnswer(Value):
    """An answer that the person has rated, and what it answers. scope, attachments: of that turn, as in Ask."""

    question: str
    scope: tuple[str, ...]
    attachments: tuple[str, ...]
    answer: Answer


class RatedAnswers(Call[list[RatedAnswer]]):
    """All that the person has rated, oldest first; not those of deleted conversations."""


class ChatRename(Call[Conversation]):
    """Give a conversation a title of the person's own."""

    conversation: ConversationId
    title: str


class ChatDelete(Call[None]):
    """Delete a conversation. It can be brought back with ChatRestore for 30 days."""

    conversation: ConversationId


class ChatsDeleted(Call[list[Conversation]]):
    """The deleted conversations that can still be brought back, last deleted first."""


class ChatRestore(Call[Conversation]):
    """Bring back a deleted conversation."""

    conversation: ConversationId


class ChatErase(Call[None]):
    """Remove a deleted conversation for good, before its 30 days are over. Problem chats.unknown, chats.not_deleted."""

    conversation: ConversationId


class Attach(Call[list[FileRow]]):
    """Read files ahead of a question about them. Replies with how each could be read."""

    paths: list[str]


class KeepPasted(Call[FileRow]):
    """Keep a long text that was pasted, as a private file to attach; it goes with its conversation.

    Replies with its path and size, still unread. Problem paste.failed.
    """

    text: str


class DropPasted(Call[None]):
    """Remove a pasted text that was not asked about after all."""

    path: str


# ---- client -> engine: life -------------------------------------------------------------------------------


class Doctor(Call[list[Check]]):
    """What is wrong with this home and this machine, and how to mend it."""


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """What the window remembers. theme: "system", "light" or "dark". first_run: still to be shown."""

    theme: Literal["system", "light", "dark"] = "system"
    first_run: bool = True
    background: bool = False


class GetPreferences(Call[Preferences]):
    """The window's preferences."""


class SetPreferences(Call[Preferences], kw_only=True):
    """Change some of the window's preferences; those that are None stay as they are, whoever set them."""

    theme: Literal["system", "light", "dark"] | None = None
    first_run: bool | None = None
    background: bool | None = None

    def applied_to(self, preferences: Preferences) -> Preferences:
        """The preferences with these changes."""
        changes = {name: value for name in self.__struct_fields__ if (value := getattr(self, name)) is not None}
        return msgspec.structs.replace(preferences, **changes)


class OpenWindow(Call[bool]):
    """Hand a second launch to the running window. False if there is none: the caller opens its own."""

    view: Literal["main", "sidebar"] = "main"
    paths: list[str] = []


class Follow(Call[None]):
    """Tell this client what changes, until it cancels. Emits "status": Status (at most 4 a second), "chats": None,
    "open": OpenWindow (for a client with window=True), "setup": SetupProgress, "models": None,
    "downloads": list[Download]."""

    window: bool = False


class SetupProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How the background build of llama-cpp-python stands. state: "building", "done", "failed" or "none"."""

    state: Literal["building", "done", "failed", "none"] = "none"
    text: str = ""
    elapsed_s: int = 0


class Drain(Call[None]):
    """End the engine after what runs now is safe on disk."""
