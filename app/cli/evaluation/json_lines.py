"""Test sets as files of one JSON value a line, and what is said of lines that are none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from app.base.errors import Problem

T = TypeVar("T")
_TOLD = 3
"""Broken lines that are named; the rest is counted."""


class Form(msgspec.Struct, frozen=True):
    """A form of test set. name: “a BEIR test set”. files: what such a folder holds, for a person."""

    name: str
    files: str

    def malformed(self, path: Path, what: str) -> Problem:
        """What is said of a folder that is not of this form. what: goes on after the path of one of its files."""
        return Problem(
            "eval.malformed",
            f"This is not {self.name}: {path} {what}.",
            f"Such a folder holds {self.files}. Nothing was changed.",
        )


class BrokenLines:
    """Gathers what is wrong with the lines of a file, so that a person is told of all of it at once."""

    def __init__(self, path: Path, form: Form) -> None:
        self._path = path
        self._form = form
        self._told: list[str] = []
        self._count = 0

    def add(self, number: int, what: str) -> None:
        """Line `number` is broken. what: why."""
        self._count += 1
        if len(self._told) < _TOLD:
            self._told.append(f"line {number}: {what}")

    def check(self) -> None:
        """Raises Problem eval.malformed if a line was broken."""
        if self._count:
            rest = self._count - len(self._told)
            more = f"; and {rest:,} more broken {'line' if rest == 1 else 'lines'}" if rest else ""
            raise self._form.malformed(self._path, "; ".join(self._told) + more)


def json_lines(path: Path, kind: type[T], form: Form, broken: BrokenLines | None = None) -> Iterator[tuple[int, T]]:
    """The values of a file with the numbers of their lines, one at a time; empty lines are passed over.

    broken: takes the lines that are no `kind`; None raises for them when the good ones are read.
    Raises Problem eval.malformed, also if the file cannot be read.
    """
    decoder = msgspec.json.Decoder(kind)
    gathered = broken or BrokenLines(path, form)
    for number, line in numbered(path, form):
        try:
            yield number, decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            gathered.add(number, str(error))
    if broken is None:
        gathered.check()


def numbered(path: Path, form: Form) -> Iterator[tuple[int, bytes]]:
    """The lines of a file that are not empty, with their numbers. Raises Problem eval.malformed."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if stripped := (line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line).strip(b" \t\r\n"):
                    yield number, stripped
    except OSError as error:
        raise form.malformed(path, f"cannot be read: {error.strerror or error}") from error
