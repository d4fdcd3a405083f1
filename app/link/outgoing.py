"""A call that was made of the other end of a connection: its events, its outcome, and taking it back."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec

from app.base.errors import Cancelled, Problem
from app.link.frames import Event, Failure, Reply
from app.link.pending import Inbox, gone

SIGNAL_S = 0.25


class Outgoing:
    """A started call: `result()` waits for it, `cancel()` takes it back."""

    def __init__(self, reply: Any, inbox: Inbox, *, cancel: Callable[[], None], forget: Callable[[], None]) -> None:
        """reply: its type. inbox: where its answer comes. forget: drops what may still come."""
        self._reply = reply
        self._inbox = inbox
        self._cancel = cancel
        self._forget = forget

    def cancel(self) -> None:
        """Ask the other side to end the call; its reply or failure still comes."""
        self._cancel()

    def result(self, on_event: Callable[[str, msgspec.Raw], None] | None = None, timeout_s: float | None = None) -> Any:
        """The reply. on_event(name, json) is called in this thread for each event.

        timeout_s: longest silence between two frames; then the call is cancelled and Problem link.timeout raised.
        Raises Problem, also link.closed if the other side went away; Cancelled if the call was taken back.
        """
        while True:
            try:
                frame = self._next(timeout_s)
            except queue.Empty:
                self.cancel()
                self._forget()
                raise Problem("link.timeout", "No answer in time.", "The request was given up.") from None
            if frame is None:
                raise gone()
            if isinstance(frame, Event):
                if on_event is not None:
                    on_event(frame.name, frame.body)
            elif isinstance(frame, Reply):
                return self._decoded(frame.ok)
            elif frame.code == "cancelled":
                raise Cancelled
            else:
                raise Problem(frame.code, frame.title, frame.hint, frame.data)

    def _decoded(self, reply: msgspec.Raw) -> Any:
        try:
            return msgspec.json.decode(reply, type=self._reply)
        except msgspec.DecodeError as error:
            raise Problem(
                "link.invalid", f"An answer of the other process was malformed: {error}",
                "Its version may differ: `familiar stop`, then try again.",
            ) from error  # fmt: skip

    def _next(self, timeout_s: float | None) -> Event | Reply | Failure | None:
        """The next frame; raises queue.Empty after `timeout_s`.

        The main thread waits in short stretches: a signal that comes just before it blocks would else stay unseen.
        """
        if threading.current_thread() is not threading.main_thread():
            return self._inbox.get(timeout=timeout_s)
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            rest = SIGNAL_S if deadline is None else min(SIGNAL_S, max(0.0, deadline - time.monotonic()))
            try:
                return self._inbox.get(timeout=rest)
            except queue.Empty:
                if deadline is not None and time.monotonic() >= deadline:
                    raise
