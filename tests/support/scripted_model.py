"""A language model that says what a test wrote, and the other things an assistant is handed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import msgspec

from app.assistant.acting.acting import Acting
from app.assistant.acting.policy import PolicyFile
from app.assistant.assistant import Assistant
from app.assistant.instructions import Instructions
from app.assistant.ports import Entry, FileQuery, FoundFile, FoundFiles, Grepped, Listing, Passage, Retrieved, Sources
from app.assistant.prompt import Prompts
from app.assistant.tools.tool import Tool
from app.assistant.tools.toolbox import find_tools
from app.assistant.turn_request import Wishes
from app.base.aptitude import Profile
from app.base.chat import ChatMessage, Generate, Generated, Prefill, ToolCall, ToolSpec
from app.base.chat_model import Cancellation, ModelEvent, ModelProvider
from app.base.errors import Problem
from app.base.paths import resources
from app.base.prefill_cost import PrefillCost
from app.base.values import Attachment, Chunk, ChunkId, Document, Filter, Place, Usage, Weight
from app.language.text_match import TextPattern
from app.store.user import UserStore, now_ms


def calls(*asked: tuple[str, dict[str, Any]], text: str = "") -> Calls:
    """A round that ends with these calls, by name and arguments."""
    return Calls(text, tuple(asked))


@dataclass(frozen=True)
class Calls:
    """A round that writes `text` and ends with calls."""

    text: str
    asked: tuple[tuple[str, dict[str, Any]], ...]


@dataclass(frozen=True)
class Refused:
    """A round whose call was not accepted, or cut off."""

    reasons: tuple[str, ...] = ()
    cut: str = ""
    text: str = ""


class ScriptedModel:
    """Writes `pieces`, one event each, or, with `rounds`, one of them each time; counts four characters as a token.

    The last round is repeated. before_piece(n) runs before piece n (from 0) and may block, stop or raise.
    """

    def __init__(
        self,
        *pieces: str,
        rounds: Sequence[str | Calls | Refused] = (),
        context: int = 4096,
        before_piece: Callable[[int], None] | None = None,
        reason: str = "end",
        prefill_ms: float = 1000.0,
    ) -> None:
        self.name = "Scripted"
        self.context = context
        self.local = True
        self.host = ""
        self.profile: Profile = "full"
        self.cost = PrefillCost()
        self.decode_rate = 0.0
        self.prompts: list[list[ChatMessage]] = []
        self.tools: list[tuple[ToolSpec, ...]] = []
        self.max_tokens: list[int] = []
        self.warms: list[tuple[list[ChatMessage], int]] = []
        self.read_ahead: dict[int, int] = {}
        self._pieces = pieces
        self._rounds = list(rounds)
        self._before_piece = before_piece
        self._reason = reason
        self._prefill_ms = prefill_ms
        self._calls = 0

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(text) // 4 + 1 for text in texts]

    def generate(
        self, call: Generate, *, on_event: Callable[[ModelEvent], None], cancellation: Cancellation
    ) -> Generated:
        self.prompts.append(list(call.messages))
        self.tools.append(call.tools)
        self.max_tokens.append(call.max_tokens)
        tokens = sum(self.count([message.content for message in call.messages]))
        on_event(Prefill(done=tokens, total=tokens, reused=0))
        step: str | Calls | Refused | None = None
        if self._rounds:
            step = self._rounds.pop(0) if len(self._rounds) > 1 else self._rounds[0]
        pieces = self._pieces if step is None else (step,) if isinstance(step, str) else (step.text,)
        usage = Usage(prompt_tokens=tokens, generated_tokens=len(pieces), prefill_ms=self._prefill_ms)
        for number, piece in enumerate(pieces):
            if self._before_piece is not None:
                self._before_piece(number)
            if cancellation.cancelled:
                return Generated(reason="stop", usage=usage)
            on_event(piece)
        if isinstance(step, Calls):
            return Generated(reason="call", usage=usage, calls=tuple(map(self._call, step.asked)))
        if isinstance(step, Refused):
            return Generated(reason="end", usage=usage, refused=step.reasons, cut_call=step.cut)
        return Generated(reason="length" if self._reason == "length" else "end", usage=usage)

    def warm(self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], conversation: int) -> None:
        self.warms.append((list(messages), conversation))

    def warmed(self, conversation: int) -> int:
        return self.read_ahead.get(conversation, 0)

    def _call(self, asked: tuple[str, dict[str, Any]]) -> ToolCall:
        self._calls += 1
        return ToolCall(id=f"call{self._calls}", name=asked[0], arguments=asked[1])


class Never:
    """A caller that never takes its question back."""

    cancelled = False

    def on_cancel(self, callback: Callable[[], None]) -> None:
        """Nothing will call it."""


def attached(*paths: str) -> list[Attachment]:
    """Files as they were attached."""
    return [Attachment(path=path, real=path, identity="1:1") for path in paths]


class Library:
    """Retriever, files, reader of attachments and current state of files, over texts in memory.

    Every text is one passage of a file of its own, in the order given; a search gives them all that are in scope, or
    what `found` has for the query. `folder` is the person's only one.
    """

    def __init__(self, texts: dict[str, str], *, waiting: int = 0, folder: str = "/") -> None:
        self.texts = texts
        self.found: dict[str, list[str]] = {}
        self.folder = folder
        self.queries: list[tuple[str, tuple[str, ...]]] = []
        self.without: list[tuple[str, ...]] = []
        self.filters: tuple[Filter, ...] = ()  # what is understood of every query, unless it is not to be
        self.attached: dict[str, Document] = {}
        self.asked_for: list[FileQuery] = []
        self.others: set[str] = set()  # attached files in whose place another stands
        self.unread: dict[str, str] = {}
        self._waiting = waiting
        self._lock = threading.Lock()

    def passages(self, query: str, scope: Sequence[str], limit: int, *, without: Sequence[str] = ()) -> Retrieved:
        with self._lock:
            self.queries.append((query, tuple(scope)))
            self.without.append(tuple(without))
        paths = [path for path in self.found.get(query, self.texts) if not scope or path.startswith(tuple(scope))]
        found = [passage(path, self.texts[path], score=1 - n / 10) for n, path in enumerate(paths)]
        unread = tuple((path, self.unread[path]) for path in scope if path in self.unread)
        return Retrieved(
            passages=tuple(found[:limit]), matching=len(found), searched=0 if unread else len(self.texts),
            waiting=self._waiting, unread=unread, weight=Weight(words=0.4, why="an example"),
            filters=tuple(one for one in self.filters if one.key not in without),
        )  # fmt: skip

    def choose(self, paths: Sequence[str], earlier: Sequence[Attachment]) -> Sequence[Attachment]:
        return attached(*paths)

    def read(self, attachments: Sequence[Attachment]) -> Sequence[Document]:
        return [self.attached[one.path] for one in attachments]

    def replaced(self, attachments: Sequence[Attachment]) -> Sequence[Attachment]:
        return [msgspec.structs.replace(one, identity="another") for one in attachments if one.path in self.others]

    def folders(self) -> Sequence[str]:
        return [self.folder]

    def inside(self, path: str) -> bool:
        return Path(path).resolve().is_relative_to(self.folder)

    def list(self, path: str, limit: int) -> Listing:
        here = [PurePath(one).relative_to(path).parts for one in self.texts if PurePath(one).is_relative_to(path)]
        names = sorted({(len(parts) == 1, parts[0]) for parts in here if parts})
        entries = [Entry(name=name, folder=not single, files=1) for single, name in names]
        return Listing(entries=tuple(entries[:limit]), more=max(0, len(entries) - limit))

    def ending(self, tail: str, limit: int) -> Sequence[str]:
        return [path for path in self.texts if path.endswith(f"/{tail}")][:limit]

    def document(self, path: str) -> Document | None:
        text = self.texts.get(path)
        if text is None:
            return None
        one = passage(path, text)
        return Document(state="ready", sha256=one.sha256, chunks=(Chunk(text=text, place=one.place),))

    def text(self, path: str, start: int, end: int) -> str:
        return self.texts.get(path, "")[start:end]

    def grep(self, text: str, scope: Sequence[str], limit: int, *, regular: bool = False) -> Grepped:
        pattern = TextPattern(text, regular=regular)
        inside = {path: text for path, text in self.texts.items() if not scope or path.startswith(tuple(scope))}
        found = [
            passage(path, text[start:end], start=start, file_chars=len(text))
            for path, text in inside.items()
            for start, end in pattern.lines(text)
        ]
        return Grepped(
            passages=tuple(found[:limit]), places=len(found), files=len({one.path for one in found}),
            searched=len(inside),
        )  # fmt: skip

    def find(self, query: FileQuery) -> FoundFiles:
        self.asked_for.append(query)
        files = [path for path in self.texts if not query.scope or path.startswith(query.scope)]
        named = [path for path in files if all(word in PurePath(path).name for word in query.name.split())]
        found = tuple(FoundFile(path=path, size_bytes=len(self.texts[path])) for path in named[: query.limit])
        return FoundFiles(files=found, total=len(named))

    def current(self, path: str) -> tuple[str, str] | None:
        text = self.texts.get(path)
        return None if text is None else (sha256_of(text), text)


def sha256_of(text: str) -> str:
    """What stands for the hash of a file with this text."""
    return f"{len(text):064x}"


def passage(path: str, text: str, *, start: int = 0, score: float = 1.0, file_chars: int = 0) -> Passage:
    """A passage of a text file that begins at its first line."""
    lines = text.count("\n") + 1
    return Passage(
        path=path,
        sha256=sha256_of(text),
        place=Place(kind="line", first=1, last=lines, label=f"lines 1–{lines}", start=start, end=start + len(text)),
        text=text,
        score=score,
        chunk_id=ChunkId(1),
        file_chars=file_chars or start + len(text),
    )


def document(*texts: str, state: str = "ready", reason: str = "") -> Document:
    """What reading a file gave: these chunks, or none and a reason."""
    chunks, at = [], 0
    for text in texts:
        place = Place(kind="whole", first=1, last=1, label="", start=at, end=at + len(text))
        chunks.append(Chunk(text=text, place=place))
        at += len(text)
    return Document(state="ready" if state == "ready" else "locked", reason=reason, sha256="ab", chunks=tuple(chunks))


def sources_of(library: Library) -> Sources:
    """Everything an assistant reads, out of one library."""
    return Sources(retriever=library, reader=library, files=library, current=library.current)


def assistant_over(
    store: UserStore,
    library: Library,
    model: ScriptedModel | None = None,
    *,
    loading: str = "",
    provider: ModelProvider | None = None,
    tools: Sequence[Tool] | None = None,
    acting: Acting | None = None,
    instructions: Callable[[], Instructions] = Instructions,
) -> Assistant:
    """An assistant with this library and, if given, this model, or what `provider` gives.

    loading: the name of a model that is not loaded yet. tools, acting, instructions: if not the usual ones.
    """

    def models(name: str | None) -> ScriptedModel | None:
        if name not in (None, "Scripted"):
            raise Problem("model.unknown", f"There is no model {name}.", "Choose another.")
        return model

    return Assistant(
        store,
        sources=sources_of(library),
        models=provider or models,
        prompts=Prompts.load(Path(resources()) / "prompts"),
        tools=find_tools() if tools is None else tools,
        wishes=Wishes(first_word_s=lambda: 4.0, strict=lambda: 0.408, instructions=instructions),
        acting=acting or acting_over(store),
        loading=lambda _: loading,
    )


def acting_over(store: UserStore) -> Acting:
    """What an assistant over this store may do: by rules beside its file, if there are any."""
    home = store.path.parent / "home"
    home.mkdir(exist_ok=True)
    return Acting(store.actions, home, PolicyFile(home / "policy.toml"), now_ms)
