"""Small documents of many formats, made by hand: just enough of each for its reader."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


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


def docx(paragraphs: Sequence[tuple[int, str]], *, comment: str = "", repeat: int = 1) -> bytes:
    """A Word document: (level of heading or 0, text). repeat: how often the body is written."""
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
    return zipped(members)


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


def ole(streams: Sequence[str]) -> bytes:
    """An OLE compound file whose directory lists these streams, all empty."""
    entries = b"".join(
        name.encode("utf-16-le").ljust(64, b"\0") + (2 * len(name) + 2).to_bytes(2, "little") + bytes(62)
        for name in ("Root Entry", *streams)
    )
    directory = entries.ljust(-(-len(entries) // 512) * 512, b"\0")
    sectors = len(directory) // 512
    chain = [*range(2, sectors + 1), 0xFFFFFFFE]
    table = (0xFFFFFFFD).to_bytes(4, "little") + b"".join(number.to_bytes(4, "little") for number in chain)
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    header[30:32] = (9).to_bytes(2, "little")
    header[48:52] = (1).to_bytes(4, "little")  # the directory's first sector, after the allocation table
    header[76:80] = (0).to_bytes(4, "little")
    return bytes(header) + table.ljust(512, b"\xff") + directory
