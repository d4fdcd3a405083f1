"""The stamp, the locks between processes, and pip's failures in plain words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from familiar_setup import environment
from familiar_setup.checkout import Checkout, SetupFailed
from familiar_setup.environment import Stamp


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout with an environment that looks installed, but for its stamp."""
    made = Checkout(tmp_path)
    made.scripts.mkdir(parents=True)
    made.python.write_text("")
    (made.venv / "pyvenv.cfg").write_text("version = 3.11.7\n")
    made.pyproject.write_text("[project]\n")
    (tmp_path / "packaging").mkdir()
    for part in ("run", "chat", "test", "build"):
        made.locked(part).write_text("thing==1 \\\n    --hash=sha256:00\n")
    return made


def stamped(checkout: Checkout) -> Stamp:
    stamp = Stamp(checkout)
    stamp.put("run", stamp.fingerprint("run"))
    return stamp


def test_what_was_installed_whole_is_remembered(checkout: Checkout) -> None:
    assert not Stamp(checkout).has("run")
    stamped(checkout)
    assert Stamp(checkout).has("run")
    assert not Stamp(checkout).has("test")


@pytest.mark.parametrize("changed", ["packaging/lock.txt", "pyproject.toml", ".venv/pyvenv.cfg"])
def test_a_changed_lock_project_or_python_asks_for_a_new_installation(checkout: Checkout, changed: str) -> None:
    stamp = stamped(checkout)
    (checkout.root / changed).write_text("version = 3.12.1\n")
    assert not stamp.has("run")


def test_an_environment_without_its_python_is_not_installed(checkout: Checkout) -> None:
    stamp = stamped(checkout)
    checkout.python.unlink()
    assert not stamp.has("run")


def test_a_damaged_stamp_counts_as_none(checkout: Checkout) -> None:
    stamp = stamped(checkout)
    checkout.stamp.write_text("{")
    assert stamp.read() == {}
    stamp.put("chat", "x")
    assert stamp.read() == {"chat": "x"}


def test_only_one_process_holds_a_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    packaging = str(Path(environment.__file__).parents[1])
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
        "from familiar_setup.environment import held\n"
        "with held(Path(sys.argv[2]), wait=False) as free: print(free)"
    )
    other = [sys.executable, "-c", code, packaging, str(lock)]
    with environment.held(lock, wait=False) as free:
        assert free
        assert subprocess.run(other, capture_output=True, text=True, check=True).stdout == "False\n"
    assert subprocess.run(other, capture_output=True, text=True, check=True).stdout == "True\n"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("WARNING: Retrying ... NameResolutionError(...)\nERROR: No matching distribution found", "no network"),
        ("ERROR: Could not find a version that satisfies x (from versions: none)", "no network"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "not the one that the lock names",
        ),
        ("...\n  CMake Error at CMakeLists.txt:3 (project):\n...", "CMake Error at CMakeLists.txt:3"),
        ("...\n  /src/a.cpp:1:10: fatal error: b.h: No such file\n", "fatal error: b.h"),
        ("", "pip failed"),
    ],
)
def test_the_reason_of_a_failure_is_plain(said: str, reason: str) -> None:
    assert reason in environment.reason([line.strip() for line in said.splitlines()])


def test_pip_failing_leaves_the_stamp_as_it_was(checkout: Checkout) -> None:
    checkout.python.unlink()
    checkout.python.symlink_to("/bin/false")
    with pytest.raises(SetupFailed, match=r"familiar-install\.log"):
        environment.install(checkout, "run")
    assert not Stamp(checkout).has("run")


def test_an_environment_that_works_is_kept_whoever_made_it(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    checkout.scripts.mkdir(parents=True)
    checkout.python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    checkout.python.chmod(0o755)
    (checkout.venv / "pyvenv.cfg").write_text("version = 3.11.7\n")
    (checkout.venv / "mine.txt").write_text("kept")
    environment.make(checkout)
    assert (checkout.venv / "mine.txt").read_text() == "kept"


def test_an_environment_whose_python_is_gone_is_made_anew(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    checkout.scripts.mkdir(parents=True)
    checkout.python.symlink_to("/no/such/python")
    (checkout.venv / "pyvenv.cfg").write_text("version = 3.11.7\n")
    (checkout.venv / "familiar-install.lock").write_text("")
    environment.make(checkout)
    assert subprocess.run([checkout.python, "-c", ""], check=False).returncode == 0
