"""Long texts that a person pasted into a question, kept as files of the home so that they are read like any other."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from app.base.errors import Problem
from app.base.files import write_durably
from app.base.index_values import FileRow

NAME = "Pasted text.txt"
FORSAKEN_S = 24 * 3600.0
"""How long a text may wait for its question: nobody knows what a window that is gone had still before it."""


class PastedTexts:
    """A private folder each below `folder`. attached: the files below a folder that conversations are about.

    A text goes with the last conversation that it was attached in; one that was never asked about goes after a day.
    """

    def __init__(self, folder: Path, attached: Callable[[str], Iterable[str]]) -> None:
        self._folder = folder
        self._attached = attached

    def keep(self, text: str) -> FileRow:
        """Keep a text; it can be attached from now on. NULs, which no text file has, are left out.

        Raises Problem paste.failed where the disk does not take it.
        """
        data = text.replace("\0", "").encode("utf-8", "replace")
        own = self._folder / secrets.token_hex(8)
        try:
            own.mkdir(mode=0o700, parents=True)
            write_durably(own / NAME, data)
        except OSError as error:
            shutil.rmtree(own, ignore_errors=True)
            raise Problem(
                "paste.failed", f"The pasted text could not be kept: {error.strerror or error}.",
                "Nothing was changed, and what you typed is still there. Free some space, or attach it as a file.",
            ) from error  # fmt: skip
        return FileRow(path=str(own / NAME), state="waiting", size_bytes=len(data))

    def drop(self, path: str) -> None:
        """The person has taken a text off its question: it goes, unless a conversation is about it."""
        own = Path(os.path.normpath(path)).parent
        if own.parent == self._folder and own not in self._in_use():
            shutil.rmtree(own, ignore_errors=True)

    def sweep(self) -> None:
        """Remove the texts whose conversations are gone, and those that have waited for a question for a day."""
        used = self._in_use()
        try:
            kept = list(os.scandir(self._folder))
        except FileNotFoundError:
            return  # nothing was ever pasted
        for entry in kept:
            if Path(entry.path) not in used and time.time() - entry.stat(follow_symlinks=False).st_mtime > FORSAKEN_S:
                shutil.rmtree(entry.path, ignore_errors=True)

    def _in_use(self) -> set[Path]:
        return {Path(path).parent for path in self._attached(str(self._folder))}
