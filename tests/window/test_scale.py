"""A screen with two pixels a point: what holds for narrow windows holds there too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
LITTLE_ROOM = "narrow or cut_off or slim or way_back or no_room"
"""Names of tests that look at how a window does with little room."""


def test_narrow_windows_hold_at_200_percent() -> None:
    files = [str(HERE / f"test_{name}.py") for name in ("main_window", "side_panel", "composer", "models_page")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", LITTLE_ROOM, *files],
        cwd=HERE.parents[1], env=os.environ | {"QT_SCALE_FACTOR": "2"}, capture_output=True, text=True, timeout=240,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
