"""Files lent to a process that may open none itself: the engine opens them and hands over the descriptors.

Only what a call under way names is lent: the path that it reads, and the folder that it draws into.
"""

from __future__ import annotations

import json
import os
import socket
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from app.base.opening import at

SOCKET = "FAMILIAR_LENDING"
"""Environment variable: number of the descriptor by which files are asked for."""

MESSAGE_BYTES = 256 * 1024
DRAWING = ("page-", ".bgra")


class Places(Protocol):
    """How a worker reaches files. Its methods raise OSError as the system's do."""

    def status(self, path: str) -> os.stat_result:
        """What the system says of a file, a link as itself, without opening it."""

    def open(self, path: str) -> int:
        """A descriptor to read the file by; opening does not wait, whatever the file is, and follows no link."""

    def create(self, folder: str) -> tuple[int, str]:
        """A new file in the folder, private to the person: a descriptor to write it by, and its path."""


class OwnPlaces:
    """Files as this process itself may open them."""

    def status(self, path: str) -> os.stat_result:
        """What the system says of a file, without opening it."""
        with at(path) as spot:
            return spot.status()

    def open(self, path: str) -> int:
        """A descriptor to read the file by."""
        with at(path) as spot:
            return spot.open()

    def create(self, folder: str) -> tuple[int, str]:
        """A new file in the folder: a descriptor to write it by, and its path."""
        return tempfile.mkstemp(prefix=DRAWING[0], suffix=DRAWING[1], dir=folder or None)


OWN = OwnPlaces()


class Lent:
    """What the calls under way name. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._named: Counter[tuple[str, str]] = Counter()

    @contextmanager
    def during(self, call: object) -> Iterator[None]:
        """Within, what the call names is lent."""
        said = (("read", getattr(call, "path", "")), ("write", getattr(call, "pixels_dir", "")))
        named = [(way, path) for way, path in said if path]
        with self._lock:
            self._named.update(named)
        try:
            yield
        finally:
            with self._lock:
                self._named.subtract(named)
                for each in named:
                    if self._named[each] <= 0:
                        del self._named[each]  # or every path ever read would stay in memory

    @property
    def count(self) -> int:
        """How many paths are lent now."""
        with self._lock:
            return len(self._named)

    def allows(self, way: str, path: str) -> bool:
        """Whether a call under way names this path; way: "read" or "write"."""
        with self._lock:
            return self._named[(way, path)] > 0


class Lender:
    """Answers one process from a thread of its own, until that process or we close."""

    def __init__(self, lent: Lent) -> None:
        self._lent = lent
        self._places: Places = OWN
        self._ours, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._thread = threading.Thread(target=self._serve, name="lending", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it."""
        self.theirs.close()
        try:
            self._ours.shutdown(socket.SHUT_RDWR)  # wakes the thread, which closes
        except OSError:
            self._thread.join(0)  # it has closed already

    def _serve(self) -> None:
        with self._ours:
            while True:
                try:
                    asked = self._ours.recv(MESSAGE_BYTES)
                    if not asked:
                        return
                    self._answer(asked[:1], os.fsdecode(asked[1:]))
                except OSError:
                    return

    def _answer(self, what: bytes, path: str) -> None:
        descriptor = -1
        try:
            if not self._lent.allows("write" if what == b"c" else "read", path):
                raise PermissionError(13, os.strerror(13))
            said: Any = None
            if what == b"s":
                said = self._places.status(path).__reduce__()[1]
            elif what == b"o":
                descriptor = self._places.open(path)
            else:
                descriptor, said = self._places.create(path)
        except OSError as error:
            socket.send_fds(self._ours, [json.dumps({"errno": error.errno or 5}).encode()], [])
            return
        except ValueError:  # a zero byte in the path
            socket.send_fds(self._ours, [json.dumps({"errno": 22}).encode()], [])
            return
        try:
            socket.send_fds(self._ours, [json.dumps({"said": said}).encode()], [descriptor] if descriptor >= 0 else [])
        finally:
            if descriptor >= 0:
                os.close(descriptor)


class LentPlaces:
    """Files as the engine lends them. Not thread-safe."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)

    def status(self, path: str) -> os.stat_result:
        """What the system says of a file, without opening it."""
        said, _ = self._ask(b"s", path)
        return os.stat_result(tuple(said[0]), said[1])

    def open(self, path: str) -> int:
        """A descriptor to read the file by."""
        return self._ask(b"o", path)[1]

    def create(self, folder: str) -> tuple[int, str]:
        """A new file in the folder: a descriptor to write it by, and its path."""
        path, descriptor = self._ask(b"c", folder)
        return descriptor, path

    def _ask(self, what: bytes, path: str) -> tuple[Any, int]:
        self._socket.send(what + os.fsencode(path))
        answer, descriptors, _, _ = socket.recv_fds(self._socket, MESSAGE_BYTES, 1)
        told = json.loads(answer) if answer else {"errno": 5}
        if "errno" in told:
            raise OSError(told["errno"], os.strerror(told["errno"]), path)
        return told["said"], descriptors[0] if descriptors else -1


def places() -> Places:
    """Files as this process reaches them: lent by the engine if it was started so."""
    descriptor = os.environ.get(SOCKET)
    return LentPlaces(int(descriptor)) if descriptor else OWN
