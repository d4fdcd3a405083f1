"""Which Markdown is understood: CommonMark's parser, set up for answers and for quotes from files."""

from __future__ import annotations

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

_CITATION = re.compile(r"\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\](?!\()")


@cache
def parser() -> MarkdownIt:
    """CommonMark with tables and strikethrough, without HTML.

    Without link definitions, too: they would change text that stands long before them, and steal `[1]`.
    """
    made = MarkdownIt("commonmark", {"html": False, "maxNesting": 20})
    made.enable(["table", "strikethrough"])
    made.disable("reference")
    made.inline.ruler.before("link", "citation", _citation)
    return made


@cache
def file_parser() -> MarkdownIt:
    """A person's own Markdown file: the same, but with link definitions and without citations of ours."""
    made = MarkdownIt("commonmark", {"html": False, "maxNesting": 20})
    made.enable(["table", "strikethrough"])
    return made


@cache
def verbatim_parser() -> MarkdownIt:
    """Paragraphs, fences, tables, escapes and citations; every other mark is a letter, as quotes from files want it."""
    made = MarkdownIt("zero", {"html": False})
    made.enable(["fence", "table", "newline", "escape"])
    made.inline.ruler.before("newline", "citation", _citation)
    return made


def _citation(state: StateInline, silent: bool) -> bool:
    match = _CITATION.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        for number in re.findall(r"\d+", match[1]):
            state.push("citation", "", 0).content = number
    state.pos = match.end()
    return True
