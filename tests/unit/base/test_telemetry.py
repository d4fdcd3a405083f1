"""onnxruntime's reports: what an earlier version let it keep is removed, and nothing beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.base.paths import Home
from app.base.telemetry import forget_device_id, remove_device_id

KEPT = ("deviceid", "deviceid.lock", "onnxruntime.db", "onnxruntime.db-wal", "onnxruntime.db.ses")


def _left(cache: Path) -> Path:
    folder = cache / "Microsoft" / "DeveloperTools" / ".onnxruntime"
    folder.mkdir(parents=True)
    for name in KEPT:
        (folder / name).write_text("x")
    return folder


@pytest.mark.parametrize("named", ["XDG_CACHE_HOME", "HOME"])
def test_identifier_and_unsent_reports_are_removed_with_their_folders(tmp_path: Path, named: str) -> None:
    cache = tmp_path if named == "XDG_CACHE_HOME" else tmp_path / ".cache"
    _left(cache)
    assert remove_device_id({named: str(tmp_path)})
    assert list(cache.iterdir()) == []
    assert not remove_device_id({named: str(tmp_path)})


def test_what_others_keep_there_stays(tmp_path: Path) -> None:
    folder = _left(tmp_path)
    (folder / "other.txt").write_text("theirs")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    (folder / "deviceid.link").symlink_to(elsewhere)
    assert remove_device_id({"XDG_CACHE_HOME": str(tmp_path)})
    assert [path.name for path in folder.iterdir()] == ["other.txt"]
    assert elsewhere.read_text() == "mine"


def test_without_a_folder_of_the_person_nothing_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _left(tmp_path / ".cache")
    monkeypatch.chdir(tmp_path)
    assert not remove_device_id({})
    assert len(list(folder.iterdir())) == len(KEPT)


def test_an_earlier_versions_identifier_is_removed_once_and_another_programs_stays(home: Home, tmp_path: Path) -> None:
    person = {"HOME": str(tmp_path / "person")}
    home.create()
    folder = _left(tmp_path / "person" / ".cache")
    forget_device_id(home, person)
    assert folder.exists(), "this home is new, so the file is another program's"
    home.device_id_removed.unlink()
    home.embeddings_db.touch()
    forget_device_id(home, person)
    assert not folder.exists()
    _left(tmp_path / "person" / ".cache")
    forget_device_id(home, person)
    assert folder.exists()
