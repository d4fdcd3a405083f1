"""What the world throws at the engine: each has a clear message and loses nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.base.calls import Ask, Call, ChatsList, FoldersAdd, FoldersList, Pause, Read, Search
from app.base.errors import Problem
from app.base.models import ModelsAdd, ModelsList
from app.base.paths import Home
from tests.support.live import Live, until

needs_mounts = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="mounts a small file system, which only root on Linux may"
)


@pytest.fixture
def live(home: Home) -> Iterator[Live]:
    """An engine of the test's own."""
    made = Live(home)
    yield made
    made.stop()


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """A tmpfs at `folder`; the test is skipped where the machine forbids mounting."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode != 0:
        pytest.skip("this machine does not let root mount a file system")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def problem_of(live: Live, *paths: Path) -> Problem:
    """The Problem that adding these folders gives."""
    with pytest.raises(Problem) as raised:
        live.peer.call(FoldersAdd(paths=[str(p) for p in paths]), timeout_s=30)
    assert raised.value.title
    assert raised.value.hint
    return raised.value


def test_folders_that_cannot_be_watched_are_refused_and_nothing_changes(live: Live, tmp_path: Path) -> None:
    good = tmp_path / "good"
    good.mkdir()
    file = tmp_path / "file.txt"
    file.write_text("x")
    assert problem_of(live, good, tmp_path / "missing").code == "folder.missing"
    assert problem_of(live, file).code == "folder.not_folder"
    assert live.status().files["ready"] == 0
    live.watch(good)
    (good / "inner").mkdir()
    assert problem_of(live, good / "inner").code == "folder.inside"


def test_paths_and_words_that_no_file_can_hold_are_refused_and_nothing_changes(live: Live, tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    live.watch(tmp_path / "good")
    refused: tuple[tuple[Call[Any], str], ...] = (
        (FoldersAdd(paths=[f"{tmp_path}/a\0b"]), "path.invalid"), (Read(path=f"{tmp_path}/a\0b"), "path.invalid"),
        (Pause(reason="a\0b"), "settings.unfit"),
    )  # fmt: skip
    for call, code in refused:
        with pytest.raises(Problem) as raised:
            live.peer.call(call, timeout_s=30)
        assert raised.value.code == code
    live.stop()
    assert [folder.path for folder in live.peer.call(FoldersList(), timeout_s=30)] == [str(tmp_path / "good")]


def test_empty_folder_settles_and_finds_nothing(live: Live, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    assert live.watch(folder).settled
    assert live.peer.call(Search(query="anything"), timeout_s=30).hits == ()
    answer = live.peer.call(Ask(question="What is in here?"), timeout_s=60)
    assert answer.mode == "not_found"


def test_strange_paths_are_read_and_found(live: Live, tmp_path: Path) -> None:
    folder = tmp_path / "fold er\n🦉"
    folder.mkdir()
    (folder / "new\nline 🦉 'quote'.txt").write_text("The owl lives in the barn.")
    live.watch(folder)
    hits = live.peer.call(Search(query="owl barn", scope=[str(folder)]), timeout_s=30).hits
    assert [hit.path for hit in hits] == [str(folder / "new\nline 🦉 'quote'.txt")]


def test_name_that_is_no_text_is_named_and_explained(live: Live, tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    with open(os.fsencode(folder) + b"/bad\xff.txt", "wb") as file:
        file.write(b"x")
    live.watch(folder)
    rows = list(live.rows().values())
    assert [(row.state, bool(row.reason), bool(row.hint)) for row in rows] == [("unreadable", True, True)]


def test_huge_text_file_is_settled_in_little_time_and_memory(live: Live, tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    huge = folder / "huge.txt"
    with huge.open("wb") as file:
        file.truncate(2 * 1024**3)  # sparse: two gigabytes that take no room
    live.watch(folder)
    row = live.rows()[str(huge)]
    assert row.state in ("too_large", "partial", "unsupported")
    assert row.reason
    assert row.hint


def test_unreadable_file_says_why(live: Live, tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(b"%PDF-1.7\n" + os.urandom(2000))
    (folder / "b.docx").write_bytes(b"PK\x03\x04" + os.urandom(500))
    (folder / "c.txt").write_bytes(b"")
    live.watch(folder)
    rows = live.rows()
    states = {Path(path).name: row.state for path, row in rows.items()}
    assert states == {"a.pdf": "damaged", "b.docx": "damaged", "c.txt": "empty"}
    assert all(row.reason and row.hint for row in rows.values())


def test_question_of_a_hundred_thousand_characters_is_refused_clearly(live: Live) -> None:
    with pytest.raises(Problem) as problem:
        live.peer.call(Ask(question="why " * 25_000), timeout_s=60)
    assert problem.value.code == "ask.too_long"
    assert live.peer.call(Search(query="why " * 25_000), timeout_s=30).hits == ()


def test_model_that_is_none_is_refused_and_nothing_changes(live: Live, tmp_path: Path) -> None:
    for name, content in (("missing.gguf", None), ("empty.gguf", b""), ("text.gguf", b"hello" * 100),
                          ("cut.gguf", b"GGUF\x03\x00\x00\x00")):  # fmt: skip
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(Problem) as problem:
            live.peer.call(ModelsAdd(path=str(path)), timeout_s=60)
        assert problem.value.code.startswith("model."), name
        assert problem.value.hint
    assert live.peer.call(ModelsList(), timeout_s=30) == []


def test_settings_that_cannot_be_understood_are_left_alone(live: Live) -> None:
    live.home.create()
    live.home.settings_toml.write_text("folders = 7\n", encoding="utf-8")
    with pytest.raises(Problem) as problem:
        live.status()
    assert problem.value.code == "settings.invalid"
    assert live.home.settings_toml.read_text(encoding="utf-8") == "folders = 7\n"


def test_damaged_user_db_is_refused_and_not_one_byte_is_changed(live: Live) -> None:
    live.peer.call(Ask(question="Is anybody there?"), timeout_s=60)
    live.stop()
    data = bytearray(live.home.user_db.read_bytes())
    data[: len(data) // 2] = b"\xa5" * (len(data) // 2)
    live.home.user_db.write_bytes(data)
    with pytest.raises(Problem) as problem:
        live.status()
    assert problem.value.code.startswith("store.")
    assert "backup" in problem.value.hint
    assert live.home.user_db.read_bytes() == bytes(data)


@pytest.mark.parametrize("part", ["index", "vectors"])
def test_damaged_derived_stores_are_made_anew_by_themselves(live: Live, tmp_path: Path, part: str) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    for n in range(5):
        (folder / f"{n}.txt").write_text(f"The {n}th lamp is lit at dusk.")
    live.watch(folder)
    total = live.status().embedded_total
    live.stop()
    damaged = [live.home.index_db] if part == "index" else [p for p in live.home.vectors.rglob("*") if p.is_file()]
    for path in damaged:
        path.write_bytes(b"\x00garbage" * 4000)
    status = live.settle()
    assert status.files["ready"] == 5
    assert status.embedded_total == total
    assert until(lambda: live.peer.call(Search(query="lamp"), timeout_s=30).coverage.by_meaning, 30)
    assert len(live.peer.call(Search(query="lamp"), timeout_s=30).hits) == 5


def test_unmounted_root_keeps_its_index(live: Live, tmp_path: Path) -> None:
    folder = tmp_path / "drive"
    folder.mkdir()
    (folder / "a.txt").write_text("The anchor lies at the bottom of the bay.")
    live.watch(folder)
    folder.rename(tmp_path / "elsewhere")
    live.settle()
    assert live.rows()[str(folder / "a.txt")].state == "offline"
    assert [h.path for h in live.peer.call(Search(query="anchor"), timeout_s=30).hits] == [str(folder / "a.txt")]
    (tmp_path / "elsewhere").rename(folder)
    assert live.settle().files["ready"] == 1


@needs_mounts
def test_empty_mount_point_is_offline_and_not_a_mass_deletion(live: Live, tmp_path: Path) -> None:
    folder = tmp_path / "mnt"
    with mounted(folder, "size=4m"):
        (folder / "a.txt").write_text("The anchor lies at the bottom of the bay.")
        live.watch(folder)
    live.settle()
    assert live.rows()[str(folder / "a.txt")].state == "offline"


@needs_mounts
def test_read_only_home_is_refused_with_the_reason(tmp_path: Path) -> None:
    folder = tmp_path / "ro"
    with mounted(folder, "size=4m"):
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        live = Live(Home.find(str(folder / "home")))
        with pytest.raises(Problem) as problem:
            live.status()
        assert problem.value.code == "home.unwritable"
        assert "--home" in problem.value.hint


@needs_mounts
@pytest.mark.timeout(240)
def test_full_disk_pauses_with_its_reason_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    files = tmp_path / "files"
    files.mkdir()
    with mounted(disk, "size=12m"):
        live = Live(Home.find(str(disk / "home")))
        live.peer.call(Ask(question="Is there room?"), timeout_s=60)
        live.watch(files)
        free = shutil.disk_usage(disk).free
        filler = disk / "filler"
        filler.write_bytes(b"\0" * max(0, free - 100_000))
        for n in range(12):
            (files / f"{n}.txt").write_text("\n".join(f"Line {k} of file {n} says {k * n}." for k in range(100)))
        assert until(lambda: live.status().paused is not None, 60)
        assert "full" in (live.status().paused or "")
        with pytest.raises(Problem) as problem:
            live.settle()
        assert problem.value.code == "index.paused"
        filler.unlink()
        assert until(lambda: live.status().settled, 120)
        assert live.status().files["ready"] == 12
        assert len(live.peer.call(ChatsList(), timeout_s=30)) == 1
        live.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="nobody can make a folder in /proc, not even root")
def test_a_home_whose_name_steers_a_terminal_is_named_without_steering_it() -> None:
    command = [sys.executable, "-P", "-m", "app", "engine", "--home", "/proc/\x1b[1mSources\u202e"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    told = done.stderr.decode()
    assert done.returncode == 1
    assert "/proc/�[1mSources�" in told
    assert "\x1b" not in told
