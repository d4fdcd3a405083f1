"""What the assistant is handed: where passages come from, what writes answers, and how a person stops it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from app.base.chat import ChatMessage, Generated, Prefill, ToolSpec
from app.base.costs import PrefillCost
from app.base.values import ChunkId, Document, Place, Value


class Passage(Value, frozen=True, kw_only=True):
    """A stretch of a file that may answer a question.

    sha256: of the file's bytes when it was read. place: where `text` stands; place.start is its offset in the extracted
    text. score: 0 to 1, comparable only within one search. similarity: cosine to the question, 0 if not known.
    file_chars: length of the file's whole extracted text. chunk_id: 0 if the file is not in the index.
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


class Found(Value, frozen=True, kw_only=True):
    """What a search gave. passages: best first, several of one file are welcome.

    matching: files with at least one match. searched: readable files in scope. waiting: files in scope that were not
    read yet. by_meaning: whether vectors took part.
    """

    passages: tuple[Passage, ...] = ()
    matching: int = 0
    searched: int = 0
    waiting: int = 0
    by_meaning: bool = False


class Retriever(Protocol):
    """Searches the index."""

    def passages(self, query: str, scope: Sequence[str], limit: int) -> Found:
        """At most `limit` passages for a query; scope: files and folders to stay in, empty for all. Raises Problem."""


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


class Files(Protocol):
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


class AttachmentReader(Protocol):
    """Reads files that the person attached, indexed or not."""

    def read(self, paths: Sequence[str]) -> Sequence[Document]:
        """One document for each path, in that order; one that could not be read says so in its state."""


class Cancellation(Protocol):
    """How a turn learns that the person stopped it. An `Incoming` of the link is one."""

    @property
    def cancelled(self) -> bool:
        """Whether it was stopped."""

    def on_cancel(self, callback: Callable[[], None]) -> None:
        """Run `callback` when it is stopped, from any thread; at once if it already is."""


class Thought(Value, frozen=True, kw_only=True):
    """More of what a model thinks before it answers; no part of the answer."""

    text: str


ModelEvent = Prefill | Thought | str
"""What a model tells while it works: prompt read so far, thoughts, pieces of its answer."""


class ChatModel(Protocol):
    """A language model that is ready to write."""

    @property
    def name(self) -> str:
        """The name the person knows it by."""

    @property
    def context(self) -> int:
        """Tokens that prompt and answer may have together."""

    @property
    def local(self) -> bool:
        """Whether it runs on this machine. If not, a conversation needs the person's consent to `host`."""

    @property
    def host(self) -> str:
        """Where what it is sent goes; "" for a local one."""

    @property
    def cost(self) -> PrefillCost:
        """What reading a prompt costs it here, as measured so far."""

    @property
    def decode_rate(self) -> float:
        """Tokens a second that it writes here, as measured so far; 0 if not known."""

    def count(self, texts: Sequence[str]) -> list[int]:
        """Length of each text in tokens."""

    def generate(
        self,
        messages: Sequence[ChatMessage],
        *,
        tools: Sequence[ToolSpec],
        max_tokens: int,
        temperature: float,
        seed: int,
        conversation: int,
        on_event: Callable[[ModelEvent], None],
        cancellation: Cancellation,
    ) -> Generated:
        """Write the next message; on_event gets progress, thoughts and pieces of text, in the calling thread.

        tools: what it may call; the calls that it makes are in the result, none of them made yet. conversation: whose
        earlier prompts this one goes on from, 0 for none. Raises Problem. When cancelled it returns, soon, with reason
        "stop".
        """

    def warm(self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], conversation: int) -> None:
        """Read the beginning of a prompt to come, in idle time; returns at once. Nothing for a remote model."""

    def warmed(self, conversation: int) -> int:
        """Tokens of what `warm` was last given for a conversation that have been read by now; 0 for a remote model."""


class ModelProvider(Protocol):
    """Gives the chat model to answer with."""

    def __call__(self, name: str | None) -> ChatModel | None:
        """The model of that name, None for the one in use; None if there is none, so: quotes. Loads it if need be.

        Raises Problem if it is unknown or cannot run.
        """
