"""The inside of old Microsoft files: which streams they hold, and whether a password closes them."""

from __future__ import annotations

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SECTOR_END = 0xFFFFFFFA  # numbers from here on are no sectors
WORD_ENCRYPTED = 0x0100  # flag in the Word stream's eleventh and twelfth byte
EXCEL_PASSWORD = 0x002F  # record that follows the first one of an encrypted workbook
RECORDS = 8  # of a workbook, looked at for it


class CompoundFile:
    """The directory of an OLE compound file; as much of it as can be followed in a damaged one.

    streams: name -> position of its first byte in the file (meaningless for streams under 4 kB, which are packed).
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        shift = int.from_bytes(data[30:32], "little")
        self._size = 1 << shift if shift in (9, 12) else 512
        self.streams: dict[str, int] = {}
        number = _number(data, 48)
        seen: set[int] = set()
        while number < SECTOR_END and number not in seen and (sector := self._sector(number)):
            seen.add(number)
            self._list(sector)
            number = self._next(number)

    @property
    def encrypted(self) -> bool:
        """Whether the document needs a password."""
        if "EncryptedPackage" in self.streams or "EncryptedSummary" in self.streams:
            return True
        word = self.streams.get("WordDocument")
        if word is not None:
            return bool(int.from_bytes(self._data[word + 10 : word + 12], "little") & WORD_ENCRYPTED)
        position = self.streams.get("Workbook", self.streams.get("Book"))
        for _ in range(RECORDS if position is not None else 0):
            assert position is not None
            kind = int.from_bytes(self._data[position : position + 2], "little")
            if kind == EXCEL_PASSWORD:
                return True
            position += 4 + int.from_bytes(self._data[position + 2 : position + 4], "little")
        return False

    def _sector(self, number: int) -> bytes:
        return self._data[(number + 1) * self._size : (number + 2) * self._size]

    def _next(self, number: int) -> int:
        """The sector after this one: by the allocation table, of which the header names the first 109 sectors."""
        table, place = divmod(number, self._size // 4)
        if table >= 109:
            return SECTOR_END
        start = _number(self._data, 76 + 4 * table)
        entries = self._sector(start) if start < SECTOR_END else b""
        return _number(entries, 4 * place) if len(entries) >= 4 * place + 4 else SECTOR_END

    def _list(self, sector: bytes) -> None:
        for entry in range(0, len(sector) - 127, 128):
            length = int.from_bytes(sector[entry + 64 : entry + 66], "little")
            if 2 < length <= 64:
                name = sector[entry : entry + length - 2].decode("utf-16-le", "ignore")
                self.streams.setdefault(name, (_number(sector, entry + 116) + 1) * self._size)


def _number(data: bytes, position: int) -> int:
    return int.from_bytes(data[position : position + 4], "little")
