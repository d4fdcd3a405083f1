"""Which module reads which kind of file: every module of this package that has FORMATS says so itself.

A new format is a new module with its FORMATS, and its test; no list names it. What a kind that several formats share
looks like (ZIP, OLE, text) stands in `kinds`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from app.workers.extract.content import Findings, Section
from app.workers.extract.source import Source
from app.workers.extract.task import Task

Reader = Callable[[Source, Findings, Task], Iterable[Section]]
_NOT_READERS = frozenset({"main"})


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
    package = importlib.import_module(__package__ or "")
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__) if not info.ispkg)
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names if name not in _NOT_READERS]
    return tuple(one for module in modules for one in getattr(module, "FORMATS", ()))


def reader_of(kind: str) -> Reader | None:
    """Who reads files of this kind; None if it is read as text."""
    return next((one.read for one in formats() if kind in one.kinds), None)


def kind_told_by_reader(source: Source) -> str | None:
    """The kind of a file that its reader knows by itself."""
    return next((one.kinds[0] for one in formats() if one.is_it is not None and one.is_it(source)), None)
