"""Presentations (PPTX, ODP) from their XML: each slide with its tables, charts, notes and pictures' descriptions."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from app.base.wording import count
from app.workers.extract.archive import member, opened
from app.workers.extract.content import Border, Findings, Refused, Section, clean, one_line
from app.workers.extract.formats import Format
from app.workers.extract.source import Source
from app.workers.extract.task import Task
from app.workers.extract.xml_tree import name_of, parse_xml, text_of

PART_BYTES = 48 * 1024 * 1024
TITLES = frozenset({"title", "ctrTitle"})
NOT_NOTES = frozenset({"sldNum", "hdr", "ftr", "dt", "sldImg"})  # placeholders of a notes page that hold no notes
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
_CORE_TITLE = "{http://purl.org/dc/elements/1.1/}title"


def read_pptx(source: Source, found: Findings, task: Task) -> Iterator[Section]:
    """The slides in their order."""
    with opened(source) as archive:
        deck = _Deck(archive)
        slides = deck.slides()
        found.title = deck.title()
        silent = 0
        for number, name in enumerate(slides, 1):
            task.check()
            if task.late:
                found.left_out.append(f"Only the first {number - 1:,} of {len(slides):,} slides were read in time.")
                break
            slide = _Slide(deck, name)
            silent += slide.pictures > 0 and not slide.text
            yield from _section(number, slide.title, slide.text)
        _report(silent, len(slides), found)


def read_odp(source: Source, found: Findings, task: Task) -> Iterator[Section]:
    """The slides in their order."""
    with opened(source) as archive:
        root = _xml(archive, "content.xml")
        meta = _xml(archive, "meta.xml", missing=True)
    if meta is not None:
        found.title = _core_title(meta)
    pages = list(root.iter(f"{_DRAW}page")) if root is not None else []
    silent = 0
    for number, page in enumerate(pages, 1):
        task.check()
        titles = [frame for frame in page.iter(f"{_DRAW}frame") if frame.get(f"{_PRESENTATION}class") == "title"]
        title = _odf_text(titles[0]) if titles else ""
        text = "\n".join(line for line in map(_odf_line, page.iter()) if line)
        silent += not text and next(page.iter(f"{_DRAW}image"), None) is not None
        yield from _section(number, one_line(title), text)
    _report(silent, len(pages), found)


def _core_title(root: Element) -> str:
    return next((one_line(element.text or "") for element in root.iter(_CORE_TITLE)), "")


def _section(number: int, title: str, text: str) -> Iterator[Section]:
    if text.strip():
        said = clean(text).strip("\n") + "\n\n"
        yield Section(said, "slide", number, f"slide {number}", title, Border.HARD, by_line=True)


def _report(silent: int, slides: int, found: Findings) -> None:
    if silent:
        found.left_out.append(
            f"{silent:,} of {count(slides, 'slide')} show only pictures; reading pictures is not on yet."
        )


def _xml(archive: zipfile.ZipFile, name: str, *, missing: bool = False) -> Element | None:
    """A part's root; None if it is not there and may be missing. Raises Refused if it is damaged."""
    data = member(archive, name, PART_BYTES)
    root = parse_xml(data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace"))
    if root is None and not missing:
        raise Refused("damaged", "The presentation is damaged.", "Open and save it again, or get it again.")
    return root


def _odf_line(element: Element) -> str:
    if element.tag in (f"{_TEXT}p", f"{_TEXT}h"):
        return _odf_text(element).strip()
    return one_line(element.text or "") if name_of(element) in ("desc", "title") else ""


def _odf_text(element: Element) -> str:
    """The text of an element, with tabs, runs of spaces and line breaks in their places."""
    marks = {f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n", f"{_TEXT}s": " "}
    return text_of(element, lambda inner: marks.get(inner.tag, ""))


class _Deck:
    """A PPTX file's parts."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def part(self, name: str) -> Element | None:
        """A part's root, None if it is missing or damaged: the other slides can still be read."""
        try:
            return _xml(self._archive, name, missing=True)
        except Refused:
            return None

    def relations(self, name: str) -> dict[str, tuple[str, str]]:
        """What a part refers to: id -> (last word of the type, name of the part)."""
        folder, _, file = name.rpartition("/")
        root = self.part(f"{folder}/_rels/{file}.rels")
        found = {}
        for relation in root if root is not None else ():
            if relation.get("TargetMode") != "External":
                target = relation.get("Target", "")
                path = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                found[relation.get("Id", "")] = (relation.get("Type", "").rpartition("/")[2], path)
        return found

    def slides(self) -> list[str]:
        """Names of the slides' parts in their order. Raises Refused if the presentation is damaged."""
        root = _xml(self._archive, "ppt/presentation.xml")
        relations = self.relations("ppt/presentation.xml")
        assert root is not None
        ids = [element.get(f"{_RELATION}id", "") for element in root.iter() if name_of(element) == "sldId"]
        return [relations[ident][1] for ident in ids if ident in relations]

    def title(self) -> str:
        """The title in the document's properties, unless it is the program's own."""
        root = self.part("docProps/core.xml")
        title = _core_title(root) if root is not None else ""
        return "" if title.lower() in ("powerpoint presentation", "presentation", "slide 1") else title


class _Slide:
    """What a slide says, in the order of its shapes; notes last."""

    def __init__(self, deck: _Deck, name: str) -> None:
        self.title = ""
        self.pictures = 0
        self._deck = deck
        self._relations = deck.relations(name)
        self._lines: list[str] = []
        root = deck.part(name)
        if root is not None:
            self._walk(root)
        for kind, path in self._relations.values():
            if kind == "notesSlide":
                self._notes(path)
        self.text = "\n".join(line for line in self._lines if line.strip())

    def _walk(self, element: Element) -> None:
        for child in element:
            name = name_of(child)
            if name == "sp":
                self._shape(child)
            elif name == "graphicFrame":
                self._describe(child)
                self._frame(child)
            elif name == "pic":
                self.pictures += 1
                self._describe(child)
            elif name == "AlternateContent":
                self._walk(child[0] if len(child) else child)  # the first choice; the others say the same again
            else:
                self._walk(child)

    def _shape(self, shape: Element) -> None:
        text = "\n".join(_paragraphs(shape))
        kinds = {element.get("type", "") for element in shape.iter() if name_of(element) == "ph"}
        if not TITLES.isdisjoint(kinds) and not self.title:
            self.title = one_line(text)
        self._lines.append(text)

    def _frame(self, frame: Element) -> None:
        """A table, a chart or a diagram."""
        for element in frame.iter():
            name = name_of(element)
            if name == "tr":
                cells = [" ".join(_paragraphs(cell)) for cell in element if name_of(cell) == "tc"]
                self._lines.append("\t".join(cells))
            elif name == "chart":
                self._part(element.get(f"{_RELATION}id", ""), _chart_lines)
            elif name == "relIds":
                self._part(element.get(f"{_RELATION}dm", ""), _paragraphs)

    def _part(self, ident: str, read: Callable[[Element], list[str]]) -> None:
        """Lines of another part, such as a chart's."""
        root = self._deck.part(self._relations[ident][1]) if ident in self._relations else None
        if root is not None:
            self._lines.extend(read(root))

    def _describe(self, element: Element) -> None:
        """The description that a person gave to a picture, a chart or a table."""
        for inner in element.iter():
            if name_of(inner) == "cNvPr":
                self._lines.append(one_line(inner.get("descr", ""), 1_000))
                return

    def _notes(self, path: str) -> None:
        root = self._deck.part(path)
        for shape in root.iter() if root is not None else ():
            if name_of(shape) != "sp":
                continue
            kinds = {element.get("type", "") for element in shape.iter() if name_of(element) == "ph"}
            text = "\n".join(_paragraphs(shape))
            if text.strip() and NOT_NOTES.isdisjoint(kinds):
                self._lines.append(f"Notes: {text}")


def _paragraphs(element: Element) -> list[str]:
    """The paragraphs of DrawingML text below an element."""
    found = []
    for paragraph in element.iter():
        if name_of(paragraph) == "p" and "drawingml" in paragraph.tag:
            runs = []
            for inner in paragraph.iter():
                if name_of(inner) == "t":
                    runs.append(inner.text or "")
                elif name_of(inner) in ("br", "tab"):
                    runs.append("\n" if name_of(inner) == "br" else "\t")
            found.append("".join(runs))
    return found


def _chart_lines(root: Element) -> list[str]:
    """A chart's titles, then each series with its values by category."""
    lines = []
    for element in root.iter():
        if name_of(element) == "title":
            lines.append(" ".join(_paragraphs(element)))
        elif name_of(element) == "ser":
            values = {name_of(child): _values(child) for child in element}
            names = " ".join(values.get("tx", []))
            categories = values.get("cat") or values.get("xVal") or []
            numbers = values.get("val") or values.get("yVal") or []
            pairs = [f"{category}: {number}" for category, number in zip(categories, numbers, strict=False)]
            lines.append(f"{names}\t{', '.join(pairs or numbers)}".strip())
    return lines


def _values(element: Element) -> list[str]:
    return [point.text or "" for point in element.iter() if name_of(point) == "v"]


FORMATS = (Format(("pptx",), read_pptx), Format(("odp",), read_odp))
