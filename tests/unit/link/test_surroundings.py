"""What is put around a worker's process: its temporary folder above all."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.base.errors import Problem
from app.base.paths import runtime_folder
from app.link.lending import Lent
from app.link.surroundings import Surroundings


@pytest.fixture
def above(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the folders lie, in a runtime folder of the test's own."""
    with tempfile.TemporaryDirectory(prefix="f-") as short:  # longer ones are not used for sockets
        monkeypatch.setenv("XDG_RUNTIME_DIR", short)
        yield runtime_folder() / "workers"


def test_every_process_has_a_folder_of_its_own_that_goes_with_it(above: Path) -> None:
    first, second = Surroundings("chat", Lent()), Surroundings("chat", Lent())
    assert first.folder != second.folder
    assert {first.environment[name] for name in ("TMPDIR", "TMP", "TEMP")} == {str(first.folder)}
    assert os.listdir(first.folder) == []
    if sys.platform != "win32":
        assert first.folder.stat().st_mode & 0o777 == above.stat().st_mode & 0o777 == 0o700
    (first.folder / "left").mkdir()
    first.close()
    first.close()
    second.close()
    assert os.listdir(above) == []


def test_what_engines_that_are_gone_have_left_is_deleted_and_what_others_use_is_kept(above: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    used = Surroundings("chat", Lent())
    (above / f"{gone.pid}-1-chat-x").mkdir()
    (above / f"{gone.pid}-1-chat-x" / "scrap").write_text("x")
    (above / "stray").write_text("x")
    Surroundings("vectors", Lent()).close()
    assert os.listdir(above) == [used.folder.name]
    used.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such modes on Windows")
@pytest.mark.parametrize("how", ["others may look in", "a link", "a file"])
def test_place_that_is_not_private_is_not_used(above: Path, tmp_path: Path, how: str) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "kept").write_text("x")
    if how == "a link":
        above.symlink_to(other)
    elif how == "a file":
        above.write_text("x")
    else:
        above.mkdir()
        above.chmod(0o755)
    with pytest.raises(Problem) as caught:
        Surroundings("chat", Lent())
    assert caught.value.code == "worker.no_folder"
    assert os.listdir(other) == ["kept"]


def test_process_that_reads_strangers_files_inherits_what_is_listed_alone(
    above: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    reading, asking = Surroundings("extract", Lent()), Surroundings("remote", Lent())
    assert "HF_TOKEN" not in reading.environment
    assert reading.environment["HOME"] == str(reading.folder), "else libraries ask the system who the person is"
    assert asking.environment["HOME"] != str(asking.folder)
    assert asking.environment["HF_TOKEN"] == "secret"
    reading.close()
    asking.close()
    assert os.listdir(above) == []
