"""News feeds (RSS, Atom, RDF). Places are the entries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from app.workers.extract import html
from app.workers.extract.content import Findings, Section, clean, one_line
from app.workers.extract.formats import Format
from app.workers.extract.markup import HTML_NAMES, TAG
from app.workers.extract.outline import Block, line_sections, sections_of
from app.workers.extract.source import Source
from app.workers.extract.task import Task
from app.workers.extract.text import decoded
from app.workers.extract.xml_tree import name_of, parse_xml

ENTRIES = frozenset({"item", "entry"})
UNSAID = frozenset({"link", "guid", "id", "comments", "thumbnail", "image", "textInput", "cloud", "docs"})
_ENTITY = re.compile(r"&(?:[a-z]{2,8}|#\d{1,7});")


def read_feed(source: Source, found: Findings, task: Task) -> list[Section]:
    """The feed's entries, each with its title as heading; as lines of XML if it is damaged."""
    text = decoded(source, 4 * task.max_chars)
    root = parse_xml(text)
    if root is None:
        found.kind = "data"
        return line_sections(text, (), by_line=True)
    blocks: list[Block] = []
    _read_channel(root, blocks)
    found.title = next((block.text for block in blocks if block.level == 1), "")
    return sections_of(blocks)


def _read_channel(root: Element, blocks: list[Block]) -> None:
    """Blocks of the feed itself, then of its entries, wherever they stand."""
    entries: list[Element] = []
    lines: list[str] = []
    title = ""
    for parent in (root, *root):
        if name_of(parent) in ENTRIES:
            continue
        for child in parent:
            if name_of(child) in ENTRIES:
                continue
            text = _text(child)
            if name_of(child) == "title" and text and not title:
                title = one_line(text)
            elif len(child) == 0 and text and name_of(child) not in UNSAID:
                lines.append(text)
    entries = [element for element in root.iter() if name_of(element) in ENTRIES]
    if title:
        blocks.append(Block(title, 1))
    blocks.extend(Block(line) for line in lines)
    for entry in entries:
        blocks.extend(_entry(entry))


def _entry(entry: Element) -> Iterator[Block]:
    """The entry's title, then what else it says; its content once, though often given as a summary too."""
    texts = [(name_of(child), _text(child)) for child in entry]
    title = next((text for name, text in texts if name == "title" and text), "")
    yield Block(one_line(title) or "entry", 2)
    said: set[str] = set()
    for name, text in texts:
        repeated = text in said or any(text != other and text in other for _, other in texts)
        if text and not repeated and name not in UNSAID and name != "title":
            said.add(text)
            yield Block(text)


def _text(element: Element) -> str:
    """What the element says, the HTML in it undone."""
    text = clean("".join(element.itertext())).strip()
    begin = text[:5_000]
    if _ENTITY.search(begin) or any(tag[1].lower() in HTML_NAMES for tag in TAG.finditer(begin)):
        text = "\n\n".join(block.text for block in html.blocks_of(text))
    return text


FORMATS = (Format(("feed",), read_feed),)
