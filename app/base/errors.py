"""The failure that a person is told of, and the request that was taken back; anything else is our own bug."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.base.problem_data import ProblemData


class Problem(Exception):
    """The world said no, and a person is told: what happened, what was kept, what to do.

    code: stable, dotted, for programs ("folder.missing"). title: one plain sentence.
    hint: what was kept and what to do next; may be empty. data: what a program does something with; it never reads
    that out of title or hint, which are words for people.
    """

    def __init__(self, code: str, title: str, hint: str = "", data: ProblemData | None = None) -> None:
        super().__init__(title)
        self.code = code
        self.title = title
        self.hint = hint
        self.data = data


class Cancelled(Exception):
    """The caller took the request back; nobody waits for its result."""
