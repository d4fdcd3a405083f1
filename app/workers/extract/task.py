"""What a reader may use up, and how it reads a document that lies inside another."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import PurePath

from app.base.errors import Cancelled, Problem
from app.base.worker_calls import SPARING_CHARS
from app.workers.extract.content import Border, Findings, Refused, Section
from app.workers.extract.source import Source

log = logging.getLogger("familiar.extract")

BYTES_A_CHARACTER = 4
BEGINNING = "Only the beginning was read: the whole needs more memory or time than a file may take."
DEPTH = 2  # a mail in a mail with a document: further in nothing is read


@dataclass(frozen=True, slots=True)
class Task:
    """The reading of one file.

    max_chars: characters wanted at most. stop_at: monotonic seconds; a reader that goes page by page ends there with
    what it has. cancelled: whether the caller took the request back. read: finds the reader for a source and runs it.
    """

    max_chars: int
    stop_at: float
    cancelled: Callable[[], bool]
    read: Callable[[Source, Findings, Task], Iterable[Section]]
    depth: int = 0

    @property
    def sparing(self) -> bool:
        """Whether a reader that takes a file as a whole is to take its beginning alone."""
        return self.max_chars <= SPARING_CHARS

    @property
    def most_bytes(self) -> int | None:
        """How much of a file a reader that takes it as a whole reads; None for all."""
        return BYTES_A_CHARACTER * self.max_chars if self.sparing else None

    @property
    def late(self) -> bool:
        """Whether it is time to end with what there is."""
        return time.monotonic() >= self.stop_at

    def check(self) -> None:
        """Raise Cancelled if nobody waits any more."""
        if self.cancelled():
            raise Cancelled

    def read_inside(self, source: Source, place: Section, outer: Findings) -> list[Section]:
        """The sections of a document inside another, all at `place`, their own places told in the label.

        place: gives kind, number, label and heading. outer: is told what was left out inside.
        Raises Refused, also for what lies too deep, and for a mistake of ours.
        """
        if self.depth >= DEPTH:
            raise Refused("unsupported", "It lies too deep inside other files.")
        found = Findings("")
        sections: list[Section] = []
        inner = replace(self, depth=self.depth + 1)
        try:
            for section in self.read(source, found, inner):
                inner.check()
                sections.append(_placed(section, place, found.title, first=not sections))
                if inner.late:
                    break
        except (Refused, Cancelled, Problem, MemoryError):
            raise
        except Exception as error:  # the top of a task: what is wrong with one document loses no other
            raise mistake(error, found) from error
        outer.left_out.extend(f"{source.name}: {reason}" for reason in found.left_out)
        if not any(section.text.strip() for section in sections):
            raise Refused("empty", "It holds no text.")
        return sections


def mistake(error: Exception, found: Findings) -> Refused:
    """What is said of a document that a reader fails over, and logged without its text."""
    if isinstance(error, RecursionError):
        return Refused("damaged", "Its parts lie too deep within one another to be read.", "Save it anew, simpler.")
    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{PurePath(where.filename).name}:{where.lineno}, {where.name}"
    log.error("bug while reading a %s file: %s in %s", found.kind, type(error).__name__, place)
    reason = "Familiar made a mistake while reading this file."
    return Refused("unreadable", reason, "Nothing was changed. The log has the details.")


def _placed(section: Section, place: Section, title: str, *, first: bool) -> Section:
    """A section of a document inside another, at its place in that."""
    own = "" if section.kind in ("line", "whole") else f" › {section.label}"
    return replace(
        section, kind=place.kind, number=place.number, label=place.label + own,
        heading=" › ".join(part for part in (place.heading, title, section.heading) if part),
        border=Border.HARD if first else section.border, opens=False, first_row=0,
        sender=section.sender or place.sender, dated=section.dated or place.dated,
    )  # fmt: skip
