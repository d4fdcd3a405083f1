"""The connections themselves, where systems differ: dialling, listening, and ending for both sides at once."""

from __future__ import annotations

import os
import socket
import struct
import sys
import threading
from collections.abc import Callable
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener, answer_challenge, deliver_challenge

BACKLOG = 64


def dial(address: str, key: bytes, timeout_s: float) -> Connection:
    """A connection to who listens at `address` and knows `key`, as we do.

    Raises OSError, EOFError, AuthenticationError or ValueError if nobody is there, or does not answer in `timeout_s`.
    """
    connection = _open(address, timeout_s)

    def exchange() -> None:
        answer_challenge(connection, key)
        deliver_challenge(connection, key)

    try:
        within(timeout_s, lambda: interrupt(connection), exchange)
    except BaseException:
        connection.close()
        raise
    return connection


def greet(connection: Connection, key: bytes, timeout_s: float) -> bool:
    """Whether who dialled knows `key`, as we do, and says so in `timeout_s`. If not, the connection is closed."""

    def exchange() -> None:
        deliver_challenge(connection, key)
        answer_challenge(connection, key)

    try:
        within(timeout_s, lambda: interrupt(connection), exchange)
    except (AuthenticationError, EOFError, OSError, ValueError, RuntimeError):  # the last: no thread for the timer
        connection.close()
        return False
    return True


def within(timeout_s: float, end: Callable[[], object], exchange: Callable[[], object]) -> None:
    """Do an exchange; where it takes longer, `end` is to make it return or raise."""
    timer = threading.Timer(timeout_s, end)
    timer.daemon = True
    timer.start()
    try:
        exchange()
    finally:
        timer.cancel()


def interrupt(connection: Connection) -> None:
    """End `connection` for both sides and wake threads that are blocked in it; closing alone does neither."""
    try:
        if sys.platform == "win32":
            connection.close()
            return
        handle = socket.socket(fileno=connection.fileno())
        try:
            handle.shutdown(socket.SHUT_RDWR)
        finally:
            handle.detach()  # a copy of the descriptor would need one more, and there may be none left
    except OSError:
        pass  # it had ended already


def limit_sending(connection: Connection, timeout_s: float) -> None:
    """Have sending fail with OSError once the other side has taken nothing for so long (POSIX). Raises OSError.

    A process that is stopped, or hangs, would else hold up for ever whoever has something to tell it.
    """
    if sys.platform != "win32":
        seconds = int(timeout_s)
        value = struct.pack("ll", seconds, int((timeout_s - seconds) * 1e6))
        handle = socket.socket(fileno=connection.fileno())
        try:
            handle.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, value)
        finally:
            handle.detach()


if sys.platform == "win32":

    class Ear:
        """Listens at a pipe's name."""

        def __init__(self, address: str) -> None:
            self._listener = Listener(address, family="AF_PIPE")

        def accept(self) -> Connection:
            """The next connection. Raises OSError, also after `close`."""
            return self._listener.accept()

        def close(self) -> None:
            """Stop listening."""
            self._listener.close()

    def _open(address: str, timeout_s: float) -> Connection:  # noqa: ARG001 - a pipe answers at once or is not there
        return Client(address, family="AF_PIPE")

else:

    class Ear:
        """Listens at a socket's path. What lies there is of an engine that was killed: only the lock's holder comes."""

        def __init__(self, address: str) -> None:
            """Raises OSError."""
            self._address = address
            try:
                os.unlink(address)
            except FileNotFoundError:
                pass
            self._socket = socket.socket(socket.AF_UNIX)
            try:
                self._socket.bind(address)
                self._socket.listen(BACKLOG)
            except BaseException:
                self._socket.close()
                raise

        def accept(self) -> Connection:
            """The next connection. Raises OSError, also after `close`."""
            handle, _ = self._socket.accept()
            handle.setblocking(True)
            return Connection(handle.detach())

        def close(self) -> None:
            """Stop listening. Who waits to be let in is turned away, `accept` returns; closing alone does neither."""
            try:
                os.unlink(self._address)
            except OSError:
                pass  # somebody swept the folder; nobody finds the way here any more
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # macOS has closing wake who accepts, and knows no shutting down of a listener
            self._socket.close()

    def _open(address: str, timeout_s: float) -> Connection:
        with socket.socket(socket.AF_UNIX) as handle:
            handle.settimeout(timeout_s)
            handle.connect(address)
            handle.setblocking(True)
            return Connection(handle.detach())
