"""States of a model's KV cache on disk: private, whole or not there, capped, and gone with their conversation.

A file holds what the header says: for which model and settings, whose conversation, the tokens, the turns; then the
bytes that llama.cpp gave. llama.cpp trusts such bytes, so they are given back only if their checksum is right. They
hold what a person wrote, as much as the conversation itself does.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
import stat
import struct
import threading
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path

import msgspec

from app.base.files import write_durably
from app.base.hub import split_of
from app.base.kv_state_files import conversation_of, delete_states, is_unfinished
from app.workers.chat.kv.transcript import AnsweredTurn

log = logging.getLogger("familiar.chat")
_MAGIC = b"FAMKV\0\0\1"
_LENGTH = struct.Struct("<Q")
_DIGEST_BYTES = 32
_LONGEST_HEADER = 64 << 20
_SPARED_BYTES = 512 << 20  # of the disk, which is for the person's own files
_SAMPLES, _SAMPLE_BYTES = 64, 4096


class Key(msgspec.Struct, frozen=True):
    """What must be the same for a state to be of use.

    place: digest of the model file's path; identity: of its size, age and contents; build: of llama.cpp; layout: how
    the cache is laid out.
    """

    place: str
    identity: str
    build: str
    layout: str

    @property
    def name(self) -> str:
        """Sixteen letters that stand for it in file names."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:16]


class _Header(msgspec.Struct, frozen=True):
    """What stands before a state's bytes. tokens, tail: little-endian int32; tail was written, but not read."""

    key: Key
    conversation: int
    warm: bool
    tokens: bytes
    tail: bytes
    turns: list[AnsweredTurn]
    size_bytes: int
    sha256: bytes


@dataclass(frozen=True)
class State:
    """A state on disk. tokens: those it holds; tail: those the model wrote after them. warm: read ahead."""

    path: Path
    conversation: int
    warm: bool
    tokens: list[int]
    tail: list[int]
    turns: list[AnsweredTurn]


class StateFolder:
    """The states of one model in a folder that all models share. Thread-safe.

    folder: made if need be. limit_bytes: of all files in it; the least recently used go first. Whatever the disk says,
    no call raises: what cannot be kept is not kept.
    """

    def __init__(self, folder: Path, limit_bytes: int, key: Key) -> None:
        self._folder = folder
        self._limit = limit_bytes
        self._key = key
        self._lock = threading.Lock()  # of the list; never held while the disk is waited for
        self._disk = threading.Lock()  # of what writes and deletes
        self._complained = False
        self._states: dict[str, State] = {}
        self._look()

    def all(self) -> Sequence[State]:
        """Those of this model, the most recently saved or used last."""
        with self._lock:
            return list(self._states.values())

    def save(
        self,
        data: bytearray,
        *,
        conversation: int,
        tokens: Sequence[int],
        tail: Sequence[int] = (),
        turns: Sequence[AnsweredTurn] = (),
        warm: bool = False,
    ) -> bool:
        """Write a state; that of a conversation's turns takes the place of the one before. False if it was not kept."""
        held = _packed(tokens)
        header = _Header(
            self._key, conversation, warm, held, _packed(tail), list(turns), len(data), hashlib.sha256(data).digest()
        )
        encoded = msgspec.msgpack.encode(header)
        what = f"warm-{hashlib.sha256(held).hexdigest()[:16]}" if warm else "turn"
        path = self._folder / f"{self._key.name}-c{conversation}-{what}.kv"
        front = _MAGIC + _LENGTH.pack(len(encoded)) + encoded + hashlib.sha256(encoded).digest()
        with self._disk:
            try:
                if not self._make_room(len(front) + len(data), path):
                    return False
                write_durably(path, front, data)
            except OSError as error:
                self._complain(error)
                return False
            self._list(State(path, conversation, warm, list(tokens), list(tail), list(turns)))
            return True

    def read(self, state: State) -> bytearray | None:
        """A state's bytes, proved to be those that were saved; None, and the file removed, if they are not."""
        try:
            with state.path.open("rb", buffering=0) as file:
                header = _read_header(file)
                data = _take(file, header.size_bytes)
            if hashlib.sha256(data).digest() != header.sha256:
                raise _BadState("its bytes are not those that were saved")
            if (header.key, header.tokens) != (self._key, _packed(state.tokens)):
                raise _BadState("it was replaced by another")
            os.utime(state.path)
        except (OSError, _BadState) as error:
            self._remove(state.path, error)
            return None
        self._list(state)
        return data

    def remove(self, state: State) -> None:
        """Delete a state that llama.cpp did not take."""
        self._remove(state.path, "llama.cpp did not take it")

    def forget(self, conversation: int) -> None:
        """Delete the states of a conversation, of every model; of all conversations, with 0."""
        with self._disk, self._lock:
            delete_states(self._folder, lambda one: conversation in (0, one))
            self._states = {name: state for name, state in self._states.items() if state.path.exists()}

    def _look(self) -> None:
        """Learn what is there; remove what is damaged, unfinished, or can never be of use again."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = sorted(_files(self._folder), key=lambda one: one.mtime_ns)
        except OSError as error:
            self._complain(error)
            return
        for file in found:
            try:
                with file.path.open("rb", buffering=0) as opened:
                    header = _read_header(opened)
                if header.key == self._key:
                    self._states[file.path.name] = State(
                        file.path, header.conversation, header.warm, _unpacked(header.tokens), _unpacked(header.tail),
                        header.turns,
                    )  # fmt: skip
                elif header.key.build != self._key.build or (
                    header.key.place == self._key.place and header.key.identity != self._key.identity
                ):
                    raise _BadState("it is of another version")
            except (OSError, _BadState) as error:
                self._remove(file.path, error)

    def _make_room(self, size_bytes: int, path: Path) -> bool:
        """Delete the least recently used until a file of that size fits; False if it cannot."""
        if size_bytes > self._limit or shutil.disk_usage(self._folder).free < size_bytes + _SPARED_BYTES:
            return False
        others = [file for file in _files(self._folder) if file.path != path]
        total = sum(file.size_bytes for file in others)
        for file in sorted(others, key=lambda one: one.mtime_ns):
            if total + size_bytes <= self._limit:
                break
            self._remove(file.path, "")
            total -= file.size_bytes
        return True

    def _list(self, state: State) -> None:
        with self._lock:
            self._states.pop(state.path.name, None)
            self._states[state.path.name] = state

    def _remove(self, path: Path, reason: object) -> None:
        if reason:
            log.info("a kept state was given up: %s", reason)
        with self._lock:
            self._states.pop(path.name, None)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            self._complain(error)

    def _complain(self, error: OSError) -> None:
        """Say once why states are not kept; answers do without."""
        if not self._complained:
            self._complained = True
            log.info("states of conversations are not kept: %s", error.strerror or error)


def model_key(path: Path, header_bytes: int, build: str, layout: str) -> Key:
    """The key of a model file's states. header_bytes: what to hash of it in full; of the rest, samples.

    Raises OSError.
    """
    hashed = hashlib.sha256()
    for part in _parts(path):
        with part.open("rb") as file:
            status = os.fstat(file.fileno())
            hashed.update(f"{status.st_size} {status.st_mtime_ns}\n".encode())
            hashed.update(file.read(header_bytes if part == path else _SAMPLE_BYTES))
            for number in range(_SAMPLES):
                file.seek(max(status.st_size - _SAMPLE_BYTES, 0) * number // (_SAMPLES - 1))
                hashed.update(file.read(_SAMPLE_BYTES))
    place = hashlib.sha256(os.fsencode(path)).hexdigest()
    return Key(place, hashed.hexdigest(), build, layout)


class _BadState(ValueError):
    """The file is no whole state of ours."""


@dataclass(frozen=True)
class _File:
    path: Path
    size_bytes: int
    mtime_ns: int


def _files(folder: Path) -> Iterator[_File]:
    """Our files in a folder; those left unfinished by a process that was killed are deleted. Raises OSError."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if is_unfinished(entry.name):
                with contextlib.suppress(OSError):  # what cannot be deleted, such as a folder, is none of ours
                    Path(entry.path).unlink()
            elif conversation_of(entry.name) is not None:
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    yield _File(Path(entry.path), status.st_size, status.st_mtime_ns)


def _read_header(file: RawIOBase) -> _Header:
    """The header at the beginning of an open file, which is then at its payload. Raises OSError, _BadState."""
    front = bytes(_take(file, len(_MAGIC) + _LENGTH.size))
    if not front.startswith(_MAGIC):
        raise _BadState("it is no state")
    (length,) = _LENGTH.unpack(front[len(_MAGIC) :])
    if length > _LONGEST_HEADER:
        raise _BadState("its header is implausibly long")
    encoded, digest = _take(file, length), _take(file, _DIGEST_BYTES)
    if hashlib.sha256(encoded).digest() != digest:
        raise _BadState("its header is damaged")
    try:
        header = msgspec.msgpack.decode(encoded, type=_Header)
    except msgspec.DecodeError as error:
        raise _BadState("its header is of another version") from error
    if os.fstat(file.fileno()).st_size != len(front) + length + _DIGEST_BYTES + header.size_bytes:
        raise _BadState("it is not whole")
    return header


def _take(file: RawIOBase, count: int) -> bytearray:
    """Exactly so many bytes more. Raises OSError, _BadState."""
    data = bytearray(count)
    room, at = memoryview(data), 0
    while at < count:
        read = file.readinto(room[at:])
        if not read:
            raise _BadState("it is not whole")
        at += read
    return data


def _packed(tokens: Sequence[int]) -> bytes:
    return array("i", tokens).tobytes()


def _unpacked(data: bytes) -> list[int]:
    tokens = array("i")
    tokens.frombytes(data[: len(data) // tokens.itemsize * tokens.itemsize])
    return tokens.tolist()


def _parts(path: Path) -> list[Path]:
    split = split_of(path.name)
    if split is None or split.number != 1:
        return [path]
    return [path.with_name(f"{split.stem}-{n:05}-of-{split.of:05}{path.suffix}") for n in range(1, split.of + 1)]
