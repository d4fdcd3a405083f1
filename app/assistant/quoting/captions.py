"""What a quote stands under, for a person, and what tells one file from others."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import PurePath

from app.assistant.ports import Passage
from app.assistant.quoting.units import Unit

_LONGEST = 160


def caption(passage: Passage, unit: Unit) -> str:
    """The headings of a unit, the sheet of a row, or who sent a message and when; "" if it stands under nothing."""
    if passage.sender or passage.sent_at:
        parts = (passage.sender, _day(passage.sent_at) if passage.sent_at else "")
        return ", ".join(part for part in parts if part)
    headings = list(unit.headings)
    if unit.table is not None and headings and unit.table.separator in headings[-1]:
        headings.pop()  # the names of its columns, as readers of value files write them
    if len(headings) > 1 and headings[0] == passage.title:
        headings = headings[1:]  # the title is its file's, and shown with it
    line = " › ".join(headings)
    while len(line) > _LONGEST and len(headings) > 1:
        headings = headings[1:]
        line = " › ".join(headings)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1].rstrip()}…"


def apart(passages: Sequence[Passage]) -> tuple[str, ...]:
    """For each passage what tells its file from the others': the rest of its title or its name, or its folder."""
    for named in ([one.title for one in passages], [PurePath(one.path).stem for one in passages]):
        rest = _without_common([name.replace("_", " ").split() for name in named])
        if all(rest) and len(set(rest)) == len(rest):
            return rest
    return tuple(_ending(one.path, [other.path for other in passages if other is not one]) for one in passages)


def _without_common(names: list[list[str]]) -> tuple[str, ...]:
    """Names without the words with which all of them begin, and all of them end."""
    if min(map(len, names)) == 0:
        return ()
    first = 0
    while all(len(name) > first and name[first] == names[0][first] for name in names):
        first += 1
    last = 0
    while all(len(name) - last > first and name[-1 - last] == names[0][-1 - last] for name in names):
        last += 1
    return tuple(" ".join(name[first : len(name) - last]) for name in names)


def _ending(path: str, others: Sequence[str]) -> str:
    """A file's name, with as many of its folders as tell it from the others."""
    parts = PurePath(path).parts
    for count in range(1, len(parts)):
        tail = parts[-count:]
        if not any(PurePath(other).parts[-count:] == tail for other in others):
            return "/".join(tail)
    return PurePath(path).name


def _day(at: int) -> str:
    day = datetime.datetime.fromtimestamp(at / 1000, datetime.UTC)
    return f"{day.day} {day:%B %Y}"
