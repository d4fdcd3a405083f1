"""A web page written as Markdown, so that the window shows its headings, lists, tables and links without its code."""

from __future__ import annotations

import re

from app.workers.extract.html import HEADINGS, PARAGRAPHS, SILENT, VOID, is_furniture
from app.workers.extract.markup import End, MarkupScanner, Start, Text

DEEPEST = 6  # list in list in list
MOST_CELLS = 20_000  # of one table; what comes after stands as lines

_SPACE = re.compile(r"[ \t\n\r\f\v]+")
_SIGNS = re.compile(r"([\\`*_\[\]<>|~&])")
_LINE_START = re.compile(r"^([#+=-]|\d{1,9}(?=[.)]))")
_EMPHASIS = {"b": "**", "strong": "**", "i": "*", "em": "*", "del": "~~", "s": "~~"}
_LINKS = ("http://", "https://", "mailto:")


def markdown_of(markup: str) -> str:
    """The page's body as Markdown. Every sign of its text that means something there is made a letter again."""
    writer = _Writer()
    for event in MarkupScanner(markup).events():
        if isinstance(event, Text):
            writer.say(event.text)
        elif isinstance(event, Start):
            writer.start(event.tag, event.attributes)
        elif isinstance(event, End):
            writer.end(event.tag)
    return writer.finish()


class _Writer:
    """Collects blocks. A table's cells are collected apart, until it ends."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._words: list[str] = []
        self._silent: list[str] = []  # open elements that say nothing
        self._lists: list[tuple[str, int]] = []  # the tag of each open list, the number of its next item
        self._prefix = ""
        self._quotes = 0
        self._headers = 0
        self._links: list[str] = []
        self._preformatted = 0
        self._rows: list[list[str]] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        menu = bool(self._headers) and tag in ("ul", "ol", "table", "form")  # of a page's or an article's header
        silent = tag in SILENT or tag in ("title", "head") or menu or is_furniture(tag, attributes)
        if silent and tag not in VOID:
            self._silent.append(tag)
        if silent or self._silent:
            return
        if tag in _EMPHASIS and not self._preformatted:
            self._words.append(f"\0{_EMPHASIS[tag]}")
        elif tag == "a":
            address = attributes.get("href", "").strip()
            usable = address.lower().startswith(_LINKS) and not re.search(r"[\s<>()\\]", address)
            self._links.append(address if usable else "")
            self._words.append("\0[" if usable else "")
        elif tag == "br":
            self._words.append("\n" if self._preformatted else "\0\\\n")
        elif tag == "hr":
            self._close()
            self._block("---")
        elif tag in ("table", "tr", "td", "th"):
            self._cell(tag)
        elif self._rows is None:
            self._open(tag)

    def end(self, tag: str) -> None:
        """An element ends."""
        if self._silent:
            if tag in self._silent:
                del self._silent[len(self._silent) - 1 - self._silent[::-1].index(tag) :]
            return
        if tag in _EMPHASIS and not self._preformatted:
            self._words.append(f"\0/{_EMPHASIS[tag]}")
        elif tag == "a" and self._links:
            address = self._links.pop()
            self._words.append(f"\0]({address})" if address else "")
        elif tag in ("td", "th", "table"):
            self._end_cell(tag)
        elif self._rows is None:
            self._shut(tag)

    def say(self, text: str) -> None:
        """Text comes."""
        if not self._silent:
            self._words.append(text.replace("\0", "") if self._preformatted else _escaped(text))

    def finish(self) -> str:
        """What was written."""
        self._end_cell("table")
        self._close()
        return "\n\n".join(self._blocks) + "\n"

    # ---- blocks

    def _open(self, tag: str) -> None:
        if tag in HEADINGS:
            self._close()
            self._prefix = "#" * HEADINGS[tag] + " "
        elif tag in ("ul", "ol"):
            self._close()
            self._lists.append((tag, 1))
        elif tag == "li":
            self._close()
            self._prefix = self._marker()
        elif tag == "blockquote":
            self._close()
            self._quotes += 1
        elif tag == "header":
            self._close()
            self._headers += 1
        elif tag == "pre":
            self._close()
            self._preformatted += 1
        elif tag in PARAGRAPHS or tag in ("dt", "dd"):
            self._close()

    def _shut(self, tag: str) -> None:
        if tag in HEADINGS or tag in PARAGRAPHS or tag in ("li", "dt", "dd"):
            self._close()
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)
        elif tag == "header":
            self._headers = max(0, self._headers - 1)
        elif tag == "pre":
            self._preformatted = max(0, self._preformatted - 1)

    def _marker(self) -> str:
        if not self._lists:
            return "- "
        tag, number = self._lists[-1]
        self._lists[-1] = (tag, number + 1)
        return f"{number}. " if tag == "ol" else "- "

    def _close(self) -> None:
        """End the paragraph that is being written."""
        words, self._words = "".join(self._words), []
        prefix, self._prefix = self._prefix, ""
        if self._preformatted and words.strip():
            fence = "```" if "```" not in words else "~~~~"
            self._block(f"{fence}\n{words.strip(chr(10))}\n{fence}")
            return
        text = _finished(words)
        if not text:
            self._prefix = prefix if prefix and not prefix.startswith("#") else ""
            return
        if prefix.startswith("#"):
            text = text.replace("\\\n", " ")
        elif not prefix:
            text = _LINE_START.sub(r"\\\1", text) if not text[:1].isdigit() else text.replace(".", "\\.", 1)
        self._block(prefix + text)

    def _block(self, text: str) -> None:
        depth = min(max(len(self._lists) - 1, 0), DEEPEST)
        inside = "   " * depth if self._lists else ""
        before = "> " * min(self._quotes, DEEPEST) + inside
        self._blocks.append("\n".join(before + line for line in text.split("\n")))

    # ---- tables

    def _cell(self, tag: str) -> None:
        if tag == "table":
            if self._rows is None:
                self._close()
                self._rows = []
        elif self._rows is None:
            self._close()
        elif tag == "tr":
            self._take_cell()
            self._rows.append([])
        else:
            self._take_cell()
            if not self._rows:
                self._rows.append([])
            self._rows[-1].append("")

    def _end_cell(self, tag: str) -> None:
        if self._rows is None:
            return
        self._take_cell()
        if tag == "table":
            rows, self._rows = [row for row in self._rows if any(row)], None
            self._write_table(rows)

    def _take_cell(self) -> None:
        """Put what was said into the cell that is open; what stands between cells is no part of the table."""
        words, self._words = _finished("".join(self._words)).replace("\\\n", " "), []
        if self._rows and self._rows[-1]:
            self._rows[-1][-1] = f"{self._rows[-1][-1]} {words}".strip()

    def _write_table(self, rows: list[list[str]]) -> None:
        width = max((len(row) for row in rows), default=0)
        if width == 1:
            for row in rows:
                self._block(row[0])
            return
        if not width:
            return
        kept = rows[: max(1, MOST_CELLS // width)]
        lines = ["| " + " | ".join([*row, *[""] * (width - len(row))]) + " |" for row in kept]
        lines.insert(1, "|" + " --- |" * width)
        self._block("\n".join(lines))
        for row in rows[len(kept) :]:
            self._block(" · ".join(row))


def _escaped(text: str) -> str:
    return _SIGNS.sub(r"\\\1", _SPACE.sub(" ", text.replace("\0", "")))


def _finished(words: str) -> str:
    """A paragraph's text: marks of emphasis and links where they hold something, spaces and breaks in order."""
    text = re.sub(r" {2,}", " ", words.replace("\n ", "\n")).strip(" \n\\")
    text = re.sub(r"\0(\*\*|\*|~~)( ?)\0/\1", r"\2", text)  # emphasis of nothing
    text = re.sub(r"\0\[\s*\0\]\([^()\s]*\)", "", text)  # a link that says nothing
    text = re.sub(r"\0(\*\*|\*|~~) ", r" \0\1", text)
    text = re.sub(r" \0/(\*\*|\*|~~)", r"\0/\1 ", text)
    return text.replace("\0/", "").replace("\0", "").strip()
