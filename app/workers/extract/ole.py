"""The inside of old Microsoft files (OLE compound files): their streams, and whether a password closes them."""

from __future__ import annotations

import struct
from collections.abc import Iterator

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SECTOR_END = 0xFFFFFFFA  # numbers from here on are no sectors
ENTRY_BYTES = 128  # of the directory, for one stream or storage
STORAGE, STREAM, ROOT = 1, 2, 5  # types of an entry
MOST_ENTRIES = 100_000
WORD_ENCRYPTED = 0x0100  # flag in the Word stream's eleventh and twelfth byte
EXCEL_PASSWORD = 0x002F  # record that follows the first one of an encrypted workbook
RECORDS = 8  # of a workbook, looked at for it
RECORDS_BYTES = 64 * 1024


class CompoundFile:
    """The streams of an OLE compound file; as much of it as can be followed in a damaged one.

    streams: path -> number of its directory entry; storages are parted by "/": "__attach_1/__substg1.0_37010102".
    Streams under the file's cutoff (4 kB) lie in short sectors, packed into the root entry's stream.
    Source: [MS-CFB], the Compound File Binary File Format.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        shift, short_shift = (int.from_bytes(data[at : at + 2], "little") for at in (30, 32))
        self._size = 1 << shift if shift in (9, 12) else 512
        self._short_size = 1 << short_shift if short_shift == 6 else 64
        self._cutoff = _number(data, 56) or 4096
        self._table = self._allocation()
        self._directory = self._chain(_number(data, 48), MOST_ENTRIES * ENTRY_BYTES)
        short_table = self._chain(_number(data, 60), len(data))
        self._short_table = struct.unpack(f"<{len(short_table) // 4}I", short_table[: len(short_table) & ~3])
        self._packed = self._chain(_number(self._directory, 116), len(data)) if self._directory else b""
        self.streams = dict(self._walk())

    @property
    def encrypted(self) -> bool:
        """Whether the document needs a password."""
        if "EncryptedPackage" in self.streams or "EncryptedSummary" in self.streams:
            return True
        if "WordDocument" in self.streams:
            return bool(int.from_bytes(self.read("WordDocument", 12)[10:12], "little") & WORD_ENCRYPTED)
        beginning = self.read("Workbook", RECORDS_BYTES) or self.read("Book", RECORDS_BYTES)
        position = 0
        for _ in range(RECORDS):
            kind = int.from_bytes(beginning[position : position + 2], "little")
            if kind == EXCEL_PASSWORD:
                return True
            position += 4 + int.from_bytes(beginning[position + 2 : position + 4], "little")
        return False

    def read(self, path: str, limit: int | None = None) -> bytes:
        """A stream's bytes, the first `limit` of them at most; b"" if there is none."""
        entry = self.streams.get(path)
        if entry is None:
            return b""
        start, length = _number(self._directory, entry * ENTRY_BYTES + 116), self._length(entry)
        wanted = length if limit is None else min(length, limit)
        if length >= self._cutoff:
            return self._chain(start, wanted)
        pieces = bytearray()
        seen = 0
        while start < len(self._short_table) and len(pieces) < wanted and seen <= len(self._short_table):
            seen += 1
            pieces += self._packed[start * self._short_size : (start + 1) * self._short_size]
            start = self._short_table[start]
        return bytes(pieces[:wanted])

    def _length(self, entry: int) -> int:
        return _number(self._directory, entry * ENTRY_BYTES + 120)

    def _sector(self, number: int) -> bytes:
        return self._data[(number + 1) * self._size : (number + 2) * self._size]

    def _allocation(self) -> tuple[int, ...]:
        """For each sector the one that follows it. The header names the table's first 109 sectors, lists the rest."""
        numbers = list(struct.unpack("<109I", self._data[76:512])) if len(self._data) >= 512 else []
        listing, seen = _number(self._data, 68), 0
        while listing < SECTOR_END and seen * self._size < len(self._data) and (sector := self._sector(listing)):
            seen += 1
            entries = struct.unpack(f"<{len(sector) // 4}I", sector[: len(sector) & ~3])
            numbers += entries[:-1]
            listing = entries[-1] if len(entries) * 4 == self._size else SECTOR_END
        most = len(self._data) // self._size + 1
        table = b"".join(self._sector(number) for number in numbers[:most] if number < SECTOR_END)
        return struct.unpack(f"<{len(table) // 4}I", table[: len(table) & ~3])

    def _chain(self, start: int, limit: int) -> bytes:
        """The bytes of a chain of sectors, at most `limit`; as far as it leads."""
        pieces: list[bytes] = []
        most = min(limit, len(self._data)) // self._size + 1
        while start < SECTOR_END and len(pieces) < most and (sector := self._sector(start)):
            pieces.append(sector)
            start = self._table[start] if start < len(self._table) else SECTOR_END
        return b"".join(pieces)[:limit]

    def _walk(self) -> Iterator[tuple[str, int]]:
        """Path and entry of every stream, whatever its place in its storage's tree of names."""
        count = len(self._directory) // ENTRY_BYTES
        seen: set[int] = set()
        waiting = [("", _number(self._directory, 76))] if count else []
        while waiting:
            folder, entry = waiting.pop()
            if entry >= count or entry in seen:
                continue
            seen.add(entry)
            at = entry * ENTRY_BYTES
            path = folder + self._name(at)
            if self._directory[at + 66] == STREAM:
                yield path, entry
            elif self._directory[at + 66] in (STORAGE, ROOT):
                waiting.append((f"{path}/", _number(self._directory, at + 76)))
            waiting += [(folder, _number(self._directory, at + 68)), (folder, _number(self._directory, at + 72))]

    def _name(self, at: int) -> str:
        length = int.from_bytes(self._directory[at + 64 : at + 66], "little")
        return self._directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "ignore")


def _number(data: bytes, position: int) -> int:
    return int.from_bytes(data[position : position + 4], "little")
