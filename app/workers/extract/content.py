"""What the readers give: stretches of text with their places, and what was left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from app.base.values import FileState, PlaceKind

_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_SPACES = re.compile(r"\s+")


class Border(IntEnum):
    """How strongly the start of a section parts it from what stands before: a chunk never crosses HARD."""

    NONE = 0
    SUB = 1  # a lower heading, a definition
    TOP = 2  # a heading of the first two levels; crossed only by tiny sections
    HARD = 3  # a page, a slide, a sheet, a message


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of text at one place. The texts of a document's sections, joined, are its extracted text.

    number: of the place, from 1; for kind "line" the chunker counts lines itself. label: for a person.
    heading: headings it stands under, outermost first, joined by " › ". by_line: a line end is a better place to cut
    than a sentence end (code, tables). opens: its first line says the same as the last part of its heading.
    first_row: of a sheet, whose name is the first line, the number of the row on the second; 0 if unknown.
    sender, dated: of the message that it is part of, as in Chunk.
    """

    text: str
    kind: PlaceKind = "whole"
    number: int = 1
    label: str = ""
    heading: str = ""
    border: Border = Border.NONE
    by_line: bool = False
    opens: bool = False
    first_row: int = 0
    sender: str = ""
    dated: int = 0


@dataclass(slots=True)
class Findings:
    """What a reader learns beside the text. left_out: plain sentences on what was not read; they make it "partial".

    author, dated: as in Document.
    """

    kind: str
    title: str = ""
    author: str = ""
    dated: int = 0
    left_out: list[str] = field(default_factory=list)
    hint: str = ""


class Refused(Exception):
    """The file has no text to give: the state it settles in, why, and what helps."""

    def __init__(self, state: FileState, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.state: FileState = state
        self.reason = reason
        self.hint = hint


def clean(text: str) -> str:
    """The text with line ends as "\\n" and without what no text holds: controls, lone surrogates, non-characters."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNWANTED.sub("", text)


def one_line(text: str, limit: int = 200) -> str:
    """The text on one line, single-spaced, cut to `limit` characters with "…"."""
    line = _SPACES.sub(" ", clean(text)).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def path_of(headings: Sequence[str]) -> str:
    """Headings, outermost first, as one line."""
    return " › ".join(one_line(heading, 120) for heading in headings if heading.strip())


def listed(names: Sequence[str], limit: int = 5) -> str:
    """Names for a sentence: at most `limit`, then how many more."""
    shown = ", ".join(one_line(name, 80) for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit:,} more"
