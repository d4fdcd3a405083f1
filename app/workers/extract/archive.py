"""Archives (ZIP): the documents in them, each under its name. Nothing is unpacked to disk."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace

from app.base.wording import count
from app.workers.extract.content import Border, Findings, Refused, Section, listed, one_line
from app.workers.extract.formats import Format
from app.workers.extract.source import Source, part
from app.workers.extract.task import Task

MOST_MEMBERS = 2_000
MEMBER_BYTES = 64 * 1024 * 1024
ALL_BYTES = 512 * 1024 * 1024
IGNORED = ("__MACOSX/", ".DS_Store", "Thumbs.db")


try:
    from lzma import LZMAError
except ImportError:  # a Python without it unpacks no member that could raise it
    LZMAError = zlib.error  # type: ignore[misc, assignment]

DAMAGED = (zipfile.BadZipFile, zlib.error, LZMAError, OSError, EOFError, NotImplementedError, ValueError)
"""What looking into an archive, or unpacking a member, raises where it is damaged or packed in a way unknown here."""


def opened(source: Source) -> zipfile.ZipFile:
    """The archive. Raises Refused if it is damaged."""
    try:
        return zipfile.ZipFile(source.stream())
    except DAMAGED as error:
        raise Refused("damaged", "The file is damaged.", "Get it again from where it came from.") from error


def member(archive: zipfile.ZipFile, name: str, limit: int = MEMBER_BYTES) -> bytes:
    """A member's bytes, b"" if there is none. Raises Refused if it is damaged, locked or unpacks to more than limit."""
    try:
        with archive.open(name) as file:
            data = file.read(limit + 1)
    except KeyError:
        return b""
    except DAMAGED as error:
        raise Refused("damaged", "The file is damaged.", "Get it again from where it came from.") from error
    except RuntimeError as error:
        raise Refused("locked", "It has a password.") from error
    if len(data) > limit:
        raise Refused("too_large", f"It unpacks to more than {limit // 1_000_000:,} MB.", "Split it into parts.")
    return data


def read_archive(source: Source, found: Findings, task: Task) -> Iterator[Section]:
    """The documents in the archive, in its order; those that could not be read are named."""
    unread: list[str] = []
    with opened(source) as archive:
        members = [
            info for info in archive.infolist() if not info.filename.endswith("/") and not _ignored(info.filename)
        ]
        unpacked = 0
        for number, info in enumerate(members[:MOST_MEMBERS], 1):
            task.check()
            name = one_line(info.filename, 120)
            unpacked += info.file_size
            if task.late or unpacked > ALL_BYTES:
                found.left_out.append(f"Only the first {number - 1:,} of {len(members):,} files in it were read.")
                return
            if info.file_size > MEMBER_BYTES:
                unread.append(name)
                continue
            try:
                inside = part(name, member(archive, info.filename))
                sections = task.read_inside(inside, Section("", "heading", number, name), found)
            except Refused:
                unread.append(name)
                continue
            yield replace(sections[0], text=f"{name}\n\n{sections[0].text}", border=Border.HARD)
            yield from sections[1:]
    if len(members) > MOST_MEMBERS:
        found.left_out.append(f"Only the first {MOST_MEMBERS:,} of {len(members):,} files in it were read.")
    if unread:
        found.left_out.append(f"{count(len(unread), 'file in it was', 'files in it were')} not read: {listed(unread)}.")


def _ignored(name: str) -> bool:
    return name.startswith(IGNORED[0]) or name.rpartition("/")[2] in IGNORED[1:]


FORMATS = (Format(("zip",), read_archive),)
