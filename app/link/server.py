"""The engine's ear: accepts clients, checks their key in a thread of its own, hands over their connection."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection

from app.base.backoff import pause_s
from app.link.sockets import Ear, greet

log = logging.getLogger("familiar.link")
AUTH_S = 2.0
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0


class Server:
    """Listens at `address`; calls `welcome(connection)` in a fresh thread for each client that knows `key`.

    A silent or wrong client blocks nobody and is dropped after 2 s. Where a client cannot be let in now (no file or no
    thread is left, say), it or the next one is, as soon as there is room again.
    """

    def __init__(self, address: str, key: bytes, welcome: Callable[[Connection], None]) -> None:
        """Raises OSError if nobody can listen there."""
        self._ear = Ear(address)
        self._key = key
        self._welcome = welcome
        self._closing = threading.Event()
        threading.Thread(target=self._accept, name="link-accept", daemon=True).start()

    def close(self) -> None:
        """Stop listening; connections that are open stay."""
        self._closing.set()
        self._ear.close()

    def _accept(self) -> None:
        failures = 0
        while not self._closing.is_set():
            try:
                self._let_in(self._ear.accept())
                failures = 0
            except (OSError, RuntimeError) as error:  # no file, no memory, or no thread for it
                if self._closing.is_set():
                    return
                failures += 1
                if failures == 1:
                    log.warning("no client can be let in for now: %s", error)
                self._closing.wait(pause_s(failures, first_s=FIRST_PAUSE_S, longest_s=LONGEST_PAUSE_S))

    def _let_in(self, connection: Connection) -> None:
        try:
            threading.Thread(target=self._greet, args=(connection,), name="link-greet", daemon=True).start()
        except RuntimeError:
            connection.close()
            raise

    def _greet(self, connection: Connection) -> None:
        if greet(connection, self._key, AUTH_S):
            self._welcome(connection)
        else:
            log.warning("a client without the key was turned away")
