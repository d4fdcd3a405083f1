"""XML as a tree, and the text in it."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree


def parse_xml(text: str) -> ElementTree.Element | None:
    """The root element; None if the text is no XML, or defines entities."""
    if "<!ENTITY" in text[:10_000]:
        return None
    try:
        # Expat itself refuses floods of entities; what defines any is not even parsed.
        return ElementTree.fromstring(text.strip())  # noqa: S314 - for the reason above
    except (ElementTree.ParseError, ValueError, RecursionError):
        return None


def name_of(element: ElementTree.Element) -> str:
    """The element's name without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def text_of(element: ElementTree.Element, before: Callable[[ElementTree.Element], str]) -> str:
    """All text of the element in its order. before(inner): what to say ahead of each element inside."""
    parts: list[str] = []
    waiting: list[ElementTree.Element | str] = [element]
    while waiting:
        here = waiting.pop()
        if isinstance(here, str):
            parts.append(here)
            continue
        if here is not element:
            parts.append(before(here))
        parts.append(here.text or "")
        for inner in reversed(here):
            waiting += [inner.tail or "", inner]
    return "".join(parts)
