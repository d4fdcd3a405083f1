"""What a model may look at: the folders that the person chose, what the question stays in, and what was attached.

This, and not the prompt, is what holds: every path that a model names goes through here, links resolved. What lies
outside is not there: it is said in the same words as of a file that does not exist.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePath

from app.assistant.passage_format import defused
from app.assistant.ports import FileTree
from app.assistant.tools.refusal import ToolFailed
from app.base.opening import resolved
from app.base.values import Attachment

_MOST_NAMED = 5
_MOST_ENDING = 50


class Reach:
    """What one question may reach.

    attachments: files of the conversation. scope: files and folders to stay in; with none, the attached files are all
    that may be looked at, or, without any, all of the person's folders. hides: what their rules keep from models.
    """

    def __init__(
        self,
        files: FileTree,
        scope: Sequence[str],
        attachments: Sequence[Attachment],
        hides: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._files = files
        self._hides = hides
        self.attachments = tuple(attachments)
        self.scope = tuple(scope)
        self._scope_real = [resolved(path) for path in scope]
        self._shown: list[str] = []

    @property
    def attached_only(self) -> bool:
        """Whether the person asked about attached files and named no folder beside them."""
        return bool(self.attachments) and not self.scope

    @property
    def roots(self) -> Sequence[str]:
        """The files and folders in which everything lies that may be read, attached files apart."""
        if self.attached_only:
            return []
        return [path for path in self.scope if self._files.inside(path)] if self.scope else self._files.folders()

    def attached(self, path: str) -> Attachment | None:
        """The attachment that a path means, if it does. Both are as they were: links that came later lead nowhere."""
        named = next((one for one in self.attachments if one.path == path), None)
        return named or next((one for one in self.attachments if one.real == resolved(path)), None)

    def allows(self, path: str) -> bool:
        """Whether this file or folder may be looked at."""
        if self.attached(path) is not None:
            return True
        real = resolved(path)
        if self.attached_only or not self._files.inside(real) or self._hides(real):
            return False
        return not self.scope or any(_at_or_under(real, scope) for scope in self._scope_real)

    def show(self, folder: str) -> None:
        """The model has seen what stands in this folder, and may name it without its path."""
        self._shown.append(folder)

    def file(self, text: str, seen: Iterable[str]) -> str:
        """The path of the file that the model means, by its path, the end of it, or its name.

        seen: files that it knows by name. Raises ToolFailed if there is none that may be read, or more than one.
        """
        wanted = _clean(text)
        if _absolute(wanted):
            return self._one(text, [os.path.normpath(os.path.expanduser(wanted))])
        tail = PurePath(wanted).parts
        named = [path for path in (*(one.path for one in self.attachments), *seen) if _ends_with(path, tail)]
        if not any(map(self._is_file, named)):
            named = [path for path in self._files.ending("/".join(tail), _MOST_ENDING) if self.allows(path)]
        return self._one(text, named)

    def place(self, text: str) -> str:
        """The path of the folder, or of the file, that the model means. Raises ToolFailed."""
        wanted = _clean(text)
        if _absolute(wanted):
            candidates = [os.path.normpath(os.path.expanduser(wanted))]
        else:
            tail = PurePath(wanted).parts
            candidates = [root for root in self.roots if _ends_with(root, tail)]
            candidates += [os.path.normpath(os.path.join(top, wanted)) for top in (*self.roots, *self._shown)]
        for path in candidates:
            if self.allows(path) and (self._files.list(path, 1).entries or self._is_file(path)):
                return path
        raise _missing("folder", text)

    def _one(self, text: str, candidates: Sequence[str]) -> str:
        found = [path for path in dict.fromkeys(candidates) if self._is_file(path)]
        if not found:
            raise _missing("file", text)
        if len(found) > 1:
            names = "; ".join(defused(path) for path in found[:_MOST_NAMED])
            raise ToolFailed(f"Several files have that name. Give the whole path of one: {names}")
        return found[0]

    def _is_file(self, path: str) -> bool:
        if not self.allows(path):
            return False
        return self.attached(path) is not None or self._files.document(path) is not None


def _missing(kind: str, text: str) -> ToolFailed:
    return ToolFailed(
        f"There is no {kind} “{defused(_clean(text)[:200])}” in the person's files. list_folder shows some."
    )


def _clean(text: str) -> str:
    return text.strip().replace("\0", "") or "."


def _absolute(path: str) -> bool:
    return os.path.isabs(path) or path == "~" or path.startswith(("~/", "~\\"))


def _at_or_under(path: str, top: str) -> bool:
    return path == top or PurePath(path).is_relative_to(top)


def _ends_with(path: str, tail: Sequence[str]) -> bool:
    parts = PurePath(path).parts
    return bool(tail) and (parts[-len(tail) :] == tuple(tail) or parts[-len(tail) :] == tuple(map(defused, tail)))
