"""What the tests of the library share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a file."""
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "a.txt").write_text("old text")
    return folder
