"""Web pages: their text without the furniture around it, by headings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from app.workers.extract.content import Findings, Section, one_line
from app.workers.extract.formats import Format
from app.workers.extract.markup import MarkupScanner, Start, Text
from app.workers.extract.moments import moment
from app.workers.extract.outline import Block, sections_of, title_of
from app.workers.extract.properties import note_author
from app.workers.extract.source import Source
from app.workers.extract.task import Task
from app.workers.extract.text import decoded

VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())  # noqa: SIM905 - a list of words
SILENT = frozenset({"script", "style", "noscript", "template", "svg", "iframe", "object", "canvas", "audio", "video",
                    "select", "datalist"})  # fmt: skip
FURNITURE = frozenset({"nav", "footer", "button", "dialog", "menu"})
FURNITURE_ROLES = frozenset({"navigation", "search", "menu", "menubar", "dialog", "alertdialog", "toolbar",
                             "tooltip"})  # fmt: skip
FURNITURE_CLASSES = frozenset({"mw-editsection", "noprint", "sr-only", "visually-hidden"})
SAID_IN_HEADER = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "p", "time", "address"})
PARAGRAPHS = frozenset({"p", "div", "section", "article", "main", "aside", "header", "footer", "blockquote", "figure",
                        "figcaption", "ul", "ol", "dl", "table", "form", "fieldset", "address", "details", "summary",
                        "pre", "hr", "center", "body", "html", "caption", "nav", "title"})  # fmt: skip
LINES = frozenset({"li", "dt", "dd", "tr", "br", "option", "legend", "label"})
HEADINGS = {f"h{level}": level for level in range(1, 7)}
LEAST_SHARE = 0.05  # of all text that must remain without furniture
ALT_CHARS = 12  # shorter descriptions of pictures are decoration
MOST_SAID = 200
SAID_CHARS = 200
DATES = ("article:published_time", "datepublished", "dcterms.created", "dcterms.issued", "dc.date", "dcterms.date",
         "date", "pubdate", "citation_publication_date", "article:modified_time", "last-modified")  # fmt: skip
AUTHORS = ("author", "dc.creator", "dcterms.creator", "article:author", "citation_author")

_SPACE = re.compile(r"[ \t\n\r\f\v]+")


@dataclass(slots=True)
class Page:
    """A page's title and text, and what it says of itself: the values of its <meta> by their names, small."""

    title: str = ""
    said: dict[str, str] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    silenced: int = 0  # characters left out as furniture


def read_html(source: Source, found: Findings, task: Task) -> list[Section]:
    """The page's text."""
    markup = decoded(source, task.max_chars)
    if len(markup) > task.max_chars:
        found.left_out.append(f"Only the first {task.max_chars:,} characters were read.")
    page = parse_page(markup)
    found.title = one_line(page.title) or title_of(page.blocks)
    found.dated = next((at for name in DATES if (at := moment(page.said.get(name, "")))), 0)
    for name in AUTHORS:
        note_author(page.said.get(name, ""), found)
    return sections_of(page.blocks)


def parse_page(markup: str) -> Page:
    """The page, without navigation and the like; with it if hardly anything else is there."""
    page = _parse(markup, furniture=False)
    length = sum(len(block.text) for block in page.blocks)
    if length < LEAST_SHARE * (length + page.silenced):
        return _parse(markup, furniture=True)
    return page


def blocks_of(markup: str) -> list[Block]:
    """The text of a piece of HTML: a mail's body, a feed's entry, a book's chapter."""
    return _parse(markup, furniture=True).blocks


def _parse(markup: str, *, furniture: bool) -> Page:
    builder = _Builder(furniture)
    for event in MarkupScanner(markup).events():
        if isinstance(event, Text):
            builder.say(event.text)
        elif isinstance(event, Start):
            builder.start(event.tag, event.attributes)
        else:
            builder.end(event.tag)
    builder.end_block()
    return builder.page


@dataclass(slots=True)
class _Open:
    """An element that is open. silent: nothing in it is read. sparing: only headings and paragraphs are."""

    tag: str
    silent: bool
    sparing: bool


class _Builder:
    """Collects blocks of text. furniture: whether navigation and the like are read too."""

    def __init__(self, furniture: bool) -> None:
        self.page = Page()
        self._furniture = furniture
        self._open: list[_Open] = []
        self._text: list[str] = []
        self._level = 0
        self._pre = 0
        self._title: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if tag in VOID:
            self._void(tag, attributes)
            return
        if tag == "title" and not self.page.title:
            self._title = []
        self._break(tag)
        if tag in HEADINGS:
            self._level = HEADINGS[tag]
        elif tag == "pre":
            self._pre += 1
        elif tag == "li":
            self._text.append("- ")
        outer = self._open[-1] if self._open else _Open("", False, False)
        sparing = (outer.sparing or tag == "header") and tag not in SAID_IN_HEADER and not self._furniture
        silent = outer.silent or tag in SILENT or (not self._furniture and is_furniture(tag, attributes))
        self._open.append(_Open(tag, silent, sparing))

    def end(self, tag: str) -> None:
        """An element ends, and with it those inside that never did."""
        if tag in VOID:
            return
        if tag == "title" and self._title is not None:
            self.page.title = "".join(self._title)
            self._title = None
        depth = next((depth for depth in range(1, min(len(self._open), 64) + 1) if self._open[-depth].tag == tag), 0)
        self._break(tag)
        if tag == "pre" and depth:
            self._pre = max(0, self._pre - 1)
        if depth:
            del self._open[-depth:]

    def say(self, data: str) -> None:
        """Text comes."""
        if self._title is not None:
            self._title.append(data)
            return
        here = self._open[-1] if self._open else None
        if here is not None and (here.silent or here.sparing):
            self.page.silenced += 0 if here.tag in SILENT else len(data.strip())
            return
        self._text.append(data if self._pre else _SPACE.sub(" ", data))

    def _void(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "br":
            self._text.append("\n")
        elif tag == "hr":
            self.end_block()
        elif tag == "meta":
            name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop", "")
            if name and len(self.page.said) < MOST_SAID:
                self.page.said.setdefault(name.lower(), attributes.get("content", "")[:SAID_CHARS])
        elif tag == "img" and not (self._open and (self._open[-1].silent or self._open[-1].sparing)):
            description = one_line(attributes.get("alt", ""), 500)
            if len(description) >= ALT_CHARS:
                self._text.append(f" {description} ")

    def _break(self, tag: str) -> None:
        """End the block or the line, as this tag's start and end do."""
        if tag in PARAGRAPHS or tag in HEADINGS:
            self.end_block()
        elif tag in LINES:
            self._text.append("\n")
        elif tag in ("td", "th"):
            self._text.append("\t")

    def end_block(self) -> None:
        """Close the paragraph that was being collected."""
        text = "".join(self._text)
        self._text = []
        if not self._pre:
            lines = (re.sub(r" ?\t[ \t]*", "\t", line).strip(" \t") for line in text.split("\n"))
            text = "\n".join(line for line in lines if line and line != "-")
        if text.strip():
            self.page.blocks.append(Block(text, self._level))
        self._level = 0


def is_furniture(tag: str, attributes: dict[str, str]) -> bool:
    """Whether an element is not the page's own text: navigation, a menu, what is hidden."""
    if tag in FURNITURE or attributes.get("role", "").lower() in FURNITURE_ROLES:
        return True
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    if "display:none" in attributes.get("style", "").replace(" ", "").lower():
        return True
    return not FURNITURE_CLASSES.isdisjoint(attributes.get("class", "").split())


FORMATS = (Format(("html",), read_html),)
