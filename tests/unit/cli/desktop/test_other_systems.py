"""What would be written on Windows and macOS: nobody has tried it there, but its form can be held."""

from __future__ import annotations

import plistlib
from pathlib import Path
from typing import Any

from app.cli.desktop import macos, windows
from app.cli.desktop.changes import check, make

LAUNCHER = [r"C:\Program Files\Familiar\familiar.exe"]


def test_windows_gets_the_whole_path_as_one_word() -> None:
    values = {(value.key.rpartition("\\")[2], value.name): value.text for value in windows.values(LAUNCHER)}
    assert values == {
        ("Familiar.Ask", "MUIVerb"): "Ask about this file",
        ("Familiar.Ask", "Icon"): r'"C:\Program Files\Familiar\familiar.exe",0',
        ("Familiar.Ask", "MultiSelectModel"): "Player",
        ("command", ""): r'"C:\Program Files\Familiar\familiar.exe" ask-about -- "%1"',
    }


def test_quick_action_runs_the_launcher_with_the_files(tmp_path: Path) -> None:
    planned = macos.installing(["/Apps/My Familiar"], tmp_path)
    check(planned)
    make(planned)
    contents = tmp_path / "Ask Familiar.workflow" / "Contents"
    info: dict[str, Any] = plistlib.loads((contents / "Info.plist").read_bytes())
    workflow: dict[str, Any] = plistlib.loads((contents / "document.wflow").read_bytes())
    parameters = workflow["actions"][0]["action"]["ActionParameters"]
    assert info["NSServices"][0]["NSSendFileTypes"] == ["public.item"]
    assert parameters["COMMAND_STRING"] == "'/Apps/My Familiar' ask-about -- \"$@\" >/dev/null 2>&1 &"
    assert parameters["inputMethod"] == 1


def test_quick_action_goes_again(tmp_path: Path) -> None:
    make(macos.installing(["/x"], tmp_path))
    planned = macos.removing(tmp_path)
    check(planned)
    make(planned)
    assert list(tmp_path.iterdir()) == []
