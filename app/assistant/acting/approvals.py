"""Plans that wait for the person's word. An answer is good for one of them, once, and for nothing that is not in it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from app.assistant.cancellation import Stop
from app.base.actions import Approval, Decide
from app.base.errors import Cancelled, Problem

LONGEST_S = 3600.0


@dataclass
class _Waiting:
    approval: Approval
    answered: threading.Event = field(default_factory=threading.Event)
    answer: Decide | None = None


class Approvals:
    """Those of all turns. longest_s: how long one waits before it counts as not given."""

    def __init__(self, longest_s: float = LONGEST_S) -> None:
        self._longest_s = longest_s
        self._lock = threading.Lock()
        self._waiting: dict[str, _Waiting] = {}

    def ask(self, approval: Approval, stop: Stop, tell: Callable[[Approval], None]) -> Decide | None:
        """The person's answer; None if there was none in time. tell: shows it, once it can be answered.

        Raises Cancelled if the turn is stopped meanwhile.
        """
        waiting = _Waiting(approval)
        with self._lock:
            self._waiting[approval.id] = waiting
        try:
            stop.on_cancel(waiting.answered.set)
            tell(approval)
            waiting.answered.wait(self._longest_s)
        finally:
            with self._lock:
                self._waiting.pop(approval.id, None)
        if waiting.answer is None and stop.cancelled:
            raise Cancelled
        return waiting.answer

    def decide(self, answer: Decide) -> None:
        """The person answers. Raises Problem approval.settled, approval.struck."""
        with self._lock:
            waiting = self._waiting.get(answer.approval)
            if waiting is None or waiting.answered.is_set():
                raise Problem(
                    "approval.settled", "This does not wait for an answer any more.",
                    "It was answered before, or its question has ended. Nothing was done by this answer.",
                )  # fmt: skip
            if not set(answer.struck) <= set(range(1, len(waiting.approval.changes) + 1)):
                raise Problem("approval.struck", "A line is struck that is not in the plan.", "Nothing was changed.")
            waiting.answer = answer
            waiting.answered.set()
