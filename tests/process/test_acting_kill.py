"""Killed at any moment of a change or an undo: each file is the old or the new one, the record tells which."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.acting_room import ActingRoom

FILES = 50


def _run(folder: Path, what: str, last: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.support.killed_acting", str(folder), what, str(last)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def _folder(tmp_path: Path, name: str) -> Path:
    files = tmp_path / name / "Files"
    files.mkdir(parents=True)
    for n in range(FILES):
        (files / f"{n}.txt").write_text(f"Text {n}\n")
    return tmp_path / name


def _moments(total: int, most: int) -> list[int]:
    """So many moments, spread over all, the first and the last ones among them."""
    return sorted({1, 2, 3, total, *(1 + n * total // most for n in range(most))})


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("what", "most"), [("moves", 12), ("edit", 12), ("create", 12), ("trash", 10), ("undo", 12)])
def test_killed_at_any_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, most: int) -> None:
    whole = _folder(tmp_path, "whole")
    if what == "undo":
        assert _run(whole, "moves", 0).returncode == 0
    done = _run(whole, what, 0)
    assert done.returncode == 0, done.stderr
    total = int(done.stdout)
    assert total > 5
    for last in _moments(total, most):
        folder = _folder(tmp_path, f"{what}-{last}")
        if what == "undo":
            assert _run(folder, "moves", 0).returncode == 0
        killed = _run(folder, what, last)
        assert killed.returncode == -signal.SIGKILL, (last, killed.stderr)
        monkeypatch.setenv("XDG_DATA_HOME", str(folder / "share"))
        _check(folder)


def _check(folder: Path) -> None:
    """Every file stands once, whole, where the record says; undoing what was done brings all of them back."""
    room = ActingRoom(folder)
    try:
        room.acting.carrying.settle()
        assert room.store.actions.under_way() == []
        events = room.events()
        for action in room.acting.carrying.newest(10):
            for effect in action.effects:
                assert effect.state in ("done", "failed", "undone"), effect
                change = effect.change
                done = effect.state == "done"
                if change.kind == "move":
                    assert (os.path.exists(change.path), os.path.exists(change.target)) == (not done, done)
                elif change.kind == "edit":
                    assert Path(change.path).read_text() == ("Text 0\nMore\n" if done else "Text 0\n")
                else:
                    assert os.path.exists(change.path) == (done != (change.kind == "trash")), effect
            if not action.undoable:
                undone = room.acting.carrying.undo(action.id)
                assert {effect.state for effect in undone.effects} <= {"undone", "failed"}, undone
        assert room.tree() == {f"{n}.txt": f"Text {n}\n".encode() for n in range(FILES)}
        left = [path.name for path in room.files.rglob("*") if not path.is_file() or path.name.startswith(".")]
        assert left == []
        assert room.events()[: len(events)] == events
    finally:
        room.close()
