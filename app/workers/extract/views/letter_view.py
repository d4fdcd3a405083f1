"""A mail as a mail: its header as fields, then what it says."""

from __future__ import annotations

from collections.abc import Sequence

from app.base.preview import Letter, Preview
from app.base.worker_calls import DrawPlace
from app.workers.extract.content import Section
from app.workers.extract.views.passage import lines_of, passage, shown_lines, span_at
from app.workers.extract.views.text_view import at_place, unit_of

MOST_LINES = 2_000  # of a body shown at once
MOST_FIELDS = 12


def show_letter(sections: Sequence[Section], call: DrawPlace) -> Preview:
    """The message of the place."""
    text, number, count, offset = unit_of(sections, call)
    match, at = passage(call, text, offset)
    head, _, body = text.partition("\n\n")
    begun = len(text) - len(body)
    fields = [(name, value.strip()) for name, _, value in (line.partition(":") for line in head.split("\n")) if value]
    fields = fields[:MOST_FIELDS]
    lines = [(begun + start, begun + end) for start, end in lines_of(body)]
    first = max(0, min(span_at(lines, at) - MOST_LINES // 2, len(lines) - MOST_LINES))
    words, marks = shown_lines(text, lines[first : first + MOST_LINES], match)
    return Preview(
        view=Letter(header=tuple(fields), text=words, marks=marks), match=match.kind, unit="message", number=number,
        count=count, at_place=at_place(sections, number, call), has_text=True,
    )  # fmt: skip
