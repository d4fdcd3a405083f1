"""Unfinished files on disks that fail."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.base.errors import Problem
from app.workers.fetch.partial import Partial


def _begun(folder: Path) -> Partial:
    partial = Partial(folder, "k")
    partial.open("sha256:1", lambda _read, _of: None)
    return partial


def _take_up_from_a_drive_that_cannot_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _begun(folder).append(b"GGUF and more")

    def fail(*_: object) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "read", fail)
    _begun(folder)


def _discard_what_is_a_folder_now(folder: Path, _: pytest.MonkeyPatch) -> None:
    partial = _begun(folder)
    (folder / "k.part").unlink()
    (folder / "k.part").mkdir()
    partial.discard()


def _begin_where_a_folder_lies(folder: Path, _: pytest.MonkeyPatch) -> None:
    (folder / "k.part").mkdir()
    _begun(folder)


@pytest.mark.parametrize(
    "act",
    [_take_up_from_a_drive_that_cannot_be_read, _discard_what_is_a_folder_now, _begin_where_a_folder_lies],
)
def test_disk_that_fails_is_a_problem(
    act: Callable[[Path, pytest.MonkeyPatch], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Problem) as caught:
        act(tmp_path, monkeypatch)
    assert caught.value.code == "download.unwritable"
    assert "kept" in caught.value.hint
