"""What is told of the background build."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import msgspec
import pytest

from app.base.calls import SetupProgress
from app.engine.followers import setup_progress


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The set-up's file, in an environment of the test's own."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    return tmp_path / "familiar-setup.json"


def test_running_build_is_told_and_an_ended_one_is_not_called_running(file: Path) -> None:
    building = SetupProgress(state="building", text="compiling 7 of 193", elapsed_s=40)
    file.write_bytes(msgspec.json.encode(building))
    assert setup_progress() == building
    os.utime(file, (time.time() - 120, time.time() - 120))
    assert setup_progress().state == "failed"


def test_without_a_build_there_is_nothing_to_tell(file: Path) -> None:
    assert setup_progress() == SetupProgress()
    file.write_bytes(b"{")
    assert setup_progress() == SetupProgress()
