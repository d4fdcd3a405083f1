"""Where the public test data lie."""

from __future__ import annotations

import os
from pathlib import Path


def yardsticks_folder() -> Path:
    """The folder that FAMILIAR_YARDSTICKS names, else the usual one beside this checkout; it may be absent."""
    named = os.environ.get("FAMILIAR_YARDSTICKS")
    return Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "yardsticks"
