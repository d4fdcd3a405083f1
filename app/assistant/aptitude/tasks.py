"""The built-in tasks, and whether an answer is right."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from app.assistant.citation_markers import used_numbers
from app.assistant.ports import Passage
from app.base.values import Place

Kind = Literal["find", "admit", "speak", "phrase", "call", "stop"]
KINDS: tuple[Kind, ...] = ("find", "admit", "speak", "stop", "phrase", "call")
"""In the order in which they are asked: those over the same passages follow each other."""


class Task(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question. holds: of each list one must stand in the answer; never: must not. passage: to be cited, 0 if none.

    sentence: what a task of phrasing is given in place of the passages.
    """

    question: str
    holds: tuple[tuple[str, ...], ...] = ()
    never: tuple[str, ...] = ()
    passage: int = 0
    sentence: str = ""


class _Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    file: str
    text: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    passages: tuple[_Text, ...]
    admissions: tuple[str, ...]
    find: tuple[Task, ...]
    admit: tuple[Task, ...]
    speak: tuple[Task, ...]
    phrase: tuple[Task, ...]
    call: tuple[Task, ...]
    stop: tuple[Task, ...]


class TaskSet:
    """The tasks of one version, in the order in which they are asked."""

    def __init__(self, file: _File) -> None:
        self.version = file.version
        self.passages = tuple(_passage(one.file, one.text) for one in file.passages)
        self.tasks = tuple(_in_order(file))
        self._admissions = file.admissions

    @staticmethod
    def load(path: Path) -> TaskSet:
        """Those of resources/aptitude.toml."""
        return TaskSet(msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File))

    def is_right(self, kind: Kind, task: Task, text: str, not_found: str) -> bool:
        """Whether an answer does what its task asks. not_found: what a model is told to say where nothing is found."""
        if any(_holds(text, one) for one in task.never):
            return False
        admits = _admits(text, (not_found, *self._admissions))
        if kind == "admit":
            return admits
        found = all(any(_holds(text, one) for one in group) for group in task.holds)
        return found and not (admits and kind == "find")


def cites(task: Task, text: str) -> bool:
    """Whether an answer names the passage that it comes from, and no other."""
    return used_numbers(text) == [task.passage]


def _in_order(file: _File) -> Iterator[tuple[Kind, Task]]:
    of: dict[Kind, Sequence[Task]] = {
        "find": file.find, "admit": file.admit, "speak": file.speak, "phrase": file.phrase, "call": file.call,
        "stop": file.stop,
    }  # fmt: skip
    for kind in KINDS:
        yield from ((kind, task) for task in of[kind])


def _passage(file: str, text: str) -> Passage:
    place = Place(kind="whole", first=1, last=1, label="", start=0, end=len(text))
    return Passage(path=f"/{file}", sha256="", place=place, text=text, file_chars=len(text))


def _holds(text: str, wanted: str) -> bool:
    """Whether these words or figures stand in a text, whole: 42 does not stand in 1,420."""
    return re.search(rf"(?<!\w)(?<!\d[.,]){re.escape(wanted)}(?!\w|[.,]\d)", text, re.IGNORECASE) is not None


def _admits(text: str, phrases: Sequence[str]) -> bool:
    plain = " ".join(text.replace("’", "'").casefold().split())
    return any(one.casefold().rstrip(".") in plain for one in phrases)
