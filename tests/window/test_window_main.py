"""The window's door: a second launch hands over quickly, a machine without a display is told so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.base import system_packages
from app.base.calls import OpenWindow
from app.base.paths import Home
from tests.support.cli_engine import CannedEngine

ROOT = Path(__file__).resolve().parents[2]


def launch(home: Home, *words: str, code: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `familiar WORDS` (or some code) in a process of its own, without a display unless one is given."""
    clean = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    command = [sys.executable, "-c", code] if code else [sys.executable, "-P", "-m", "app", *words]
    return subprocess.run(
        command, cwd=ROOT, env={**clean, "FAMILIAR_HOME": str(home.root), **environment}, capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip


def test_second_launch_hands_over_and_exits(home: Home) -> None:
    with CannedEngine(home, {OpenWindow: True}) as engine:
        assert launch(home).returncode == 0
        assert launch(home, "sidebar").returncode == 0
        done = launch(home, "ask-about", "a report & 'notes' 100%.txt")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert engine.seen == [
        OpenWindow(),
        OpenWindow(view="sidebar"),
        OpenWindow(view="sidebar", paths=[str(ROOT / "a report & 'notes' 100%.txt")]),
    ]


def test_handing_over_does_not_import_qt(home: Home) -> None:
    code = (
        "import sys; from app.base.paths import Home; from app.window.main import main; "
        "code = main('main', [], Home.find()); print(code, 'PySide6' in sys.modules)"
    )
    with CannedEngine(home, {OpenWindow: True}):
        assert launch(home, code=code).stdout.split() == ["0", "False"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
def test_no_display_is_said_plainly_and_starts_nothing(home: Home) -> None:
    done = launch(home)
    assert done.returncode == 1
    assert "no window can be opened here" in done.stderr
    assert "familiar --help" in done.stderr
    assert not home.engine_json.exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"DISPLAY": ":9987"}, "The display “:9987” does not answer"),
        ({"QT_QPA_PLATFORM": "nonsense"}, "QT_QPA_PLATFORM is “nonsense”"),
    ],
)
def test_display_that_cannot_be_used_is_said_plainly(home: Home, environment: dict[str, str], told: str) -> None:
    done = launch(home, **environment)
    assert done.returncode == 1
    assert "no window can be opened here" in done.stderr
    assert told in done.stderr
    assert "Reinstalling" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere Qt's wheel is whole")
@pytest.mark.parametrize("way", ["Qt cannot be imported", "Qt finds no plugin"])
def test_library_that_the_system_lacks_is_named_with_the_command_that_installs_it(home: Home, way: str) -> None:
    code = (
        "import sys; import app.base.system_packages as system; system.can_load = lambda name: 'cursor' not in name; "
        + ("sys.modules['PySide6.QtCore'] = None; " if way == "Qt cannot be imported" else "")
        + "from app.base.paths import Home; from app.window.main import main; sys.exit(main('main', [], Home.find()))"
    )
    done = launch(home, code=code, DISPLAY=":9987")
    assert done.returncode == 1
    assert "no window can be opened here" in done.stderr
    assert "Missing from this system: libxcb-cursor.so.0" in done.stderr
    assert system_packages.remedy([cursor()], system_packages.this_distribution()) in done.stderr
    assert "Traceback" not in done.stderr


def cursor() -> system_packages.Need:
    """The library that Qt's X11 plugin needs and that few systems have of themselves."""
    return next(need for need in system_packages.X11 if "cursor" in need.name)
