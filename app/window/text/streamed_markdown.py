"""Markdown that arrives in pieces: only the last top-level block is written anew.

What stands before the last block can no longer change (CommonMark closes blocks in order; link definitions are off), so
the cost of a piece does not grow with the answer. Inside a list the unit is the item; inside an open fence the
piece is appended as it is, and coloured when the fence closes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QTextDocument

from app.window.controls.theme import Theme
from app.window.text.markdown import Mark, MarkdownWriter
from app.window.text.text_formats import prepare

if TYPE_CHECKING:
    from markdown_it.token import Token

_TELLING = re.compile(r"(?! {0,3}```).*[^\s\d.)\-+*_=`~#>|:]")
"""An unfinished line that can only be read in one way: it holds more than markers, and opens no fence."""


class MarkdownStream:
    """A document that shows a growing Markdown text.

    cited: tool tip of each citation number that is to be a chip. captions: what stands above the quote of each number.
    verbatim: quotes, in which only paragraphs, fences, tables and citations are told apart. `feed` adds text; `finish`
    says that no more comes; `rewrite` starts over, in another theme or with other citations.
    """

    _writer: MarkdownWriter
    _carriage: str  # "\r" while the other half of its line break may yet come
    _done: int  # characters of the text that can no longer change
    _settled: Mark  # where in the document the rest begins
    _number: int | None  # of the next item, where the rest begins inside an ordered list
    _fence: str  # the letter of the fence that is open, "" if none is
    _held: str  # line breaks that end an open fence: shown when something follows

    def __init__(self, document: QTextDocument, theme: Theme, cited: Mapping[int, str] | None = None) -> None:
        self._document = document
        self._theme = theme
        self._cited = dict(cited or {})
        self._captions: dict[int, str] = {}
        self._verbatim = False
        self._text = ""
        prepare(document)
        self._reset()

    @property
    def document(self) -> QTextDocument:
        """The document."""
        return self._document

    @property
    def text(self) -> str:
        """The whole Markdown text so far."""
        return self._text + self._carriage

    @property
    def codes(self) -> Mapping[int, str]:
        """The source of each code box, by its number."""
        return self._writer.codes

    @property
    def languages(self) -> Mapping[int, str]:
        """The language of each code box, by its number; "" where none was named."""
        return self._writer.languages

    def feed(self, piece: str) -> None:
        """Show more text."""
        piece = self._carriage + piece
        self._carriage = "\r" if piece.endswith("\r") else ""
        piece = piece.removesuffix("\r").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
        if not piece:
            return
        self._text += piece
        if self._fence and not self._may_close(piece):
            self._extend(piece)
        else:
            self._write_rest()

    def finish(self) -> None:
        """No more text comes: close what is open."""
        if self._carriage:
            self._text += "\n"
            self._carriage = ""
        if self._fence:
            self._write_rest()
            self._fence = ""

    def rewrite(
        self,
        text: str,
        *,
        theme: Theme | None = None,
        cited: Mapping[int, str] | None = None,
        captions: Mapping[int, str] | None = None,
        verbatim: bool | None = None,
        whole: bool = False,
    ) -> None:
        """Show this text from its beginning; what is None stays as it was. whole: nothing will be added to it."""
        self._verbatim = self._verbatim if verbatim is None else verbatim
        self._theme = theme or self._theme
        self._cited = dict(cited) if cited is not None else self._cited
        self._captions = dict(captions) if captions is not None else self._captions
        self._document.clear()
        prepare(self._document)
        self._text = ""
        self._reset()
        if whole:
            self._text = text
            self._writer.write(self._parse(text))
        else:
            self.feed(text)

    def _reset(self) -> None:
        self._writer = MarkdownWriter(
            self._document, self._theme, self._cited, captions=self._captions, verbatim=self._verbatim
        )
        self._carriage = ""
        self._done = 0
        self._settled = self._writer.mark()
        self._number = None
        self._fence = ""
        self._held = ""

    def _write_rest(self) -> None:
        self._writer.cut(self._settled)
        tokens = self._parse_rest()
        tops = self._begun([at for at, token in enumerate(tokens) if token.level == 0 and token.nesting >= 0], tokens)
        if len(tops) > 1:
            self._settle(tokens[: tops[-1]], _line(tokens[tops[-1]]), tokens[tops[-1] :])
            self._number = None
            tokens = self._parse_rest()
        items = [at for at, token in enumerate(tokens) if token.level == 1 and token.type == "list_item_open"]
        items = self._begun(items, tokens) if sum(token.level == 0 for token in tokens) == 2 else []
        if len(items) > 1:
            self._settle(tokens[: items[-1]], _line(tokens[items[-1]]))
            first = self._number if self._number is not None else int(tokens[0].attrGet("start") or 1)
            self._number = first + len(items) - 1
            tokens = self._parse_rest()
        self._writer.write(tokens, number=self._number)
        self._fence = _open_fence(tokens, self._text[self._done :])
        self._held = "\n" if self._fence and self._text.endswith("\n") else ""

    def _begun(self, blocks: list[int], tokens: list[Token]) -> list[int]:
        """`blocks` without a last one whose first line could still turn out to belong to the block before it.

        "5" after a list may become its next item, "*" the beginning of a bold word that goes on a sentence.
        """
        if len(blocks) < 2:
            return blocks
        lines = self._text[self._done :].split("\n")
        last = tokens[blocks[-1]]
        # A table is told by its second line: until that ends, its first may be one more line of a paragraph.
        complete = _line(last) + (last.type == "table_open") < len(lines) - 1
        if complete or (last.type != "table_open" and _TELLING.match(lines[-1])):
            return blocks
        return blocks[:-1]

    def _parse_rest(self) -> list[Token]:
        return self._parse(self._text[self._done :])

    def _parse(self, text: str) -> list[Token]:
        # Imported with the first text to show: an empty conversation need not wait for the parser.
        from app.window.text.markdown_dialect import parser, verbatim_parser

        return (verbatim_parser() if self._verbatim else parser()).parse(text)

    def _settle(self, tokens: list[Token], line: int, rest: Sequence[Token] = ()) -> None:
        """Write tokens for good; the rest begins `line` lines further on."""
        self._writer.write(tokens, number=self._number, ahead=rest)
        self._settled = self._writer.mark()
        for _ in range(line):
            self._done = self._text.index("\n", self._done) + 1

    def _may_close(self, piece: str) -> bool:
        """Whether a line that this piece touches could close the open fence."""
        line = self._text.rfind("\n", 0, len(self._text) - len(piece)) + 1
        return any(one.lstrip(" ").startswith(self._fence) for one in self._text[line:].split("\n"))

    def _extend(self, piece: str) -> None:
        piece = self._held + piece
        shown = piece.rstrip("\n")
        self._held = piece[len(shown) :]
        if shown:
            self._writer.extend_code(shown)


def _line(token: Token) -> int:
    """The line on which a block begins, from 0."""
    assert token.map is not None
    return token.map[0]


def _open_fence(tokens: list[Token], source: str) -> str:
    """The letter of the fence that ends `source` unclosed; "" if there is none, or if it is indented."""
    span = tokens[0].map if len(tokens) == 1 and tokens[0].type == "fence" else None
    if span is None:
        return ""
    token, lines = tokens[0], source.split("\n")
    first, last = span[0], lines[span[1] - 1].strip()
    if not lines[first].startswith(token.markup) or first == len(lines) - 1:
        return ""
    closed = span[1] > first + 1 and last.startswith(token.markup) and not last.strip(token.markup[0])
    return "" if closed else token.markup[0]
