"""What libraries would tell their makers of this computer: refused, and what an earlier version let them keep removed.

onnxruntime makes an identifier of the machine and posts it, with the interpreter's path, to a host of its maker, unless
the environment forbids that before its first import.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Mapping
from pathlib import Path

from app.base.paths import Home

log = logging.getLogger("familiar.base")
REFUSED = {"ORT_DISABLE_TELEMETRY": "1", "ORT_TELEMETRY_DISABLED": "1"}
"""Variables for a process that imports onnxruntime: the name that 1.32 reads, and the one of later versions."""

_FOLDER = Path("Microsoft", "DeveloperTools", ".onnxruntime")  # below the person's cache folder
_LEFT = ("deviceid*", "onnxruntime.db*")


def forget_device_id(home: Home, environment: Mapping[str, str] = os.environ) -> None:
    """Once a home: remove the identifier that earlier versions let onnxruntime make.

    In a home that no earlier version has used, such a file is another program's, and stays.
    """
    if home.device_id_removed.exists():
        return
    if home.embeddings_db.exists() and remove_device_id(environment):
        log.info("removed the identifier of this machine that onnxruntime had made")
    with contextlib.suppress(OSError):
        home.device_id_removed.touch()


def remove_device_id(environment: Mapping[str, str] = os.environ) -> bool:
    """Remove the identifier and the unsent reports that onnxruntime keeps for this person, and folders left empty.

    A program of theirs that wants one makes its own again. Returns whether there was anything; what cannot be removed
    stays. Off POSIX nothing is kept in files.
    """
    cache = environment.get("XDG_CACHE_HOME") or os.path.join(environment.get("HOME", ""), ".cache")
    folder = Path(cache) / _FOLDER
    found = [path for pattern in _LEFT for path in folder.glob(pattern)] if folder.is_absolute() else []
    with contextlib.suppress(OSError):
        for path in found:
            path.unlink()
        if found:
            for emptied in (folder, *list(folder.parents)[:2]):
                emptied.rmdir()
    return bool(found)
