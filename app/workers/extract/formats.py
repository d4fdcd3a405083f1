"""Which module reads which kind of file: every module of this package that has FORMATS says so itself.

A new format is a new module with its FORMATS, and its test; no list names it. What a kind that several formats share
looks like (ZIP, OLE, text) stands in `kinds`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from app.base.registry import declared
from app.workers.extract.content import Findings, Section
from app.workers.extract.source import Source
from app.workers.extract.task import Task

Reader = Callable[[Source, Findings, Task], Iterable[Section]]


@dataclass(frozen=True, slots=True)
class Format:
    """How files of some kinds are read. Raises Refused where a file has no text to give.

    is_it: whether a file that is neither ZIP nor OLE nor PDF is of the first of the kinds, by its bytes or its name;
    None if `kinds` knows.
    """

    kinds: tuple[str, ...]
    read: Reader
    is_it: Callable[[Source], bool] | None = None


@cache
def formats() -> tuple[Format, ...]:
    """All there are, in the order of their modules' names."""
    return tuple(one for of_a_module in declared(__package__, "FORMATS", tuple) for one in of_a_module)


def reader_of(kind: str) -> Reader | None:
    """Who reads files of this kind; None if it is read as text."""
    return next((one.read for one in formats() if kind in one.kinds), None)


def kind_told_by_reader(source: Source) -> str | None:
    """The kind of a file that its reader knows by itself."""
    return next((one.kinds[0] for one in formats() if one.is_it is not None and one.is_it(source)), None)
