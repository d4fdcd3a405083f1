"""Markdown, and web pages written as Markdown, in parts that can be shown at once."""

from __future__ import annotations

from app.base.preview import MatchKind, Preview, Rendered, Span
from app.base.quote_match import find
from app.base.worker_calls import DrawPlace
from app.workers.extract.views.passage import passage, span_at

PART_CHARS = 16_000  # beyond which a part ends at the next empty line
MOST_CHARS = 40_000  # where it ends in any case
_FENCES = ("```", "~~~")


def show_markdown(text: str, call: DrawPlace) -> Preview:
    """The part of a Markdown file that the place stands in."""
    match, at = passage(call, text)
    parts = parts_of(text)
    here = span_at(parts, at)
    return _preview(text, parts, here, call, match.kind)


def show_page(extracted: str, markdown: str, call: DrawPlace) -> Preview:
    """The part of a web page that the place stands in. extracted: the text that was indexed of it."""
    match, at = passage(call, extracted)
    parts = parts_of(markdown)
    longest = max(find(call.quote, markdown).spans, key=lambda span: span[1] - span[0], default=None)
    share = at / max(len(extracted), 1)
    here = span_at(parts, longest[0] if longest is not None else int(share * len(markdown)))
    return _preview(markdown, parts, here, call, match.kind)


def _preview(text: str, parts: list[Span], here: int, call: DrawPlace, match: MatchKind) -> Preview:
    number = min(call.number, len(parts)) or here + 1
    start, end = parts[number - 1]
    shown = text[start:end]
    if not start and shown.startswith("---\n") and (closed := shown.find("\n---\n", 3)) > 0:
        shown = f"```yaml\n{shown[4 : closed + 1]}```\n{shown[closed + 5 :]}"  # not a rule and a heading
    return Preview(
        view=Rendered(markdown=shown), match=match, number=number, count=len(parts),
        at_place=number == here + 1, has_text=True,
    )  # fmt: skip


def parts_of(text: str) -> list[Span]:
    """Spans of the text that together are the whole: each ends at an empty line outside of program text."""
    parts: list[Span] = []
    begun = position = 0
    fence = ""
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        if fence:
            fence = "" if bare.startswith(fence) else fence
        elif bare.startswith(_FENCES):
            fence = bare[:3]
        position += len(line)
        length = position - begun
        if length >= MOST_CHARS or (length >= PART_CHARS and not bare and not fence):
            parts.append((begun, position))
            begun = position
    if begun < len(text) or not parts:
        parts.append((begun, len(text)))
    return parts
