"""Which of several replies about one thing is the newest, whatever order they arrive in."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator
from contextlib import contextmanager


class ReplyOrder:
    """Numbers questions as they are asked, and lets no reply undo what a later question has brought.

    Calls are answered side by side, so a list that was asked for before a change may arrive after it. What is known of
    a subject is therefore as new as the question it came from, and older news of it is turned away. Not thread-safe:
    all of it happens in the window's thread.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._answered: int | None = None
        self._known: dict[Hashable, int] = {}

    def question(self) -> int:
        """The number of a question that is asked now."""
        return next(self._numbers)

    @contextmanager
    def answering(self, question: int) -> Iterator[None]:
        """While the reply to this question is handed over: what `is_news` is asked meanwhile is about that reply."""
        before, self._answered = self._answered, question
        try:
            yield
        finally:
            self._answered = before

    def is_news(self, subject: Hashable) -> bool:
        """Whether what is handed over now may replace what is known of a subject; if so, it is as of now what is known.

        What comes outside of `answering`, as events and a person's own choices do, is newer than everything before.
        """
        number = self.question() if self._answered is None else self._answered
        if number < self._known.get(subject, 0):
            return False
        self._known[subject] = number
        return True
