"""Where everything of one home lies. No other module joins a path below it."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import platformdirs

from app.base.errors import Problem

_LONGEST_SHARED = 60
"""Bytes of the folder that the runtime folder lies in: with its own name and a socket's it stays below 107."""


@dataclass(frozen=True)
class Home:
    """All of one person's Familiar: settings, databases, logs. `root` is absolute and resolved."""

    root: Path

    @staticmethod
    def find(option: str | None = None) -> Home:
        """The home that `--home`, FAMILIAR_HOME or the platform names, in this order. Creates nothing."""
        named = option or os.environ.get("FAMILIAR_HOME")
        root = Path(named).expanduser() if named else Path(platformdirs.user_data_dir("familiar", appauthor=False))
        return Home(Path(os.path.realpath(root)))

    def create(self) -> None:
        """Make the folders, private to the person. Raises Problem home.unwritable."""
        try:
            for folder in (self.root, self.run, self.logs, self.models, self.states):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.TemporaryFile(dir=self.run):
                pass
        except OSError as error:
            raise self.unwritable(error) from error

    def unwritable(self, error: OSError) -> Problem:
        """What the person is told when something of this home cannot be written."""
        return Problem(
            "home.unwritable",
            f"Familiar cannot write to its home {self.root}: {error.strerror or error}.",
            "Nothing was changed. Make the folder writable, free some space, or choose another with --home DIR.",
        )

    @property
    def settings_toml(self) -> Path:
        """What the person set: folders, models, limits."""
        return self.root / "settings.toml"

    @property
    def window_ini(self) -> Path:
        """Where the window was and how it looked: only for its next first paint."""
        return self.root / "window.ini"

    @property
    def user_db(self) -> Path:
        """Conversations: precious."""
        return self.root / "user.db"

    @property
    def policy_toml(self) -> Path:
        """What assistants may do: the person's own rules."""
        return self.root / "policy.toml"

    @property
    def index_db(self) -> Path:
        """Files, chunks, full text: derived."""
        return self.root / "index.db"

    @property
    def embeddings_db(self) -> Path:
        """Vectors by text hash: derived, but dear."""
        return self.root / "embeddings.db"

    @property
    def vectors(self) -> Path:
        """Chroma's folder: derived."""
        return self.root / "vectors"

    @property
    def models(self) -> Path:
        """Downloaded chat models; those of the person's own stay where they are."""
        return self.root / "models"

    @property
    def states(self) -> Path:
        """What chat models had read of conversations, to go on from: private, derived."""
        return self.root / "states"

    @property
    def pasted(self) -> Path:
        """Long texts that were pasted into questions, a private folder each; they go with their conversations."""
        return self.root / "pasted"

    @property
    def measurements_json(self) -> Path:
        """What was measured and found out about chat models on this machine: derived."""
        return self.root / "measurements.json"

    @property
    def downloads(self) -> Path:
        """Unfinished downloads, a folder each, and the list of them."""
        return self.root / "downloads"

    @property
    def downloads_json(self) -> Path:
        """The list of downloads."""
        return self.downloads / "downloads.json"

    @property
    def run(self) -> Path:
        """Lock, address and pid of the running engine."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        """Rotating logs and the crash log."""
        return self.root / "logs"

    @property
    def engine_json(self) -> Path:
        """Address, pid and key of the running engine; mode 0600."""
        return self.run / "engine.json"

    @property
    def engine_lock(self) -> Path:
        """Whoever holds this file's lock is the engine."""
        return self.run / "engine.lock"

    @property
    def device_id_removed(self) -> Path:
        """Whether what an earlier version let onnxruntime keep of this machine was removed."""
        return self.run / "device-id-removed"

    @property
    def socket(self) -> str:
        """Address for the engine to listen at: a short path in a private folder (such paths end at 107 bytes), or a
        pipe name on Windows."""
        if sys.platform == "win32":
            return rf"\\.\pipe\familiar-{self._digest}"
        return str(runtime_folder() / f"{self._digest}.sock")

    @property
    def drawings(self) -> Path:
        """Folder of drawn pages on their way to a window: in memory, where the system has such a runtime folder."""
        return runtime_folder() / f"{self._digest}.pages"

    @property
    def _digest(self) -> str:
        return hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]


class RuntimeFolder(NamedTuple):
    """Where sockets and pixels go. passed_over: what would have come first but is not private."""

    path: Path
    passed_over: tuple[Path, ...] = ()


def runtime_folder() -> Path:
    """A short, private (0700) folder for sockets and pixels, created if missing. Raises Problem runtime.unwritable."""
    return find_runtime_folder().path


def find_runtime_folder() -> RuntimeFolder:
    """The first of the usual folders that is ours alone; else one with a random name, which nobody can make before us.

    Whoever needs it is told its path, so another start may well find another one. Raises Problem runtime.unwritable.
    """
    base = os.environ.get("XDG_RUNTIME_DIR")
    shared = Path(tempfile.gettempdir())
    if len(os.fsencode(shared)) > _LONGEST_SHARED:
        shared = Path("/tmp")  # noqa: S108 - short; what is made in it is checked to be ours alone
    usual = [Path(base) / "familiar"] if base and len(os.fsencode(base)) <= _LONGEST_SHARED else []
    usual.append(shared / f"familiar-{_user()}")
    passed_over: list[Path] = []
    for folder in usual:
        if _made_private(folder):
            return RuntimeFolder(folder, tuple(passed_over))
        passed_over.append(folder)
    try:
        known = [folder for folder in sorted(shared.glob(f"familiar-{_user()}-*")) if _is_private(folder)]
        made = known[0] if known else Path(tempfile.mkdtemp(prefix=f"familiar-{_user()}-", dir=shared))
    except OSError as error:
        raise Problem(
            "runtime.unwritable",
            f"Cannot make a private folder in {shared}: {error.strerror or error}.",
            "Nothing was changed. Set XDG_RUNTIME_DIR to a folder of yours with mode 0700.",
        ) from error
    return RuntimeFolder(made, tuple(passed_over))


def _made_private(folder: Path) -> bool:
    """Whether the folder, made if it was missing, is ours alone."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:  # a file is there, or its parent is not ours
        return False
    return _is_private(folder)


def _is_private(folder: Path) -> bool:
    """Whether this is a folder, not a link to one, that nobody else may look into."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    if sys.platform == "win32":
        return stat.S_ISDIR(status.st_mode)
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077


@cache
def resources() -> Path:
    """The folder of bundled resources."""
    return Path(__file__).resolve().parents[2] / "resources"


def _user() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
