"""Files to be written or removed for the person, planned first and then made; what is not ours is never touched."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

import msgspec

from app.base.errors import Problem
from app.base.files import write_durably

MARK = b"familiar integrate"
"""Stands in every file that is ours alone; a file of that name without it is somebody else's."""


@dataclass(frozen=True)
class Change:
    """One file to be as `data` says, or gone if that is None.

    what: for the person, "application entry". root: no folder is removed at or above it.
    ours_alone: the file is wholly ours, so it must carry MARK to be replaced or removed.
    backup: keep the file's present content there before it is changed.
    """

    path: Path
    data: bytes | None
    what: str
    root: Path
    ours_alone: bool = True
    backup: Path | None = None


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a change. done: "written", "removed", "unchanged" or "absent"."""

    path: str
    what: str
    done: str
    backup: str | None = None


def check(changes: list[Change]) -> None:
    """Raise Problem integrate.foreign if one would hit somebody else's file, or integrate.unreadable."""
    for change in changes:
        present = content(change.path)
        if present is not None and change.ours_alone and MARK not in present:
            raise Problem(
                "integrate.foreign",
                f"{change.path} is not from Familiar.",
                "Nothing was changed. Move that file away, then try again.",
            )


def make(changes: list[Change]) -> list[Made]:
    """Make the changes in order. Raises Problem integrate.failed at the first that cannot be made."""
    made: list[Made] = []
    for change in changes:
        try:
            made.append(_make(change))
        except OSError as error:
            before = f"{len(made)} of {len(changes)} steps were done before." if made else "Nothing was changed."
            raise Problem(
                "integrate.failed",
                f"{change.path} could not be changed: {error.strerror or error}.",
                f"{before} Mend that and run it again; it begins where it stopped.",
            ) from error
    return made


def content(path: Path) -> bytes | None:
    """The bytes of a file, None if there is none. Raises Problem integrate.unreadable."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Problem(
            "integrate.unreadable", f"{path} cannot be read: {error.strerror or error}.", "Nothing was changed."
        ) from error


def _make(change: Change) -> Made:
    path = change.path.resolve()  # a link into a folder of dotfiles stays a link
    present = content(path)
    if change.data is None:
        done = "absent"
        if present is not None:
            change.path.unlink()
            done = "removed"
        _remove_empty(change.path.parent, change.root)
        return Made(path=str(change.path), what=change.what, done=done)
    if present == change.data:
        return Made(path=str(change.path), what=change.what, done="unchanged")
    path.parent.mkdir(parents=True, exist_ok=True)
    backup = None
    mode = 0o644
    if present is not None:
        mode = stat.S_IMODE(path.stat().st_mode)
        if change.backup is not None:
            write_durably(change.backup, present, mode=mode)
            backup = str(change.backup)
    write_durably(path, change.data, mode=mode)
    return Made(path=str(change.path), what=change.what, done="written", backup=backup)


def _remove_empty(folder: Path, root: Path) -> None:
    """Remove `folder` and those above it, below `root`, as long as they are empty."""
    while folder != root and root in folder.parents:
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass
        except OSError:
            return  # something else is in it
        folder = folder.parent
