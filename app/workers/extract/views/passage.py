"""Where a cited passage stands in a text, and the stretch of lines around it."""

from __future__ import annotations

from bisect import bisect_right

from app.base.preview import Span
from app.base.quote_match import QuoteMatch, find
from app.base.worker_calls import DrawPlace

LINE_CHARS = 2_000  # a longer line is shown in pieces: windows draw endless lines badly
SEARCHED_CHARS = 400_000  # around a place


def passage(call: DrawPlace, text: str, offset: int = 0) -> tuple[QuoteMatch, int]:
    """How the quote stands in a text that begins at `offset` of the extracted one, and where to look for it there."""
    start = min(max(call.place.start - offset, 0), len(text))
    match = find_near(call.quote, text, start, max(start, call.place.end - offset))
    return match, match.spans[0][0] if match.spans else start


def find_near(quote: str, text: str, start: int, end: int) -> QuoteMatch:
    """The quote, looked for at its place first, then around it."""
    match = QuoteMatch("none")
    for margin in (0, SEARCHED_CHARS // 2):
        low, high = max(0, start - margin), min(len(text), end + margin)
        match = find(quote, text[low:high])
        if match.kind == "exact" or (margin and match.spans):
            return QuoteMatch(match.kind, tuple((low + first, low + last) for first, last in match.spans))
    return QuoteMatch(match.kind)


def lines_of(text: str) -> list[Span]:
    """Spans of the text's lines, line ends left out; endless ones in pieces."""
    spans: list[Span] = []
    start = 0
    for line in text.rstrip("\n").split("\n"):
        pieces = range(start, start + max(len(line), 1), LINE_CHARS)
        end = start + len(line)
        spans.extend((piece, min(end, piece + LINE_CHARS)) for piece in pieces)
        start = end + 1
    return spans


def span_at(spans: list[Span], position: int) -> int:
    """Which of these spans, in order, `position` lies in or after; the first if before all."""
    return max(bisect_right(spans, position, key=lambda span: span[0]) - 1, 0)


def shown_lines(text: str, lines: list[Span], match: QuoteMatch) -> tuple[str, tuple[Span, ...]]:
    """These lines as one text, and the match's spans in it."""
    marks = []
    parts = []
    length = 0
    for start, end in lines:
        for mark_start, mark_end in match.spans:
            if mark_start < end and mark_end > start:
                marks.append((length + max(mark_start, start) - start, length + min(mark_end, end) - start))
        parts.append(text[start:end])
        length += end - start + 1
    return "\n".join(parts), tuple(marks)
