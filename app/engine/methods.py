"""The method table: how the engine answers each call of a client."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from app.assistant import budget
from app.assistant.assistant import Assistant
from app.base.calls import (
    AnswerShow,
    Ask,
    Attach,
    Call,
    ChatDelete,
    ChatErase,
    ChatRename,
    ChatRestore,
    ChatsDeleted,
    ChatShow,
    ChatsList,
    Doctor,
    Drain,
    DropPasted,
    Files,
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
    Read,
    Retry,
    Search,
    SetPreferences,
    ShowPlace,
    ShowRows,
    StopTurn,
    WatchFile,
)
from app.base.chat import BenchReport
from app.base.errors import Problem
from app.base.models import (
    Catalogue,
    DownloadPause,
    DownloadRemove,
    Downloads,
    DownloadStart,
    FirstWord,
    HubToken,
    ModelInfo,
    ModelsAdd,
    ModelsBench,
    ModelsInspect,
    ModelsList,
    ModelsRemove,
    ModelsTune,
    ModelsUse,
    ModelsWatch,
    RemoteAdd,
    RemoteModels,
)
from app.base.settings import SettingsFile
from app.base.values import (
    Answer,
    Check,
    Conversation,
    Document,
    FileRow,
    Folder,
    Message,
    Pids,
    SearchResult,
    Status,
    TurnEvent,
)
from app.engine.documents import Documents
from app.engine.pasted_texts import PastedTexts
from app.engine.previews import Previews
from app.engine.subscriptions import Subscriptions
from app.library.library import Library
from app.link.peer import Handler, Incoming
from app.models.downloads import DownloadQueue
from app.models.hub_sources import HubSources
from app.models.models import Models
from app.models.remotes import Remotes
from app.store.user import UserStore


class Methods:
    """Answers calls; each runs in a thread of its own."""

    def __init__(
        self,
        *,
        library: Library,
        documents: Documents,
        previews: Previews,
        models: Models,
        remotes: Remotes,
        downloads: DownloadQueue,
        sites: HubSources,
        assistant: Assistant,
        user: UserStore,
        pasted: PastedTexts,
        settings: SettingsFile,
        subscriptions: Subscriptions,
        pids: Callable[[], Pids],
        doctor: Callable[[], list[Check]],
        drain: Callable[[], None],
    ) -> None:
        self._library = library
        self._documents = documents
        self._previews = previews
        self._models = models
        self._remotes = remotes
        self._downloads = downloads
        self._sites = sites
        self._assistant = assistant
        self._user = user
        self._pasted = pasted
        self._settings = settings
        self._subscriptions = subscriptions
        self._pids = pids
        self._doctor = doctor
        self._drain = drain

    def table(self) -> dict[type[Call[Any]], Handler]:
        """The handler of each call."""
        return {
            FoldersAdd: self._folders_add,
            FoldersRemove: self._folders_remove,
            FoldersList: lambda _call, _incoming: self._library.folders(),
            Index: self._index,
            GetStatus: lambda _call, _incoming: self._status(),
            Pause: self._pause,
            Files: self._files,
            Read: self._read,
            Retry: lambda call, _incoming: self._library.retry(call.paths),
            Search: self._search,
            ShowPlace: self._previews.show,
            ShowRows: self._previews.rows,
            WatchFile: self._previews.watch,
            Ask: self._ask,
            StopTurn: lambda call, _incoming: self._assistant.stop(call.turn),
            ChatsList: self._chats_list,
            ChatShow: self._chat_show,
            AnswerShow: lambda call, _incoming: self._assistant.show_answer(call.turn),
            ChatRename: self._chat_rename,
            ChatDelete: self._chat_delete,
            ChatsDeleted: lambda _call, _incoming: self._user.conversations.deleted(),
            ChatRestore: self._chat_restore,
            ChatErase: self._chat_erase,
            KeepPasted: lambda call, _incoming: self._pasted.keep(call.text),
            DropPasted: lambda call, _incoming: self._pasted.drop(call.path),
            Attach: lambda call, _incoming: self._documents.rows(call.paths),
            ModelsList: self._models_list,
            ModelsAdd: self._models_add,
            ModelsUse: self._models_use,
            ModelsRemove: self._models_remove,
            ModelsTune: lambda call, _incoming: self._models.tune(call.name, call.options),
            ModelsInspect: lambda call, _incoming: self._models.inspect(call.name),
            ModelsBench: self._models_bench,
            ModelsWatch: self._models_watch,
            FirstWord: self._first_word,
            Catalogue: lambda _call, _incoming: self._sites.catalogue(),
            Downloads: lambda _call, _incoming: self._downloads.list(),
            DownloadStart: self._downloads.start,
            DownloadPause: lambda call, _incoming: self._downloads.pause(call.id),
            DownloadRemove: lambda call, _incoming: self._downloads.remove(call.id),
            HubToken: lambda call, _incoming: self._sites.keep_token(call.token, call.source),
            RemoteModels: self._remotes.offered,
            RemoteAdd: self._remotes.add,
            Doctor: lambda _call, _incoming: self._doctor(),
            GetPreferences: lambda _call, _incoming: self._settings.value.window,
            SetPreferences: self._set_preferences,
            OpenWindow: lambda call, _incoming: self._subscriptions.open_window(call),
            Follow: self._subscriptions.follow,
            Drain: lambda _call, incoming: incoming.afterwards(self._drain),
        }

    # ---- folders and index -----------------------------------------------------------------------------------------

    def _folders_add(self, call: FoldersAdd, _incoming: Incoming) -> list[Folder]:
        return self._library.add_folders(_absolute(call.paths))

    def _folders_remove(self, call: FoldersRemove, _incoming: Incoming) -> list[Folder]:
        return self._library.remove_folders(_absolute(call.paths))

    def _status(self) -> Status:
        return self._library.status(self._pids())

    def _index(self, call: Index, incoming: Incoming) -> Status:
        ticket = self._library.rescan()
        if not call.wait:
            return self._status()
        return self._library.wait_settled(
            ticket, self._pids, lambda status: incoming.emit("status", status), incoming.check
        )

    def _pause(self, call: Pause, _incoming: Incoming) -> Status:
        self._library.pause(call.reason)
        return self._status()

    def _files(self, call: Files, _incoming: Incoming) -> list[FileRow]:
        return self._library.files(call.states, call.under, call.limit)

    def _read(self, call: Read, _incoming: Incoming) -> Document:
        path = _absolute([call.path])[0]
        document = self._library.document(path)
        if document is not None:
            return document
        real = self._library.real(path)
        if real is None:
            raise Problem(
                "file.outside", f"{path} is not in a watched folder.",
                "Familiar reads only inside the folders you chose. `familiar folders add` adds one.",
            )  # fmt: skip
        if not Path(path).exists():
            raise Problem("file.missing", f"{path} does not exist.", "")
        return self._documents.read_one(real)

    def _search(self, call: Search, _incoming: Incoming) -> SearchResult:
        return self._library.search(call.query, _absolute(call.scope), call.limit)

    # ---- conversations ---------------------------------------------------------------------------------------------

    def _ask(self, call: Ask, incoming: Incoming) -> Answer:
        resolved = msgspec.structs.replace(call, scope=_absolute(call.scope), attachments=_absolute(call.attachments))

        def emit(event: TurnEvent) -> None:
            incoming.emit("turn", event)

        conversation = call.conversation
        try:
            answer = self._assistant.ask(resolved, emit, incoming)
            conversation = answer.conversation
            return answer
        finally:
            self._subscriptions.chats_changed()
            if conversation is not None and conversation not in self._user.conversations.ids():
                self._models.forget(conversation)  # it was deleted meanwhile, and its model has gone on reading

    def _chats_list(self, call: ChatsList, _incoming: Incoming) -> Sequence[Conversation]:
        return self._user.conversations.list(call.query, call.limit)

    def _chat_show(self, call: ChatShow, _incoming: Incoming) -> list[Message]:
        return self._assistant.show(call.conversation)

    def _chat_rename(self, call: ChatRename, _incoming: Incoming) -> Conversation:
        conversation = self._user.conversations.rename(call.conversation, call.title)
        self._subscriptions.chats_changed()
        return conversation

    def _chat_delete(self, call: ChatDelete, _incoming: Incoming) -> None:
        self._user.conversations.delete(call.conversation)
        self._models.forget(call.conversation)
        self._subscriptions.chats_changed()

    def _chat_restore(self, call: ChatRestore, _incoming: Incoming) -> Conversation:
        conversation = self._user.conversations.restore(call.conversation)
        self._subscriptions.chats_changed()
        return conversation

    def _chat_erase(self, call: ChatErase, _incoming: Incoming) -> None:
        attached = self._user.turns.attachments(call.conversation)
        self._user.conversations.erase(call.conversation)
        for path in attached:
            self._pasted.drop(path)
        self._subscriptions.chats_changed()

    # ---- models and preferences ------------------------------------------------------------------------------------

    def _models_list(self, call: ModelsList, _incoming: Incoming) -> Sequence[ModelInfo]:
        return self._models.list(found=call.found)

    def _models_add(self, call: ModelsAdd, _incoming: Incoming) -> ModelInfo:
        added = self._models.add(_absolute([call.path])[0], use=call.use)
        if call.use:
            self._assistant.prepare()
        return added

    def _models_use(self, call: ModelsUse, _incoming: Incoming) -> Sequence[ModelInfo]:
        models = self._models.use(call.name)
        self._assistant.prepare()
        return models

    def _models_remove(self, call: ModelsRemove, _incoming: Incoming) -> Sequence[ModelInfo]:
        return self._models.remove(call.name)

    def _models_bench(self, call: ModelsBench, incoming: Incoming) -> BenchReport:
        return self._models.bench(call.name, call.lengths, incoming)

    def _models_watch(self, call: ModelsWatch, _incoming: Incoming) -> Sequence[str]:
        return self._models.watch(_absolute([call.path])[0], watch=call.watch)

    def _first_word(self, call: FirstWord, _incoming: Incoming) -> float:
        seconds = call.seconds
        if seconds is None:
            return budget.bounded(self._settings.value.first_word_s)
        if seconds != budget.bounded(seconds):
            raise Problem(
                "settings.first_word", "An answer can be asked to begin within 0.5 to 600 seconds.",
                "Nothing was changed.",
            )  # fmt: skip
        return self._settings.change(lambda s: msgspec.structs.replace(s, first_word_s=seconds)).first_word_s

    def _set_preferences(self, call: SetPreferences, _incoming: Incoming) -> Preferences:
        return self._settings.change(lambda s: msgspec.structs.replace(s, window=call.preferences)).window


def _absolute(paths: Sequence[str]) -> list[str]:
    """The paths as clients gave them, which must be absolute. Raises Problem path.relative."""
    for path in paths:
        if not os.path.isabs(path):
            raise Problem("path.relative", f"“{path}” is not an absolute path.", "Nothing was changed.")
    return [os.path.normpath(path) for path in paths]
