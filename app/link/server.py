"""The engine's ear: accepts clients, checks their key in a thread of its own, hands over a Peer."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener, answer_challenge, deliver_challenge

from app.link.peer import interrupt

log = logging.getLogger("familiar.link")
AUTH_S = 2.0


class Server:
    """Listens at `address`; calls `welcome(connection)` in a fresh thread for each client that knows `key`.

    A silent or wrong client blocks nobody and is dropped after 2 s.
    """

    def __init__(self, address: str, key: bytes, welcome: Callable[[Connection], None]) -> None:
        if sys.platform != "win32":
            try:
                os.unlink(address)  # left by a killed engine: only the lock's holder comes here
            except FileNotFoundError:
                pass
        self._listener = Listener(address, family="AF_PIPE" if sys.platform == "win32" else "AF_UNIX", backlog=64)
        self._key = key
        self._welcome = welcome
        self._closing = False
        threading.Thread(target=self._accept, name="link-accept", daemon=True).start()

    def close(self) -> None:
        """Stop listening; connections that are open stay."""
        self._closing = True
        self._listener.close()

    def _accept(self) -> None:
        while not self._closing:
            try:
                connection = self._listener.accept()
            except OSError:
                if not self._closing:
                    log.exception("accept failed")
                return
            threading.Thread(target=self._greet, args=(connection,), name="link-greet", daemon=True).start()

    def _greet(self, connection: Connection) -> None:
        timer = threading.Timer(AUTH_S, interrupt, args=(connection,))
        timer.start()
        try:
            deliver_challenge(connection, self._key)
            answer_challenge(connection, self._key)
        except (AuthenticationError, EOFError, OSError, ValueError):
            log.warning("a client without the key was turned away")
            connection.close()
            return
        finally:
            timer.cancel()
        self._welcome(connection)
