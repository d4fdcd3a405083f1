"""Shells complete Familiar's words: by bash itself, and by what the scripts of zsh and fish ask."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.base.paths import Home

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment(tmp_path: Path, home: Home) -> dict[str, str]:
    """A person's environment in which `familiar` is a command."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "familiar"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m app "$@"\n')
    script.chmod(0o755)
    return os.environ | {
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "FAMILIAR_HOME": str(home.root),
    }


def run(command: list[str], environment: dict[str, str], **more: str) -> str:
    done = subprocess.run(
        command,
        env=environment | more,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("familiar fo", ["folders"]),
        ("familiar folders ", ["add", "remove", "list"]),
        ("familiar --json models b", ["bench", "begin-within"]),
        ("familiar search lease --l", ["--limit"]),
        ("familiar files --state loc", ["locked"]),
        ("familiar chats export 3 --format ", ["md", "json"]),
        ("familiar completion ", ["bash", "zsh", "fish"]),
        ("familiar serach x", []),
    ],
)
def test_bash_completes(words: str, completed: list[str], environment: dict[str, str]) -> None:
    typed = words.split(" ")
    script = (
        'source <(familiar completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
        'compopt() { :; }; _familiar_completion familiar; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    assert run(["bash", "-c", script, "bash", *typed], environment).split() == completed


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_told_names_with_what_they_do(shell: str, environment: dict[str, str]) -> None:
    script = run(["familiar", "completion", shell], environment)
    assert f"_FAMILIAR_COMPLETE={shell}_complete" in script
    asked = {"_FAMILIAR_COMPLETE": f"{shell}_complete", "COMP_WORDS": "familiar int"}
    asked["COMP_CWORD"] = "1" if shell == "zsh" else "int"
    told = run(["familiar"], environment, **asked)
    assert "integrate" in told
    assert "application menu and right-click entries" in told


def test_paths_are_left_to_the_shell(environment: dict[str, str]) -> None:
    asked = {"_FAMILIAR_COMPLETE": "bash_complete", "COMP_CWORD": "3"}
    assert run(["familiar"], environment, COMP_WORDS="familiar folders add /ho", **asked) == "dir,/ho\n"
    assert run(["familiar"], environment, COMP_WORDS="familiar search --in /ho", **asked) == "file,/ho\n"
