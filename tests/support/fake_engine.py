"""An engine of make-believe for window tests: it answers the engine's calls over the real link, from plain lists."""

from __future__ import annotations

import itertools
import multiprocessing
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from app.base.calls import (
    AnswerShow,
    Ask,
    Attach,
    ChatDelete,
    ChatErase,
    ChatRename,
    ChatRestore,
    ChatsDeleted,
    ChatShow,
    ChatsList,
    DropPasted,
    Files,
    FilesWindow,
    FoldersAdd,
    FoldersList,
    FoldersRemove,
    Follow,
    GetPreferences,
    GetStatus,
    Index,
    KeepPasted,
    OpenWindow,
    Pause,
    Preferences,
    Rate,
    Retry,
    SetPreferences,
    SetupProgress,
    ShowPlace,
    ShowRows,
    StopTurn,
    WatchFile,
)
from app.base.errors import Problem
from app.base.index_values import FileRow, FilesFound, Folder, Pids, Status
from app.base.insights import Insights, ShowInsights
from app.base.memory import Memory, MemoryAdd, MemoryEdit, MemoryForget, MemoryList
from app.base.models import ModelInfo
from app.base.preview import FileStamp, Lines, Preview, Rows
from app.base.ratings import Rating
from app.base.turn_events import Delta, Step
from app.base.values import (
    Answer,
    ChunkId,
    Citation,
    Conversation,
    ConversationId,
    Coverage,
    FileShare,
    Filter,
    Message,
    Place,
    ToolStep,
    TurnId,
    Usage,
)
from app.link.peer import Handlers, Incoming, Peer
from tests.support.fake_actions import FakeActions
from tests.support.fake_models import FakeModels

PLACE = Place(kind="page", first=2, last=2, label="page 2", start=10, end=60)


def citation(n: int, path: str, quote: str, **more: Any) -> Citation:
    """A citation of page 2 of `path`; `more` overrides fields."""
    fields: dict[str, Any] = {
        "n": n, "path": path, "sha256": "0" * 64, "place": PLACE, "quote": quote, "chunk_id": ChunkId(n),
        "checked": "exact",
    } | more  # fmt: skip
    return Citation(**fields)


class Script:
    """How the fake answers one question: `parts` of text, each after a pass through `gate`, then the answer."""

    def __init__(
        self,
        parts: list[str],
        citations: tuple[Citation, ...] = (),
        *,
        mode: Any = "quotes",
        gate: threading.Semaphore | None = None,
        failure: Problem | None = None,
        steps: tuple[ToolStep, ...] = (),
        query: str = "",
        filters: tuple[Filter, ...] = (),
    ) -> None:
        """query, filters: what was searched, unless the call says otherwise."""
        self.parts = parts
        self.citations = citations
        self.mode = mode
        self.gate = gate
        self.failure = failure
        self.steps = steps
        self.query = query
        self.filters = filters


class FakeEngine:
    """State that tests set and read. `dial` gives a client's end of a connection; `seen` lists the calls received."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.now_ms = int(time.time() * 1000)
        self.folders: list[Folder] = []
        self.files: list[FileRow] = []
        self.insights: Insights | Problem = Insights(weeks=())
        self.memories: list[Memory] = []
        self.done = FakeActions()
        self.status = Status(
            files={}, chunks=0, pending_vectors=0, embedded_total=0, settled=True, paused=None, pids=Pids(engine=1)
        )
        self.conversations: dict[ConversationId, Conversation] = {}
        self.deleted: dict[ConversationId, Conversation] = {}
        self.messages: dict[ConversationId, list[Message]] = {}
        self.chat = FakeModels(self.tell)
        self.preferences = Preferences(first_run=False)
        self.setup = SetupProgress()
        self.scripts: list[Script] = []
        self.previews: list[Preview | Problem] = []
        self.draw: Callable[[ShowPlace], Preview] | None = None  # instead of a line around the quote
        self.stamps: dict[str, FileStamp] = {}
        self.window_is_open = False
        self.consented: set[ConversationId | None] = set()
        self.refusal: Problem | None = None
        self.answers: dict[TurnId, Answer] = {}
        self.pasted: dict[str, str] = {}
        self.unreadable: dict[str, str] = {}
        self.paste_failure: Problem | None = None
        self.rate_failure: Problem | None = None
        self.seen: list[Any] = []
        self._held: dict[type, list[threading.Event]] = {}
        self._ids = itertools.count(1)
        self._executor = ThreadPoolExecutor(16, thread_name_prefix="fake-engine")
        self._peers: list[Peer] = []
        self._subscriptions: list[Incoming] = []
        self._watches: list[tuple[str, Incoming]] = []

    # ---- what tests do

    @property
    def models(self) -> list[ModelInfo]:
        """The chat models; `chat` has all about them."""
        return self.chat.models

    @models.setter
    def models(self, models: list[ModelInfo]) -> None:
        self.chat.models = models

    def dial(self) -> Peer:
        """A client's connection to this engine; raises `refusal` if a test set one."""
        if self.refusal is not None:
            raise self.refusal
        ours, theirs = multiprocessing.Pipe()
        with self.lock:
            self._peers.append(Peer(ours, role="engine", handlers=self._handlers(), executor=self._executor))
        return Peer(theirs, role="window")

    def leave(self) -> None:
        """Begin no call any more that comes by the connections there are, then end them."""
        with self.lock:
            peers = list(self._peers)
        for peer in peers:
            peer.leave()
        threading.Timer(0.2, self.die).start()

    def die(self) -> None:
        """End every connection, as a killed engine does; running turns become interrupted."""
        with self.lock:
            peers, self._peers = self._peers, []
            self._subscriptions = []
            for ident, messages in self.messages.items():
                self.messages[ident] = [_interrupted(message) for message in messages]
        for peer in peers:
            peer.close()

    def close(self) -> None:
        """End everything."""
        self.die()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def tell(self, name: str, body: object = None) -> None:
        """Emit an event to every subscriber."""
        with self.lock:
            subscriptions = list(self._subscriptions)
        for subscriber in subscriptions:
            subscriber.emit(name, body)

    def touch(self, path: str, stamp: FileStamp) -> None:
        """Have a file stand otherwise on disk, and tell whoever watches it."""
        with self.lock:
            self.stamps[path] = stamp
            watching = [incoming for watched, incoming in self._watches if watched == path]
        for incoming in watching:
            incoming.emit("file", stamp)

    def watching(self, path: str) -> int:
        """How many watch a file."""
        with self.lock:
            return sum(watched == path and not incoming.cancelled for watched, incoming in self._watches)

    def following(self) -> int:
        """How many clients follow."""
        with self.lock:
            return len(self._subscriptions)

    def set_status(self, **changes: Any) -> None:
        """Change the status and tell everybody."""
        self.status = msgspec.structs.replace(self.status, **changes)
        self.tell("status", self.status)

    def add_conversation(self, title: str, messages: list[Message] | None = None, at: int = 0) -> ConversationId:
        """Keep a conversation, last used at `at` (Unix ms; default now)."""
        ident = ConversationId(next(self._ids))
        at = at or self.now_ms
        self.conversations[ident] = Conversation(
            id=ident, title=title, created_at=at, updated_at=at, messages=len(messages or [])
        )
        self.messages[ident] = list(messages or [])
        return ident

    def calls(self, kind: type) -> list[Any]:
        """The calls of one kind received so far."""
        with self.lock:
            return [call for call in self.seen if isinstance(call, kind)]

    def hold(self, kind: type) -> threading.Event:
        """Have the reply to the next call of this kind, made when it comes, arrive only once the event is set."""
        until = threading.Event()
        with self.lock:
            self._held.setdefault(kind, []).append(until)
        return until

    def holds(self, kind: type) -> bool:
        """Whether a reply is still to be held whose call has not come yet."""
        with self.lock:
            return bool(self._held.get(kind))

    # ---- answering

    def _handlers(self) -> Handlers:
        answers: dict[Any, Callable[[Any, Incoming], object]] = {
            Follow: self._follow,
            GetStatus: lambda call, _: self.status,
            Index: lambda call, _: self.status,
            Pause: self._pause,
            FoldersList: lambda call, _: self.folders,
            FoldersAdd: self._folders_add,
            FoldersRemove: self._folders_remove,
            Files: self._files,
            FilesWindow: self._files_window,
            Retry: lambda call, _: len(call.paths),
            ChatsList: self._chats_list,
            ChatShow: self._chat_show,
            AnswerShow: lambda call, _: self.answers[call.turn],
            ShowInsights: self._insights,
            Rate: self._rate,
            MemoryList: lambda call, _: list(self.memories),
            MemoryAdd: self._memory_add,
            MemoryEdit: self._memory_edit,
            MemoryForget: self._memory_forget,
            ChatRename: self._chat_rename,
            ChatDelete: self._chat_delete,
            ChatsDeleted: lambda call, _: list(reversed(self.deleted.values())),
            ChatRestore: self._chat_restore,
            ChatErase: self._chat_erase,
            Ask: self._ask,
            StopTurn: lambda call, _: True,
            Attach: self._attach,
            KeepPasted: self._keep_pasted,
            DropPasted: lambda call, _: self.pasted.pop(call.path, None) and None,
            ShowPlace: self._show_place,
            ShowRows: self._show_rows,
            WatchFile: self._watch_file,
            **self.chat.answers(),
            **self.done.answers(),
            GetPreferences: lambda call, _: self.preferences,
            SetPreferences: self._set_preferences,
            OpenWindow: lambda call, _: self.window_is_open,
        }
        return {kind: self._recorded(answer) for kind, answer in answers.items()}

    def _recorded(self, answer: Callable[[Any, Incoming], object]) -> Callable[[Any, Incoming], object]:
        def record(call: Any, incoming: Incoming) -> object:
            with self.lock:
                self.seen.append(call)
                held = self._held.get(type(call))
                until = held.pop(0) if held else None
            reply = answer(call, incoming)
            if until is not None:
                until.wait(60)
            return reply

        return record

    def _follow(self, _: Follow, incoming: Incoming) -> None:
        with self.lock:
            self._subscriptions.append(incoming)
        incoming.emit("status", self.status)
        incoming.emit("setup", self.setup)
        incoming.wait_cancelled()

    def _memory_add(self, call: MemoryAdd, _: Incoming) -> Memory:
        made = Memory(id=next(self._ids), text=call.text, at=self.now_ms)
        self.memories = [made, *self.memories]
        return made

    def _memory_edit(self, call: MemoryEdit, _: Incoming) -> Memory:
        if any(one.text == call.text and one.id != call.id for one in self.memories):
            raise Problem("memory.twice", "That is remembered already.", "Nothing was changed.")
        old = next(one for one in self.memories if one.id == call.id)
        new = msgspec.structs.replace(old, text=call.text, kept=True)
        self.memories = [new if one is old else one for one in self.memories]
        return new

    def _memory_forget(self, call: MemoryForget, _: Incoming) -> list[Memory]:
        gone = [one for one in self.memories if one.id in call.ids]
        self.memories = [one for one in self.memories if one.id not in call.ids]
        return gone

    def _pause(self, call: Pause, _: Incoming) -> Status:
        self.set_status(paused=call.reason)
        return self.status

    def _folders_add(self, call: FoldersAdd, _: Incoming) -> list[Folder]:
        for path in call.paths:
            if not Path(path).is_dir():
                raise Problem("folder.missing", f"There is no folder {path}.", "Nothing was changed.")
            if all(folder.path != path for folder in self.folders):
                self.folders = [*self.folders, Folder(path=path, state="current", files=3, ready=3)]
        return self.folders

    def _folders_remove(self, call: FoldersRemove, _: Incoming) -> list[Folder]:
        self.folders = [folder for folder in self.folders if folder.path not in call.paths]
        return self.folders

    def _files(self, call: Files, _: Incoming) -> list[FileRow]:
        rows = [
            row
            for row in self.files
            if (not call.states or row.state in call.states) and row.path.startswith(call.under)
        ]
        return rows[: call.limit] if call.limit else rows

    def _files_window(self, call: FilesWindow, _: Incoming) -> FilesFound:
        rows = [
            row
            for row in self.files
            if (not call.states or row.state in call.states)
            and row.path.startswith(call.under)
            and all(word in row.path.casefold() for word in call.words.casefold().split())
        ]
        return FilesFound(total=len(rows), first=call.first, rows=tuple(rows[call.first : call.first + call.count]))

    def _chats_list(self, call: ChatsList, _: Incoming) -> list[Conversation]:
        words = call.query.lower().split()
        with self.lock:
            found = [
                chat
                for chat in self.conversations.values()
                if all(
                    word in " ".join([chat.title, *(m.text for m in self.messages[chat.id])]).lower() for word in words
                )
            ]
        return sorted(found, key=lambda chat: -chat.updated_at)[: call.limit]

    def _chat_show(self, call: ChatShow, _: Incoming) -> list[Message]:
        with self.lock:
            if call.conversation not in self.messages:
                raise Problem("chat.missing", "There is no such conversation.", "")
            return list(self.messages[call.conversation])

    def _insights(self, _call: ShowInsights, _: Incoming) -> Insights:
        if isinstance(self.insights, Problem):
            raise self.insights
        return self.insights

    def _rate(self, call: Rate, _: Incoming) -> Rating | None:
        if self.rate_failure is not None:
            raise self.rate_failure
        return None if call.thumb is None else Rating(thumb=call.thumb, note=call.note, at=1)

    def _chat_rename(self, call: ChatRename, _: Incoming) -> Conversation:
        with self.lock:
            chat = msgspec.structs.replace(_taken(self.conversations, call.conversation), title=call.title)
            self.conversations[call.conversation] = chat
        self.tell("chats")
        return chat

    def _chat_delete(self, call: ChatDelete, _: Incoming) -> None:
        with self.lock:
            gone = _taken(self.conversations, call.conversation)
            self.deleted[call.conversation] = msgspec.structs.replace(gone, deleted_at=self.now_ms)
        self.tell("chats")

    def _chat_restore(self, call: ChatRestore, _: Incoming) -> Conversation:
        with self.lock:
            chat = msgspec.structs.replace(_taken(self.deleted, call.conversation), deleted_at=0)
            self.conversations[chat.id] = chat
        self.tell("chats")
        return chat

    def _chat_erase(self, call: ChatErase, _: Incoming) -> None:
        with self.lock:
            _taken(self.deleted, call.conversation)
        self.tell("chats")

    def _keep_pasted(self, call: KeepPasted, _: Incoming) -> FileRow:
        if self.paste_failure is not None:
            raise self.paste_failure
        path = f"/home/ana/.familiar/pasted/{len(self.pasted) + 1}/Pasted text.txt"
        self.pasted[path] = call.text
        return FileRow(path=path, state="waiting", size_bytes=len(call.text.encode()))

    def _attach(self, call: Attach, _: Incoming) -> list[FileRow]:
        rows = []
        for path in call.paths:
            there = (Path(path).is_file() or path in self.pasted) and path not in self.unreadable
            rows.append(
                FileRow(
                    path=path,
                    state="ready" if there else "unreadable",
                    reason="" if there else self.unreadable.get(path, "The file is not there any more."),
                    chunks=2 if there else 0,
                )
            )
        return rows

    def _show_place(self, call: ShowPlace, _: Incoming) -> Preview:
        if self.previews:
            shown = self.previews.pop(0)
            if isinstance(shown, Problem):
                raise shown
            return shown
        if self.draw is not None:
            return self.draw(call)
        text = f"Before.\n{call.quote}\nAfter."
        return Preview(
            view=Lines(text=text, marks=((8, 8 + len(call.quote)),)), match="exact", unit="page",
            number=call.number or call.place.first, count=4, stamp=self.stamps.get(call.path, FileStamp()),
            at_place=call.number in (0, call.place.first),
        )  # fmt: skip

    def _show_rows(self, call: ShowRows, _: Incoming) -> Rows:
        last = call.first + call.count
        return Rows(first=call.first, rows=tuple((f"row {number}", f"{number}") for number in range(call.first, last)))

    def _watch_file(self, call: WatchFile, incoming: Incoming) -> None:
        with self.lock:
            self._watches.append((call.path, incoming))
        incoming.emit("file", self.stamps.get(call.path, FileStamp()))
        incoming.wait_cancelled()

    def _set_preferences(self, call: SetPreferences, _: Incoming) -> Preferences:
        self.preferences = call.applied_to(self.preferences)
        return self.preferences

    def _ask(self, call: Ask, incoming: Incoming) -> Answer:
        used = next((each for each in self.models if each.in_use and each.origin == "remote"), None)
        asks = used is not None and not call.consent and call.conversation not in self.consented
        script = self.scripts.pop(0) if self.scripts and not asks else Script([f"You asked: {call.question}"])
        if script.failure is not None:
            raise script.failure
        with self.lock:
            ident = call.conversation or self.add_conversation(call.question[:40])
            turn = TurnId(next(self._ids))
            place = self._begin(call, ident, turn)
            if call.consent:
                self.consented.add(ident)
        incoming.emit("turn", Step(name="started", title="Looking in your files", conversation=ident, turn=turn))
        if used is not None and asks:  # the question is on disk by then, as with the real engine
            raise Problem("remote.consent", f"{used.name} runs on {used.place}.", "Nothing was sent.")
        for tool in script.steps:
            incoming.emit("turn", Step(name="tool", title=tool.title, conversation=ident, turn=turn, tool=tool))
        self.tell("chats")
        text, state = self._stream(script, incoming, ident, turn, place)
        files = tuple(FileShare(path=cited.path, share=0.5) for cited in script.citations)
        answer = Answer(
            conversation=ident, turn=turn, mode=script.mode, state=state, text=text, citations=script.citations,
            coverage=Coverage(matching=len(files), read=len(files), files=files), usage=Usage(total_ms=1200.0),
            steps=script.steps, query=call.query or script.query, without=tuple(call.without),
            filters=tuple(one for one in script.filters if one.key not in call.without),
        )  # fmt: skip
        with self.lock:
            self._put(place, answer)
            self.answers[turn] = answer
        incoming.emit("turn", answer)
        self.tell("chats")
        return answer

    def _begin(self, call: Ask, ident: ConversationId, turn: TurnId) -> int:
        """Keep the question of a turn, and its answer, still empty; where that stands."""
        messages = self.messages[ident]
        question = Message(
            turn=turn, role="user", text=call.question, at=self.now_ms, attachments=tuple(call.attachments)
        )
        empty = Answer(conversation=ident, turn=turn, mode="quotes", state="streaming", text="")
        answer = Message(turn=turn, role="assistant", text="", at=self.now_ms, answer=empty)
        for at, message in enumerate(messages):
            if message.role == "assistant" and call.again in (message.turn, *message.versions):
                versions = (*(message.versions or (message.turn,)), turn)
                messages[at - 1] = msgspec.structs.replace(messages[at - 1], turn=turn)
                messages[at] = msgspec.structs.replace(answer, versions=versions)
                if message.answer is not None:
                    self.answers.setdefault(message.turn, message.answer)
                return at
        messages += [question, answer]
        return len(messages) - 1

    def _put(self, place: int, answer: Answer) -> None:
        """Keep an answer as it stands."""
        messages = self.messages[answer.conversation]
        messages[place] = msgspec.structs.replace(messages[place], text=answer.text, answer=answer)

    def _stream(
        self, script: Script, incoming: Incoming, ident: ConversationId, turn: TurnId, place: int
    ) -> tuple[str, Any]:
        text = ""
        for part in script.parts:
            while script.gate is not None and not script.gate.acquire(timeout=0.02):
                if incoming.cancelled:
                    return text, "stopped"
            if incoming.cancelled:
                return text, "stopped"
            text += part
            with self.lock:
                self._put(place, Answer(conversation=ident, turn=turn, mode=script.mode, state="streaming", text=text))
            incoming.emit("turn", Delta(text=part))
        return text, "done"


def _interrupted(message: Message) -> Message:
    if message.answer is None or message.answer.state != "streaming":
        return message
    return msgspec.structs.replace(message, answer=msgspec.structs.replace(message.answer, state="interrupted"))


def _taken(chats: dict[ConversationId, Conversation], ident: ConversationId) -> Conversation:
    """Take a conversation out; as the engine does, refuse one that is not there."""
    if ident not in chats:
        raise Problem("chat.missing", "There is no such conversation.", "")
    return chats.pop(ident)
