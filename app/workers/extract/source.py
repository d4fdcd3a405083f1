"""A file's bytes, opened only if opening is harmless."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import dataclass
from io import FileIO
from pathlib import Path, PurePath

from app.workers.extract.content import Refused

HEAD_BYTES = 64 * 1024
HELD_BYTES = 128 * 1024 * 1024  # larger files are read again from disk, by the readers that can do with a part
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

    data: all bytes, None if there are more than HELD_BYTES; then `read` takes them from `path`.
    """

    name: str
    size_bytes: int
    head: bytes
    sha256: str = ""
    path: Path | None = None
    data: bytes | None = None

    @property
    def suffix(self) -> str:
        """The name's ending, in small letters: ".pdf"."""
        return PurePath(self.name).suffix.lower()

    def read(self, limit: int | None = None) -> bytes:
        """The first `limit` bytes, or all. Raises Refused if the file can be read no longer."""
        if self.data is not None:
            return self.data if limit is None or limit >= len(self.data) else self.data[:limit]
        if self.path is None:
            return self.head[:limit]
        try:
            with self.path.open("rb") as file:
                return file.read(self.size_bytes if limit is None else min(limit, self.size_bytes))
        except OSError as error:
            raise _unreadable(error) from error


def part(name: str, data: bytes) -> Source:
    """Bytes that came inside another file: a member of an archive, an attachment."""
    return Source(name=name, size_bytes=len(data), head=data[:HEAD_BYTES], data=data)


def open_source(path: Path, max_bytes: int) -> Source:
    """The file's bytes and their hash.

    Raises Refused: placeholder and unsupported without opening the file, too_large without reading it, unreadable.
    """
    try:
        status = path.stat()
        _check(path, status, max_bytes)
        flags = os.O_RDONLY | sum(getattr(os, flag, 0) for flag in ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"))
        with FileIO(os.open(path, flags), "rb") as file:
            opened = os.fstat(file.fileno())
            _check(path, opened, max_bytes)  # it may have been exchanged since
            return _read(path, file, opened.st_size)
    except (OSError, ValueError) as error:
        raise _unreadable(error) from error


def _check(path: Path, status: os.stat_result, max_bytes: int) -> None:
    """Raise Refused if the file must not be opened."""
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


def _read(path: Path, file: FileIO, size_bytes: int) -> Source:
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
    return Source(path.name, size_bytes - left, head, digest.hexdigest(), path, data)


def _unreadable(error: OSError | ValueError) -> Refused:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Refused("unreadable", "The file is gone.", "If it was moved, it is found at its new place.")
    if isinstance(error, PermissionError):
        return Refused("unreadable", "You are not allowed to read this file.", "Change its permissions, or ignore it.")
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return Refused("unreadable", "This link leads in a circle.", "Remove or correct the link.")
    what = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Refused("unreadable", f"The system could not read the file: {what}.", "Check the disk or the connection.")


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 1e9 else f"{size_bytes / 1e6:.0f} MB"
