"""A language model that says what a test wrote, and the other things an assistant is handed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from app.assistant.assistant import Assistant
from app.assistant.ports import Cancellation, Found, ModelEvent, Passage
from app.assistant.prompt import Prompts
from app.base.chat import ChatMessage, Generated, Prefill, ToolSpec
from app.base.costs import PrefillCost
from app.base.errors import Problem
from app.base.paths import resources
from app.base.values import Chunk, ChunkId, Document, Place, Usage
from app.store.user import UserStore


class ScriptedModel:
    """Writes `pieces`, one event each; counts four characters as a token.

    before_piece(n) runs before piece n (from 0) and may block, stop or raise.
    """

    def __init__(
        self,
        *pieces: str,
        context: int = 4096,
        before_piece: Callable[[int], None] | None = None,
        reason: str = "end",
        prefill_ms: float = 1000.0,
    ) -> None:
        self.name = "Scripted"
        self.context = context
        self.local = True
        self.host = ""
        self.cost = PrefillCost()
        self.decode_rate = 0.0
        self.prompts: list[list[ChatMessage]] = []
        self.max_tokens: list[int] = []
        self._pieces = pieces
        self._before_piece = before_piece
        self._reason = reason
        self._prefill_ms = prefill_ms

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(text) // 4 + 1 for text in texts]

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
        self.prompts.append(list(messages))
        self.max_tokens.append(max_tokens)
        tokens = sum(self.count([message.content for message in messages]))
        on_event(Prefill(done=tokens, total=tokens, reused=0))
        usage = Usage(prompt_tokens=tokens, generated_tokens=len(self._pieces), prefill_ms=self._prefill_ms)
        for number, piece in enumerate(self._pieces):
            if self._before_piece is not None:
                self._before_piece(number)
            if cancellation.cancelled:
                return Generated(reason="stop", usage=usage)
            on_event(piece)
        return Generated(reason="length" if self._reason == "length" else "end", usage=usage)

    def warm(self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], conversation: int) -> None:
        """Nothing is read ahead."""

    def warmed(self, conversation: int) -> int:
        return 0


class Never:
    """A caller that never takes its question back."""

    cancelled = False

    def on_cancel(self, callback: Callable[[], None]) -> None:
        """Nothing will call it."""


class Library:
    """Retriever, reader of attachments and current state of files, over texts in memory.

    Every text is one passage of a file of its own, in the order given; a search gives them all.
    """

    def __init__(self, texts: dict[str, str], *, waiting: int = 0) -> None:
        self.texts = texts
        self.queries: list[tuple[str, tuple[str, ...]]] = []
        self.attached: dict[str, Document] = {}
        self._waiting = waiting
        self._lock = threading.Lock()

    def passages(self, query: str, scope: Sequence[str], limit: int) -> Found:
        with self._lock:
            self.queries.append((query, tuple(scope)))
        found = [passage(path, text, score=1 - n / 10) for n, (path, text) in enumerate(self.texts.items())]
        return Found(passages=tuple(found[:limit]), matching=len(found), searched=len(found), waiting=self._waiting)

    def read(self, paths: Sequence[str]) -> Sequence[Document]:
        return [self.attached[path] for path in paths]

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


def assistant_over(store: UserStore, library: Library, model: ScriptedModel | None = None) -> Assistant:
    """An assistant with this library and, if given, this model."""

    def models(name: str | None) -> ScriptedModel | None:
        if name not in (None, "Scripted"):
            raise Problem("model.unknown", f"There is no model {name}.", "Choose another.")
        return model

    return Assistant(
        store,
        retriever=library,
        reader=library,
        models=models,
        current=library.current,
        prompts=Prompts.load(Path(resources()) / "prompts"),
    )
