"""The application entry as a desktop reads it: GLib starts it, with whatever letters its path has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(
    shutil.which("gio") is None, reason="needs GLib's launcher: apt-get install libglib2.0-bin"
)


@pytest.fixture
def person(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody with an empty home."""
    folders = {"HOME": "home", "XDG_CONFIG_HOME": "home/.config", "XDG_DATA_HOME": "home/.local/share"}
    for folder in folders.values():
        (tmp_path / folder).mkdir(parents=True)
    return os.environ | {"PYTHONPATH": str(ROOT)} | {name: str(tmp_path / folder) for name, folder in folders.items()}


@pytest.mark.parametrize("name", ["familiar", 'it\'s 100% "a" $PATH `id` \\n launcher; #&é'])
def test_menu_entry_starts_exactly_this_launcher(name: str, person: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / name
    script.write_text(
        f"#!/bin/sh\nprintf '%s\\0' \"$0\" \"$@\" > '{tmp_path}/part' && mv '{tmp_path}/part' '{tmp_path}/words'\n"
    )
    script.chmod(0o755)
    home = str(tmp_path / "a home")
    command = [sys.executable, "-P", "-m", "app", "integrate", "--launcher", str(script), "--home", home]
    subprocess.run(command, env=person, check=True, timeout=60, capture_output=True)
    entry = tmp_path / "home/.local/share/applications/familiar.desktop"
    subprocess.run(["gio", "launch", str(entry)], env=person, check=True, timeout=60, capture_output=True)
    words = tmp_path / "words"
    deadline = time.monotonic() + 30
    while not words.exists():
        assert time.monotonic() < deadline, "the entry started nothing"
        time.sleep(0.05)  # the launcher runs on its own, and tells nobody
    assert words.read_text().split("\0")[:-1] == [str(script), "--home", home]
