"""Where an assistant may write: in folders that the person chose, under names that every system takes and shows."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import PurePath

from app.assistant.file_access import Reach
from app.assistant.passage_format import defused
from app.assistant.tools.refusal import OutOfBounds, ToolFailed
from app.base.foreign_text import MARK, harmless_line
from app.base.opening import resolved

_LONGEST_NAME, _LONGEST_PATH = 240, 2000  # bytes; with room for the name that a text has while it is written
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_NOWHERE = re.compile(r'[<>:"|?*\\]')


class Targets:
    """The paths that one question may change.

    own: Familiar's own folder, in which nothing is ever changed.
    """

    def __init__(self, reach: Reach, own: str) -> None:
        self._reach = reach
        self._own = resolved(own)

    def existing(self, text: str, seen: Iterable[str]) -> str:
        """The file that a model means, if it may be changed; links resolved. Raises ToolFailed."""
        try:
            path = resolved(self._reach.file(text, seen))
        except ToolFailed as failed:
            if os.path.isabs(text.strip()) and not self._reach.allows(text.strip().replace("\0", "")):
                raise OutOfBounds(failed.text) from failed  # in the same words as of a file that is not there
            raise
        self._expect_ours(path)
        return path

    def new(self, text: str, beside: str = "") -> str:
        """The path that a model wants for a file, whatever stands there; links of its folders resolved.

        beside: a file in whose folder a name alone is meant to be. Raises ToolFailed.
        """
        wanted = text.strip()
        parts = PurePath(wanted).parts
        if not parts or "\0" in wanted or wanted.startswith("~") or wanted.endswith(("/", "\\")):
            raise ToolFailed("Give the path of a file in the person's folders.")
        if ".." in parts:
            raise OutOfBounds("A path with “..” is not taken. Give the whole path.")
        path = wanted if os.path.isabs(wanted) else self._joined(wanted, beside)
        path = os.path.join(resolved(os.path.dirname(path)), os.path.basename(path))
        self._expect_ours(path)
        for name in self._below_root(path):
            _expect_name(name)
        if len(os.fsencode(path)) > _LONGEST_PATH:
            raise ToolFailed("That path is too long.")
        return path

    def _joined(self, wanted: str, beside: str) -> str:
        """A relative path below the folder that it means. Raises ToolFailed."""
        parts = PurePath(wanted).parts
        if beside and len(parts) == 1:
            return os.path.join(os.path.dirname(beside), wanted)
        roots = [root for root in self._reach.roots if os.path.isdir(root)]
        named = [root for root in roots if PurePath(root).name == parts[0] and len(parts) > 1]
        if len(named) == 1:
            return os.path.join(named[0], *parts[1:])
        there = [root for root in roots if len(parts) > 1 and os.path.isdir(os.path.join(root, parts[0]))]
        chosen = there if len(there) == 1 else roots
        if len(chosen) == 1:
            return os.path.join(chosen[0], wanted)
        if beside:
            return os.path.join(os.path.dirname(beside), wanted)
        names = "; ".join(defused(root) for root in roots) or "none that may be changed now"
        raise ToolFailed(f"Say in which folder, by its whole path. The person's folders are: {names}")

    def _expect_ours(self, path: str) -> None:
        """Raise OutOfBounds where nothing may be changed."""
        try:
            path.encode()
        except UnicodeEncodeError as error:
            raise ToolFailed("A file whose name is no text is not changed. Rename it by hand.") from error
        if not self._reach.allows(path) or not self._below_root(path):
            raise OutOfBounds("That is not in the folders that the person chose for this: nothing is changed there.")
        if path == self._own or PurePath(path).is_relative_to(self._own):
            raise OutOfBounds("That is Familiar's own folder; nothing is changed there.")
        if any(name.startswith(".") for name in self._below_root(path)):
            raise OutOfBounds("Hidden files and folders are not changed.")

    def _below_root(self, path: str) -> tuple[str, ...]:
        """The names below the person's folder that the path lies in; none where it lies in none."""
        for root in self._reach.roots:
            real = resolved(root)
            if path != real and PurePath(path).is_relative_to(real):
                return PurePath(path).relative_to(real).parts
            if path == real and not os.path.isdir(real):  # a question that stays in one file
                return (PurePath(path).name,)
        return ()


def _expect_name(name: str) -> None:
    """Raise ToolFailed for a name that some system cannot have, or that does not show what it is."""
    shown = harmless_line(name)
    said = f"“{defused(shown[:60])}”"
    if MARK in shown or shown != name:
        raise ToolFailed(f"The name {said} holds characters that steer, hide or reorder text; it is not used.")
    if _NOWHERE.search(name) or _DEVICES.fullmatch(name) or name != name.strip() or name.endswith("."):
        raise ToolFailed(f"The name {said} cannot be used on every system.")
    if len(os.fsencode(name)) > _LONGEST_NAME:
        raise ToolFailed(f"The name {said} is too long.")
