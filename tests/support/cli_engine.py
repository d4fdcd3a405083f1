"""An engine of make-believe at a real home: the command line finds it as it finds the real one, answers are canned."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

import msgspec

from app.base.calls import Call
from app.base.paths import Home
from app.link.client import EngineAddress
from app.link.frames import PROTOCOL
from app.link.peer import Handler, Incoming, Peer
from app.link.server import Server

Answer = Callable[[Any, Incoming], object]


class CannedEngine:
    """Listens for clients of `home` and answers each call from `answers`, one at a time; a context manager.

    answers: by call, a function of (call, incoming) or a plain value. seen: the calls received so far.
    """

    def __init__(self, home: Home, answers: Mapping[type[Call[Any]], object]) -> None:
        self.seen: list[Any] = []
        self._home = home
        self._handlers = {call: self._handler(answer) for call, answer in answers.items()}
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="canned")
        self._peers: list[Peer] = []
        self._lock = threading.Lock()

    def __enter__(self) -> CannedEngine:
        self._home.create()
        key = secrets.token_bytes(16)
        self._server = Server(self._home.socket, key, self._welcome)
        address = EngineAddress(address=self._home.socket, pid=os.getpid(), key=key.hex(), protocol=PROTOCOL)
        self._home.engine_json.write_bytes(msgspec.json.encode(address))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.close()
        self.drop()
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._home.engine_json.unlink(missing_ok=True)

    def drop(self) -> None:
        """End every connection, as a killed engine does."""
        with self._lock:
            peers, self._peers = self._peers, []
        for peer in peers:
            peer.close()

    def drop_after_this(self) -> None:
        """End every connection when the call that is being answered has its reply."""
        self._executor.submit(self.drop)  # there is one thread, so this comes after

    def calls(self, kind: type[Call[Any]]) -> list[Any]:
        """The calls of one kind received so far."""
        return [call for call in self.seen if isinstance(call, kind)]

    def _welcome(self, connection: Connection) -> None:
        with self._lock:  # a call may be answered before its connection is noted, and wants to end it
            self._peers.append(Peer(connection, role="engine", handlers=self._handlers, executor=self._executor))

    def _handler(self, answer: object) -> Handler:
        def handle(call: Any, incoming: Incoming) -> object:
            self.seen.append(call)
            return answer(call, incoming) if callable(answer) else answer

        return handle
