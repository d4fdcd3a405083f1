"""How the engine answers calls about questions, answers and conversations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from app.assistant.assistant import Assistant
from app.base.calls import (
    AnswerShow,
    Ask,
    ChatDelete,
    ChatErase,
    ChatRename,
    ChatRestore,
    ChatsDeleted,
    ChatShow,
    ChatsList,
    DropPasted,
    KeepPasted,
    Rate,
    RatedAnswer,
    RatedAnswers,
    StopTurn,
    TraceShow,
)
from app.base.insights import ShowInsights
from app.base.memory import Memory, MemoryAdd, MemoryEdit, MemoryForget, MemoryList
from app.base.turn_events import TurnEvent
from app.base.values import Answer, Conversation, ConversationId, Message
from app.engine.methods import Table, absolute
from app.engine.pasted_texts import PastedTexts
from app.engine.trials import Trials
from app.link.peer import Incoming
from app.store.user import UserStore

_EVERY = ConversationId(0)
"""Stands for what every conversation begins with."""


class ChatMethods:
    """Answers calls; each runs in a thread of its own.

    forget: have models forget a conversation. on_change: the list of conversations differs.
    """

    def __init__(
        self,
        assistant: Assistant,
        user: UserStore,
        pasted: PastedTexts,
        trials: Trials,
        *,
        forget: Callable[[ConversationId], None],
        on_change: Callable[[], None],
    ) -> None:
        self._assistant = assistant
        self._user = user
        self._pasted = pasted
        self._trials = trials
        self._forget = forget
        self._on_change = on_change

    def table(self) -> Table:
        """The handler of each call."""
        return {
            Ask: self._ask,
            StopTurn: lambda call, _incoming: self._assistant.stop(call.turn),
            ChatsList: self._chats_list,
            ChatShow: self._chat_show,
            AnswerShow: lambda call, _incoming: self._assistant.show_answer(call.turn),
            TraceShow: lambda call, _incoming: self._assistant.show_trace(call.turn),
            ShowInsights: lambda call, _incoming: self._user.insights.show(call.weeks),
            Rate: lambda call, _incoming: self._user.ratings.rate(call.turn, call.thumb, call.note),
            RatedAnswers: self._rated_answers,
            ChatRename: self._chat_rename,
            ChatDelete: self._chat_delete,
            ChatsDeleted: lambda _call, _incoming: self._user.conversations.deleted(),
            ChatRestore: self._chat_restore,
            ChatErase: self._chat_erase,
            KeepPasted: lambda call, _incoming: self._pasted.keep(call.text),
            DropPasted: lambda call, _incoming: self._pasted.drop(call.path),
            MemoryList: lambda call, _incoming: self._user.memories.search(call.query),
            MemoryAdd: self._memory_add,
            MemoryEdit: self._memory_edit,
            MemoryForget: self._memory_forget,
        }

    def _ask(self, call: Ask, incoming: Incoming) -> Answer:
        resolved = msgspec.structs.replace(call, scope=absolute(call.scope), attachments=absolute(call.attachments))

        def emit(event: TurnEvent) -> None:
            incoming.emit("turn", event)

        if not call.keep:
            return self._trials.ask(resolved, emit, incoming)
        conversation = call.conversation
        try:
            answer = self._assistant.ask(resolved, emit, incoming)
            conversation = answer.conversation
            return answer
        finally:
            self._on_change()
            if conversation is not None and conversation not in self._user.conversations.ids():
                self._forget(conversation)  # it was deleted meanwhile, and its model has gone on reading

    def _memory_add(self, call: MemoryAdd, _incoming: Incoming) -> Memory:
        memory = self._user.memories.add(call.text)
        self._on_change()
        return memory

    def _memory_edit(self, call: MemoryEdit, _incoming: Incoming) -> Memory:
        try:
            return self._user.memories.edit(call.id, call.text)
        finally:
            self._forget_what_was_read()

    def _memory_forget(self, call: MemoryForget, _incoming: Incoming) -> list[Memory]:
        try:
            return self._user.memories.forget(call.ids)
        finally:  # also where its words could not be removed from the disk yet
            self._forget_what_was_read()

    def _forget_what_was_read(self) -> None:
        """What models keep of conversations holds what they were told."""
        self._on_change()
        for conversation in (_EVERY, *self._user.conversations.ids()):
            self._forget(conversation)

    def _chats_list(self, call: ChatsList, _incoming: Incoming) -> Sequence[Conversation]:
        return self._user.conversations.list(call.query, call.limit)

    def _chat_show(self, call: ChatShow, _incoming: Incoming) -> list[Message]:
        return self._assistant.show(call.conversation)

    def _rated_answers(self, _call: RatedAnswers, _incoming: Incoming) -> list[RatedAnswer]:
        rated = []
        for turn in self._user.ratings.rated():
            question, scope, attachments = self._user.turns.question(turn)
            answer = self._user.turns.answer(turn)
            rated.append(RatedAnswer(question=question, scope=scope, attachments=attachments, answer=answer))
        return rated

    def _chat_rename(self, call: ChatRename, _incoming: Incoming) -> Conversation:
        conversation = self._user.conversations.rename(call.conversation, call.title)
        self._on_change()
        return conversation

    def _chat_delete(self, call: ChatDelete, _incoming: Incoming) -> None:
        self._user.conversations.delete(call.conversation)
        self._forget(call.conversation)
        self._on_change()

    def _chat_restore(self, call: ChatRestore, _incoming: Incoming) -> Conversation:
        conversation = self._user.conversations.restore(call.conversation)
        self._on_change()
        return conversation

    def _chat_erase(self, call: ChatErase, _incoming: Incoming) -> None:
        attached = self._user.turns.attachments(call.conversation)
        self._user.conversations.erase(call.conversation)
        for attachment in attached:
            self._pasted.drop(attachment.path)
        self._on_change()
