"""What stood at a path before it was changed, kept in a private folder for as long as it can be brought back."""

from __future__ import annotations

import logging
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

from app.base.actions import UNDO_DAYS
from app.base.opening import at

log = logging.getLogger("familiar.assistant")
_DAY_S = 24 * 3600


class KeptCopies:
    """Copies by action and place in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def link(self, path: str, action: int, n: int) -> bool:
        """Keep a file that is about to leave its place by one more name, which takes no room; whether that is possible.

        Raises OSError, ValueError where the path is not what it was.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with at(path) as spot:
            try:
                os.link(spot.name, self.of(action, n), src_dir_fd=spot.folder, follow_symlinks=False)
            except (OSError, NotImplementedError):  # another disk, or a file system without such names
                return False
        return True

    def keep(self, path: str, action: int, n: int) -> None:
        """Keep a copy of a file as it is now; on the disk when this returns. Raises OSError, ValueError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = self.of(action, n)
        part = target.with_suffix(".part")
        with at(path) as spot, os.fdopen(spot.open(), "rb") as source:
            status = os.fstat(source.fileno())
            with open(part, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                shutil.copyfileobj(source, file, 1 << 20)
                file.flush()
                os.fsync(file.fileno())
        os.utime(part, ns=(status.st_atime_ns, status.st_mtime_ns))
        os.replace(part, target)

    def of(self, action: int, n: int) -> Path:
        """Where a copy lies, if there is one."""
        return self._folder / f"{action}-{n}.kept"

    def drop(self, action: int, n: int) -> None:
        """A copy is not needed any more."""
        with suppress(OSError):
            self.of(action, n).unlink(missing_ok=True)

    def sweep(self, needed: set[tuple[int, int]]) -> None:
        """Remove what can no longer be brought back. needed: what can, by action and place. Never fails."""
        try:
            for entry in os.scandir(self._folder):
                action, _, n = entry.name.removesuffix(".kept").partition("-")
                if action.isdecimal() and n.isdecimal() and (int(action), int(n)) in needed:
                    continue
                fresh = time.time() - entry.stat().st_ctime < UNDO_DAYS * _DAY_S  # of a part that is being written
                if not (entry.name.endswith(".part") and fresh):
                    os.unlink(entry.path)
        except FileNotFoundError:
            return
        except OSError as error:
            log.warning("copies of changed files could not be removed: %s", error.strerror)
