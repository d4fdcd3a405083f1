"""What a worker's process finds around it: a temporary folder of its own, an environment, files lent to it."""

from __future__ import annotations

import itertools
import logging
import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path

import psutil

from app.base.errors import Problem
from app.base.paths import runtime_folder
from app.link.lending import SOCKET, Lender, Lent

log = logging.getLogger("familiar.link")
CONFINED = frozenset({"extract"})
"""Roles that read strangers' bytes: they inherit little, and are lent the files that they read."""

INHERITED = frozenset({
    "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONPATH", "PYTHONHOME", "PYTHONUTF8", "PYTHONIOENCODING",
    "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "PYTHONNOUSERSITE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
    "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE",
})  # fmt: skip
"""What a confined process needs of our environment: where Python and its libraries lie, and how they write text."""

_numbers = itertools.count(1)


class Surroundings:
    """Made before a process is started, closed once it has ended.

    The temporary folder is new, empty, and the person's alone; it goes with the process. lent: what calls under way
    name. Raises Problem worker.no_folder.
    """

    def __init__(self, role: str, lent: Lent) -> None:
        self.folder = _fresh_folder(role)
        self._lender = Lender(lent) if role in CONFINED and sys.platform == "linux" else None
        inherited = INHERITED if role in CONFINED else os.environ.keys()
        temporary = dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(self.folder))
        if role in CONFINED:  # without one, libraries ask the system's list of persons, which may ask a server
            temporary |= dict.fromkeys(("HOME", "USERPROFILE"), str(self.folder))
        lending = {SOCKET: str(self._lender.theirs.fileno())} if self._lender is not None else {}
        self.environment = {name: os.environ[name] for name in inherited if name in os.environ} | temporary | lending
        self.descriptors = [self._lender.theirs.fileno()] if self._lender is not None else []

    def handed_over(self) -> None:
        """The process has been started: what it holds now is closed here."""
        if self._lender is not None:
            self._lender.theirs.close()

    def close(self) -> None:
        """Take back what was lent, and delete the temporary folder."""
        if self._lender is not None:
            self._lender.close()
        _delete(self.folder)


def _fresh_folder(role: str) -> Path:
    """A new folder below the runtime folder. What processes of engines that are gone have left is deleted first."""
    above = runtime_folder() / "workers"
    try:
        above.mkdir(mode=0o700, exist_ok=True)
        _check(above)
        _sweep(above)
        folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-{next(_numbers)}-{role}-", dir=above))
        _check(folder)
    except OSError as error:
        raise Problem(
            "worker.no_folder",
            f"The {role} process gets no temporary folder in {above}: {error.strerror or error}.",
            "Nothing was changed. Free some space there, or set XDG_RUNTIME_DIR to a folder of yours with mode 0700.",
        ) from error
    return folder


def _check(folder: Path) -> None:
    """Raise OSError unless this is a folder, no link to one, that nobody else may look into."""
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(20, "something else is there", str(folder))
    if sys.platform != "win32" and (status.st_uid != os.getuid() or status.st_mode & 0o077):
        raise PermissionError(13, "it is not private to you", str(folder))


def _sweep(above: Path) -> None:
    for entry in os.scandir(above):
        engine = entry.name.partition("-")[0]
        if not engine.isdigit() or not psutil.pid_exists(int(engine)):
            _delete(Path(entry.path))


def _delete(folder: Path) -> None:
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder, ignore_errors=True)
    else:
        folder.unlink(missing_ok=True)
    if folder.exists():
        log.warning("a temporary folder could not be deleted: %s", folder.name)
