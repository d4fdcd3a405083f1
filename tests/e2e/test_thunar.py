"""“Ask about this file” in Thunar, really clicked: a person's own folders, a screen of its own, a mouse that moves."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("Xvfb", "xdotool", "thunar", "dbus-run-session")
PACKAGES = "xvfb xdotool thunar dbus-daemon"
NAME = "a report & 'notes' 100%.txt"
ON_THE_FILE = ("235", "150")
"""A point on the only file's icon in a fresh Thunar window, with or without the warning that root is shown."""

pytestmark = pytest.mark.skipif(
    "CI" not in os.environ and any(shutil.which(program) is None for program in PROGRAMS),
    reason=f"needs a screen and a file manager: apt-get install {PACKAGES}",
)


def _until(condition: Callable[[], bool], timeout_s: float) -> bool:
    """Whether the condition came true in time; nothing tells when another program has drawn."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def person(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who has just logged in for the first time."""
    folders = {"HOME": "home", "XDG_CONFIG_HOME": "home/.config", "XDG_DATA_HOME": "home/.local/share",
               "XDG_CACHE_HOME": "home/.cache", "XDG_RUNTIME_DIR": "run"}  # fmt: skip
    for folder in folders.values():
        (tmp_path / folder).mkdir(parents=True, mode=0o700)
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    quiet = {"NO_AT_BRIDGE": "1", "GSETTINGS_BACKEND": "memory", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    return kept | quiet | {name: str(tmp_path / folder) for name, folder in folders.items()}


@pytest.fixture
def screen(person: dict[str, str]) -> Iterator[dict[str, str]]:
    """The person's environment with a display that nobody sees."""
    read_end, write_end = os.pipe()
    words = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(words, pass_fds=[write_end], stderr=subprocess.DEVNULL)
    os.close(write_end)
    with os.fdopen(read_end) as number:
        display = number.readline().strip()
    assert display, "Xvfb did not start"
    yield person | {"DISPLAY": f":{display}"}
    server.terminate()
    server.wait(20)


@pytest.fixture
def recorder(tmp_path: Path) -> Path:
    """A launcher that writes down the words it is started with, each ended by a NUL."""
    script = tmp_path / "it's a launcher"
    script.write_text(
        f"#!/bin/sh\nprintf '%s\\0' \"$@\" > '{tmp_path}/part' && mv '{tmp_path}/part' '{tmp_path}/words'\n"
    )
    script.chmod(0o755)
    return script


@pytest.fixture
def thunar(screen: dict[str, str], tmp_path: Path, recorder: Path) -> Iterator[Path]:
    """Thunar after `familiar integrate`, showing a folder with one file; gives the file."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / NAME).write_text("The lease ends in May.\n")
    _familiar("integrate", "--launcher", str(recorder), environment=screen)
    log = (tmp_path / "thunar.log").open("w")
    session = subprocess.Popen(
        ["dbus-run-session", "--", "thunar", str(folder)], env=screen, stdout=log, stderr=log, start_new_session=True
    )
    yield folder / NAME
    os.killpg(session.pid, signal.SIGTERM)
    session.wait(20)
    log.close()


def _familiar(*words: str, environment: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-P", "-m", "app", *words], env=environment, check=True, timeout=60)


def _windows(screen: dict[str, str]) -> list[str]:
    found = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--class", "thunar"],
        env=screen,
        check=False,  # it fails when it finds none
        capture_output=True,
        text=True,
        timeout=20,
    )
    return found.stdout.split()


def _press(screen: dict[str, str], *words: str) -> None:
    subprocess.run(["xdotool", *words], env=screen, check=True, timeout=20, capture_output=True)


def _ask_about_the_file(screen: dict[str, str], opened_by: list[str], arrived: Callable[[], bool]) -> bool:
    """Open the file's menu and choose our entry, which stands before the last; whether its words arrived."""
    (window, *menus) = sorted(_windows(screen), key=int)
    if menus:
        _press(screen, "key", "Escape")
    _press(screen, "windowfocus", "--sync", window)
    _press(screen, "key", "ctrl+a")
    _press(screen, *opened_by)
    if not _until(lambda: len(_windows(screen)) > 1, 3):
        return False
    _press(screen, "key", "Up")
    _press(screen, "key", "Up")
    _press(screen, "key", "Return")
    return _until(arrived, 3)


@pytest.mark.parametrize(
    "opened_by",
    [["mousemove", *ON_THE_FILE, "click", "3"], ["key", "Menu"]],
    ids=["mouse", "keyboard"],
)
def test_right_click_hands_over_the_exact_path(
    opened_by: list[str], thunar: Path, screen: dict[str, str], tmp_path: Path
) -> None:
    assert _until(lambda: _windows(screen) != [], 30), (tmp_path / "thunar.log").read_text()
    words = tmp_path / "words"
    # Its first attempts may come before the folder is drawn, or fall on nothing; then they change nothing either.
    chosen = any(_ask_about_the_file(screen, opened_by, words.exists) for _ in range(8))
    assert chosen, (tmp_path / "thunar.log").read_text()
    assert words.read_text().split("\0")[:-1] == ["ask-about", "--", str(thunar)]
    assert thunar.read_text() == "The lease ends in May.\n"


def test_removed_entry_is_gone_from_the_list(person: dict[str, str], recorder: Path) -> None:
    uca = Path(person["XDG_CONFIG_HOME"]) / "Thunar" / "uca.xml"
    _familiar("integrate", "--launcher", str(recorder), environment=person)
    assert "familiar-ask-about" in uca.read_text()
    _familiar("integrate", "--remove", environment=person)
    assert not uca.exists()
