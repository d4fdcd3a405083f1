"""What was done to a file, or would be, in words that every part of Familiar uses."""

from __future__ import annotations

import os
import re

from app.base.actions import Action, Change, Effect
from app.base.foreign_text import harmless_line

_MOST_LINES = 12
_MARKUP = re.compile(r"([\\`*_\[\]<>|~#$!])")
_PLANNED = {
    "create": "Create", "edit": "Change", "folder": "Make the folder", "call": "Call",
    "read": "Let the model read", "more": "Go on",
}  # fmt: skip
_DONE = {
    "create": "Created", "edit": "Changed", "folder": "Made the folder", "call": "Called", "read": "Read",
    "more": "Went on",
}  # fmt: skip


def planned(change: Change) -> str:
    """ "Rename a.txt to b.txt", "Move a.txt to Invoices/2024", without its folder."""
    if change.kind == "move":
        verb, where = _move(change)
        return f"{verb} {_name(change.path)} to {where}"
    if change.kind == "trash":
        return f"Move {_name(change.path)} to the trash"
    return f"{_PLANNED[change.kind]} {_name(change.path)}".rstrip()


def done(change: Change) -> str:
    """The same when it is done: "Renamed a.txt to b.txt"."""
    if change.kind == "move":
        verb, where = _move(change)
        return f"{verb}d {_name(change.path)} to {where}"
    if change.kind == "trash":
        return f"Moved {_name(change.path)} to the trash"
    return f"{_DONE[change.kind]} {_name(change.path)}".rstrip()


def outcome(effect: Effect) -> str:
    """A change and what became of it, as one sentence."""
    if effect.state == "done":
        return f"{done(effect.change)}.{f' {effect.reason}' if effect.reason else ''}"
    if effect.state == "undone":
        return f"Undone: {planned(effect.change)}."
    if effect.state in ("failed", "unclear"):
        return f"Not done: {planned(effect.change)}. {effect.reason}".rstrip()
    return f"{planned(effect.change)}."


def summary(action: Action) -> str:
    """What became of an action, as one sentence: "3 of 4 files were moved.", "Created notes.md."."""
    effects = [effect for effect in action.effects if effect.change.kind != "folder"] or list(action.effects)
    if len(effects) == 1:
        return outcome(effects[0])
    finished = [effect for effect in effects if effect.state == "done"]
    undone = sum(effect.state == "undone" for effect in effects)
    if undone:
        return f"{action.title}: {undone} of {len(effects)} undone."
    return f"{action.title}: {_share(len(finished), len(effects))}done."


def report(action: Action) -> str:
    """What became of an action, line by line as Markdown; of many that are done only how many."""
    effects = [effect for effect in action.effects if effect.change.kind != "folder"] or list(action.effects)
    if len(effects) == 1:
        return _plain(outcome(effects[0]))
    finished = [effect for effect in effects if effect.state == "done"]
    others = [effect for effect in effects if effect.state != "done"]
    head = f"{action.title}: {_share(len(finished), len(effects))}done."
    shown = [*finished[: _MOST_LINES if not others else 0], *others[:_MOST_LINES]]
    lines = [f"- {_plain(outcome(effect))}" for effect in shown]
    left = len(effects) - len(shown)
    more = [f"- and {left} more"] if left and (others or len(finished) > _MOST_LINES) else []
    return "\n".join([_plain(head), "", *lines, *more])


def _share(done: int, total: int) -> str:
    """ "2 of 3 ", "" for all."""
    return "" if done == total else f"{done} of {total} "


def _plain(text: str) -> str:
    """A stranger's names in a text that is Markdown, so that they read as what they are."""
    return _MARKUP.sub(r"\\\1", harmless_line(text))


def _move(change: Change) -> tuple[str, str]:
    """The verb, and where to: another name, or another folder."""
    if os.path.dirname(change.path) == os.path.dirname(change.target):
        return "Rename", _name(change.target)
    folder = os.path.basename(os.path.dirname(change.target))
    return "Move", f"{folder}/{_name(change.target)}"


def _name(path: str) -> str:
    return os.path.basename(path)
