"""A request under way, as whoever made it holds on to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, ParamSpec

from PySide6.QtCore import QObject
from shiboken6 import isValid

from app.base.calls import Call
from app.base.errors import Cancelled
from app.link.outgoing import Outgoing
from app.link.peer import Peer

P = ParamSpec("P")


def while_there(callback: Callable[P, None]) -> Callable[P, None]:
    """The callback, but for the widgets that it speaks to: once one of them is gone, nothing is called any more.

    A dialog may be closed while its question is under way. Looked at are the object that a method is bound to, and what
    a function closed over.
    """
    cells = getattr(callback, "__closure__", None) or ()
    held = [getattr(callback, "__self__", None), *(cell.cell_contents for cell in cells)]
    objects = [each for each in held if isinstance(each, QObject)]

    def call(*args: P.args, **kwargs: P.kwargs) -> None:
        if all(map(isValid, objects)):
            callback(*args, **kwargs)

    return call


class PendingRequest:
    """A request that was made: take it back with `cancel`, or stop listening with `drop`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._outgoing: Outgoing | None = None
        self._cancelled = False
        self.dropped = False

    def cancel(self) -> None:
        """Ask the engine to end it; the outcome (a result, or Problem "cancelled") still arrives."""
        with self._lock:
            self._cancelled = True
            outgoing = self._outgoing
        if outgoing is not None:
            outgoing.cancel()

    def drop(self) -> None:
        """End it and hear nothing more of it."""
        self.dropped = True
        self.cancel()

    def send(self, peer: Peer, call: Call[Any]) -> Outgoing:
        """Start the call at `peer`; raises Cancelled if it was taken back before."""
        with self._lock:
            if self._cancelled:
                raise Cancelled
            self._outgoing = peer.start(call)
            return self._outgoing
