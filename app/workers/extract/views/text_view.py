"""Extracted text: the slide, sheet, page or message of a place, or else the lines around it; program text by its
language."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import PurePath
from typing import get_args

from app.base.preview import Lines, Preview, Unit
from app.base.worker_calls import DrawPlace
from app.workers.extract.content import Section
from app.workers.extract.views.passage import lines_of, passage, shown_lines, span_at

LINES = 200  # of a text shown at once
UNIT_LINES = 2_000  # of a slide, a page, a message
UNITS: dict[str, Unit] = {kind: kind for kind in get_args(Unit) if kind not in ("part", "picture")}
COLOURED = ("code", "data")


def show_text(sections: Sequence[Section], kind: str, name: str, call: DrawPlace) -> Preview:
    """The lines of the place's unit, or those around the place."""
    if sections[0].kind in UNITS:
        return _show_unit(sections, call)
    text = "".join(section.text for section in sections)
    match, at = passage(call, text)
    lines = lines_of(text)
    count = -(-len(lines) // LINES)
    here = span_at(lines, at)
    number = min(max(call.number, 0), count)
    first = (number - 1) * LINES if number else max(0, min(here - LINES // 2, len(lines) - LINES))
    shown = lines[first : first + LINES]
    plain = sections[0].kind == "line"  # the file's own lines
    words, marks = shown_lines(text, shown, match)
    view = Lines(
        text=words,
        first=text.count("\n", 0, lines[first][0]) + 1 if plain else 0,
        marks=marks,
        language=_language(name) if kind in COLOURED else "",
        fixed=plain,
    )
    return Preview(
        view=view, match=match.kind, number=number or here // LINES + 1, count=count,
        at_place=not number or first <= here < first + LINES,
    )  # fmt: skip


def unit_of(sections: Sequence[Section], call: DrawPlace) -> tuple[str, int, int, int]:
    """The text of the wanted slide, sheet, page or message; its number, how many there are, its offset in all text."""
    numbers = sorted({section.number for section in sections})
    wanted = call.number or call.place.first
    number = min(numbers, key=lambda held: abs(held - wanted))
    offset = 0
    for held, group in itertools.groupby(sections, key=lambda section: section.number):
        text = "".join(section.text for section in group)
        if held == number:
            return text, number, max(numbers), offset
        offset += len(text)
    return "", number, max(numbers), 0


def at_place(sections: Sequence[Section], number: int, call: DrawPlace) -> bool:
    """Whether the unit of that number holds the cited place."""
    return call.place.kind != sections[0].kind or call.place.first <= number <= call.place.last


def _show_unit(sections: Sequence[Section], call: DrawPlace) -> Preview:
    text, number, count, offset = unit_of(sections, call)
    match, at = passage(call, text, offset)
    lines = lines_of(text)
    first = max(0, min(span_at(lines, at) - UNIT_LINES // 2, len(lines) - UNIT_LINES))
    words, marks = shown_lines(text, lines[first : first + UNIT_LINES], match)
    return Preview(
        view=Lines(text=words, marks=marks, fixed=sections[0].kind == "sheet"), match=match.kind,
        unit=UNITS[sections[0].kind], number=number, count=count, at_place=at_place(sections, number, call),
    )  # fmt: skip


def _language(name: str) -> str:
    """The program language that a file of this name is written in, as Pygments calls it; "" if it knows none."""
    from pygments.lexers import find_lexer_class_for_filename

    lexer = find_lexer_class_for_filename(PurePath(name).name)
    return str(lexer.aliases[0]) if lexer is not None and lexer.aliases else ""
