"""The file of a matrix: blocks of slots for rows, each row with its id and its checksum, so that any byte may be lost.

A row is added by writing its bytes and then its head, and removed by wiping its head. Whatever a kill, a power cut or a
stranger left of it: a slot whose checksum does not hold is free. Nothing is moved, so nothing needs to be put back.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from app.workers.vectors.rows import Bytes, Rows

FORMAT = "familiar vectors 1"
SLOTS = 2048  # of a block: some 1.6 MB at 384 numbers
HEADER = 4096  # bytes before the first block
_HEAD = np.dtype([("ident", "<i8"), ("scale", "<f4"), ("sum", "<u4")])
_SUMMED = 12  # bytes of a head that its checksum covers, beside the row


class Kept(NamedTuple):
    """A row that was found whole."""

    slot: int
    ident: int
    scale: float


class MatrixFile:
    """An open file. Not thread-safe. Slots count from 0 through all blocks. Raises OSError where the disk does.

    uppers: the rows' upper bytes, mapped: int8 (SLOTS, d) a block. The lower ones are read when they are wanted, and
    take no memory. Rows are written by the file's own handle, so that a full disk is an error and not the end of the
    process.
    """

    def __init__(self, path: Path, name: str, d: int) -> None:
        """Open the file, or make it. One of another name, length of vectors or format is begun anew."""
        self._d = d
        self._head_bytes = SLOTS * _HEAD.itemsize
        self._block_bytes = self._head_bytes + 2 * SLOTS * d
        self._own = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        self.uppers: list[Bytes] = []
        try:
            self._begin(hashlib.sha256(f"{FORMAT} {name} {d} {SLOTS}".encode()).digest())
        except BaseException:
            self.close()
            raise

    @property
    def slots(self) -> int:
        """Slots that there are."""
        return SLOTS * len(self.uppers)

    def whole(self) -> Iterator[Kept]:
        """The rows that are whole, by slot. Some 2 us each."""
        for number in range(len(self.uppers)):
            data = memoryview(self._read(self._at(number), self._block_bytes))
            heads = np.frombuffer(data, _HEAD, SLOTS)
            for within in np.flatnonzero(heads["sum"]).tolist():
                head = heads[within]
                if int(head["sum"]) == self._sum(data, within) and float(head["scale"]) > 0.0:
                    yield Kept(number * SLOTS + within, int(head["ident"]), float(head["scale"]))

    def grow(self) -> range:
        """Add a block of free slots: those."""
        number = len(self.uppers)
        try:
            self._write(self._at(number), bytes(self._block_bytes))  # not a hole: the room is there when rows come
            self._map(number + 1)
        except OSError:
            os.ftruncate(self._own, self._at(number))
            raise
        return range(number * SLOTS, (number + 1) * SLOTS)

    def write(self, slots: Sequence[int], ids: Sequence[int], rows: Rows) -> None:
        """Put rows into free slots."""
        for slot, ident, scale, upper, lower in zip(slots, ids, *rows, strict=True):
            number, within = divmod(slot, SLOTS)
            planes = self._at(number) + self._head_bytes
            head = np.zeros((), _HEAD)
            head["ident"], head["scale"] = ident, scale
            parts = head.tobytes()[:_SUMMED], upper.tobytes(), lower.tobytes()
            head["sum"] = _sum(*parts)
            self._write(planes + within * self._d, parts[1])
            self._write(planes + (SLOTS + within) * self._d, parts[2])
            self._write(self._at(number) + within * _HEAD.itemsize, head.tobytes())

    def lower(self, slots: Sequence[int]) -> Bytes:
        """The lower bytes of rows: int8 (n, d)."""
        found = bytearray()
        for slot in slots:
            number, within = divmod(slot, SLOTS)
            found += self._read(self._at(number) + self._head_bytes + (SLOTS + within) * self._d, self._d)
        return np.frombuffer(bytes(found), np.int8).reshape(-1, self._d)

    def wipe(self, slots: Sequence[int]) -> None:
        """Make slots free."""
        for slot in slots:
            number, within = divmod(slot, SLOTS)
            self._write(self._at(number) + within * _HEAD.itemsize, bytes(_HEAD.itemsize))

    def close(self) -> None:
        """Let go of the file; nobody may look at a plane afterwards."""
        self.uppers.clear()
        os.close(self._own)

    def _begin(self, signature: bytes) -> None:
        if self._read(0, len(signature)) != signature:
            os.ftruncate(self._own, 0)
            self._write(0, bytes(HEADER))
            self._write(0, signature)
        count = max(0, (os.fstat(self._own).st_size - HEADER) // self._block_bytes)
        os.ftruncate(self._own, self._at(count))  # of a file that was cut off only whole blocks are used
        self._map(count)

    def _map(self, count: int) -> None:
        """Map so many blocks, all at once: each mapping keeps a file open. The one before goes with its last plane."""
        mapping = mmap.mmap(self._own, self._at(count), access=mmap.ACCESS_READ)
        planes = [
            np.frombuffer(mapping, np.int8, SLOTS * self._d, self._at(number) + self._head_bytes)
            for number in range(count)
        ]
        self.uppers = [plane.reshape(SLOTS, self._d) for plane in planes]

    def _sum(self, data: memoryview, within: int) -> int:
        head, d = within * _HEAD.itemsize, self._d
        upper = self._head_bytes + within * d
        lower = upper + SLOTS * d
        return _sum(data[head : head + _SUMMED], data[upper : upper + d], data[lower : lower + d])

    def _at(self, number: int) -> int:
        return HEADER + number * self._block_bytes

    def _read(self, at: int, size: int) -> bytes:
        os.lseek(self._own, at, os.SEEK_SET)
        found = bytearray()
        while len(found) < size and (some := os.read(self._own, size - len(found))):
            found += some
        return bytes(found)

    def _write(self, at: int, data: bytes) -> None:
        os.lseek(self._own, at, os.SEEK_SET)
        left = memoryview(data)
        while left:
            left = left[os.write(self._own, left) :]


def _sum(*parts: bytes | memoryview) -> int:
    total = 0
    for part in parts:
        total = zlib.crc32(part, total)
    return total
