"""What an assistant may change and did change: plans, approvals, what was done, and its record; as values and calls."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from app.base.calls import Call
from app.base.changing import Stamp
from app.base.values import ConversationId, TurnId, Value

UNDO_DAYS = 30
ChangeKind = Literal["create", "edit", "move", "trash", "folder", "call", "read", "more"]
EffectState = Literal["planned", "begun", "done", "failed", "undoing", "undone", "unclear"]
Decision = Literal["allow", "ask", "deny"]


class Change(Value, frozen=True, kw_only=True):
    """One thing that would be done, exactly.

    path: of the file, or of the folder that is made; "" of a "call". "read" changes nothing: the file's text goes to
    the model; nor does "more": the model may go on. target: where a "move" puts it. diff: what is written, as a unified
    diff; of a "call" what is handed over. before: what stood at `path` when this was planned. after: SHA-256 of what
    "create" and "edit" write. size: bytes of it.
    """

    kind: ChangeKind
    path: str
    target: str = ""
    diff: str = ""
    before: Stamp = Stamp()
    after: str = ""
    size: int = 0


class Approval(Value, tag="approval", tag_field="event"):
    """A plan that waits for the person's word; told again when it does not wait any more.

    id: not to be guessed. call: of the tool step that it belongs to. why: sentences on why they are asked. sources:
    files from whose text the idea may have come, most likely first; more: how many there are besides.
    """

    id: str
    conversation: ConversationId
    turn: TurnId
    call: str
    tool: str
    title: str
    changes: tuple[Change, ...]
    why: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    more: int = 0
    state: Literal["waiting", "allowed", "denied", "expired"] = "waiting"


class Effect(Value, frozen=True, kw_only=True):
    """What became of one change. n: its place in the plan, from 1. reason: why it was not done, or not undone."""

    n: int
    change: Change
    state: EffectState
    reason: str = ""


class Action(Value, frozen=True, kw_only=True):
    """A plan that was begun. turn: in which, None if in none or it is gone. at: Unix ms.

    undoable: why it cannot be undone now, "" where it can.
    """

    id: int
    at: int
    tool: str
    title: str
    turn: TurnId | None = None
    conversation: ConversationId | None = None
    effects: tuple[Effect, ...] = ()
    undoable: str = ""


class AuditEntry(Value, frozen=True, kw_only=True):
    """A line of the record. id: 1, 2, 3. event: "asked", "approved", "denied", "expired", "refused", "allowed",
    "intent", "outcome". body: of what. sha256: of the line before it, and of all that this one says."""

    id: int
    at: int
    event: str
    body: dict[str, Any]
    sha256: str


class AuditReport(Value, frozen=True, kw_only=True):
    """The newest lines of the record, oldest first. total: of all. problem: what is wrong with it, "" if it is whole
    or was not verified."""

    entries: tuple[AuditEntry, ...]
    total: int
    verified: bool = False
    problem: str = ""


class Decide(Call[None]):
    """Answer an approval. struck: places (from 1) of the changes that are not to be made.

    Problem approval.settled if it does not wait any more: it was answered, or its turn has ended.
    """

    approval: str
    allow: bool
    struck: tuple[int, ...] = ()


class ActionsList(Call[list[Action]]):
    """What was done, newest first."""

    limit: int = 200


class UndoAction(Call[Action]):
    """Take back what was done, what of it can be: of each thing that cannot, its effect says why.

    id: None for the last that can. Problem undo.unknown, undo.nothing, undo.too_old.
    """

    id: int | None = None


class AuditShow(Call[AuditReport]):
    """The record. verify: have the whole of its chain checked. limit: lines."""

    verify: bool = False
    limit: int = 200


class Rule(Value, frozen=True, kw_only=True):
    """What holds for some tools in some folders. tool: a name, or "*". folder: absolute, or "*". effect: or "*"."""

    decision: Decision
    tool: str = "*"
    folder: str = "*"
    effect: Literal["read", "write", "network", "*"] = "*"


class PolicyState(Value, frozen=True, kw_only=True):
    """The rules as they are in policy.toml. problem: why they cannot be understood; then the strict ones hold."""

    path: str
    rules: tuple[Rule, ...]
    problem: str = ""


class PolicyShow(Call[PolicyState]):
    """The rules of what an assistant may do."""


class PolicySet(Call[PolicyState]):
    """Set all rules; comments of the file stay. Problem policy.invalid."""

    rules: tuple[Rule, ...]


def brief(change: Change) -> dict[str, Any]:
    """A change for the record: everything but the words."""
    body = msgspec.to_builtins(change)
    del body["diff"]
    return dict(body)
