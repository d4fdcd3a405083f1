"""How a watched folder stands on the disk now."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.base.errors import Problem
from app.base.opening import at, identity, is_link, resolved
from app.store.index import Root

KEPT = "What was read of it is kept."


@dataclass(frozen=True)
class RootStanding:
    """state: "current" if it can be looked into; else reason says why not. device: its file system.

    identity: which folder it is, so that one which was made anew in its place is told from it; "" if it is not there.
    """

    state: Literal["current", "offline", "unreadable"]
    reason: str = ""
    device: str = ""
    identity: str = ""


def standing(root: Root) -> RootStanding:
    """How a root stands. A link in its path was not there when it was chosen, and is not followed."""
    try:
        with at(root.path) as spot:
            status = spot.status()
            if not stat.S_ISDIR(status.st_mode):
                what = "A link" if stat.S_ISLNK(status.st_mode) else "A file"
                return RootStanding("offline", f"{what} has taken the folder’s place. {KEPT}")
            with spot.entries() as entries:
                empty = next(iter(entries), None) is None
    except (FileNotFoundError, NotADirectoryError):
        return RootStanding("offline", f"The folder is not there. {KEPT}")
    except (OSError, ValueError) as error:
        if is_link(error):
            return RootStanding("offline", f"A link has taken the place of a folder above it. {KEPT}")
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return RootStanding("unreadable", f"The folder cannot be opened: {reason}. {KEPT}")
    if empty and root.device not in ("", str(status.st_dev)):
        return RootStanding("offline", f"The drive is not connected. {KEPT}")
    return RootStanding("current", "", str(status.st_dev), identity(status))


def folder_identity(path: str) -> str:
    """Which folder stands at a path; "" if there is none, or a link leads there."""
    try:
        with at(path) as spot:
            status = spot.status()
    except (OSError, ValueError):
        return ""
    return identity(status) if stat.S_ISDIR(status.st_mode) else ""


def outermost(folders: Iterable[str]) -> list[str]:
    """Folders without repeats and without those that lie in another one, as a person may have written them by hand."""
    given = list(dict.fromkeys(map(os.path.normpath, folders)))
    return [folder for folder in given if not any(lies_in(folder, other) for other in given)]


def with_folders(folders: Sequence[str], added: Sequence[str]) -> Sequence[str]:
    """The folders with these too; one that holds others takes their place. Raises Problem folder.inside."""
    for path in added:
        above = next((folder for folder in folders if lies_in(path, folder)), None)
        if above is not None:
            raise Problem(
                "folder.inside", f"{path} is inside {above}, which is watched already.", "Nothing was changed."
            )
        if path not in folders:
            folders = [*(folder for folder in folders if not lies_in(folder, path)), path]
    return folders


def without_folders(folders: Sequence[str], removed: Sequence[str]) -> Sequence[str]:
    """The folders without these. Raises Problem folder.unknown."""
    left = list(folders)
    for given in removed:
        path = given if given in left else resolved(given)
        if path not in left:
            raise Problem(
                "folder.unknown", f"{given} is not one of the watched folders.",
                "Nothing was changed. `familiar folders list` shows them.",
            )  # fmt: skip
        left.remove(path)
    return left


def lies_in(path: str, folder: str) -> bool:
    """Whether a path is below a folder, and not the folder itself."""
    return Path(path) != Path(folder) and Path(path).is_relative_to(folder)


def check_choice(path: str) -> None:
    """Raise Problem folder.* if a folder that a person has chosen cannot be watched."""
    hint = "Nothing was changed."
    if not os.path.exists(path):
        raise Problem("folder.missing", f"{path} does not exist.", hint)
    if not os.path.isdir(path):
        raise Problem("folder.not_folder", f"{path} is a file, not a folder.", "Nothing was changed. Give its folder.")
    try:
        path.encode()
        with os.scandir(path):
            pass
    except OSError as error:
        raise Problem(
            "folder.unreadable", f"{path} cannot be opened: {error.strerror or error}.",
            "Nothing was changed. Give yourself permission to read it.",
        ) from error  # fmt: skip
    except UnicodeEncodeError as error:
        raise Problem(
            "folder.name", "The folder's name is not valid text.", "Nothing was changed. Rename it."
        ) from error
