"""Durable, atomic file writes."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path


def write_durably(
    path: Path, *data: bytes | bytearray, mode: int = 0o600, still: Callable[[], bool] | None = None
) -> bool:
    """Replace the file at `path` by `data`, whole or not at all: temp beside, fsync, replace, fsync the folder.

    data: parts, one after another. still: asked right before the replacing; where it says no, the old file stays and
    False is returned. Raises OSError; then the old file is as it was.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            for part in data:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        if still is not None and not still():
            os.unlink(name)
            return False
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    if sys.platform != "win32":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return True
