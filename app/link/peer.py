"""One end of a connection: makes typed calls, answers them, carries events and cancellation."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from multiprocessing.connection import Connection
from typing import Any, TypeVar

import msgspec

from app.base.calls import Call, reply_type
from app.base.errors import Cancelled, Problem
from app.link.frames import (
    FRAME_BYTES, PROTOCOL, AnyFrame, Cancel, Event, Failure, Hello, Leaving, Logged, Reply, Request, decode, encode,
    raw,
)  # fmt: skip
from app.link.outgoing import Outgoing
from app.link.pending import Pending, gone, leaving
from app.link.sockets import interrupt, limit_sending, within

log = logging.getLogger("familiar.link")
R = TypeVar("R")
SEND_S = 60.0
LEAVE_S = 2.0


class Incoming:
    """A call being answered: emits events to its caller and knows whether the caller took it back."""

    def __init__(self, peer: Peer, ident: int) -> None:
        self._peer = peer
        self._id = ident
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []
        self._afterwards: list[Callable[[], None]] = []

    @property
    def peer(self) -> Peer:
        """The connection that the call came by."""
        return self._peer

    @property
    def cancelled(self) -> bool:
        """Whether the caller cancelled, or has gone."""
        return self._cancelled.is_set()

    def wait_cancelled(self, timeout_s: float | None = None) -> bool:
        """Block until the call is cancelled; False on time-out."""
        return self._cancelled.wait(timeout_s)

    def check(self) -> None:
        """Raise Cancelled if the caller took the call back."""
        if self._cancelled.is_set():
            raise Cancelled

    def on_cancel(self, callback: Callable[[], None]) -> None:
        """Run `callback` when the call is cancelled (in the reading thread), at once if it already is."""
        with self._lock:
            if not self._cancelled.is_set():
                self._callbacks.append(callback)
                return
        callback()

    def afterwards(self, callback: Callable[[], None]) -> None:
        """Run `callback` once the reply has been sent."""
        self._afterwards.append(callback)

    def conclude(self) -> None:
        """Run what is to come after the reply."""
        for callback in self._afterwards:
            callback()

    def emit(self, name: str, body: object = None) -> None:
        """Send an event to the caller; silently nothing if it has gone."""
        self._peer.send(Event(self._id, name, raw(body)))

    def cancel(self) -> None:
        """Mark as cancelled and run the callbacks once."""
        with self._lock:
            if self._cancelled.is_set():
                return
            self._cancelled.set()
            callbacks = self._callbacks
            self._callbacks = []
        for callback in callbacks:
            callback()


Handler = Callable[[Any, Incoming], object]
Handlers = Mapping[type[Call[Any]], Handler]


class Peer:
    """One end of a connection. Thread-safe.

    handlers: how to answer each call; executor: where, one task a call. on_close runs once, in the reading thread and
    never before the constructor has returned, when the connection ends. Calls that come in after the end are dropped.
    on_log: what the other side has no log for; in the reading thread too.
    Another side that takes nothing for SEND_S is given up: it must not hold up whoever has something to tell it.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        role: str,
        handlers: Handlers | None = None,
        executor: Executor | None = None,
        on_close: Callable[[Peer], None] | None = None,
        on_log: Callable[[Logged], None] | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        """Greet, and begin to read. Raises Problem link.exhausted if this machine has no room for it."""
        self._connection = connection
        self._handlers = {call.__name__: (call, handler) for call, handler in (handlers or {}).items()}
        self._executor = executor
        self._on_close = on_close
        self._on_log = on_log or (lambda _: None)
        self._send_lock = threading.Lock()
        self._end_lock = threading.Lock()
        self._pending = Pending()
        self._incoming: dict[int, Incoming] = {}
        self._last_begun = 0
        self._leaving = False
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._greeted = threading.Event()
        self._made = threading.Event()
        self.hello: Hello | None = None
        self._reader = threading.Thread(target=self._read, name=f"link-{role}", daemon=True)
        try:
            limit_sending(connection, SEND_S)
            self.send(Hello(PROTOCOL, role, os.getpid(), environment or {}))
            self._reader.start()
        except (OSError, RuntimeError) as error:
            connection.close()
            raise _exhausted(error) from error
        self._made.set()

    @property
    def closed(self) -> bool:
        """Whether the connection has ended."""
        return self._closed.is_set()

    def wait_closed(self, timeout_s: float | None = None) -> bool:
        """Block until the connection has ended; False on time-out."""
        return self._closed.wait(timeout_s)

    def wait_hello(self, timeout_s: float) -> Hello:
        """The other side's hello. Raises Problem link.timeout or link.closed."""
        if not self._greeted.wait(timeout_s):
            raise Problem("link.timeout", "The other process did not answer.", "Try again.")
        if self.hello is None:
            raise Problem("link.closed", "The other process has gone.", "Try again.")
        return self.hello

    def send(self, frame: AnyFrame) -> None:
        """Send a frame; silently nothing if the connection has ended. Raises Problem link.too_large."""
        data = encode(frame)
        if len(data) > FRAME_BYTES:
            raise Problem(
                "link.too_large", f"This is too much at once: {len(data) // 2**20:,} MB.", "Ask for less of it."
            )
        try:
            with self._send_lock:
                self._connection.send_bytes(data)
        except (OSError, ValueError):
            self.close()

    def start(self, call: Call[Any]) -> Outgoing:
        """Send a call without waiting for its reply. Raises Problem link.too_large."""
        ident, inbox = self._pending.add()
        try:
            self.send(Request(ident, type(call).__name__, raw(call)))
        except Problem:
            self._pending.forget(ident)
            raise
        return Outgoing(
            reply_type(type(call)), inbox, cancel=lambda: self.send(Cancel(ident)),
            forget=lambda: self._pending.forget(ident),
        )  # fmt: skip

    def call(
        self,
        call: Call[R],
        *,
        on_event: Callable[[str, msgspec.Raw], None] | None = None,
        timeout_s: float | None = None,
    ) -> R:
        """Make a call and wait for its reply; see `Outgoing.result`."""
        result: R = self.start(call).result(on_event, timeout_s)
        return result

    def leave(self) -> None:
        """Begin no call any more, say which were begun, and have those end; their outcomes are sent until `close`.

        The caller of one that was not begun may ask elsewhere.
        """
        with self._lock:
            self._leaving = True
            last = self._last_begun
            incoming = list(self._incoming.values())
        within(LEAVE_S, self.close, lambda: self.send(Leaving(last)))
        for running in incoming:
            running.cancel()

    def close(self) -> None:
        """End the connection; the other side sees its end at once."""
        self._shut()
        with self._end_lock:
            if not self._connection.closed:
                interrupt(self._connection)

    def _shut(self) -> None:
        with self._lock:
            if self._closed.is_set():
                return
            self._closed.set()
            incoming = list(self._incoming.values())
            self._incoming.clear()
        self._greeted.set()
        self._pending.end()
        for running in incoming:
            running.cancel()

    def _read(self) -> None:
        try:
            while True:
                self._take(decode(self._connection.recv_bytes(FRAME_BYTES)))
        except (EOFError, OSError, ValueError):
            log.debug("connection ended")
        except Exception:  # the top of this thread: our own bug ends this connection and no other
            log.exception("bug while reading a connection")
        finally:
            self._end()

    def _end(self) -> None:
        """What comes after the last frame, in the reading thread."""
        try:
            self.close()
        finally:
            with self._send_lock, self._end_lock:
                self._connection.close()
            self._made.wait()
            if self._on_close is not None:
                self._on_close(self)

    def _take(self, frame: AnyFrame) -> None:
        if isinstance(frame, Hello):
            self.hello = frame
            self._greeted.set()
        elif isinstance(frame, Request):
            self._accept(frame)
        elif isinstance(frame, Cancel):
            with self._lock:
                running = self._incoming.get(frame.id)
            if running is not None:
                running.cancel()
        elif isinstance(frame, Leaving):
            self._pending.leave(frame.last)
        elif isinstance(frame, Logged):
            self._on_log(frame)
        else:
            self._pending.deliver(frame)

    def _accept(self, frame: Request) -> None:
        known = self._handlers.get(frame.method)
        if known is None or self._executor is None:
            self.send(Failure(frame.id, "link.unknown", f"Unknown request “{frame.method}”.", "Versions may differ."))
            return
        incoming = Incoming(self, frame.id)
        with self._lock:
            if self._leaving or self._closed.is_set():
                return  # its caller is told by `leave`, or has gone
            self._last_begun = max(self._last_begun, frame.id)
            self._incoming[frame.id] = incoming
        try:
            self._executor.submit(self._answer, frame, known[0], known[1], incoming)
        except RuntimeError as error:  # no thread is left for it; it may have been queued nevertheless
            with self._lock:
                self._incoming.pop(frame.id, None)
            self.send(_failure(frame.id, _exhausted(error)))

    def _answer(self, frame: Request, call: type[Call[Any]], handler: Handler, incoming: Incoming) -> None:
        begun = False
        with self._lock:
            if frame.id not in self._incoming:
                return  # it was refused
        try:
            if self._leaving:
                incoming.check()  # a handler that never ran can be asked for again; else it says what comes of a stop
            begun = True
            params = msgspec.json.decode(frame.params, type=call)
            result: AnyFrame = Reply(frame.id, raw(handler(params, incoming)))
        except Cancelled:
            result = _failure(frame.id, self._why_taken_back(begun=begun))
        except Problem as problem:
            result = _failure(frame.id, problem)
        except msgspec.ValidationError as error:
            result = Failure(frame.id, "link.invalid", f"A request was malformed: {error}", "Nothing was changed.")
        except Exception:  # the top of a task: our own bug
            log.exception("bug while answering %s", frame.method)
            result = Failure(
                frame.id, "internal", "Familiar made a mistake.", "Nothing was changed. The log has the details."
            )
        with self._lock:
            self._incoming.pop(frame.id, None)
        try:
            self.send(result)
        except Problem as problem:
            self.send(_failure(frame.id, problem))
        incoming.conclude()

    def _why_taken_back(self, *, begun: bool) -> Problem:
        if not self._leaving:
            return Problem("cancelled", "Cancelled.")
        return gone() if begun else leaving()


def _failure(ident: int, problem: Problem) -> Failure:
    return Failure(ident, problem.code, problem.title, problem.hint, problem.data)


def _exhausted(error: Exception) -> Problem:
    return Problem(
        "link.exhausted", f"This computer has no room for another connection: {error}.",
        "Nothing was changed. Close other programs, then try again.",
    )  # fmt: skip
