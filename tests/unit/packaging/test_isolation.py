"""Set-up runs Python's own modules and the environment's, never what a stranger left in the current folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from familiar_setup import environment, locking
from familiar_setup.checkout import Checkout, SetupFailed

PLANTED = ("venv", "pip", "ensurepip", "uv", "subprocess", "json", "ssl")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout without an environment."""
    root = tmp_path / "checkout"
    (root / ".venv").mkdir(parents=True)
    return Checkout(root)


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder is a stranger's; the file appears once one of its modules is run."""
    folder, told = tmp_path / "downloads", tmp_path / "ran"
    folder.mkdir()
    for name in PLANTED:
        (folder / f"{name}.py").write_text(f"open({str(told)!r}, 'a').write('{name} ')\n")
    monkeypatch.chdir(folder)
    return told


def test_planted_modules_would_run_without_isolation(ran: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv"], check=False, capture_output=True)
    assert ran.exists()


def test_making_an_environment_and_running_pip_in_it_take_nothing_from_the_current_folder(
    checkout: Checkout, ran: Path, tmp_path: Path
) -> None:
    environment.make(checkout)
    heard: list[str] = []
    environment.pip(checkout, ["--version"], tmp_path / "log", heard.append)
    environment.make(checkout)  # once more: now it looks whether the environment's Python starts
    assert heard[0].startswith("pip ")
    assert not ran.exists()


def test_refreshing_the_locks_takes_nothing_from_the_current_folder(
    checkout: Checkout, ran: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """uv is not fetched here: a command that would fetch is answered as done, the others really run."""
    started: list[list[str]] = []
    run = subprocess.run

    def without_network(command: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        started.append(command)
        if "install" in command or "uv" in command:
            return subprocess.CompletedProcess(command, int("uv" in command[3:4]), b"no uv here")
        return run(command, **options)

    monkeypatch.setattr(subprocess, "run", without_network)
    with pytest.raises(SetupFailed, match="no uv here"):
        locking.lock(checkout, upgrade=False)
    assert [command[1:4] for command in started] == [["-P", "-m", "venv"], ["-P", "-m", "pip"], ["-P", "-m", "uv"]]
    assert not ran.exists()
