"""Pixels handed to the window through a private file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable

MOST_PIXELS = 24_000_000
WIDTHS = (64, 4_000)


def save(rows: Iterable[bytes | memoryview], folder: str) -> str:
    """Path of a new file, private to the person, that holds these rows of BGRA without gaps."""
    descriptor, path = tempfile.mkstemp(prefix="page-", suffix=".bgra", dir=folder or None)
    with os.fdopen(descriptor, "wb") as file:
        for row in rows:
            file.write(row)
    return path
