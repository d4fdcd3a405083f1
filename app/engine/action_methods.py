"""How the engine answers calls about what assistants may do and did."""

from __future__ import annotations

from collections.abc import Callable

from app.assistant.acting.acting import Acting
from app.assistant.acting.policy import PolicyFile
from app.base.actions import Action, ActionsList, AuditShow, Decide, PolicySet, PolicyShow, UndoAction
from app.base.index_values import Check
from app.engine.methods import Table
from app.link.peer import Incoming
from app.store.actions import Actions


class ActionMethods:
    """Answers calls; each runs in a thread of its own."""

    def __init__(self, acting: Acting, actions: Actions, policy: PolicyFile, on_change: Callable[[], None]) -> None:
        """on_change: conversations show something else now."""
        self._acting = acting
        self._on_change = on_change
        self._actions = actions
        self._policy = policy

    def table(self) -> Table:
        """The handler of each call."""
        return {
            Decide: lambda call, _incoming: self._acting.approvals.decide(call),
            ActionsList: lambda call, _incoming: self._acting.carrying.newest(call.limit),
            UndoAction: self._undo,
            AuditShow: lambda call, _incoming: self._actions.audit(call.limit, verify=call.verify),
            PolicyShow: lambda _call, _incoming: self._policy.state(),
            PolicySet: lambda call, _incoming: self._policy.set(call.rules),
        }

    def _undo(self, call: UndoAction, _incoming: Incoming) -> Action:
        try:
            return self._acting.carrying.undo(call.id)
        finally:
            self._on_change()


def policy_checks(policy: PolicyFile) -> list[Check]:
    """What is wrong with the person's rules, if something is."""
    problem = policy.state().problem
    hint = "Correct it, or move the file away. Until then nothing is allowed that is not asked for."
    return [Check(name="policy", level="error", text=f"{problem}.", hint=hint)] if problem else []
