"""One message being written by a worker: how it is asked for, what is heard of it, and when it is asked for again."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

import msgspec

from app.base.chat import Generate, Generated, Prefill
from app.base.chat_model import Cancellation, ModelEvent, Thought
from app.base.errors import Cancelled
from app.base.values import Usage
from app.link.outgoing import Outgoing

log = logging.getLogger("familiar.engine")
R = TypeVar("R")


class Generation:
    """A message on its way: hands on what is heard of it, and has it ended when its turn is stopped."""

    def __init__(self, on_event: Callable[[ModelEvent], None], cancellation: Cancellation) -> None:
        self._on_event = on_event
        self._cancellation = cancellation
        self._written = False

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants it any more."""
        return self._cancellation.cancelled

    @property
    def may_repeat(self) -> bool:
        """Whether it can be asked for again: nothing of it has come out yet."""
        return not (self._written or self.cancelled)

    def hear(self, event: str, body: msgspec.Raw) -> None:
        """Take an event of the worker."""
        heard = model_event(event, body)
        if heard is not None:
            self._written = self._written or not isinstance(heard, Prefill)
            self._on_event(heard)

    def started(self, outgoing: Outgoing) -> None:
        """It was asked for."""
        self._cancellation.on_cancel(outgoing.cancel)


class WorkerChat(ABC):
    """A chat model that a worker runs or asks. How one differs from another is in `_send` and `_learn`."""

    def generate(
        self, call: Generate, *, on_event: Callable[[ModelEvent], None], cancellation: Cancellation
    ) -> Generated:
        """Write the next message. Sent again once if the process died before anything had come out of it."""
        try:
            result = self._send(call, Generation(on_event, cancellation))
        except Cancelled:  # before its turn came
            return Generated(reason="stop", usage=Usage())
        self._learn(call, result)
        return result

    @abstractmethod
    def _send(self, call: Generate, generation: Generation) -> Generated:
        """Have the message written. Raises Problem, WorkerDied, Cancelled."""

    @abstractmethod
    def _learn(self, call: Generate, result: Generated) -> None:
        """Keep what an answer showed of the model."""


def once_more(ask: Callable[[], R], died: type[Exception], *, again: Callable[[], bool]) -> R:
    """What `ask` returns; it is asked a second time if the process died and `again` says yes. Raises what it raises."""
    try:
        return ask()
    except died:
        if not again():
            raise
        log.warning("a writing process died before its first word; asked again")
    return ask()


def model_event(event: str, body: msgspec.Raw) -> ModelEvent | None:
    """An event of `Generate`: progress, a thought or text; None for what only the engine cares about."""
    if event == "text":
        return msgspec.json.decode(body, type=str)
    if event == "reasoning":
        return Thought(text=msgspec.json.decode(body, type=str))
    return msgspec.json.decode(body, type=Prefill) if event == "prefill" else None
