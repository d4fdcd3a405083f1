"""Opening files that may be harmful to open."""

from __future__ import annotations

import hashlib
import os
import socket
from pathlib import Path

import pytest

from app.workers.extract.content import Refused
from app.workers.extract.source import open_source

LIMIT = 1_000_000


def refusal(path: Path, max_bytes: int = LIMIT) -> Refused:
    with pytest.raises(Refused) as caught:
        open_source(path, max_bytes)
    assert caught.value.reason.endswith(".")
    return caught.value


def test_bytes_come_with_their_hash(tmp_path: Path) -> None:
    path = tmp_path / "a\nb 🦊.txt"
    path.write_bytes(b"hello" * 30_000)
    source = open_source(path, LIMIT)
    assert source.sha256 == hashlib.sha256(b"hello" * 30_000).hexdigest()
    assert (source.size_bytes, source.read(), len(source.head)) == (150_000, b"hello" * 30_000, 65_536)
    assert source.read(3) == b"hel"


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
            assert open_source(path, LIMIT).size_bytes == 100_000


def test_link_in_a_circle_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert refusal(tmp_path / "a").state == "unreadable"


def test_name_that_the_system_refuses_is_unreadable(tmp_path: Path) -> None:
    assert refusal(tmp_path / ("n" * 300)).state == "unreadable"
    assert refusal(Path("a\0b")).state == "unreadable"
