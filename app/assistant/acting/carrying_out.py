"""Does what was allowed, one change after another, and takes it back: intent on disk before each, outcome after.

Each change is whole or not at all, so that after any death of the engine a look at the files tells what was done.
"""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from app.assistant.acting.kept_copies import KeptCopies
from app.assistant.acting.plans import Plan
from app.assistant.acting.trash import move_to_trash
from app.base import changing
from app.base.actions import UNDO_DAYS, Action, Change, Effect
from app.base.changing import MOST_HASHED, Stamp, left_over, same, stamp, stamp_of, untouched
from app.base.errors import Problem
from app.base.opening import Spot
from app.base.values import TurnId
from app.store.actions import Actions

_DAY_MS = 24 * 3600 * 1000
_PRIVATE = 0o600
_NO_MORE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
_CHANGED = "It has changed since this was shown, so it was left as it is."
_STOPPED = "It was not begun: you stopped it."
_CUT_OFF = "Familiar ended before it was begun."
_UNCLEAR = "Familiar ended while this was done, and the file has changed since: look at it."
_CALL_CUT_OFF = "Familiar ended while this was done; whether it took effect is not known."


class _Refused(Exception):
    """A change is not made. reason: for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CarryingOut:
    """Everything that is done to the person's files goes through here, one plan at a time."""

    def __init__(self, actions: Actions, kept: KeptCopies, now: Callable[[], int]) -> None:
        self._actions = actions
        self._kept = kept
        self._now = now
        self._lock = threading.Lock()

    def carry_out(
        self, tool: str, plan: Plan, changes: tuple[Change, ...], turn: TurnId | None, stopped: Callable[[], bool]
    ) -> tuple[Action, str]:
        """Make these changes of a plan; the action as it ended, and what a plan that is no change of files told.

        What one of them cannot be made for is its effect's reason; the others are made. Raises Problem store.* where
        the record cannot be kept: then nothing more is done.
        """
        with self._lock:
            action = self._actions.begin(tool, plan.title, changes, turn)
            told, halted = "", ""
            for effect in action.effects:
                if halted or stopped():
                    self._actions.mark(action.id, effect.n, "failed", halted or _STOPPED)
                    continue
                try:
                    told = self._make(action.id, effect, plan) or told
                    self._actions.mark(action.id, effect.n, "done")
                except _Refused as refused:
                    self._give_up(action.id, effect, refused.reason)
                except (OSError, ValueError) as error:
                    self._give_up(action.id, effect, _reason(error))
                    if isinstance(error, OSError) and error.errno in _NO_MORE:
                        halted = f"It was not begun: {_reason(error)}"
            return self._actions.show(action.id), told

    def undo(self, ident: int | None) -> Action:
        """Take back an action, or the last that can be. Raises Problem undo.*, store.*."""
        with self._lock:
            action = self._to_undo(ident)
            for effect in reversed(action.effects):
                if effect.state != "done":
                    continue
                try:
                    self._take_back(action.id, effect)
                except _Refused as refused:
                    self._actions.mark(action.id, effect.n, "done", refused.reason)
                except (OSError, ValueError) as error:
                    self._actions.mark(action.id, effect.n, "done", f"It could not be undone: {_reason(error)}")
            return self.shown(self._actions.show(action.id))

    def newest(self, limit: int) -> list[Action]:
        """What was done, newest first."""
        return [self.shown(action) for action in self._actions.newest(limit)]

    def shown(self, action: Action) -> Action:
        """With whether it can be undone."""
        return msgspec.structs.replace(action, undoable=self._hindrance(action))

    def settle(self) -> int:
        """Find out what became of changes that were cut off; how many there were. For the engine's start."""
        settled = 0
        with self._lock:
            for action in self._actions.under_way():
                for effect in action.effects:
                    if effect.state in ("planned", "begun", "undoing"):
                        self._settle(action.id, effect)
                        settled += 1
            self._kept.sweep(self._needed())
        return settled

    def sweep(self) -> None:
        """Remove copies that are too old to be brought back."""
        with self._lock:
            self._kept.sweep(self._needed())

    # ---- one change ------------------------------------------------------------------------------------------------

    def _make(self, action: int, effect: Effect, plan: Plan) -> str:
        """Make one change. Raises _Refused, OSError, ValueError; then nothing is changed."""
        change, tag = effect.change, f"{action}-{effect.n}"
        if change.kind == "call":
            self._actions.mark(action, effect.n, "begun")
            assert plan.perform is not None
            return plan.perform()
        if change.kind != "folder":
            self._expect(change.path, change.before)
        if change.kind in ("edit", "trash"):
            self._keep(change, action, effect.n)
        self._actions.mark(action, effect.n, "begun")
        if change.kind == "create":
            changing.create(change.path, plan.written[change.after], tag)
        elif change.kind == "edit":
            if not changing.replace(change.path, plan.written[change.after], tag, _still(change.before)):
                raise _Refused(_CHANGED)
        elif change.kind == "move":
            changing.move(change.path, change.target, tag)
        elif change.kind == "trash":
            move_to_trash(change.path)
        else:
            changing.make_folder(change.path)
        return ""

    def _keep(self, change: Change, action: int, n: int) -> None:
        if change.kind == "trash" and self._kept.link(change.path, action, n):
            return
        if change.size <= MOST_HASHED:
            self._kept.keep(change.path, action, n)

    def _expect(self, path: str, before: Stamp) -> None:
        """Raise _Refused if something else stands there than when the person was asked."""
        if not untouched(stamp(path, content=bool(before.sha256)), before):
            raise _Refused(_CHANGED)

    def _give_up(self, action: int, effect: Effect, reason: str) -> None:
        self._kept.drop(action, effect.n)
        self._actions.mark(action, effect.n, "failed", reason)

    def _take_back(self, action: int, effect: Effect) -> None:
        """Undo one change. Raises _Refused, OSError, ValueError; then it stands as it was."""
        change, tag, copy = effect.change, f"{action}-{effect.n}", self._kept.of(action, effect.n)
        self._expect_as_left(change, copy)
        self._actions.mark(action, effect.n, "undoing")
        if change.kind == "create":
            changing.remove_file(change.path)
        elif change.kind == "edit":
            data = copy.read_bytes()
            after = Stamp(kind="file", size=change.size, sha256=change.after)
            if not changing.replace(change.path, data, tag, _still(after)):
                raise _Refused("It has changed since, so it was left as it is.")
        elif change.kind == "move":
            changing.move(change.target, change.path, tag)
        elif change.kind == "trash":
            changing.copy(os.path.realpath(copy), change.path, tag, change.before.mode or _PRIVATE)
        else:
            changing.remove_folder(change.path)
        self._actions.mark(action, effect.n, "undone")
        self._kept.drop(action, effect.n)

    def _expect_as_left(self, change: Change, copy: Path) -> None:
        """Raise _Refused where a change cannot be taken back without losing something that came later.

        copy: of what stood there before, where that is kept.
        """
        if change.kind == "call":
            raise _Refused("This cannot be undone.")
        if change.kind in ("edit", "trash"):
            if not copy.exists():
                raise _Refused("What stood there before is not kept any more; a file may be in the system's trash.")
            if not same(stamp(os.path.realpath(copy), content=True), change.before):
                raise _Refused("What was kept of it has been changed, so it is not brought back.")
        now = stamp(change.target or change.path, content=change.kind in ("create", "edit"))
        if change.kind == "folder":
            if now.kind == "folder" and os.listdir(change.path):
                raise _Refused("The folder is not empty, so it stays.")
        elif change.kind == "trash":
            if now.kind != "none":
                raise _Refused("Something else has that name now.")
        elif change.kind == "move":
            if not same(now, change.before):
                raise _Refused("It has changed since, or is not there any more.")
            if stamp(change.path).kind != "none":
                raise _Refused("Something else has the name that it had before.")
        elif now.sha256 != change.after:
            raise _Refused("It has changed since, or is not there any more.")

    # ---- after a death ---------------------------------------------------------------------------------------------

    def _settle(self, action: int, effect: Effect) -> None:
        change, tag = effect.change, f"{action}-{effect.n}"
        if effect.state == "planned":
            self._actions.mark(action, effect.n, "failed", _CUT_OFF)
            return
        if change.kind == "call":
            self._actions.mark(action, effect.n, "unclear", _CALL_CUT_OFF)
            return
        for path in (change.path, change.target):
            if path:
                with suppress(OSError, ValueError):
                    changing.remove_file(left_over(path, tag))
        try:
            stands = self._stands(change)
        except (OSError, ValueError):
            stands = "unclear"
        if stands == "unclear":
            self._actions.mark(action, effect.n, "unclear", _UNCLEAR)
        elif stands == "after":
            reason = "" if effect.state == "begun" else "Familiar ended before it was undone. Undo it again."
            self._actions.mark(action, effect.n, "done", reason)
        else:
            self._kept.drop(action, effect.n)
            if effect.state == "begun":
                self._actions.mark(action, effect.n, "failed", "Familiar ended before it was done.")
            else:
                self._actions.mark(action, effect.n, "undone")

    def _stands(self, change: Change) -> Literal["before", "after", "unclear"]:
        """Whether a change is made, as the files say."""
        if change.kind == "move":
            return self._moved(change)
        now = stamp(change.path, content=True)
        if change.kind == "folder":
            return "after" if now.kind == "folder" else "before"
        if change.kind == "trash":
            return "after" if now.kind == "none" else "before" if same(now, change.before) else "unclear"
        if now.sha256 and now.sha256 == change.after:
            return "after"
        return "before" if same(now, change.before) else "unclear"

    def _moved(self, change: Change) -> Literal["before", "after", "unclear"]:
        old, new = stamp(change.path), stamp(change.target)
        if old.kind == "none":
            return "after" if same(new, change.before) else "unclear"
        if new.kind == "none":
            return "before" if same(old, change.before) else "unclear"
        if old.identity and old.identity == new.identity:  # between its two names
            changing.remove_file(change.path)
            return "after"
        if same(old, new) and _digest(change.path) == _digest(change.target):  # between its two disks
            changing.remove_file(change.path)
            return "after"
        return "unclear"

    # ---- what can be undone ----------------------------------------------------------------------------------------

    def _to_undo(self, ident: int | None) -> Action:
        if ident is None:
            found = self._actions.last_done(self._now() - UNDO_DAYS * _DAY_MS)
            if found is None:
                raise Problem("undo.nothing", "There is nothing to undo.", "Nothing was changed.")
            return found
        try:
            action = self._actions.show(ident)
        except KeyError as error:
            raise Problem(
                "undo.unknown", f"There is no action {ident}.", "“familiar undo --list” shows them all."
            ) from error
        hindrance = self._hindrance(action)
        if hindrance:
            raise Problem("undo.too_old" if "days" in hindrance else "undo.nothing", hindrance, "Nothing was changed.")
        return action

    def _hindrance(self, action: Action) -> str:
        """Why an action cannot be undone, "" if it can."""
        done = [effect.change.kind for effect in action.effects if effect.state == "done"]
        if not done:
            undone = any(effect.state == "undone" for effect in action.effects)
            return "It is undone already." if undone else "Nothing of it was done."
        if all(kind == "call" for kind in done):
            return "This cannot be undone."
        return f"It is more than {UNDO_DAYS} days old." if self._too_old(action) else ""

    def _too_old(self, action: Action) -> bool:
        return self._now() - action.at > UNDO_DAYS * _DAY_MS

    def _needed(self) -> set[tuple[int, int]]:
        """The copies that can still be brought back."""
        return self._actions.to_bring_back(self._now() - UNDO_DAYS * _DAY_MS)


def _still(before: Stamp) -> Callable[[Spot], bool]:
    return lambda spot: same(stamp_of(spot, content=True), before)


def _digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _reason(error: Exception) -> str:
    if isinstance(error, FileExistsError):
        return "Something else has that name now."
    if isinstance(error, FileNotFoundError):
        return "It is not there any more, or its folder is not."
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"{said[:1].upper()}{said[1:].rstrip('.')}."
