"""familiar search: find files by words and by meaning."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Sequence

import click

from app.base.calls import Search
from app.base.values import Hit, SearchResult
from app.base.wording import count
from app.cli.command import command
from app.cli.context import Context
from app.cli.output import Output
from app.cli.parameters import PathWord, WholeNumber, absolute

_QUOTE_LETTERS = 360


scope_option = click.option("--in", "scope", metavar="PATH", multiple=True, type=PathWord(),
                            help="only in this file or folder; may be repeated")  # fmt: skip
"""The option --in."""


def scope_of(given: Sequence[str], output: Output) -> list[str]:
    """The absolute paths of --in. One that is not there now is no error: an unplugged disk stays searchable."""
    paths = [absolute(path) for path in given]
    for path in paths:
        if not os.path.lexists(path):
            output.note(f"There is no {output.name(path)} now; searching what was indexed of it.")
    return paths


@command(
    "search",
    "familiar search lease renewal",
    "familiar search --in ~/Documents/Flat --limit 3 who pays for repairs",
    "familiar search --json invoice | jq -r '.hits[].path'",
)
@click.argument("query", metavar="QUERY", nargs=-1, required=True,
                help="words, or a sentence; several words are one query")  # fmt: skip
@scope_option
@click.option("--limit", metavar="N", type=WholeNumber(1, 200), default=10, help="at most so many files, 1 to 200 (10)")
def search(context: Context, *, query: tuple[str, ...], scope: tuple[str, ...], limit: int) -> int:
    """Find files."""
    words = " ".join(query)
    output = context.output
    result = context.call(Search(query=words, scope=scope_of(scope, output), limit=limit))
    if output.json:
        output.document(result)
        return 0
    for number, hit in enumerate(result.hits, start=1):
        label = f" · {hit.place.label}" if hit.place.label else ""
        output.line(f"{number:>2}. {output.bold(output.name(hit.path))}{output.faint(label)}")
        output.line(_quote(hit, words, output))
        output.line()
    output.line(output.faint(_footer(result)))
    return 0


def _footer(result: SearchResult) -> str:
    coverage = result.coverage
    if result.hits:
        matching = max(coverage.matching, len(result.hits))
        parts = [f"{len(result.hits)} of {count(matching, 'matching file')}"]
    else:
        parts = [f"Nothing found for “{textwrap.shorten(result.query, 80, placeholder='…')}”"]
    parts.append("by words and meaning" if coverage.by_meaning else "by words")
    parts.append(f"{result.took_ms:.0f} ms")
    if coverage.waiting:
        parts.append(f"{count(coverage.waiting, 'file')} not read yet")
    return " · ".join(parts)


def _quote(hit: Hit, query: str, output: Output) -> str:
    words = matched_words(query)
    text = excerpt(" ".join(hit.quote.split()), words, _QUOTE_LETTERS)
    lines = textwrap.wrap(text, output.width - 4, break_on_hyphens=False)
    return "\n".join("    " + words.sub(lambda found: output.bold(found[0]), line) for line in lines)


def matched_words(query: str) -> re.Pattern[str]:
    """A pattern for the query's words in a quote, also with a short ending ("lease" in "leases").

    Words of scripts without spaces match anywhere; very short words only as they stand.
    """
    parts = []
    for word in sorted(set(re.findall(r"\w+", query)), key=len, reverse=True):
        plain = re.escape(word)
        if not word.isascii():
            parts.append(plain)
        elif len(word) > 3:
            parts.append(rf"\b{plain}\w{{0,3}}\b")
        elif len(word) > 1:
            parts.append(rf"\b{plain}\b")
    return re.compile("|".join(parts) or r"(?!)", re.IGNORECASE)


def excerpt(text: str, words: re.Pattern[str], letters: int) -> str:
    """The text, or at most `letters` of it around its first matched word, with “…” where something was left out."""
    if len(text) <= letters:
        return text
    found = words.search(text)
    start = max(0, (found.start() if found else 0) - letters // 4)
    start = min(start, len(text) - letters)
    if start:
        start = text.find(" ", start, start + 40) + 1 or start
    end = start + letters
    if end < len(text):
        cut = text.rfind(" ", max(start, end - 40), end)
        end = cut if cut > 0 else end
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
