"""The header of a GGUF file: metadata and tensor list, read within bounds and without llama.cpp.

Long arrays (the vocabulary) are stepped over, so that a header of ten megabytes takes some tens of milliseconds. The
file is read, not mapped: one that shrinks meanwhile is a short read, not a dead process.
Source: the GGUF specification, ggml/docs/gguf.md, versions 2 and 3.
"""

from __future__ import annotations

import math
import stat
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

HEADER_LIMIT_BYTES = 128 << 20  # vocabularies of 260,000 tokens with their merges take some 20
_LONGEST_STRING = 16 << 20
_KEPT_ARRAY = 4096
_BLOCK_BYTES = 4 << 20
_STRING, _ARRAY = 8, 9
_SCALARS = {
    0: struct.Struct("<B"), 1: struct.Struct("<b"), 2: struct.Struct("<H"), 3: struct.Struct("<h"),
    4: struct.Struct("<I"), 5: struct.Struct("<i"), 6: struct.Struct("<f"), 7: struct.Struct("<?"),
    10: struct.Struct("<Q"), 11: struct.Struct("<q"), 12: struct.Struct("<d"),
}  # fmt: skip
_COUNT = struct.Struct("<Q")
_TAG = struct.Struct("<I")

TENSOR_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 40),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66),
    17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54),
    35: (256, 66), 39: (32, 17), 40: (64, 36), 41: (128, 18),
}  # fmt: skip
"""ggml's tensor types: values in a block, bytes of a block. A type that is not here has a size that we cannot tell."""

Metadata = dict[str, "int | float | str | bool | list[int | float | str | bool] | LongArray"]


class BadHeader(ValueError):
    """The file is no readable GGUF. kind: what is wrong with it."""

    def __init__(self, kind: Literal["not_gguf", "version", "truncated", "corrupt"], detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


@dataclass(frozen=True)
class LongArray:
    """An array that was stepped over. kind: GGUF's number of its values' type."""

    kind: int
    length: int


@dataclass(frozen=True)
class Tensor:
    """One tensor's entry. offset: bytes from the start of the tensor data."""

    name: str
    dimensions: tuple[int, ...]
    kind: int
    offset: int

    @property
    def size_bytes(self) -> int:
        """Bytes of its data; 0 if its type is unknown."""
        values, size = TENSOR_BLOCKS.get(self.kind, (1, 0))
        return self.values // values * size

    @property
    def values(self) -> int:
        """How many numbers it has."""
        return math.prod(self.dimensions)


@dataclass(frozen=True)
class Header:
    """What stands before the weights. data_start: offset of the tensor data in the file."""

    version: int
    metadata: Metadata
    tensors: tuple[Tensor, ...]
    data_start: int
    size_bytes: int

    def text(self, key: str) -> str:
        """A metadata value that should be a string; "" if it is absent or something else."""
        value = self.metadata.get(key, "")
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int:
        """A metadata value that should be an integer from 0; the largest of a list; 0 for anything else."""
        return max(self.numbers(key), default=0)

    def numbers(self, key: str) -> list[int]:
        """A metadata value that should be an integer, or a list of them, from 0; [] for anything else."""
        value = self.metadata.get(key)
        values = value if isinstance(value, list) else [value]
        return [number for number in values if isinstance(number, int) and number >= 0]

    def length(self, key: str) -> int:
        """The length of a metadata array; 0 if it is absent or no array."""
        value = self.metadata.get(key)
        if isinstance(value, LongArray):
            return value.length
        return len(value) if isinstance(value, list) else 0


def read_header(path: Path) -> Header:
    """The header of the file at `path`. Raises BadHeader, or OSError if the file cannot be read."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
        raise BadHeader("not_gguf", "it is a folder" if stat.S_ISDIR(status.st_mode) else "it is no ordinary file")
    with path.open("rb", buffering=0) as file:
        return _Reader(file, status.st_size).header()


class _Reader:
    """Steps through the bytes; reads on as it needs them, and never beyond the file or the limit."""

    def __init__(self, file: BinaryIO, size_bytes: int) -> None:
        self._file = file
        self._size = size_bytes
        self._data = bytearray()
        self._at = 0

    def header(self) -> Header:
        if self._size == 0:
            raise BadHeader("truncated", "the file is empty")
        if self._size < 4 or self._take(4) != b"GGUF":
            raise BadHeader("not_gguf", "it does not begin with GGUF")
        version = self._scalar(_TAG)
        if version not in (2, 3):
            raise BadHeader("version", f"version {version}")
        tensors, entries = self._scalar(_COUNT), self._scalar(_COUNT)
        if tensors > 1_000_000 or entries > 100_000:
            raise BadHeader("corrupt", "implausible counts")
        metadata: Metadata = {}
        for _ in range(entries):
            key = self._string()
            metadata[key] = self._value(self._scalar(_TAG))
        listed = tuple(self._tensor() for _ in range(tensors))
        alignment = metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or not 1 <= alignment <= 1 << 20:
            raise BadHeader("corrupt", "implausible alignment")
        start = -(-self._at // alignment) * alignment
        end = max((start + tensor.offset + tensor.size_bytes for tensor in listed), default=0)
        if end > self._size:
            raise BadHeader("truncated", f"{end - self._size:,} bytes are missing")
        return Header(version, metadata, listed, start, self._size)

    def _need(self, count: int) -> None:
        end = self._at + count
        if end > self._size:
            raise BadHeader("truncated", "it ends within its header")
        if end > HEADER_LIMIT_BYTES:
            raise BadHeader("corrupt", "implausibly long header")
        while len(self._data) < end:
            more = self._file.read(max(_BLOCK_BYTES, end - len(self._data)))
            if not more:
                raise BadHeader("truncated", "it ends within its header")
            self._data += more

    def _take(self, count: int) -> bytes:
        self._need(count)
        taken = bytes(self._data[self._at : self._at + count])
        self._at += count
        return taken

    def _scalar(self, layout: struct.Struct) -> int:
        self._need(layout.size)
        number: int = layout.unpack_from(self._data, self._at)[0]
        self._at += layout.size
        return number

    def _string(self) -> str:
        length = self._scalar(_COUNT)
        if _LONGEST_STRING < length <= self._size - self._at:  # else the file ends too soon
            raise BadHeader("corrupt", "a string of implausible length")
        return self._take(length).decode("utf-8", "replace")

    def _value(self, kind: int) -> int | float | str | bool | list[int | float | str | bool] | LongArray:
        if kind == _STRING:
            return self._string()
        if kind in _SCALARS:
            return self._scalar(_SCALARS[kind])
        if kind != _ARRAY:
            raise BadHeader("corrupt", f"value of unknown type {kind}")
        of, length = self._scalar(_TAG), self._scalar(_COUNT)
        if of == _STRING:
            return self._strings(length)
        if of not in _SCALARS:
            raise BadHeader("corrupt", f"array of type {of}")
        size = _SCALARS[of].size * length
        self._need(size)
        if length > _KEPT_ARRAY:
            self._at += size
            return LongArray(of, length)
        return [self._scalar(_SCALARS[of]) for _ in range(length)]

    def _strings(self, length: int) -> list[int | float | str | bool] | LongArray:
        if length <= 32:
            return [self._string() for _ in range(length)]
        self._need(8 * length)  # every string has at least its length; so a wild count ends here
        at, unpack = self._at, _COUNT.unpack_from
        for _ in range(length):
            try:
                at += 8 + unpack(self._data, at)[0]
            except struct.error:  # not read yet, or not there
                self._at = at
                self._need(8)
                at += 8 + unpack(self._data, at)[0]
            except OverflowError:
                raise BadHeader("corrupt", "a string of implausible length") from None
        self._at = at
        self._need(0)
        return LongArray(_STRING, length)

    def _tensor(self) -> Tensor:
        name = self._string()
        rank = self._scalar(_TAG)
        if rank > 4:
            raise BadHeader("corrupt", "a tensor of more than four dimensions")
        dimensions = tuple(self._scalar(_COUNT) for _ in range(rank))
        return Tensor(name, dimensions, self._scalar(_TAG), self._scalar(_COUNT))
