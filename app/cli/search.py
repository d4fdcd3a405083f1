"""familiar search: find files by words and by meaning."""

from __future__ import annotations

import os
import shlex
import textwrap
from collections.abc import Callable, Sequence
from pathlib import PurePath

import click

from app.base.calls import Search
from app.base.values import Hit, SearchResult
from app.base.wording import count
from app.cli.command import command
from app.cli.context import Context
from app.cli.output import Output
from app.cli.parameters import PathWord, QueryWord, WholeNumber, absolute
from app.language.folding import fold
from app.language.languages import function_words, language_of_question
from app.language.matching import AskedWords
from app.language.words import words as words_of

_QUOTE_LETTERS = 360
_ALIKE_NAMED = 3
_MATCHING = "Matching: they hold a word of it or come near it in meaning, within the limits above."


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
    "familiar search 'type:pdf after:2024-03 in:Flat \"notice period\" -Lisbon'",
    "familiar search --json invoice | jq -r '.hits[].path'",
)
@click.argument("query", metavar="QUERY", nargs=-1, required=True, type=QueryWord(),
                help="words, or a sentence; several words are one query. Within it: \"words side by side\", -word left"
                " out, in:FOLDER, type:pdf|docs|spreadsheet|slides|mail|image|code|.ext, after:DATE, before:DATE,"
                " from:SENDER, name:PART")  # fmt: skip
@scope_option
@click.option("--limit", metavar="N", type=WholeNumber(1, 200), default=10, help="at most so many files, 1 to 200 (10)")
@click.option("--without", metavar="LIMIT", multiple=True, help="do not limit the search so, as printed above the hits")
def search(
    context: Context, *, query: tuple[str, ...], scope: tuple[str, ...], limit: int, without: tuple[str, ...]
) -> int:
    """Find files."""
    words = " ".join(query)
    output = context.output
    result = context.call(Search(query=words, scope=scope_of(scope, output), limit=limit, without=list(without)))
    if output.json:
        output.document(result)
        return 0
    lead = lead_of(result)
    for line in lead:
        output.line(output.faint(line))
    if lead:
        output.line()
    asked = words_to_mark(words, [one.meant for one in result.corrections])
    for number, hit in enumerate(result.hits, start=1):
        label = f" · {hit.place.label}" if hit.place.label else ""
        output.line(f"{number:>2}. {output.bold(output.name(hit.path))}{output.faint(label)}")
        output.line(_quote(hit, asked, output) if hit.quote else f"    Not read, found by its name. {hit.unread}")
        if hit.alike:
            output.line(output.faint(alike_line(hit, output)))
        output.line()
    output.line(output.faint(_footer(result)))
    if result.hits:
        output.line(output.faint(_MATCHING))
    return 0


def lead_of(result: SearchResult) -> list[str]:
    """What stands above the hits: the limits that held and how to be rid of them, what was not done as asked."""
    lines = []
    if result.filters:
        said = list(dict.fromkeys(one.label for one in result.filters))
        said[0] = said[0][0].upper() + said[0][1:]
        understood = [f"--without {shlex.quote(one.key)}" for one in result.filters if not one.typed]
        lines.append(" · ".join(said) + (f" — leave out with {' '.join(understood)}" if understood else ""))
    lines += [f"“{one.word}” stands in no file; “{one.meant}” was looked for." for one in result.corrections]
    lines += result.notes
    if result.hits and not result.certain:
        lines.append("Nothing certain; the nearest is:")
    return lines


def alike_line(hit: Hit, output: Output) -> str:
    """“12 more files say the same: a.md, b.md, c.md and 9 more”."""
    names = [output.name(PurePath(path).name) for path in hit.alike[:_ALIKE_NAMED]]
    more = len(hit.alike) - len(names)
    says = "says" if len(hit.alike) == 1 else "say"
    named = ", ".join(names) + (f" and {more:,} more" if more else "")
    return f"    {count(len(hit.alike), 'more file')} {says} the same: {named}"


def _footer(result: SearchResult) -> str:
    coverage = result.coverage
    if result.hits:
        shown = sum(1 + len(hit.alike) for hit in result.hits)
        matching = max(coverage.matching, shown)
        parts = [f"{shown:,} of {count(matching, 'matching file')}"]
    else:
        parts = [f"Nothing found for “{textwrap.shorten(result.query, 80, placeholder='…')}”"]
    parts.append("by words and meaning" if coverage.by_meaning else "by words")
    parts.append(f"{result.took_ms:.0f} ms")
    if coverage.waiting:
        parts.append(f"{count(coverage.waiting, 'file')} not read yet")
    return " · ".join(parts)


def _quote(hit: Hit, words: AskedWords, output: Output) -> str:
    text = excerpt(" ".join(hit.quote.split()), words, _QUOTE_LETTERS)
    lines = textwrap.wrap(text, output.width - 4, break_on_hyphens=False)
    return "\n".join("    " + marked(line, words, output.bold) for line in lines)


def words_to_mark(query: str, meant: Sequence[str] = ()) -> AskedWords:
    """The words that stand out in a quote: of a query all but function words, unless there are no others.

    meant: words that were looked for in the place of others.
    """
    said = [*words_of(query), *meant]
    empty = function_words(language_of_question(query) or "en")
    return AskedWords([word for word in said if len(word) > 1 and fold(word) not in empty] or said)


def marked(line: str, words: AskedWords, mark: Callable[[str], str]) -> str:
    """A line with the words that were asked for marked."""
    parts, at = [], 0
    for start, end, _ in words.places_in(line):
        if start >= at:
            parts += [line[at:start], mark(line[start:end])]
            at = end
    return "".join([*parts, line[at:]])


def excerpt(text: str, words: AskedWords, letters: int) -> str:
    """The text, or at most `letters` of it around its first marked word, with “…” where something was left out."""
    if len(text) <= letters:
        return text
    places = words.places_in(text)
    start = max(0, (places[0][0] if places else 0) - letters // 4)
    start = min(start, len(text) - letters)
    if start:
        start = text.find(" ", start, start + 40) + 1 or start
    end = start + letters
    if end < len(text):
        cut = text.rfind(" ", max(start, end - 40), end)
        end = cut if cut > 0 else end
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
