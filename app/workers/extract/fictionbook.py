"""FictionBook (FB2): a book in one XML file. Places are its headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from app.workers.extract import encoding, html
from app.workers.extract.content import Findings, Refused, Section, one_line
from app.workers.extract.formats import Format
from app.workers.extract.outline import Block, sections_of
from app.workers.extract.source import Source
from app.workers.extract.task import BEGINNING, Task
from app.workers.extract.xml_tree import name_of, parse_xml, text_of

_BOOK = re.compile(rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]*+>\s*+)?+<FictionBook[\s>]")
PARAGRAPHS = frozenset({"p", "v", "subtitle", "text-author", "date", "td", "th"})
UNSAID = frozenset({"binary", "stylesheet"})


def read_book(source: Source, found: Findings, task: Task) -> list[Section]:
    """The book's text. Raises Refused if the XML is damaged."""
    text = (encoding.decode(source.read(task.most_bytes), whole=not task.sparing) or "").replace("\0", "")
    if task.most_bytes is not None and source.size_bytes > task.most_bytes:
        found.left_out.append(BEGINNING)
        return sections_of(html.blocks_of(text))
    root = parse_xml(text)
    if root is None:
        raise Refused("damaged", "The book is damaged.", "Get it again from where it came from.")
    about = next((element for element in root.iter() if name_of(element) == "title-info"), None)
    blocks: list[Block] = []
    if about is not None:
        found.title = one_line(_first(about, "book-title"))
        authors = [_said(element) for element in about if name_of(element) == "author"]
        imprint = [found.title, "Authors: " + ", ".join(authors) if authors else "", _first(about, "annotation")]
        blocks.append(Block("\n".join(line for line in imprint if line)))
    for body in root:
        if name_of(body) == "body":
            blocks.extend(_blocks(body, task))
    return sections_of(blocks)


def _blocks(body: Element, task: Task) -> Iterator[Block]:
    """Headings with the depth of their section, and paragraphs, in order."""
    waiting = [(body, 0)]
    while waiting:
        element, depth = waiting.pop()
        name = name_of(element)
        if name == "title":
            yield Block(_said(element), max(1, depth))
        elif name in PARAGRAPHS:
            yield Block(_said(element))
        elif name not in UNSAID:
            task.check()
            inner = depth + (name == "section")
            waiting += [(child, inner) for child in reversed(element)]


def _first(element: Element, name: str) -> str:
    return next((_said(child) for child in element if name_of(child) == name), "")


def _said(element: Element) -> str:
    """All text of the element on one line, its paragraphs and names parted by spaces."""
    names = (*PARAGRAPHS, "first-name", "middle-name", "last-name")
    return " ".join(text_of(element, lambda inner: " " if name_of(inner) in names else "").split())


FORMATS = (Format(("fb2",), read_book, is_it=lambda source: bool(_BOOK.match(source.head))),)
