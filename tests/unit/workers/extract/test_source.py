"""Opening files that may be harmful to open."""

from __future__ import annotations

import hashlib
import os
import socket
import zipfile
from pathlib import Path

import pytest

from app.base import opening
from app.base.errors import Problem
from app.base.opening import identity
from app.workers.extract import source as source_module
from app.workers.extract.archive import opened as archive_opened
from app.workers.extract.content import Refused
from app.workers.extract.source import open_source

LIMIT = 1_000_000


def refusal(path: Path, max_bytes: int = LIMIT) -> Refused:
    with pytest.raises(Refused) as caught, open_source(path, max_bytes):
        pytest.fail("it was opened")
    assert caught.value.reason.endswith(".")
    return caught.value


def test_bytes_come_with_their_hash(tmp_path: Path) -> None:
    path = tmp_path / "a\nb 🦊.txt"
    path.write_bytes(b"hello" * 30_000)
    with open_source(path, LIMIT) as source:
        assert source.sha256 == hashlib.sha256(b"hello" * 30_000).hexdigest()
        assert (source.size_bytes, source.read(), len(source.head)) == (150_000, b"hello" * 30_000, 65_536)
        assert source.read(3) == b"hel"


def test_large_file_is_opened_once_and_read_from_what_was_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.workers.extract.source.HELD_BYTES", 1_000)
    path = tmp_path / "large.txt"
    path.write_bytes(b"first" * 1_000)
    with open_source(path, LIMIT) as source:
        path.unlink()
        path.write_bytes(b"other" * 1_000)
        assert (source.data, source.read(5), source.read(), source.stream().read(6)) == (
            None, b"first", b"first" * 1_000, b"firstf",
        )  # fmt: skip


def test_file_that_vanished_is_unreadable(tmp_path: Path) -> None:
    refused = refusal(tmp_path / "gone.txt")
    assert (refused.state, refused.reason) == ("unreadable", "The file is gone.")


def test_file_without_permission_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "secret.txt"
    path.write_text("x")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read every file")
    assert refusal(path).state == "unreadable"


def test_pipe_is_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    assert refusal(path).state == "unsupported"


def test_socket_and_device_are_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        assert refusal(path).state == "unsupported"
    assert refusal(Path("/dev/zero")).state == "unsupported"


def test_folder_is_no_document(tmp_path: Path) -> None:
    assert refusal(tmp_path).state == "unsupported"


def test_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "big.txt"
    with path.open("wb") as file:
        file.truncate(2_000_000_000)
    refused = refusal(path, 512_000_000)
    assert refused.state == "too_large"
    assert "2.0 GB" in refused.reason and "512 MB" in refused.reason


@pytest.mark.parametrize("name", [".report.pdf.icloud", "notes.txt.nextcloud", "Plan.gdoc"])
def test_placeholder_of_a_cloud_is_named_and_not_opened(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("bplist")
    assert refusal(path).state == "placeholder"


def test_file_without_blocks_in_a_clouds_folder_is_a_placeholder(tmp_path: Path) -> None:
    for folder, state in (("OneDrive - Work", "placeholder"), ("Plain", None)):
        path = tmp_path / folder / "plan.docx"
        path.parent.mkdir()
        with path.open("wb") as file:
            file.truncate(100_000)
        if path.stat().st_blocks:
            pytest.skip("this file system keeps no holes")
        if state:
            assert refusal(path).state == state
        else:
            with open_source(path, LIMIT) as source:
                assert source.size_bytes == 100_000


@pytest.mark.parametrize("linked", ["file", "folder"])
def test_link_is_not_followed_and_nothing_is_said_of_what_it_leads_to(tmp_path: Path, linked: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text("secret" * 1_000)
    root = tmp_path / "root"
    if linked == "file":
        root.mkdir()
        (root / "a.txt").symlink_to(outside / "a.txt")
    else:
        root.symlink_to(outside)
    with pytest.raises(Problem) as caught, open_source(root / "a.txt", 10):
        pytest.fail("it was opened")
    assert caught.value.code == "file.linked"


def test_another_file_than_the_one_meant_is_not_read(tmp_path: Path) -> None:
    path, other = tmp_path / "a.txt", tmp_path / "b.txt"
    path.write_text("own")
    other.write_text("another")
    meant = identity(path.stat())
    with open_source(path, LIMIT, meant) as source:
        assert source.read() == b"own"
    other.rename(path)
    with pytest.raises(Problem) as caught, open_source(path, LIMIT, meant):
        pytest.fail("it was opened")
    assert caught.value.code == "file.replaced"


def test_file_that_is_exchanged_between_look_and_opening_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = tmp_path / "a.txt", tmp_path / "b.txt"
    path.write_text("own")
    other.write_text("another")
    meant = identity(path.stat())
    opened = opening.Spot.open

    def exchange(spot: opening.Spot) -> int:
        other.rename(path)
        return opened(spot)

    monkeypatch.setattr(opening.Spot, "open", exchange)
    with pytest.raises(Problem) as caught, open_source(path, LIMIT, meant):
        pytest.fail("it was read")
    assert caught.value.code == "file.replaced"


def test_large_file_is_read_from_the_file_that_was_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "HELD_BYTES", 100)
    path, other = tmp_path / "a.zip", tmp_path / "b.zip"
    for place, text in ((path, "own"), (other, "another")):
        with zipfile.ZipFile(place, "w") as archive:
            archive.writestr("inside.txt", text * 100)
    with open_source(path, LIMIT) as source:
        other.rename(path)
        assert source.data is None
        with archive_opened(source) as archive:
            assert archive.read("inside.txt") == b"own" * 100
        assert source.read(2) == b"PK"
        file = source.file
    assert file is not None and file.closed


def test_name_that_the_system_refuses_is_unreadable(tmp_path: Path) -> None:
    assert refusal(tmp_path / ("n" * 300)).state == "unreadable"
    assert refusal(Path("a\0b")).state == "unreadable"
