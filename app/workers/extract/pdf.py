"""PDF, page by page through PDFium. Places are pages."""

from __future__ import annotations

import ctypes
import itertools
import re
from collections.abc import Iterator
from typing import Any

from app.base.wording import count
from app.workers.extract.content import Border, Findings, Refused, Section, clean, listed, one_line, path_of
from app.workers.extract.formats import Format
from app.workers.extract.kinds import locked
from app.workers.extract.moments import moment
from app.workers.extract.properties import note_author
from app.workers.extract.source import Source
from app.workers.extract.task import Task

MOST_OUTLINE = 5_000  # entries of the table of contents that are looked at
MOST_OBJECTS = 2_000  # objects of a page looked at for pictures
PICTURE_SHARE = 0.3  # of a page without text that a picture covers to be what it shows
HYPHEN = "\ufffe"  # PDFium's sign for a word divided at the end of a line

_DIVIDED = re.compile(rf"(?<![^\W\d_])([^\W\d_]++){HYPHEN}([^\W\d_]++)")
_WORD = re.compile(r"[^\W\d_]{2,}")
_NO_TITLE = re.compile(
    r"\.(?:docx?|pdf|indd|dvi|tex|qxd|e?ps|pptx?|xlsx?|p65|fm|txt|html?|rtf|odt|wpd|cdr|ai|pmd|jpe?g|png|tiff?)\b"
    r"|^(?:untitled|microsoft (?:word|powerpoint)|document\d*$|powerpoint|presentation$|slide 1|title$|output$|print$"
    r"|no title|unknown|\(anonymous\)|blank|full page)",
    re.IGNORECASE,
)


def read_pdf(source: Source, found: Findings, task: Task) -> Iterator[Section]:
    """The pages that hold text. Raises Refused if there is none, or the file is locked or damaged."""
    import pypdfium2

    with open_pdf(source) as document:
        pages = len(document)
        found.title = _title(document)
        found.dated = moment(_said(document, "CreationDate")) or moment(_said(document, "ModDate"))
        note_author(_said(document, "Author"), found)
        headings = _outline(document)
        pictures = broken = read = 0
        path = ""
        for number in range(1, pages + 1):
            task.check()
            if task.late:
                found.left_out.append(f"Only the first {number - 1:,} of {count(pages, 'page')} were read in time.")
                break
            path = headings.get(number, path)
            try:
                text, is_picture = _read_page(document, number)
            except pypdfium2.PdfiumError:
                broken += 1
                continue
            pictures += is_picture
            if text.strip():
                read += 1
                yield Section(text.strip("\n") + "\n\n", "page", number, f"page {number}", path, Border.HARD)
        attached = _attachments(document)
    if not read and not found.left_out:
        raise _nothing(pages, pictures, broken)
    if pictures:
        found.left_out.append(f"{pictures:,} of {count(pages, 'page')} are pictures; reading pictures is not on yet.")
    if broken:
        found.left_out.append(f"{broken:,} of {count(pages, 'page')} are damaged.")
    if attached:
        found.left_out.append(
            f"{count(len(attached), 'attached file was', 'attached files were')} not read: {listed(attached)}."
        )


def open_pdf(source: Source) -> Any:
    """The document, a pypdfium2.PdfDocument. Raises Refused if it is locked or damaged."""
    import pypdfium2

    try:
        # (The library has no types.)
        return pypdfium2.PdfDocument(source.data or source.stream())  # type: ignore[no-untyped-call]
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise locked() from error
        raise Refused("damaged", "The PDF is damaged.", "Get it again from where it came from.") from error


def _nothing(count: int, pictures: int, broken: int) -> Refused:
    """Why no page holds text."""
    if broken == count:
        return Refused("damaged", "The PDF is damaged: no page of it can be read.", "Get it again where it came from.")
    if pictures:
        which = f"{pictures:,} of {count:,} pages are pictures and the others hold no text"
        if pictures == count:
            which = "Its only page is a picture" if count == 1 else f"All {count:,} pages are pictures"
        hint = "Make the text in it recognisable (OCR) with your scanner’s program."
        return Refused("empty", f"{which}; reading pictures is not on yet.", hint)
    return Refused("empty", "The PDF holds no text.", "What looks like text may be drawn; export it anew with text.")


def _read_page(document: Any, number: int) -> tuple[str, bool]:
    """The page's text, and whether a picture is all it shows."""
    page = document[number - 1]
    try:
        textpage = page.get_textpage()
        try:
            text = _joined(_characters(textpage))
        finally:
            textpage.close()
        return text, not text.strip() and _is_picture(page)
    finally:
        page.close()


def _characters(textpage: Any) -> str:
    """All text of the page in PDFium's order."""
    from pypdfium2 import raw

    count = raw.FPDFText_CountChars(textpage)
    first, last = 0, count - 1
    while first < count and raw.FPDFText_GetTextIndexFromCharIndex(textpage, first) < 0:
        first += 1  # PDFium gives nothing at all if the first character is one that it keeps to itself
    while last > first and raw.FPDFText_GetTextIndexFromCharIndex(textpage, last) < 0:
        last -= 1
    if last < first:
        return ""
    buffer = (ctypes.c_ushort * (2 * (last - first) + 16))()
    written = raw.FPDFText_GetText(textpage, first, last - first + 1, buffer)
    return bytes(buffer)[: 2 * max(0, written - 1)].decode("utf-16-le", "ignore")


def _joined(text: str) -> str:
    """The text with words divided at line ends made whole; with a hyphen where the page elsewhere shows both halves as
    words and never the whole."""
    if HYPHEN in text:
        known = {word.lower() for word in _WORD.findall(_DIVIDED.sub(" ", text))}

        def join(match: re.Match[str]) -> str:
            first, second = match.groups()
            apart = (first + second).lower() not in known and {first.lower(), second.lower()} <= known
            return f"{first}-{second}" if apart else first + second

        text = _DIVIDED.sub(join, text).replace(HYPHEN, "-")
    return clean(text)


def _is_picture(page: Any) -> bool:
    from pypdfium2 import raw

    width, height = page.get_size()
    objects = page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=4)
    for image in itertools.islice(objects, MOST_OBJECTS):
        left, bottom, right, top = image.get_bounds()
        if (right - left) * (top - bottom) >= PICTURE_SHARE * width * height:
            return True
    return False


def _attachments(document: Any) -> list[str]:
    """Names of the files in the PDF; "?" for one that is damaged."""
    import pypdfium2

    names = []
    for index in range(document.count_attachments()):
        try:
            names.append(one_line(document.get_attachment(index).get_name(), 80))
        except pypdfium2.PdfiumError:
            names.append("?")
    return names


def _title(document: Any) -> str:
    """The title in the document's properties, unless a program made it up."""
    title = one_line(_said(document, "Title"))
    letters = sum(character.isalpha() for character in title)
    return title if letters >= 4 and letters * 2 > len(title) and not _NO_TITLE.search(title) else ""


def _said(document: Any, name: str) -> str:
    """An entry of the document's properties, "" if it is missing."""
    return str(document.get_metadata_value(name) or "")


def _outline(document: Any) -> dict[int, str]:
    """Number of a page -> headings by the table of contents, for pages where an entry begins."""
    import pypdfium2

    headings: dict[int, str] = {}
    above: list[str] = []
    try:
        for entry in itertools.islice(document.get_toc(max_depth=3), MOST_OUTLINE):
            above[entry.level :] = [entry.get_title() or ""]
            target = entry.get_dest()
            index = target.get_index() if target is not None else None
            if index is not None:
                headings.setdefault(index + 1, path_of(above))
    except (pypdfium2.PdfiumError, UnicodeDecodeError):
        return headings  # a damaged table of contents: as far as it went
    return headings


FORMATS = (Format(("pdf",), read_pdf),)
