"""What tests of acting stand on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.acting_room import ActingRoom


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ActingRoom]:
    """A folder of files and a person who allows everything; the system's trash is below the folder too."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in [name for name in sys.modules if name.partition(".")[0] == "send2trash"]:
        monkeypatch.delitem(sys.modules, name)  # it looks where the trash is when it is imported
    room = ActingRoom(tmp_path)
    yield room
    room.close()
