"""When a document says it is from, and who wrote it, as far as office files, books and pictures say so themselves."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from app.workers.extract import encoding, ole
from app.workers.extract.archive import member, opened
from app.workers.extract.content import Findings, Refused, one_line
from app.workers.extract.moments import NAME_CHARS, moment, sound
from app.workers.extract.source import Source
from app.workers.extract.xml_tree import name_of, parse_xml

PROPERTIES_BYTES = 1024 * 1024
PICTURE_BYTES = 256 * 1024  # from its beginning, where a camera writes what it knows
LAST_WRITTEN = ("modified", "date", "created", "creation-date")
WRITERS = ("creator", "initial-creator", "lastModifiedBy")
NOBODY = frozenset({
    "user", "admin", "administrator", "unknown", "anonymous", "author", "owner", "microsoft office user",
    "windows user", "windows-benutzer", "utilisateur windows", "python-docx", "python-pptx", "openpyxl", "xlsxwriter",
    "apache poi", "libreoffice", "openoffice.org", "microsoft office", "microsoft", "un-named", "default", "root",
})  # fmt: skip
"""What programs put where the author's name belongs."""
TEMPLATES = frozenset({"2013-12-23T23:15:00Z", "2013-01-27T09:14:16Z", "2006-09-16T00:00:00Z"})
"""Dates of the empty documents that libraries and Excel begin with: python-docx, python-pptx, Excel."""

_SUMMARY = "\x05SummaryInformation"
_AUTHOR, _CREATED, _SAVED = 0x04, 0x0C, 0x0D
_TEXT, _WIDE, _TIME = 0x1E, 0x1F, 0x40
_WITH_EXIF = ("JPEG", "TIFF", "PNG", "WEBP")
_EXIF_TIMES = (0x9003, 0x9004)  # taken, digitised; in the Exif part
_EXIF_PART, _EXIF_CHANGED, _EXIF_ARTIST = 0x8769, 0x0132, 0x013B


def note_properties(source: Source, found: Findings) -> None:
    """Put author and date of a file that is no plain text into `found`, where it says any that can be."""
    if source.head.startswith(b"PK"):
        _of_package(source, found)
    elif source.head.startswith(ole.MAGIC):
        _of_old_office(source, found)
    elif found.kind == "image":
        _of_picture(source, found)


def note_author(name: str, found: Findings) -> None:
    """Put an author's name into `found`, unless it is a program's or nobody's."""
    name = one_line(name, NAME_CHARS)
    if name.casefold() not in NOBODY:
        found.author = found.author or name


def _of_package(source: Source, found: Findings) -> None:
    """Of OOXML, OpenDocument and EPUB: one small file of XML in them."""
    try:
        with opened(source) as archive:
            names = ("docProps/core.xml", "meta.xml", *(n for n in archive.namelist()[:200] if n.endswith(".opf")))
            data = next((read for name in names if (read := member(archive, name, PROPERTIES_BYTES))), b"")
    except Refused:
        return  # the reader says what is wrong with it
    root = parse_xml(data.decode("utf-8-sig", "replace"))
    if root is None:
        return
    said: dict[str, str] = {}
    for element in root.iter():
        if element.text and element.text.strip():
            said.setdefault(name_of(element), element.text.strip())
    dates = (moment(said[name]) for name in LAST_WRITTEN if said.get(name, "") not in ("", *TEMPLATES))
    found.dated = next((at for at in dates if at), 0)
    for name in WRITERS:
        note_author(said.get(name, ""), found)


def _of_old_office(source: Source, found: Findings) -> None:
    """Of DOC, XLS and PPT: their summary. Source: [MS-OLEPS], property sets."""
    data = ole.CompoundFile(source.read()).read(_SUMMARY, PROPERTIES_BYTES)
    said = dict(_summary(data))
    for ident in (_SAVED, _CREATED):
        at = said.get(ident)
        if isinstance(at, int) and not found.dated:
            found.dated = _since_1601(at)
    name = said.get(_AUTHOR)
    if isinstance(name, bytes):
        note_author((encoding.decode(name) or name.decode("latin-1")).rstrip("\0"), found)


def _summary(data: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Number and value of each property that is a text or a time."""
    begin = int.from_bytes(data[44:48], "little")
    for at in range(begin + 8, min(begin + 8 + 8 * 64, len(data) - 7), 8):
        if at >= begin + 8 + 8 * int.from_bytes(data[begin + 4 : begin + 8], "little"):
            return
        ident, offset = struct.unpack_from("<II", data, at)
        value = data[begin + offset : begin + offset + 8 + NAME_CHARS * 4]
        kind = int.from_bytes(value[:4], "little")
        length = int.from_bytes(value[4:8], "little")
        if kind == _TIME and len(value) >= 12:
            yield ident, int.from_bytes(value[4:12], "little")
        elif kind == _TEXT:
            yield ident, value[8 : 8 + length].rstrip(b"\0")
        elif kind == _WIDE:
            yield ident, value[8 : 8 + 2 * length].decode("utf-16-le", "ignore").rstrip("\0").encode()


def _since_1601(tenths_of_us: int) -> int:
    try:
        return sound(datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=tenths_of_us // 10))
    except OverflowError:
        return 0


def _of_picture(source: Source, found: Findings) -> None:
    """When a photo was taken, and by whom, as its camera says."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(source.read(PICTURE_BYTES)), formats=_WITH_EXIF) as picture:
            said = picture.getexif()
            inner = said.get_ifd(_EXIF_PART)
    except Exception:  # noqa: BLE001 - the library raises anything over a stranger's bytes, and nothing is lost
        return
    times = (moment(str(at)) for at in (*(inner.get(tag) for tag in _EXIF_TIMES), said.get(_EXIF_CHANGED)) if at)
    found.dated = next((at for at in times if at), 0)
    note_author(str(said.get(_EXIF_ARTIST) or "").strip("\0 "), found)
