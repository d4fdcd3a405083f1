"""What an engine of make-believe knows of changes, rules and the record."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec

from app.base.actions import (
    Action,
    ActionsList,
    AuditEntry,
    AuditReport,
    AuditShow,
    Change,
    Decide,
    Effect,
    PolicySet,
    PolicyShow,
    PolicyState,
    UndoAction,
)
from app.base.errors import Problem


def action(ident: int, title: str, *changes: Change, state: str = "done", undoable: str = "", at: int = 0) -> Action:
    """Something that was done a minute ago."""
    return Action(
        id=ident, at=at or time.time_ns() // 1_000_000 - 60_000, tool="move_files", title=title, undoable=undoable,
        effects=tuple(Effect(n=n, change=one, state=msgspec.convert(state, Any)) for n, one in enumerate(changes, 1)),
    )  # fmt: skip


class FakeActions:
    """Changes as they are kept, newest first. stays: why undoing leaves an effect as it is, "" if it does not."""

    def __init__(self) -> None:
        self.actions: list[Action] = []
        self.policy = PolicyState(path="/home/ann/.local/share/familiar/policy.toml", rules=())
        self.entries: tuple[AuditEntry, ...] = ()
        self.broken = ""
        self.stays = ""
        self.decided: list[Decide] = []

    def answers(self) -> dict[Any, Callable[[Any, Any], object]]:
        """The handler of each call."""
        return {
            ActionsList: lambda _call, _incoming: list(self.actions),
            UndoAction: lambda call, _incoming: self._undo(call),
            AuditShow: lambda call, _incoming: AuditReport(
                entries=self.entries, total=len(self.entries), verified=call.verify,
                problem=self.broken if call.verify else "",
            ),
            PolicyShow: lambda _call, _incoming: self.policy,
            PolicySet: lambda call, _incoming: self._set(call),
            Decide: lambda call, _incoming: self.decided.append(call),
        }  # fmt: skip

    def _undo(self, call: UndoAction) -> Action:
        found = next((one for one in self.actions if one.id == call.id), None)
        if found is None or found.undoable:
            raise Problem("undo.nothing", "It is undone already.", "Nothing was changed.")
        state = "done" if self.stays else "undone"
        effects = tuple(
            Effect(n=one.n, change=one.change, state=msgspec.convert(state, Any), reason=self.stays)
            for one in found.effects
        )
        undone = msgspec.structs.replace(found, effects=effects, undoable="" if self.stays else "It is undone already.")
        self.actions = [undone if one is found else one for one in self.actions]
        return undone

    def _set(self, call: PolicySet) -> PolicyState:
        self.policy = msgspec.structs.replace(self.policy, rules=call.rules)
        return self.policy
