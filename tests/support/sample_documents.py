"""Small documents of many formats, made by hand: just enough of each for its reader."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def damaged_member(packing: int, *names: str) -> bytes:
    """An archive with good.txt, before which members of these names, packed so, are damaged."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, b"Words that come out otherwise. " * 40, compress_type=packing)
        archive.writestr("good.txt", "Words of a good file.")
    data = bytearray(buffer.getvalue())
    for info in zipfile.ZipFile(buffer).infolist()[: len(names)]:
        begins = info.header_offset + 30 + len(info.filename)
        data[begins + 14 : begins + info.compress_size] = bytes(
            byte ^ 0x5A for byte in data[begins + 14 : begins + info.compress_size]
        )
    return bytes(data)


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """A ZIP archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def pdf(pages: Sequence[Sequence[str]], *, title: str = "", outline: Sequence[tuple[str, int]] = ()) -> bytes:
    """A PDF whose pages show the given lines. outline: headings with the number of their page."""
    objects: list[bytes] = []

    def add(body: str | bytes) -> int:
        objects.append(body.encode("latin-1") if isinstance(body, str) else body)
        return len(objects)

    add("")  # 1: catalog, written last
    add("")  # 2: page tree
    font = add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    kids = []
    for lines in pages:
        shown = "".join(f"({_escaped(line)}) Tj T* " for line in lines)
        stream = f"BT /F1 12 Tf 14 TL 72 720 Td {shown}ET"
        content = add(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        resources = f"<< /Font << /F1 {font} 0 R >> >>"
        about = f"/MediaBox [0 0 612 792] /Contents {content} 0 R /Resources {resources}"
        kids.append(add(f"<< /Type /Page /Parent 2 0 R {about} >>"))
    info = add(f"<< /Title ({_escaped(title)}) >>")
    catalog = "<< /Type /Catalog /Pages 2 0 R"
    if outline:
        first = len(objects) + 2
        root = add(f"<< /First {first} 0 R /Last {first + len(outline) - 1} 0 R /Count {len(outline)} >>")
        for index, (heading, page) in enumerate(outline):
            following = f" /Next {first + index + 1} 0 R" if index + 1 < len(outline) else ""
            add(f"<< /Title ({_escaped(heading)}) /Parent {root} 0 R /Dest [{kids[page - 1]} 0 R /Fit]{following} >>")
        catalog += f" /Outlines {root} 0 R"
    objects[0] = f"{catalog} >>".encode()
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] /Count {len(kids)} >>".encode()
    return _pdf_file(objects, info)


def scanned_pdf(pages: int, text_page: str = "") -> bytes:
    """A PDF of pages that are one picture each, and one with text before them if text_page is given."""
    image = (
        b"<< /Type /XObject /Subtype /Image /Width 2 /Height 2 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 4 >>"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        image + b"\nstream\n\x00\xff\xff\x00\nendstream",
        b"<< /Length 31 >>\nstream\nq 612 0 0 792 0 0 cm /I Do Q\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for _ in range(pages):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
            b"/Resources << /XObject << /I 3 0 R >> >> >>"
        )
        kids.append(len(objects))
    if text_page:
        stream = f"BT /F1 12 Tf 72 720 Td ({_escaped(text_page)}) Tj ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream".encode())
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects)} 0 R "
            "/Resources << /Font << /F1 5 0 R >> >> >>".encode()
        )
        kids.insert(0, len(objects))
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] /Count {len(kids)} >>".encode()
    return _pdf_file(objects, None)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _pdf_file(objects: Sequence[bytes], info: int | None) -> bytes:
    data = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    about = b" /Info %d 0 R" % info if info else b""
    data += b"trailer\n<< /Size %d /Root 1 0 R%s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, about, table)
    return bytes(data)


def docx(
    paragraphs: Sequence[tuple[int, str]],
    *,
    comment: str = "",
    repeat: int = 1,
    embedded: Mapping[str, bytes] | None = None,
) -> bytes:
    """A Word document: (level of heading or 0, text). repeat: how often the body is written. embedded: files in it."""
    body = ""
    for level, text in paragraphs:
        style = f'<w:pPr><w:pStyle w:val="Heading{level}"/></w:pPr>' if level else ""
        body += f"<w:p>{style}<w:r><w:t>{text}</w:t></w:r></w:p>"
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="Heading{level}"><w:name w:val="heading {level}"/></w:style>'
        for level in (1, 2, 3)
    )
    members = {
        "[Content_Types].xml": TYPES,
        "word/document.xml": f'<w:document xmlns:w="{W}"><w:body>{body * repeat}</w:body></w:document>',
        "word/styles.xml": f'<w:styles xmlns:w="{W}">{styles}</w:styles>',
    }
    if comment:
        members["word/comments.xml"] = (
            f'<w:comments xmlns:w="{W}"><w:comment w:id="0" w:author="Ada"><w:p><w:r><w:t>{comment}</w:t></w:r></w:p>'
            "</w:comment></w:comments>"
        )
    return zipped({**members, **{f"word/embeddings/{name}": data for name, data in (embedded or {}).items()}})


def xlsx(sheets: Mapping[str, Sequence[Sequence[str]]], *, first_row: int = 1) -> bytes:
    """A workbook of text cells. first_row: where the rows begin in each sheet."""
    members: dict[str, str] = {"[Content_Types].xml": TYPES}
    names, links = "", ""
    for number, (name, rows) in enumerate(sheets.items(), 1):
        names += f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>'
        links += f'<Relationship Id="rId{number}" Type="{R}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        lines = ""
        for index, row in enumerate(rows, first_row):
            cells = "".join(
                f'<c r="{chr(65 + column)}{index}" t="inlineStr"><is><t>{cell}</t></is></c>'
                for column, cell in enumerate(row)
            )
            lines += f'<row r="{index}">{cells}</row>'
        members[f"xl/worksheets/sheet{number}.xml"] = (
            '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            f"<sheetData>{lines}</sheetData></worksheet>"
        )
    members["xl/workbook.xml"] = (
        f'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{R}">'
        f"<sheets>{names}</sheets></workbook>"
    )
    members["xl/_rels/workbook.xml.rels"] = f'<Relationships xmlns="{RELS}">{links}</Relationships>'
    members["_rels/.rels"] = (
        f'<Relationships xmlns="{RELS}"><Relationship Id="rId1" Type="{R}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>"
    )
    return zipped(members)


def pptx(slides: Sequence[tuple[str, str]], *, notes: str = "", chart: str = "") -> bytes:
    """A presentation: (title, text) a slide. notes and chart belong to the first slide; chart names its one series."""
    members: dict[str, str] = {"[Content_Types].xml": TYPES}
    ids, links = "", ""
    for number, (title, text) in enumerate(slides, 1):
        ids += f'<p:sldId id="{255 + number}" r:id="rId{number}"/>'
        links += f'<Relationship Id="rId{number}" Type="{R}/slide" Target="slides/slide{number}.xml"/>'
        frame = ""
        relations = ""
        if chart and number == 1:
            frame = (
                f'<p:graphicFrame><a:graphic><a:graphicData><c:chart xmlns:c="{C}" r:id="rId9"/></a:graphicData>'
                "</a:graphic></p:graphicFrame>"
            )
            relations += f'<Relationship Id="rId9" Type="{R}/chart" Target="../charts/chart1.xml"/>'
            members["ppt/charts/chart1.xml"] = (
                f'<c:chartSpace xmlns:c="{C}" xmlns:a="{A}"><c:ser><c:tx><c:v>{chart}</c:v></c:tx>'
                "<c:cat><c:pt><c:v>2003</c:v></c:pt></c:cat><c:val><c:pt><c:v>42</c:v></c:pt></c:val></c:ser>"
                "</c:chartSpace>"
            )
        if notes and number == 1:
            relations += f'<Relationship Id="rId8" Type="{R}/notesSlide" Target="../notesSlides/notes1.xml"/>'
            members["ppt/notesSlides/notes1.xml"] = (
                f'<p:notes xmlns:p="{P}" xmlns:a="{A}">{_shape("body", notes)}</p:notes>'
            )
        members[f"ppt/slides/slide{number}.xml"] = (
            f'<p:sld xmlns:p="{P}" xmlns:a="{A}" xmlns:r="{R}"><p:cSld><p:spTree>'
            f"{_shape('title', title)}{_shape('', text)}{frame}</p:spTree></p:cSld></p:sld>"
        )
        members[f"ppt/slides/_rels/slide{number}.xml.rels"] = (
            f'<Relationships xmlns="{RELS}">{relations}</Relationships>'
        )
    members["ppt/presentation.xml"] = (
        f'<p:presentation xmlns:p="{P}" xmlns:r="{R}"><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>'
    )
    members["ppt/_rels/presentation.xml.rels"] = f'<Relationships xmlns="{RELS}">{links}</Relationships>'
    return zipped(members)


def _shape(kind: str, text: str) -> str:
    placeholder = f'<p:nvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr>' if kind else ""
    return f"<p:sp>{placeholder}<p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"


def odp(slides: Sequence[tuple[str, str]]) -> bytes:
    """An OpenDocument presentation: (title, text) a slide."""
    office = "urn:oasis:names:tc:opendocument:xmlns"
    pages = "".join(
        f'<draw:page><draw:frame presentation:class="title"><draw:text-box><text:p>{title}</text:p></draw:text-box>'
        f"</draw:frame><draw:frame><draw:text-box><text:p>{text}</text:p></draw:text-box></draw:frame></draw:page>"
        for title, text in slides
    )
    names = "".join(f' xmlns:{short}="{office}:{full}:1.0"' for short, full in (
        ("office", "office"), ("draw", "drawing"), ("text", "text"), ("presentation", "presentation")))  # fmt: skip
    content = (
        f"<office:document-content{names}><office:body><office:presentation>{pages}</office:presentation></office:body>"
        "</office:document-content>"
    )
    return zipped({"mimetype": "application/vnd.oasis.opendocument.presentation", "content.xml": content})


def odt(paragraphs: Sequence[tuple[int, str]], *, encrypted: bool = False) -> bytes:
    """An OpenDocument text: (level of heading or 0, text)."""
    office = "urn:oasis:names:tc:opendocument:xmlns"
    body = "".join(
        f'<text:h text:outline-level="{level}">{text}</text:h>' if level else f"<text:p>{text}</text:p>"
        for level, text in paragraphs
    )
    manifest = "<manifest>" + ("<encryption-data/>" if encrypted else "") + "</manifest>"
    return zipped({
        "mimetype": "application/vnd.oasis.opendocument.text",
        "META-INF/manifest.xml": manifest,
        "content.xml": (
            f'<office:document-content xmlns:office="{office}:office:1.0" xmlns:text="{office}:text:1.0"><office:body>'
            f"<office:text>{body}</office:text></office:body></office:document-content>"
        ),
    })  # fmt: skip


def epub(title: str, author: str, chapters: Sequence[tuple[str, str]]) -> bytes:
    """A book: (heading, text) a chapter."""
    files = {
        f"OEBPS/c{number}.xhtml": (
            '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head>'
            f"<body><h1>{heading}</h1><p>{text}</p></body></html>"
        )
        for number, (heading, text) in enumerate(chapters, 1)
    }
    items = "".join(
        f'<item id="c{n}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(1, len(files) + 1)
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(1, len(files) + 1))
    return zipped({
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": (
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
            '<rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles>'
            "</container>"
        ),
        "OEBPS/content.opf": (
            '<package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
            '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<dc:title>{title}</dc:title><dc:creator>{author}</dc:creator></metadata><manifest>{items}</manifest>"
            f"<spine>{spine}</spine></package>"
        ),
        **files,
    })  # fmt: skip


def ods(rows: Sequence[Sequence[str]]) -> bytes:
    """An OpenDocument spreadsheet of text cells, in one sheet."""
    office = "urn:oasis:names:tc:opendocument:xmlns"
    names = "".join(f' xmlns:{name}="{office}:{name}:1.0"' for name in ("office", "table", "text"))
    lines = ""
    for row in rows:
        cells = (
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row
        )
        lines += f"<table:table-row>{''.join(cells)}</table:table-row>"
    return zipped({
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": "<manifest/>",
        "content.xml": (
            f'<office:document-content{names}><office:body><office:spreadsheet><table:table table:name="S">{lines}'
            "</table:table></office:spreadsheet></office:body></office:document-content>"
        ),
    })  # fmt: skip


def fb2(title: str, sections: Sequence[tuple[str, str]]) -> str:
    """A FictionBook: (heading, text) a section."""
    body = "".join(f"<section><title><p>{heading}</p></title><p>{text}</p></section>" for heading, text in sections)
    return (
        '<?xml version="1.0" encoding="utf-8"?><FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0">'
        "<description><title-info><author><first-name>Ann</first-name><last-name>Ode</last-name></author>"
        f"<book-title>{title}</book-title></title-info></description><body>{body}</body></FictionBook>"
    )


def ole(streams: Sequence[str] | Mapping[str, bytes]) -> bytes:
    """An OLE compound file with these streams (empty if only names are given); "/" parts storages in their paths.

    Streams under 4 kB lie in short sectors, as every program writes them.
    """
    contents = dict(streams) if isinstance(streams, Mapping) else dict.fromkeys(streams, b"")
    root: dict[str, Any] = {}
    for path, data in contents.items():
        *folders, name = path.split("/")
        here = root
        for folder in folders:
            here = here.setdefault(folder, {})
        here[name] = data
    return _CompoundFile(root).data


class _CompoundFile:
    """Lays out sectors: streams, packed short streams, directory; then the tables that chain them."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._sectors: list[bytes] = []
        self._next: list[int] = []
        self._packed = bytearray()
        self._short_next: list[int] = []
        self._entries: list[tuple[str, int, int, int, int, int]] = [("Root Entry", 5, _NONE, _NONE, 0, 0)]
        child = self._add(root)
        packed = self._store(bytes(self._packed))
        self._entries[0] = ("Root Entry", 5, _NONE, child, packed, len(self._packed))
        directory = self._store(b"".join(map(self._entry, self._entries)))
        short_table = self._store(b"".join(number.to_bytes(4, "little") for number in self._short_next), b"\xff")
        tables = 1
        while tables * 128 < len(self._next) + tables:
            tables += 1
        first = len(self._sectors)
        table = b"".join(number.to_bytes(4, "little") for number in (*self._next, *[0xFFFFFFFD] * tables))
        header = bytearray(512)
        header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        header[24:34] = b"\x3e\x00\x03\x00\xfe\xff\x09\x00\x06\x00"
        for at, number in (
            (44, tables), (48, directory), (56, 4096), (60, short_table), (64, -(-len(self._short_next) // 128)),
            (68, _END), *((76 + 4 * n, first + n if n < tables else _NONE) for n in range(109)),
        ):  # fmt: skip
            header[at : at + 4] = number.to_bytes(4, "little")
        self.data = bytes(header) + b"".join(self._sectors) + table.ljust(512 * tables, b"\xff")

    def _add(self, folder: dict[str, Any]) -> int:
        """Entries for what the folder holds, each the right neighbour of the one before; number of the first."""
        names = sorted(folder, key=lambda name: (len(name), name.upper()))
        first = len(self._entries)
        self._entries += [("", 0, _NONE, _NONE, 0, 0)] * len(names)
        for number, name in enumerate(names, first):
            right = number + 1 if number + 1 < first + len(names) else _NONE
            held = folder[name]
            if isinstance(held, dict):
                self._entries[number] = (name, 1, right, self._add(held), 0, 0)
            else:
                start = self._store(held) if len(held) >= 4096 else self._pack(held)
                self._entries[number] = (name, 2, right, _NONE, start, len(held))
        return first if names else _NONE

    def _store(self, data: bytes, fill: bytes = b"\0") -> int:
        start = len(self._sectors)
        for at in range(0, len(data), 512):
            self._sectors.append(data[at : at + 512].ljust(512, fill))
            self._next.append(len(self._sectors))
        if data:
            self._next[-1] = _END
        return start if data else _END

    def _pack(self, data: bytes) -> int:
        start = len(self._short_next)
        for at in range(0, len(data), 64):
            self._packed += data[at : at + 64].ljust(64, b"\0")
            self._short_next.append(len(self._short_next) + 1)
        if data:
            self._short_next[-1] = _END
        return start if data else _END

    @staticmethod
    def _entry(entry: tuple[str, int, int, int, int, int]) -> bytes:
        name, kind, right, child, start, length = entry
        numbers = b"".join(number.to_bytes(4, "little") for number in (_NONE, right, child))
        about = (2 * len(name) + 2).to_bytes(2, "little") + bytes([kind, 1]) + numbers + bytes(36)
        return (
            name.encode("utf-16-le").ljust(64, b"\0")
            + about
            + start.to_bytes(4, "little")
            + length.to_bytes(8, "little")
        )


_NONE, _END = 0xFFFFFFFF, 0xFFFFFFFE  # no entry; the end of a chain


def doc(text: str, *, encrypted: bool = False, pad: int = 0) -> bytes:
    """An old Word document of one paragraph. pad: zero bytes after its text: from 4 kB on it lies in whole sectors."""
    said = (text + "\r").encode("utf-16-le")
    word = bytearray(0x600)
    word[0:12] = b"\xec\xa5\xc1\x00" + bytes(6) + (0x0200 | 0x0100 * encrypted).to_bytes(2, "little")
    for at, number in (
        (0x18, 0x600), (0x1C, 0x600 + len(said)), (0x40, 0x600 + len(said)), (0x4C, len(text) + 1), (0x1A2, 0),
        (0x1A6, 21),
    ):  # fmt: skip
        word[at : at + 4] = number.to_bytes(4, "little")
    word[0x20:0x22], word[0x3E:0x40], word[0x98:0x9A] = b"\x0e\x00", b"\x16\x00", b"\x5d\x00"
    pieces = (
        bytes(4) + (len(text) + 1).to_bytes(4, "little") + b"\x00\x00" + (0x600).to_bytes(4, "little") + b"\x00\x00"
    )
    table = b"\x02" + len(pieces).to_bytes(4, "little") + pieces
    return ole({"WordDocument": bytes(word) + said + bytes(pad), "1Table": table})


def msg(
    subject: str,
    body: str,
    attachments: Mapping[str, bytes] | None = None,
    *,
    properties: Mapping[str, bytes] | None = None,
    nested: Sequence[str] = (),
    fixed: bytes = b"",
) -> bytes:
    """An Outlook message from Ada to Bob.

    properties: further ones by tag and type, below a folder if one is named. nested: folders that are messages. fixed:
    entries of its properties of fixed length, 16 bytes each.
    """
    streams = {"__properties_version1.0": bytes(32) + fixed}
    for tag, text in (("0037", subject), ("1000", body), ("0C1A", "Ada"), ("5D01", "ada@example.org"), ("0E04", "Bob")):
        streams[f"__substg1.0_{tag}001F"] = text.encode("utf-16-le")
    for path, data in (properties or {}).items():
        folder, _, tag = path.rpartition("/")
        streams[f"{folder}/__substg1.0_{tag}".lstrip("/")] = data
    for folder in nested:
        streams[f"{folder}/__properties_version1.0"] = bytes(24)
    for number, (name, data) in enumerate((attachments or {}).items()):
        folder = f"__attach_version1.0_#{number:08X}/"
        streams[f"{folder}__properties_version1.0"] = bytes(8)
        streams[f"{folder}__substg1.0_3707001F"] = name.encode("utf-16-le")
        streams[f"{folder}__substg1.0_37010102"] = data
    return ole(streams)
