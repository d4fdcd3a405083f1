"""The connection to the engine: made, kept and made again in a thread of its own; calls are sent in their order."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

import msgspec

from app.base.calls import Follow, OpenWindow
from app.base.errors import Cancelled, Problem
from app.link.outgoing import Outgoing
from app.link.peer import Peer

log = logging.getLogger("familiar.window")
BACK_OFF_S = (0.2, 1.0, 2.0, 5.0, 10.0)
STEADY_S = 5.0
Dial = Callable[[], Peer]


class LinkListener(Protocol):
    """Who hears of the connection; called in the link's thread."""

    def link_made(self) -> None:
        """There is an engine on the other side now."""

    def link_lost(self, title: str, hint: str, *, mending: bool) -> None:
        """There is none, and why; it is tried again. mending: nothing is asked of the person."""

    def supersede(self) -> None:
        """Another window took over what this one was started for; the link has ended."""

    def event_came(self, name: str, body: msgspec.Raw) -> None:
        """The engine tells of a change."""


class EngineLink:
    """One connection at a time. dial: see `EngineClient`. greet: handed to a window that is already there."""

    def __init__(self, dial: Dial, greet: OpenWindow | None, listener: LinkListener) -> None:
        self._dial = dial
        self._greet = greet
        self._listener = listener
        self._changed = threading.Condition()
        self._peer: Peer | None = None
        self._refusals = 0
        self._refusal = Problem("link.closed", "Familiar is closing.", "")
        self._closing = False
        self._hurry = threading.Event()
        self._turns: dict[int, None] = {}
        self._next_turn = 0

    @property
    def is_connected(self) -> bool:
        """Whether an engine is on the other side now."""
        return self._peer is not None

    def close(self) -> None:
        """End the connection; `run` returns, and nothing waits here any more."""
        with self._changed:
            self._closing = True
            peer = self._peer
            self._changed.notify_all()
        self._hurry.set()
        if peer is not None:
            peer.close()

    def hurry(self) -> None:
        """Do not wait out the pause before the next attempt to connect."""
        self._hurry.set()

    # ---- calls

    def take_turn(self) -> int:
        """A place in the order in which calls are sent. `send` must follow, in any thread."""
        with self._changed:
            self._next_turn += 1
            self._turns[self._next_turn] = None
            return self._next_turn

    def send(self, turn: int, start: Callable[[Peer], Outgoing]) -> Outgoing:
        """Start a call once there is an engine and all earlier calls are sent. Raises Problem if there will be none."""
        try:
            return start(self._await_turn(turn))
        finally:
            with self._changed:
                del self._turns[turn]
                self._changed.notify_all()

    def _await_turn(self, turn: int) -> Peer:
        with self._changed:
            refusals = self._refusals
            self._hurry.set()
            while self._peer is None or self._peer.closed or next(iter(self._turns)) != turn:
                if self._closing or (self._peer is None and self._refusals != refusals):
                    reason = self._refusal
                    raise Problem(reason.code, reason.title, reason.hint)
                self._changed.wait()
            return self._peer

    # ---- the connection

    def run(self) -> None:
        """Connect, and stay connected until `close`."""
        attempt = 0
        while not self._closing:
            began = time.monotonic()
            try:
                if not self._connect_and_follow():
                    return
            except Problem as problem:
                log.warning("no engine: %s", problem.code)
                self._refuse(problem)
            except Exception:  # the top of this thread; without it the window would wait for ever
                log.exception("bug in the window's link")
                self._refuse(Problem("internal", "Familiar made a mistake.", "It tries again by itself."))
            if time.monotonic() - began > STEADY_S:
                attempt = 0
            self._hurry.wait(BACK_OFF_S[min(attempt, len(BACK_OFF_S) - 1)])
            attempt += 1

    def _connect_and_follow(self) -> bool:
        """Stay connected as long as it lasts. False if another window took over what this one was started for."""
        peer = self._dial()
        if self._greet is not None and self._hand_over(peer, self._greet):
            peer.close()
            return False
        self._greet = None
        self._follow(peer)
        return True

    def _hand_over(self, peer: Peer, launch: OpenWindow) -> bool:
        """Whether another window, started at the same moment, took over what this one was started for."""
        try:
            taken = peer.call(launch, timeout_s=5.0)
        except (Problem, Cancelled):
            return False
        if taken:
            self._listener.supersede()
        return taken

    def _follow(self, peer: Peer) -> None:
        outgoing = peer.start(Follow(window=True))
        with self._changed:
            self._peer = peer
            self._changed.notify_all()
            if self._closing:
                peer.close()
        self._listener.link_made()
        try:
            outgoing.result(self._listener.event_came)
        except Problem as problem:
            if not self._closing:
                log.warning("the engine has gone: %s", problem.code)
        except Cancelled:
            log.warning("the engine ended our subscription")
        finally:
            self._unhurry()
            with self._changed:
                self._peer = None
            peer.close()
            self._listener.link_lost("Familiar’s engine stopped; starting it again…", "Nothing is lost.", mending=True)

    def _unhurry(self) -> None:
        """Requests to hurry that are older than this failure count no more; but the one of `close` does."""
        with self._changed:
            if not self._closing:
                self._hurry.clear()

    def _refuse(self, problem: Problem) -> None:
        self._unhurry()
        with self._changed:
            self._refusals += 1
            self._refusal = problem
            self._changed.notify_all()
        self._listener.link_lost(problem.title, problem.hint, mending=False)
