"""A file's bytes, opened only if opening is harmless."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO

from app.base.errors import Problem
from app.base.opening import identity, is_link
from app.link.lending import OWN, Places
from app.workers.extract.content import Refused

HEAD_BYTES = 64 * 1024
HELD_BYTES = 128 * 1024 * 1024  # of larger files the readers that can do with a part read it from the open file
PIECE_BYTES = 1024 * 1024
SPARSE_BYTES = 4096

# Windows: offline, recall on open, recall on data access. macOS: dataless.
ONLINE_ONLY_ATTRIBUTES = 0x1000 | 0x40000 | 0x400000
ONLINE_ONLY_FLAG = 0x40000000
ONLINE_ONLY_SUFFIXES = {".icloud": "iCloud", ".nextcloud": "Nextcloud", ".owncloud": "ownCloud"}
LINK_SUFFIXES = frozenset({".gdoc", ".gsheet", ".gslides", ".gdraw", ".gform", ".gsite", ".gmap", ".gjam"})
PROVIDERS = ("onedrive", "dropbox", "google drive", "googledrive", "icloud", "nextcloud", "owncloud", "pcloud", "mega",
             "box", "seadrive", "proton drive", "insync")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """A file or a part of one. size_bytes: as it was when opened. sha256: hex; "" of a part. head: its first 64 kB.

    data: all bytes, None if there are more than HELD_BYTES; then `file` is the open file, and nothing is opened again.
    """

    name: str
    size_bytes: int
    head: bytes
    sha256: str = ""
    data: bytes | None = None
    file: BinaryIO | None = None

    @property
    def suffix(self) -> str:
        """The name's ending, in small letters: ".pdf"."""
        return PurePath(self.name).suffix.lower()

    def stream(self) -> BinaryIO:
        """The bytes from their beginning, for one reader at a time."""
        if self.data is not None or self.file is None:
            return io.BytesIO(self.head if self.data is None else self.data)
        self.file.seek(0)
        return self.file

    def read(self, limit: int | None = None) -> bytes:
        """The first `limit` bytes, or all. Raises Refused if the file can be read no longer."""
        if self.data is not None:
            return self.data if limit is None or limit >= len(self.data) else self.data[:limit]
        try:
            return self.stream().read(self.size_bytes if limit is None else min(limit, self.size_bytes))
        except OSError as error:
            raise _unreadable(error) from error


def part(name: str, data: bytes) -> Source:
    """Bytes that came inside another file: a member of an archive, an attachment."""
    return Source(name=name, size_bytes=len(data), head=data[:HEAD_BYTES], data=data)


@contextmanager
def open_source(path: Path, max_bytes: int, expected: str = "", places: Places = OWN) -> Iterator[Source]:
    """The file's bytes and their hash. It is opened once, and closed at the end. places: who opens it.

    expected: `identity` of the file that is meant, "" for whichever is there.
    Raises Refused: placeholder and unsupported without opening the file, too_large without reading it, unreadable.
    Raises Problem file.linked if a link stands in the path, file.replaced if another file does: nothing is read then,
    and whoever named the path knows what that means.
    """
    try:
        file, size_bytes = _opened(path, max_bytes, expected, places)
    except (OSError, ValueError) as error:
        if is_link(error):
            raise Problem(
                "file.linked", f"A link has taken the place of {path.name} or of a folder above it.",
                "It was not followed, and nothing was read.",
            ) from error  # fmt: skip
        raise _unreadable(error) from error
    with file:
        try:
            source = _read(path.name, file, size_bytes)
        except OSError as error:
            raise _unreadable(error) from error
        yield source


def _opened(path: Path, max_bytes: int, expected: str, places: Places) -> tuple[BinaryIO, int]:
    """The open file and its size."""
    status = places.status(str(path))
    if stat.S_ISLNK(status.st_mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    _check(path, status, max_bytes, expected)
    descriptor = places.open(str(path))
    file = os.fdopen(descriptor, "rb")
    try:
        opened = os.fstat(descriptor)
        _check(path, opened, max_bytes, expected)  # it may have been exchanged since
    except BaseException:
        file.close()
        raise
    return file, opened.st_size


def _check(path: Path, status: os.stat_result, max_bytes: int, expected: str) -> None:
    """Raise Refused if the file must not be opened, Problem file.replaced if it is not the one expected."""
    if expected and identity(status) != expected:
        raise Problem("file.replaced", f"{path.name} was replaced by another file.", "Nothing of it was read.")
    if stat.S_ISDIR(status.st_mode):
        raise Refused("unsupported", "This is a folder.", "Add it to the folders to read what is in it.")
    if not stat.S_ISREG(status.st_mode):
        raise Refused("unsupported", "This is a pipe, a socket or a device, not a file with contents.",
                      "Nothing was opened.")  # fmt: skip
    provider = _online_only(path, status)
    if provider:
        raise Refused("placeholder", f"Its contents are only online ({provider}).",
                      "Make the file available on this computer; it is read then.")  # fmt: skip
    if path.suffix.lower() in LINK_SUFFIXES:
        raise Refused("placeholder", "This is only a link to a document at Google.",
                      "Download the document, for example as DOCX or PDF.")  # fmt: skip
    if status.st_size > max_bytes:
        raise Refused(
            "too_large",
            f"The file has {_megabytes(status.st_size)}; files over {_megabytes(max_bytes)} are not read.",
            "Split it, or raise the limit in the settings.",
        )


def _online_only(path: Path, status: os.stat_result) -> str:
    """Who keeps the file's contents elsewhere; "" if they are here."""
    suffix = path.suffix.lower()
    if suffix in ONLINE_ONLY_SUFFIXES:
        return ONLINE_ONLY_SUFFIXES[suffix]
    if getattr(status, "st_file_attributes", 0) & ONLINE_ONLY_ATTRIBUTES:
        return "cloud storage"
    if getattr(status, "st_flags", 0) & ONLINE_ONLY_FLAG:
        return "cloud storage"
    if status.st_size >= SPARSE_BYTES and getattr(status, "st_blocks", 1) == 0:
        for folder in path.parts[:-1]:
            if folder.lower().startswith(PROVIDERS):
                return folder
    return ""


def _read(name: str, file: BinaryIO, size_bytes: int) -> Source:
    digest = hashlib.sha256()
    held: list[bytes] | None = [] if size_bytes <= HELD_BYTES else None
    head = b""
    left = size_bytes
    while left > 0 and (piece := file.read(min(PIECE_BYTES, left))):
        digest.update(piece)
        left -= len(piece)
        head = head or piece[:HEAD_BYTES]
        if held is not None:
            held.append(piece)
    data = b"".join(held) if held is not None else None
    return Source(name, size_bytes - left, head, digest.hexdigest(), data, file)


def _unreadable(error: OSError | ValueError) -> Refused:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Refused("unreadable", "The file is gone.", "If it was moved, it is found at its new place.")
    if isinstance(error, PermissionError):
        return Refused("unreadable", "You are not allowed to read this file.", "Change its permissions, or ignore it.")
    what = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Refused("unreadable", f"The system could not read the file: {what}.", "Check the disk or the connection.")


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 1e9 else f"{size_bytes / 1e6:.0f} MB"
