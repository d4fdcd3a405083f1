"""Office files that are ZIP archives, as kreuzberg may see them: their XML alone, and no sign of it lost.

What else lies in them (pictures, documents inside the document) stays out of its hands: for a PDF it would unpack and
load a library from the temporary folder, and we have readers of our own.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace

from app.base.wording import count
from app.workers.extract import html, ole
from app.workers.extract.archive import DAMAGED, MEMBER_BYTES, member, opened
from app.workers.extract.content import Findings, Refused, Section, listed, one_line
from app.workers.extract.source import Source, part
from app.workers.extract.task import BYTES_A_CHARACTER, Task

MOST_EMBEDDED = 100
_TEXTUAL = (".xml", ".rels", ".vml", ".xhtml", ".html", ".htm", ".opf", ".ncx", ".txt", ".smil")
_CONTENTS = re.compile(
    r"word/(?:document|footnotes|endnotes)\.xml|content\.xml|xl/(?:sharedStrings|worksheets/[^/]+)\.xml"
    r"|(?!META-INF/|_rels/).+\.x?html?|Contents/section\d+\.xml"
)
_PARAGRAPH_END = re.compile(r"</(?:w:|text:|table:|hp:)?(?:p|h|tr|row|si|table-row)>")
_EMBEDDED = re.compile(r"(?:word|xl)/embeddings/[^/]+")
# Kreuzberg drops every entity and character reference from the text of DOCX. Characters that no text holds stand in
# for the three signs that XML cannot say otherwise.
_STANDINS = {"&": "\ufdd0", "<": "\ufdd1", ">": "\ufdd2"}
_REFERENCE = re.compile(rb"&(?:#x0{0,8}([0-9a-fA-F]{1,6})|#0{0,8}([0-9]{1,7})|(amp|lt|gt|quot|apos));")
_NAMED = {b"amp": "&", b"lt": "<", b"gt": ">", b"quot": '"', b"apos": "'"}
_BACK = str.maketrans({standin: sign for sign, standin in _STANDINS.items()})


def xml_alone(source: Source, kind: str) -> bytes:
    """The package without pictures and embedded documents; of a DOCX with stand-ins for what kreuzberg drops.

    Raises Refused if the archive is damaged.
    """
    with opened(source) as archive:
        infos = archive.infolist()
        wanted = [info for info in infos if _is_wanted(info.filename, kind)]
        if kind != "docx" and len(wanted) == len(infos):
            return source.read()
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as slim:
            for info in wanted:
                data = member(archive, info.filename)
                slim.writestr(info.filename, _stood_in(data) if kind == "docx" else data)
        return buffer.getvalue()


def signs_back(text: str) -> str:
    """The text of a DOCX with the signs in the place of their stand-ins."""
    return text.translate(_BACK)


def beginnings(source: Source, task: Task) -> str:
    """The text at the beginning of each part of the package, its XML read as it comes: whole parts need memory."""
    texts: list[str] = []
    with opened(source) as archive:
        names = [name for name in archive.namelist() if _CONTENTS.fullmatch(name)]
        left = task.max_chars
        for name in names:
            if left <= 0 or task.late:
                break
            task.check()
            try:
                with archive.open(name) as file:
                    data = file.read(BYTES_A_CHARACTER * left)
            except (*DAMAGED, RuntimeError):
                continue
            markup = _PARAGRAPH_END.sub("<br>", data.decode("utf-8", "replace"))
            text = "\n\n".join(block.text for block in html.blocks_of(markup))[:left]
            texts.append(text)
            left -= len(text)
    return "\n\n".join(texts)


def embedded(source: Source, number: int, found: Findings, task: Task) -> Iterator[Section]:
    """The documents inside the document, each as a place after its own `number` places; those unread are named."""
    unread: list[str] = []
    with opened(source) as archive:
        names = sorted(name for name in set(archive.namelist()) if _EMBEDDED.fullmatch(name))
        for index, name in enumerate(names[:MOST_EMBEDDED], 1):
            task.check()
            short = one_line(name.rpartition("/")[2], 80)
            try:
                inside = part(short, _unwrapped(member(archive, name)))
                sections = task.read_inside(inside, Section("", "heading", number + index, f"embedded {short}"), found)
            except Refused:
                unread.append(short)
                continue
            yield replace(sections[0], text=f"{short}\n\n{sections[0].text}")
            yield from sections[1:]
            if task.late:
                break
    unread += [one_line(name.rpartition("/")[2], 80) for name in names[MOST_EMBEDDED:]]
    if unread:
        what = count(len(unread), "embedded file was", "embedded files were")
        found.left_out.append(f"{what} not read: {listed(unread)}.")


def _is_wanted(name: str, kind: str) -> bool:
    if kind == "iwork":
        return not name.startswith(("QuickLook/", "Data/"))
    if _EMBEDDED.match(name):
        return False
    return name == "mimetype" or name.lower().endswith(_TEXTUAL) or (kind == "xlsb" and name.lower().endswith(".bin"))


def _stood_in(data: bytes) -> bytes:
    """The XML with character references written out, and stand-ins for those that are signs of XML."""
    if b"&" not in data or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data
    return _REFERENCE.sub(_written_out, data)


def _written_out(match: re.Match[bytes]) -> bytes:
    hexadecimal, decimal, name = match.groups()
    code = int(hexadecimal, 16) if hexadecimal else int(decimal) if decimal else ord(_NAMED[name])
    if code >= 0x110000 or 0xD800 <= code < 0xE000 or (code < 32 and code not in (9, 10, 13)):
        return b""  # no character of XML
    sign = chr(code)
    return _STANDINS.get(sign, sign).encode()


def _unwrapped(data: bytes) -> bytes:
    """The document that an OLE object wraps, or the bytes as they are."""
    if not data.startswith(ole.MAGIC):
        return data
    file = ole.CompoundFile(data)
    for name in ("CONTENTS", "Package"):
        if name in file.streams:
            return file.read(name)
    return _native(file.read("\x01Ole10Native", MEMBER_BYTES)) or data


def _native(data: bytes) -> bytes:
    """The file in a stream of "Insert object from file": two lengths and three names stand before it."""
    try:
        at = data.index(b"\0", 6) + 1  # label
        at = data.index(b"\0", at) + 1 + 4  # original path, two flags
        at += 4 + int.from_bytes(data[at : at + 4], "little")  # temporary path
    except ValueError:
        return b""
    return data[at + 4 : at + 4 + int.from_bytes(data[at : at + 4], "little")]
