"""Questions whose conversations are not kept, as an evaluation of the person's own library asks them."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import msgspec

from app.assistant.assistant import Assistant
from app.base.calls import Ask
from app.base.chat_model import Cancellation
from app.base.turn_events import TurnEvent
from app.base.values import Answer, ConversationId
from app.store.user import UserStore

_FIRST = 1 << 40
"""Numbers of conversations that no person comes to, so that what a model keeps of a trial is not taken for theirs."""


class Trials:
    """Answers questions over a store in memory, a new one for each. Thread-safe.

    assistant: one over that store. forget: have models forget a conversation.
    """

    def __init__(self, assistant: Callable[[UserStore], Assistant], forget: Callable[[ConversationId], None]) -> None:
        self._assistant = assistant
        self._forget = forget
        self._numbers = itertools.count(_FIRST)

    def ask(self, call: Ask, emit: Callable[[TurnEvent], None], cancellation: Cancellation) -> Answer:
        """Answer in a conversation of its own, of which nothing is left. Raises Problem as `Assistant.ask` does."""
        number = next(self._numbers)
        store = UserStore.transient(number)
        try:
            alone = msgspec.structs.replace(call, conversation=None, again=None)
            return self._assistant(store).ask(alone, emit, cancellation)
        finally:
            store.close()
            self._forget(ConversationId(number))
