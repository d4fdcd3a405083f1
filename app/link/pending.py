"""The calls of one end that wait for what the other end answers."""

from __future__ import annotations

import itertools
import queue
import threading

from app.base.errors import Problem
from app.link.frames import Event, Failure, Reply

Inbox = queue.SimpleQueue[Event | Reply | Failure | None]
"""What came for a call, in order; None once nothing can come any more."""


class Pending:
    """Inboxes by call. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._inboxes: dict[int, Inbox] = {}
        self._left = False
        self._ended = False

    def add(self) -> tuple[int, Inbox]:
        """A new call's number, and where its answer comes: at once if the other end leaves or has gone."""
        inbox: Inbox = queue.SimpleQueue()
        with self._lock:
            ident = next(self._ids)
            if self._left:
                inbox.put(_refusal(ident))
            elif self._ended:
                inbox.put(None)
            else:
                self._inboxes[ident] = inbox
        return ident, inbox

    def deliver(self, frame: Event | Reply | Failure) -> None:
        """Hand a frame to the call that it answers, if anybody waits for it still."""
        with self._lock:
            inbox = self._inboxes.get(frame.id) if isinstance(frame, Event) else self._inboxes.pop(frame.id, None)
        if inbox is not None:
            inbox.put(frame)

    def forget(self, ident: int) -> None:
        """Drop what may still come for a call."""
        with self._lock:
            self._inboxes.pop(ident, None)

    def leave(self, last: int) -> None:
        """The other end leaves and began no call after `last`: those, and all that are still to come, are refused."""
        with self._lock:
            self._left = True
            refused = {ident: self._inboxes.pop(ident) for ident in list(self._inboxes) if ident > last}
        for ident, inbox in refused.items():
            inbox.put(_refusal(ident))

    def end(self) -> None:
        """The other end has gone: nothing comes any more."""
        with self._lock:
            self._ended = True
            inboxes = list(self._inboxes.values())
            self._inboxes.clear()
        for inbox in inboxes:
            inbox.put(None)


def leaving() -> Problem:
    """What the caller of a request that was not begun is told."""
    return Problem("link.leaving", "Familiar is closing.", "Try again in a moment.")


def gone() -> Problem:
    """What the callers of requests that were begun are told as their outcome can no longer come."""
    return Problem("link.closed", "The other process has gone.", "It is started again by itself; try again.")


def _refusal(ident: int) -> Failure:
    problem = leaving()
    return Failure(ident, problem.code, problem.title, problem.hint)
