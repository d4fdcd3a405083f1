"""The folder for sockets: private, or another one is taken, and that is said."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.base.errors import Problem
from app.base.paths import Home, RuntimeFolder, find_runtime_folder
from app.engine.doctor import _runtime

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pipe has a name there, and lies in no folder")
NOBODY = 65534


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The system's temporary folder: a short path, and no folder of the session's own."""
    folder = Path(tempfile.mkdtemp(prefix="fam", dir="/tmp"))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    shutil.rmtree(folder)


def usual(shared: Path) -> Path:
    return shared / f"familiar-{os.getuid()}"


def test_a_fresh_folder_is_private_and_found_again(shared: Path) -> None:
    found = find_runtime_folder()
    assert found == RuntimeFolder(usual(shared))
    assert stat.S_IMODE(found.path.stat().st_mode) == 0o700
    assert find_runtime_folder() == found


def _of_another_user(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    os.chown(folder, NOBODY, NOBODY)


def _open_to_all(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)


def _a_link(folder: Path) -> None:
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    folder.symlink_to(elsewhere)


def _a_file(folder: Path) -> None:
    folder.write_bytes(b"")


def _a_dangling_link(folder: Path) -> None:
    folder.symlink_to(folder.parent / "nowhere")


@pytest.mark.parametrize("planted", [_of_another_user, _open_to_all, _a_link, _a_file, _a_dangling_link])
def test_a_folder_that_is_not_ours_alone_is_passed_over_and_said(shared: Path, planted: Callable[[Path], None]) -> None:
    if planted is _of_another_user and os.getuid() != 0:
        pytest.skip("only root can make a folder of another user")
    planted(usual(shared))
    found = find_runtime_folder()
    assert found.passed_over == (usual(shared),)
    assert found.path.parent == shared
    assert found.path != usual(shared)
    assert stat.S_IMODE(found.path.lstat().st_mode) == 0o700
    assert found.path.lstat().st_uid == os.getuid()
    assert find_runtime_folder() == found, "the next start uses it again"
    (check,) = _runtime(found)
    assert str(usual(shared)) in check.text
    assert str(found.path) in check.text
    assert len(os.fsencode(Home(Path("/home/a")).socket)) < 107


def test_other_users_cannot_plant_the_next_one_either(shared: Path) -> None:
    _open_to_all(usual(shared))
    _open_to_all(shared / f"familiar-{os.getuid()}-guess")
    found = find_runtime_folder()
    assert found.path.name not in (usual(shared).name, f"familiar-{os.getuid()}-guess")


def test_a_session_folder_that_is_not_ours_leads_to_the_next_place(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = shared / "session"
    session.mkdir()
    _open_to_all(session / "familiar")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(session))
    assert find_runtime_folder() == RuntimeFolder(usual(shared), (session / "familiar",))


def test_without_any_place_it_says_what_to_do(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _a_file(usual(shared))
    monkeypatch.setattr(tempfile, "mkdtemp", _refuse)
    with pytest.raises(Problem) as caught:
        find_runtime_folder()
    assert caught.value.code == "runtime.unwritable"
    assert "XDG_RUNTIME_DIR" in caught.value.hint


def _refuse(**_: object) -> str:
    raise PermissionError(13, "Permission denied")
