"""A file that is not whole yet, beside a note of what it will be; nothing else has its name until its checksum held."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psutil

from app.base.files import write_durably
from app.workers.fetch.problems import no_space, unwritable

SYNC_BYTES = 32 << 20
_BLOCK = 1 << 20
_CLOCK_S = 5.0


class _Note(msgspec.Struct, frozen=True, kw_only=True):
    """identity: of the file that these bytes begin. synced: so many are on the disk for certain.

    booted: when the machine started, Unix seconds. What was written since then is there even if the process was
    killed; after a loss of power only what was synced is.
    """

    identity: str
    synced: int
    booted: float


class Partial:
    """The bytes of an unfinished file with their running SHA-256. Every byte is hashed once, as it passes.

    Raises Problem download.no_space, download.unwritable.
    """

    def __init__(self, folder: Path, key: str) -> None:
        """folder: private, made if missing. key: name of this file's bytes in it."""
        self._data = folder / f"{key}.part"
        self._note = folder / f"{key}.json"
        self._identity = ""
        self._descriptor = -1
        self._synced = 0
        self._sha256 = hashlib.sha256()
        self.size = 0
        self.head = b""

    @property
    def identity(self) -> str:
        """Of the file that these bytes begin; "" before `open`."""
        return self._identity

    @property
    def sha256(self) -> str:
        """Of the bytes so far."""
        return self._sha256.hexdigest()

    def open(self, identity: str, on_checked: Callable[[int, int], None]) -> None:
        """Take up what is there of the file with this identity, or begin anew.

        on_checked(read, of) is called while what is there is read once, for its checksum; it may raise.
        """
        note = self._read_note()
        with _saving():
            self._data.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._descriptor = os.open(self._data, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
            there = os.fstat(self._descriptor).st_size
            if note is None or note.identity != identity:
                there = 0
            elif abs(note.booted - psutil.boot_time()) > _CLOCK_S:
                there = min(there, note.synced)
            os.ftruncate(self._descriptor, there)
        self._identity = identity
        while self.size < there:
            with _saving():
                block = os.read(self._descriptor, min(_BLOCK, there - self.size))
            if not block:
                break
            self._take(block)
            on_checked(self.size, there)
        self.sync()

    def append(self, data: bytes) -> None:
        """Add bytes that came."""
        with _saving():
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        self._take(data)
        if self.size - self._synced >= SYNC_BYTES:
            self.sync()

    def sync(self) -> None:
        """See to it that what came so far survives a loss of power."""
        with _saving():
            os.fsync(self._descriptor)
            note = _Note(identity=self._identity, synced=self.size, booted=psutil.boot_time())
            write_durably(self._note, msgspec.json.encode(note))
        self._synced = self.size

    def discard(self) -> None:
        """Delete what came, to begin anew."""
        self.close()
        with _saving():
            self._data.unlink(missing_ok=True)
            self._note.unlink(missing_ok=True)
        self._identity = ""
        self._sha256 = hashlib.sha256()
        self.size = self._synced = 0
        self.head = b""

    def close(self) -> None:
        """Leave the bytes for another time."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def move_to(self, target: Path) -> None:
        """Give the whole file its place and name, atomically; nothing is overwritten."""
        self.sync()
        self.close()
        with _saving():
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                raise FileExistsError(errno.EEXIST, "there is another file of that name", str(target))
            os.rename(self._data, target)
            _sync_folder(target.parent)
            self._note.unlink(missing_ok=True)

    def room(self) -> int:
        """Bytes that are free where it lies."""
        with _saving():
            return shutil.disk_usage(self._data.parent).free

    def _take(self, data: bytes) -> None:
        self._sha256.update(data)
        self.size += len(data)
        if len(self.head) < 4:
            self.head = (self.head + data)[:4]

    def _read_note(self) -> _Note | None:
        try:
            return msgspec.json.decode(self._note.read_bytes(), type=_Note)
        except (OSError, msgspec.DecodeError):
            return None


@contextmanager
def _saving() -> Iterator[None]:
    """Turns what the disk refuses into a Problem."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            raise no_space(0) from error
        raise unwritable(error.strerror or str(error)) from error


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path, on_checked: Callable[[int, int], None]) -> str:
    """Of a file that is there. on_checked(read, of) is called on the way; it may raise. Raises Problem."""
    digest = hashlib.sha256()
    read = 0
    with _saving(), path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        while block := file.read(_BLOCK):
            digest.update(block)
            read += len(block)
            on_checked(read, size)
    return digest.hexdigest()
