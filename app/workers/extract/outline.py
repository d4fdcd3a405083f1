"""Headings to sections: the shape that most documents have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.workers.extract.content import Border, Section, clean, one_line, path_of

WHOLE = "whole document"
TOP_LEVELS = 2  # headings of these levels part chunks


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, table row or the like; a heading if level is 1 (highest) or more."""

    text: str
    level: int = 0


class Trail:
    """The headings that the current place stands under."""

    def __init__(self, *outer: str) -> None:
        self._outer = list(outer)
        self._open: list[tuple[int, str]] = []

    def enter(self, level: int, heading: str) -> str:
        """The path after a heading of this level, itself included."""
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        self._open.append((level, heading))
        return self.path

    @property
    def path(self) -> str:
        """Headings, outermost first, as one line."""
        return path_of([*self._outer, *(heading for _, heading in self._open)])


def border_of(level: int) -> Border:
    """How strongly a heading of this level parts."""
    return Border.TOP if level <= TOP_LEVELS else Border.SUB


def sections_of(blocks: Iterable[Block]) -> list[Section]:
    """Sections with kind "heading", numbered from 1, or one with kind "whole" if there is no heading.

    Paragraphs are parted by empty lines. What stands before the first heading is the first section.
    """
    sections: list[Section] = []
    trail = Trail()
    texts: list[str] = []
    heading, level = "", 0

    def close() -> None:
        if texts:
            label = one_line(heading, 120) or "beginning"
            border = border_of(level) if sections else Border.HARD
            text = "\n\n".join(texts) + "\n\n"
            sections.append(Section(text, "heading", len(sections) + 1, label, trail.path, border))

    for block in blocks:
        text = clean(block.text).strip("\n ")
        if not text.strip():
            continue
        if block.level:
            close()
            texts = []
            heading, level = text, block.level
            trail.enter(level, heading)
        texts.append(text)
    close()
    if len(sections) == 1 and not heading:
        return [Section(sections[0].text, "whole", 1, WHOLE, border=Border.HARD)]
    return sections


def title_of(blocks: Sequence[Block]) -> str:
    """The first heading, if it opens the document; else ""."""
    for block in blocks[:3]:
        if block.level and block.text.strip():
            return one_line(block.text)
    return ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A heading in a text of lines. position: of its line's first character.

    opens: its line says the same as the heading, so that a chunk that begins with it need not be told.
    """

    position: int
    level: int
    heading: str
    opens: bool = False


def line_sections(text: str, marks: Iterable[Mark], *, by_line: bool = False) -> list[Section]:
    """The text's sections with kind "line", parted at the marks, which are in order."""
    sections: list[Section] = []
    trail = Trail()
    begun, path, border, opens = 0, "", Border.HARD, False
    for mark in marks:
        if text[begun : mark.position].strip():
            sections.append(_lines(text[begun : mark.position], path, border, by_line, opens))
            begun = mark.position
            border = border_of(mark.level)
        path = trail.enter(mark.level, mark.heading)
        opens = mark.opens
    if text[begun:].strip() or not sections:
        sections.append(_lines(text[begun:], path, border, by_line, opens))
    return sections


def _lines(text: str, path: str, border: Border, by_line: bool, opens: bool) -> Section:
    return Section(text, "line", heading=path, border=border, by_line=by_line, opens=opens)
