"""Checksums over Chroma's index files, so that no damaged one is ever handed to native code.

Chroma 1.5.9 writes these files in place, every thousand vectors and within the call that stored them. Killed meanwhile,
or changed by anybody else, they may give wrong answers or end the process at the first touch. What a seal does not
cover is in Chroma's database, which SQLite keeps whole.
"""

from __future__ import annotations

import sqlite3
import zlib
from pathlib import Path

import msgspec

from app.base.files import write_durably

SEAL = "seal.json"
DATABASE = "chroma.sqlite3"
IDS = "index_metadata.pickle"  # without it Chroma does not read the other files of its folder
BLOCK = 1024 * 1024

_Stamp = dict[str, tuple[int, int]]


class Seal:
    """The seal of one Chroma folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamp: _Stamp | None = None

    def holds(self) -> bool:
        """Whether all is as it was sealed, or nothing was written yet. Some 30 ms at 20,000 vectors. Raises OSError."""
        try:
            sealed = msgspec.json.decode((self._folder / SEAL).read_bytes(), type=dict[str, int])
        except FileNotFoundError:
            return not any(self._folder.glob(f"*/{IDS}"))
        except msgspec.DecodeError:
            return False
        self._stamp = self._look()
        return sealed == self._sums(self._stamp) and self._database_is_whole()

    def renew(self) -> None:
        """Seal what is there now, if it was written since the last time. Raises OSError."""
        stamp = self._look()
        if stamp != self._stamp:
            write_durably(self._folder / SEAL, msgspec.json.encode(self._sums(stamp)))
            self._stamp = stamp

    def _look(self) -> _Stamp:
        """When each index file was written, and its size."""
        stamp: _Stamp = {}
        for path in sorted(self._folder.glob("*/*")):
            status = path.stat()
            stamp[path.relative_to(self._folder).as_posix()] = (status.st_mtime_ns, status.st_size)
        return stamp

    def _sums(self, stamp: _Stamp) -> dict[str, int]:
        sums: dict[str, int] = {}
        for name in stamp:
            total = 0
            with (self._folder / name).open("rb") as file:
                while block := file.read(BLOCK):
                    total = zlib.crc32(block, total)
            sums[name] = total
        return sums

    def _database_is_whole(self) -> bool:
        path = self._folder / DATABASE
        if not path.is_file():
            return False
        try:
            database = sqlite3.connect(path)
            try:
                rows: list[tuple[str]] = database.execute("PRAGMA quick_check(1)").fetchall()
            finally:
                database.close()
        except sqlite3.DatabaseError:
            return False
        return rows == [("ok",)]
