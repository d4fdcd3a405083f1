"""Whether something may be done, by the person's rules and their word, and then doing it. Every no is recorded too."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, NoReturn

import msgspec

from app.assistant.acting.approvals import Approvals
from app.assistant.acting.carrying_out import CarryingOut
from app.assistant.acting.kept_copies import KeptCopies
from app.assistant.acting.plans import Plan
from app.assistant.acting.policy import PolicyFile, strictest
from app.assistant.cancellation import Stop
from app.assistant.ports import Passage
from app.assistant.tools.refusal import ToolFailed
from app.base.actions import Action, Approval, Change, Decision, brief
from app.base.errors import Cancelled
from app.base.values import ConversationId, TurnId
from app.store.actions import Actions

_MOST_SOURCES = 3
_PATHS, _MOST_NOTED = ("path", "paths", "moves", "folder", "pattern"), 1000
_WORD = re.compile(r"\w{4,}")
_ASKED = "Familiar asks before it changes anything."
_RULED = "Your rules say that you are asked about this."
_FOREIGN = "Text that you did not write was read for this, so you are asked whatever your rules allow."
DENIED = "The person did not allow this; nothing of it was done. Do not try it again in another way."
NOBODY = "Nobody can be asked now, so this was not done. Say what you would have done."
RULES = "your rules do not allow it there."
NOBODY_HERE = "nobody could be asked."
EXPIRED = "The person did not answer in time, so this was not done."


@dataclass(frozen=True)
class Intent:
    """What a call of a tool is about to do. effect: the tool's. arguments: as the model gave them.

    read: passages that stand in the model's context. foreign: whether anything does that the person did not write.
    """

    tool: str
    effect: str
    call: str
    arguments: Mapping[str, Any]
    plan: Plan
    read: Sequence[Passage] = ()
    foreign: bool = True


@dataclass(frozen=True)
class Asking:
    """Of which turn an intent is. tell: shows an approval to the person; None where nobody can be asked."""

    conversation: ConversationId
    turn: TurnId
    stop: Stop
    tell: Callable[[Approval], None] | None


class Acting:
    """The one way from a model to an effect. own: Familiar's own folder, in which nothing is changed."""

    def __init__(self, actions: Actions, own: Path, policy: PolicyFile, now: Callable[[], int]) -> None:
        """actions: where all is recorded. now: in Unix ms."""
        self.own = str(own)
        self.approvals = Approvals()
        self.carrying = CarryingOut(actions, KeptCopies(own / "kept"), now)
        self._policy = policy
        self._actions = actions

    def act(self, intent: Intent, asking: Asking) -> tuple[Action, str]:
        """Have it done, if it is allowed; what was done, and what a plan that is no change of files told.

        Raises ToolFailed where it is not allowed, Cancelled, Problem store.*.
        """
        changes = self._allowed(intent, asking)
        return self.carrying.carry_out(intent.tool, intent.plan, changes, asking.turn, lambda: asking.stop.cancelled)

    def readable(self, tool: str, call: str, paths: Iterable[str], asking: Asking) -> frozenset[str]:
        """Those of these files whose text a model may be given. Raises Cancelled, Problem store.*."""
        state = self._policy.state()
        if not state.rules and not state.problem:
            return frozenset(paths)
        decisions = {path: self._policy.decide(tool, "read", path)[0] for path in set(paths)}
        asked = sorted(path for path, decision in decisions.items() if decision == "ask")
        if asked:
            plan = Plan("Let the model read", tuple(Change(kind="read", path=path) for path in asked), {})
            intent = Intent(tool, "read", call, {"paths": asked}, plan, foreign=False)
            try:
                given = {change.path for change in self._allowed(intent, asking)}
            except ToolFailed:
                given = set()
            decisions.update({path: "allow" if path in given else "deny" for path in asked})
        return frozenset(path for path, decision in decisions.items() if decision == "allow")

    def shows(self, path: str) -> bool:
        """Whether the text of a file may be put before a model that did not ask for it."""
        return self._policy.decide("*", "read", path)[0] == "allow"

    def more(self, call: str, spent: str, asking: Asking) -> bool:
        """Whether the person has the model go on beyond a limit. spent: what it has spent, as a sentence.

        Raises Cancelled, Problem store.*.
        """
        if asking.tell is None:
            return False
        plan = Plan("Go on with this question", (Change(kind="more", path=""),), {})
        try:
            self._ask(Intent("", "read", call, {}, plan, foreign=False), asking, (spent,))
        except ToolFailed:
            return False
        return True

    def refuse(self, intent: Intent, asking: Asking, reason: str) -> NoReturn:
        """Refuse it without asking; recorded. Raises ToolFailed, Problem store.*."""
        self._note("refused", intent, asking, intent.plan.changes, reason=reason)
        raise ToolFailed(DENIED, _told(intent, "you had not allowed the like of it."))

    def out_of_bounds(self, tool: str, effect: str, arguments: Mapping[str, Any], reason: str, asking: Asking) -> None:
        """Record that a model wanted something changed where nothing may be. Raises Problem store.*."""
        wanted = {name: arguments[name] for name in _PATHS if name in arguments}
        body = {"tool": tool, "effect": effect, "turn": asking.turn, "title": reason, "reason": "out of bounds"}
        self._actions.note("refused", {**body, "wanted": str(wanted)[:_MOST_NOTED]})

    def hides(self, path: str) -> bool:
        """Whether the person's rules keep a file or folder from every tool."""
        return self._policy.decide("*", "read", path)[0] == "deny"

    # ---- inner -----------------------------------------------------------------------------------------------------

    def _allowed(self, intent: Intent, asking: Asking) -> tuple[Change, ...]:
        """The changes that may be made now. Raises ToolFailed, Cancelled, Problem store.*."""
        decision, problem = self._decision(intent)
        changes = intent.plan.changes
        if decision == "deny":
            self._note("refused", intent, asking, changes, reason="rules")
            raise ToolFailed("The person's rules do not allow this there. Nothing was done.", _told(intent, RULES))
        if decision == "allow" and not intent.foreign:
            self._note("allowed", intent, asking, changes, reason="rules")
            return changes
        if asking.tell is None:
            self._note("refused", intent, asking, changes, reason="nobody to ask")
            raise ToolFailed(NOBODY, _told(intent, NOBODY_HERE))
        ruled = decision == "ask" and intent.effect == "read"
        why = (problem, _RULED if ruled else _ASKED if decision == "ask" else "", _FOREIGN if intent.foreign else "")
        return self._ask(intent, asking, tuple(filter(None, why)))

    def _decision(self, intent: Intent) -> tuple[Decision, str]:
        """What the rules say of all that a plan touches, and why they cannot be understood, if they cannot."""
        paths = [path for change in intent.plan.changes for path in (change.path, change.target) if path] or [""]
        found = [self._policy.decide(intent.tool, intent.effect, path) for path in paths]
        return strictest([decision for decision, _ in found]), found[0][1].problem

    def _ask(self, intent: Intent, asking: Asking, why: tuple[str, ...]) -> tuple[Change, ...]:
        assert asking.tell is not None
        sources = _sources(intent)
        changes = intent.plan.changes
        approval = Approval(
            id=secrets.token_hex(16), conversation=asking.conversation, turn=asking.turn, call=intent.call,
            tool=intent.tool, title=intent.plan.title, changes=changes, why=why, sources=tuple(sources[:_MOST_SOURCES]),
            more=max(0, len(sources) - _MOST_SOURCES),
        )  # fmt: skip
        self._note("asked", intent, asking, changes, approval=approval.id)
        try:
            answer = self.approvals.ask(approval, asking.stop, asking.tell)
        except Cancelled:
            self._note("expired", intent, asking, changes, approval=approval.id)
            asking.tell(msgspec.structs.replace(approval, state="expired"))
            raise
        kept = () if answer is None else _without(changes, answer.struck)
        if answer is None or not answer.allow or not kept:
            event = "expired" if answer is None else "denied"
            self._note(event, intent, asking, changes, approval=approval.id)
            asking.tell(msgspec.structs.replace(approval, state=event))
            if answer is None:
                raise ToolFailed(EXPIRED, _told(intent, "it was not answered in time."))
            raise ToolFailed(DENIED, _told(intent, "you did not allow it."))
        self._note("approved", intent, asking, kept, approval=approval.id, struck=list(answer.struck))
        asking.tell(msgspec.structs.replace(approval, state="allowed"))
        return kept

    def _note(self, event: str, intent: Intent, asking: Asking, changes: Sequence[Change], **more: Any) -> None:
        body = {
            "tool": intent.tool, "effect": intent.effect, "turn": asking.turn, "title": intent.plan.title,
            "changes": [brief(change) for change in changes], "plan": _digest(changes), **more,
        }  # fmt: skip
        self._actions.note(event, body)


def _told(intent: Intent, why: str) -> str:
    return f"Not done: {intent.plan.title}; {why}" if intent.effect != "read" else ""


def _digest(changes: Sequence[Change]) -> str:
    """SHA-256 of exactly these changes, words and all."""
    return hashlib.sha256(msgspec.json.encode(changes)).hexdigest()


def _without(changes: Sequence[Change], struck: Sequence[int]) -> tuple[Change, ...]:
    """The changes that are left, less the folders that are made for none of them."""
    kept = [change for n, change in enumerate(changes, 1) if n not in struck]
    wanted = [change.target or change.path for change in kept if change.kind != "folder"]
    return tuple(
        change
        for change in kept
        if change.kind != "folder" or any(PurePath(path).is_relative_to(change.path) for path in wanted)
    )


def _sources(intent: Intent) -> list[str]:
    """The files that were read, those first whose text has most of the words of what is to be done."""
    said = " ".join(str(value) for value in intent.arguments.values())
    words = {word.casefold() for word in _WORD.findall(said)}
    scores: dict[str, int] = {}
    for passage in intent.read:
        if passage.path:
            own = {word.casefold() for word in _WORD.findall(os.path.basename(passage.path))}
            shared = len(words & ({word.casefold() for word in _WORD.findall(passage.text)} - own))
            scores[passage.path] = max(scores.get(passage.path, 0), shared)
    return sorted(scores, key=lambda path: -scores[path])
