"""The door of the set-up: readable by any Python, and plain about the one that it needs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import bootstrap
import pytest
from familiar_setup import commands

ROOT = Path(__file__).resolve().parents[3]
DOOR = ROOT / "packaging" / "bootstrap.py"
MODERN = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Match, ast.AsyncFunctionDef, ast.Nonlocal)


def test_an_old_python_can_read_the_door() -> None:
    tree = ast.parse(DOOR.read_text(encoding="utf-8"), feature_version=(3, 7))
    for node in ast.walk(tree):
        assert not isinstance(node, MODERN), f"line {getattr(node, 'lineno', 0)} is too modern"
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None
            assert not any(argument.annotation for argument in node.args.args)
            assert not node.args.kwonlyargs
        assert not (isinstance(node, ast.ImportFrom) and node.module == "__future__")


def test_an_old_python_is_named_with_the_one_wanted_and_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    text = "\n".join(bootstrap.explanation((3, 9, 2, "final", 0), "/usr/bin/python3"))
    assert "needs Python 3.11 or newer; this is 3.9.2 (/usr/bin/python3)" in text
    assert "sudo apt-get install -y python3 python3-venv" in text


def test_an_old_python_hands_over_to_a_newer_one_on_the_path(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "NEWER", ["no-such-python", sys.executable])
    assert bootstrap.with_newer_python(["--help"]) == 0
    said = capfd.readouterr()
    assert "This Python is too old" in said.err
    assert said.out.startswith("usage:")


def test_help_names_every_command() -> None:
    done = subprocess.run([sys.executable, DOOR, "--help"], capture_output=True, text=True, check=True)
    assert all(word in done.stdout for word in ("run ", "test ", "lock ", "--retry-chat", "--upgrade"))


def test_an_unknown_command_is_wrong_usage() -> None:
    done = subprocess.run([sys.executable, DOOR, "frobnicate"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage:")


@pytest.mark.parametrize(
    ("words", "window"),
    [
        ([], True),
        (["sidebar"], True),
        (["ask-about", "a.pdf"], True),
        (["--home", "H"], True),
        (["--home=H", "sidebar"], True),
        (["ask", "When?"], False),
        (["--home", "H", "ask", "When?"], False),
        (["--version"], False),
    ],
)
def test_only_what_opens_a_window_needs_the_libraries_of_one(words: list[str], window: bool) -> None:
    assert commands.opens_window(words) is window
