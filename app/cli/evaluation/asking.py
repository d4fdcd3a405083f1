"""Asking the questions of a test set, one after the other, and what came of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from app.base.calls import Ask
from app.base.errors import Problem
from app.base.values import Answer
from app.cli.context import Context
from app.cli.evaluation.answer_figures import Asked
from app.cli.evaluation.answer_set import Question
from app.cli.progress import Progress

_FAILURES_IN_A_ROW = 3
_INTERRUPTED = 130


class Asking:
    """Asks questions, each in a conversation of its own.

    asked: what came of those so far. interrupted: by Ctrl+C. problem: what made it give up, if it did.
    """

    def __init__(self, context: Context, call: Callable[[Question], Ask], source: Callable[[str], str]) -> None:
        """call: by which a question is asked. source: the document's id of a path."""
        self.asked: list[Asked] = []
        self.interrupted = False
        self.problem: Problem | None = None
        self._context = context
        self._call = call
        self._source = source

    def ask_all(self, questions: Sequence[Question], note: Callable[[Asked], None]) -> None:
        """Ask all of them, or until Ctrl+C, or until three in a row have failed. note: is told of each.

        Raises Problem if the first three have failed: nothing could be measured.
        """
        in_a_row: list[Problem] = []
        with Progress(watched=self._context.output.watched) as progress:
            try:
                for done, question in enumerate(questions):
                    progress.show("Asking", done=done, total=len(questions))
                    began = time.monotonic()
                    answer, problem = self._answer(question)
                    sources = tuple(self._source(one.path) for one in answer.citations) if answer else ()
                    asked = Asked(
                        question, answer, sources, time.monotonic() - began, problem.title if problem else ""
                    )  # fmt: skip
                    self.asked.append(asked)
                    note(asked)
                    in_a_row = [*in_a_row, problem] if problem else []
                    if len(in_a_row) == _FAILURES_IN_A_ROW:
                        break
            except KeyboardInterrupt:
                self.interrupted = True
        if len(in_a_row) == _FAILURES_IN_A_ROW or (in_a_row and len(in_a_row) == len(questions)):
            self.problem = in_a_row[-1]
            if len(in_a_row) == len(self.asked):
                raise self.problem

    def end(self) -> int:
        """The exit code after what was asked. Raises Problem for what made it give up."""
        if self.problem is not None:
            raise self.problem
        return _INTERRUPTED if self.interrupted else 0

    def _answer(self, question: Question) -> tuple[Answer | None, Problem | None]:
        """The answer, or why there is none."""
        try:
            return self._context.call(self._call(question)), None
        except Problem as problem:
            return None, problem
