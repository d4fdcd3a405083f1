"""Files of kept states: which conversation each belongs to, told by its name alone, so that none outlives its own."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger("familiar.base")
_NAME = re.compile(r"[0-9a-f]{16}-c(?P<conversation>\d+)-(?:turn|warm-[0-9a-f]{16})\.kv")
_UNFINISHED = re.compile(r"\.[0-9a-f]{16}-c(?P<conversation>\d+)-.*\.kv\..*")


def conversation_of(name: str) -> int | None:
    """Whose state a file of this name is, 0 for nobody's; None if it is no state."""
    match = _NAME.fullmatch(name)
    return int(match["conversation"]) if match is not None else None


def is_unfinished(name: str) -> bool:
    """Whether a file of this name is a state that is being written, or was when its process was killed."""
    return _UNFINISHED.fullmatch(name) is not None


def delete_states(folder: Path, gone: Callable[[int], bool], *, unfinished: bool = False) -> None:
    """Delete the states of every conversation for which `gone` says so. What cannot be deleted is logged.

    unfinished: those too that are not whole, whosever they are; only while no process writes any.
    """
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        log.error("states of deleted conversations could not be looked for: %s", error.strerror or error)
        return
    for name in names:
        conversation = conversation_of(name)
        if (conversation is not None and gone(conversation)) or (unfinished and is_unfinished(name)):
            try:
                (folder / name).unlink(missing_ok=True)
            except OSError as error:
                log.error("a state of a deleted conversation could not be deleted: %s", error.strerror or error)
