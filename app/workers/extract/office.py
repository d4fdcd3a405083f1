"""Everything that kreuzberg reads: Word, OpenDocument, spreadsheets, EPUB books, old Office files, Hangul, iWork."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from app.base.wording import count
from app.workers.extract.archive import DAMAGED, member, opened
from app.workers.extract.content import Border, Findings, Refused, Section, clean, one_line
from app.workers.extract.formats import Format
from app.workers.extract.kinds import locked
from app.workers.extract.outline import Block, sections_of, title_of
from app.workers.extract.package import beginnings, embedded, signs_back, xml_alone
from app.workers.extract.source import Source, part
from app.workers.extract.task import BEGINNING, Task
from app.workers.extract.xml_tree import name_of, parse_xml

if TYPE_CHECKING:
    from kreuzberg import ExtractionResult

_OPEN_XML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"
_IWORK = {".pages": "pages-sffpages", ".key": "keynote-sffkey", ".numbers": "numbers-sffnumbers"}
MIME = {
    "docx": f"{_OPEN_XML}.wordprocessingml.document", "xlsx": f"{_OPEN_XML}.spreadsheetml.sheet",
    "xlsb": "application/vnd.ms-excel.sheet.binary.macroEnabled.12", "xls": "application/vnd.ms-excel",
    "doc": "application/msword", "ppt": "application/vnd.ms-powerpoint", "odt": f"{_ODF}.text",
    "ods": f"{_ODF}.spreadsheet", "epub": "application/epub+zip", "hwp": "application/x-hwp",
    "hwpx": "application/haansofthwpx",
}  # fmt: skip
PACKAGES = frozenset({"docx", "xlsx", "xlsb", "odt", "ods", "epub", "hwpx", "iwork"})
FEW_CHARS = 500  # a document with less text a picture may well say what matters in the picture
PREVIEW_BYTES = 64 * 1024 * 1024

_MASTER = re.compile(r"Click to edit Master[^\n]*\n?(?:(?:Second|Third|Fourth|Fifth) [Ll]evel\n?)*")
ROWS_A_LOOK = 1_000  # at the time
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d) 00:00:00")
_FIRST_CELL = re.compile(rb'<c (?:[^<>r]|r(?!="))*+r="[A-Z]{1,3}(\d{1,7})"[^<>]*+>\s*+<(?:v|f|is)')
_NUMBER = re.compile(r"[-+\d.,:%€$£/\s]*")


def read_document(source: Source, found: Findings, task: Task) -> Iterator[Section]:
    """A document of paragraphs and headings: DOC, DOCX, ODT, EPUB, PPT and others."""
    if task.sparing and found.kind in PACKAGES:
        yield from _beginning_of(source, found, task)
        return
    result = _extracted(source, found.kind, task)
    nodes: list[Any] = list(result.document["nodes"]) if result.document else []
    body = [node for node in nodes if node.get("content_layer") in (None, "body")]
    rest = [node for node in nodes if node.get("content_layer") not in (None, "body")]
    blocks = [block for node in (*body, *rest) for block in _blocks(node["content"])]
    if found.kind == "ppt":
        blocks = [Block(_MASTER.sub("", block.text)) for block in blocks]
    if found.kind == "docx":
        blocks = [Block(signs_back(block.text), block.level) for block in blocks]
    found.title = one_line(signs_back(result.metadata.get("title") or "")) or title_of(blocks)
    if found.kind == "epub":
        blocks[:0] = _imprint(result)
    if found.kind == "docx":
        blocks += _comments(source)
    _report_pictures(sum(node["content"].get("node_type") == "image" for node in body), blocks, found)
    sections = sections_of(blocks or [Block(signs_back(result.content))])
    yield from sections
    if found.kind == "docx":
        yield from embedded(source, len(sections), found, task)


def read_sheets(source: Source, found: Findings, task: Task) -> Iterator[Section]:
    """A workbook's sheets: the name, then rows as lines, cells parted by tabs."""
    if task.sparing and found.kind in ("xlsx", "ods"):
        yield from _beginning_of(source, found, task)
        return
    result = _extracted(source, found.kind, task)
    names = list(result.metadata.get("sheet_names") or [])
    found.title = one_line(result.metadata.get("title") or "")
    first_rows = _first_rows(source) if found.kind == "xlsx" else {}
    texts = []
    for table in result.tables:
        number = max(1, table.page_number)
        name = one_line(names[number - 1], 80) if 0 < number <= len(names) else str(number)
        rows = _lines(table.cells, name, found, task)
        text = clean("\n".join([name, *rows])).rstrip() + "\n\n"
        header = _header(rows)
        yield Section(
            text, "sheet", number, f"sheet “{name}”", f"{name} › {header}" if header else name, Border.HARD,
            by_line=True, opens=bool(header), first_row=first_rows.get(number, 0),
        )  # fmt: skip
        texts.append(Block(text))
    if found.kind == "xlsx":
        yield from embedded(source, len(names), found, task)
    _report_pictures(_pictures_in(source), texts, found)


def read_iwork(source: Source, found: Findings, task: Task) -> Iterator[Section]:
    """Apple's Pages, Keynote and Numbers: by kreuzberg, else from the PDF that the file carries for previews."""
    found.kind = _IWORK.get(source.suffix, "pages-sffpages").partition("-")[0]
    result = _extracted(source, "iwork", task)
    if result.content.strip():
        yield from sections_of([Block(paragraph) for paragraph in clean(result.content).split("\n\n")])
        return
    with opened(source) as archive:
        preview = member(archive, "QuickLook/Preview.pdf", PREVIEW_BYTES)
    if not preview:
        raise Refused("unsupported", "Familiar cannot read this version of the format.", "Export it as PDF or DOCX.")
    shown = Findings("pdf")
    yield from task.read(part("Preview.pdf", preview), shown, task)
    found.title = shown.title
    found.left_out += shown.left_out


def _beginning_of(source: Source, found: Findings, task: Task) -> list[Section]:
    found.left_out.append(BEGINNING)
    return sections_of([Block(paragraph) for paragraph in beginnings(source, task).split("\n\n")])


def _extracted(source: Source, kind: str, task: Task) -> ExtractionResult:
    """Kreuzberg's result, its errors told as states."""
    import kreuzberg  # 80 MB of code, not needed for text and PDF

    mime = "application/x-iwork-" + _IWORK.get(source.suffix, "pages-sffpages") if kind == "iwork" else MIME[kind]
    config = kreuzberg.ExtractionConfig(
        use_cache=False,
        enable_quality_processing=False,
        include_document_structure=kind not in ("xlsx", "xls", "xlsb", "ods"),
        concurrency=kreuzberg.ConcurrencyConfig(max_threads=1),
        disable_ocr=True,  # type: ignore[call-arg]  # missing in its type stubs only
    )
    task.check()
    data = xml_alone(source, kind) if kind in PACKAGES else source.read()
    try:
        return kreuzberg.extract_bytes_sync(data, mime, config)
    except kreuzberg.KreuzbergError as error:
        raise _refused(str(error), kind) from error
    except (OSError, ValueError, RuntimeError) as error:
        raise _refused(str(error), kind) from error


def _refused(message: str, kind: str) -> Refused:
    text = message.lower()
    if re.search(r"encrypt|password", text):
        return locked()
    if re.search(r"security limit|too large|zip bomb|exceeds", text):
        return Refused("too_large", "The document unpacks to more than is safe to read.", "Split it into parts.")
    if "unsupported" in text:
        return Refused(
            "unsupported", f"Familiar cannot read this version of {kind.upper()}.", "Save it as DOCX or PDF."
        )
    return Refused("damaged", "The document is damaged.", "Open and save it again, or get it again where it came from.")


def _blocks(content: dict[str, Any]) -> Iterator[Block]:
    """What one node of kreuzberg's document says."""
    kind = content.get("node_type")
    if kind == "heading":
        yield Block(content["text"], max(1, int(content.get("level") or 1)))
    elif kind == "title":
        yield Block(content["text"], 1)
    elif kind == "table":
        yield Block("\n".join(_rows(content["grid"])))
    elif kind == "image":
        yield Block(content.get("description") or "")
    elif kind == "list_item":
        yield Block(f"- {content.get('text', '')}")
    elif kind == "metadata_block":
        yield Block("\n".join(": ".join(entry) for entry in content.get("entries", [])))
    elif kind not in ("group", "page_break", "slide", "list"):
        yield Block(content.get("text") or "")
    elif kind == "slide":
        yield Block(content.get("title") or "")


def _rows(grid: dict[str, Any]) -> Iterator[str]:
    rows: dict[int, list[str]] = {}
    for cell in grid["cells"]:
        rows.setdefault(cell["row"], []).append(_cell(cell["content"]))
    for row in rows.values():
        yield "\t".join(row).rstrip()


def _lines(cells: Sequence[Sequence[str]], name: str, found: Findings, task: Task) -> list[str]:
    """The rows of a sheet as lines, as many as there is time for: one cell far out makes millions that are empty."""
    lines: list[str] = []
    for row in cells:
        if len(lines) % ROWS_A_LOOK == 0 and lines:
            task.check()
            if task.late:
                found.left_out.append(f"Only the first {len(lines):,} rows of the sheet “{name}” were read in time.")
                break
        filled = len(row)
        while filled and not row[filled - 1]:
            filled -= 1
        lines.append("\t".join(_cell(cell) if cell else "" for cell in row[:filled]).rstrip())
    return lines


def _cell(text: str) -> str:
    return _MIDNIGHT.sub(r"\1", " ".join(text.split()))


def _header(rows: list[str]) -> str:
    """The first row, if it names columns."""
    cells = rows[0].split("\t") if rows else []
    if len(cells) < 2 or any(not cell or _NUMBER.fullmatch(cell) for cell in cells):
        return ""
    return one_line(" | ".join(cells), 300).replace("›", ">")


def _imprint(result: ExtractionResult) -> Iterator[Block]:
    """Title, authors and description of a book, which stand nowhere in its text."""
    metadata = result.metadata
    authors = ", ".join(metadata.get("authors") or [])
    said = [metadata.get("title"), f"Authors: {authors}" if authors else "", metadata.get("description")]
    yield Block("\n".join(one_line(line, 2_000) for line in said if line))


def _comments(source: Source) -> list[Block]:
    """The remarks in a Word document's margin, which kreuzberg leaves out."""
    with opened(source) as archive:
        root = parse_xml(member(archive, "word/comments.xml").decode("utf-8-sig", "replace"))
    blocks = []
    for comment in root if root is not None else ():
        author = next((value for name, value in comment.attrib.items() if name.endswith("}author")), "")
        lines = [
            "".join(run.text or "" for run in paragraph.iter() if name_of(run) == "t")
            for paragraph in comment.iter()
            if name_of(paragraph) == "p"
        ]
        text = "\n".join(line for line in lines if line.strip())
        if text:
            blocks.append(Block(f"Comment by {author}: {text}" if author else f"Comment: {text}"))
    return blocks


def _first_rows(source: Source) -> dict[int, int]:
    """Number of a sheet -> number of its first row that holds anything: kreuzberg leaves empty rows above it out."""
    rows = {}
    with opened(source) as archive:
        workbook = parse_xml(member(archive, "xl/workbook.xml").decode("utf-8-sig", "replace"))
        relations = parse_xml(member(archive, "xl/_rels/workbook.xml.rels").decode("utf-8-sig", "replace"))
        links = relations if relations is not None else ()
        targets = {link.get("Id"): link.get("Target", "") for link in links}
        sheets = [element for element in workbook.iter() if name_of(element) == "sheet"] if workbook is not None else []
        for number, sheet in enumerate(sheets, 1):
            ident = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), None)
            first = _FIRST_CELL.search(_beginning(archive, targets.get(ident, "")))
            if first:
                rows[number] = int(first.group(1))
    return rows


def _beginning(archive: zipfile.ZipFile, target: str) -> bytes:
    name = target[1:] if target.startswith("/") else f"xl/{target}"
    try:
        with archive.open(name) as sheet:
            return sheet.read(1_000_000)
    except (*DAMAGED, RuntimeError, KeyError):
        return b""


def _pictures_in(source: Source) -> int:
    if not source.head.startswith(b"PK"):
        return 0
    with opened(source) as archive:
        return sum(name.startswith(("xl/media/", "Pictures/")) for name in archive.namelist())


def _report_pictures(pictures: int, blocks: list[Block], found: Findings) -> None:
    """Say that pictures were not read, where they may well hold what matters."""
    if pictures and sum(len(block.text) for block in blocks) < FEW_CHARS * pictures:
        what = count(pictures, "picture in it was", "pictures in it were")
        found.left_out.append(f"{what} not read; reading pictures is not on yet.")


FORMATS = (
    Format(("docx", "doc", "odt", "epub", "ppt", "hwp", "hwpx"), read_document),
    Format(("xlsx", "xlsb", "xls", "ods"), read_sheets),
    Format(("iwork",), read_iwork),
)
