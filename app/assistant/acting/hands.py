"""What one turn may do, and has done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from app.assistant.acting.acting import DENIED, Acting, Asking, Intent
from app.assistant.acting.plans import Plan
from app.assistant.ports import Passage
from app.assistant.tools.refusal import ToolFailed
from app.base.action_wording import report
from app.base.actions import Action
from app.base.chat import ToolCall

MOST_DENIED = 2


class Actor(Protocol):
    """What a toolbox acts through."""

    def act(
        self, tool: str, effect: str, call: ToolCall, plan: Plan, *, read: Sequence[Passage], foreign: bool
    ) -> tuple[Action, str]:
        """Have a plan carried out, if it is allowed. Raises ToolFailed, Cancelled, Problem."""

    def refused(self, tool: str, effect: str, call: ToolCall, reason: str) -> None:
        """Record that something was wanted where nothing may be changed. Raises Problem."""

    def more(self, call: str, spent: str) -> bool:
        """Whether the person has it go on beyond a limit. Raises Cancelled, Problem."""

    def readable(self, tool: str, call: str, paths: Iterable[str]) -> frozenset[str]:
        """Those of the files whose text a model may be given. Raises Cancelled, Problem."""


class Hands:
    """A turn's own way to the one that acts.

    foreign: whether something stood in the prompt from its beginning that the person did not write. tell: what became
    of each thing that the model wanted done, in words for the person, with the action if one was begun.
    """

    def __init__(
        self, acting: Acting, asking: Asking, *, foreign: bool, tell: Callable[[str, Action | None], None]
    ) -> None:
        self._acting = acting
        self._asking = asking
        self._foreign = foreign
        self._tell = tell
        self._denied = 0
        self._no_more = False

    def act(
        self, tool: str, effect: str, call: ToolCall, plan: Plan, *, read: Sequence[Passage], foreign: bool
    ) -> tuple[Action, str]:
        """As `Acting.act`. read: the passages in the model's context; foreign: whether tools have brought anything.

        Whoever said no twice is not asked a third time in the same turn.
        """
        intent = Intent(
            tool=tool, effect=effect, call=call.id, arguments=call.arguments, plan=plan, read=read,
            foreign=foreign or self._foreign,
        )  # fmt: skip
        try:
            if self._denied >= MOST_DENIED:
                self._acting.refuse(intent, self._asking, "denied before")
            action, told = self._acting.act(intent, self._asking)
        except ToolFailed as failed:
            self._denied += failed.text == DENIED
            if failed.told:
                self._tell(failed.told, None)
            raise
        self._tell(report(action), action)
        return action, told

    def refused(self, tool: str, effect: str, call: ToolCall, reason: str) -> None:
        """As `Acting.out_of_bounds`."""
        self._acting.out_of_bounds(tool, effect, call.arguments, reason, self._asking)

    def more(self, call: str, spent: str) -> bool:
        """As `Acting.more`; whoever said no is not asked again."""
        self._no_more = self._no_more or not self._acting.more(call, spent, self._asking)
        return not self._no_more

    def readable(self, tool: str, call: str, paths: Iterable[str]) -> frozenset[str]:
        """As `Acting.readable`."""
        return self._acting.readable(tool, call, paths, self._asking)
