"""Paths are opened without following a link that somebody has put into them."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from app.base import opening
from app.base.opening import at, identity, is_link, resolved


def contents(path: Path) -> bytes:
    """The bytes at a path."""
    with at(str(path)) as spot, os.fdopen(spot.open(), "rb") as file:
        return file.read()


def test_file_and_folder_are_opened_by_their_real_path(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    file = tmp_path / "a" / "b.txt"
    file.write_bytes(b"text")
    assert contents(file) == b"text"
    with at(str(file)) as spot:
        assert identity(spot.status()) == identity(file.stat())
    with at(str(tmp_path / "a")) as spot, spot.entries() as entries:
        assert [(entry.name, entry.stat(follow_symlinks=False).st_size) for entry in entries] == [("b.txt", 4)]
    with at("/") as spot, spot.entries() as entries:
        assert {entry.name for entry in entries} == set(os.listdir("/"))


@pytest.mark.parametrize("linked", ["top", "top/middle", "top/middle/file.txt"])
def test_link_anywhere_in_the_path_is_not_followed(tmp_path: Path, linked: str) -> None:
    outside = tmp_path / "outside"
    (outside / "middle").mkdir(parents=True)
    (outside / "middle" / "file.txt").write_text("secret")
    (tmp_path / "top" / "middle").mkdir(parents=True)
    (tmp_path / "top" / "middle" / "file.txt").write_text("own")
    place = tmp_path / linked
    place.rename(tmp_path / "aside")
    place.symlink_to(outside.joinpath(*Path(linked).parts[1:]))
    assert (tmp_path / "top/middle/file.txt").read_text() == "secret"  # as anybody else would read it
    with pytest.raises(OSError) as caught:
        contents(tmp_path / "top/middle/file.txt")
    assert is_link(caught.value)


def test_linked_folder_is_not_listed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(OSError) as caught, at(str(tmp_path / "link")) as spot, spot.entries():
        pytest.fail("it was listed")
    assert is_link(caught.value)


def test_file_where_a_folder_is_wanted_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotADirectoryError) as caught:
        contents(tmp_path / "file" / "below")
    assert not is_link(caught.value)


@pytest.mark.parametrize("path", ["relative.txt", "/tmp/../etc/hostname", ""])
def test_path_that_is_not_absolute_or_leads_upwards_is_refused(path: str) -> None:
    with pytest.raises(OSError) as caught:
        at(path).__enter__()
    assert caught.value.errno == errno.EINVAL


def test_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert contents(tmp_path / "pipe") == b""


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "a.txt").write_text("x")
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("this system does not list a process's descriptors")
    before = len(list(descriptors.iterdir()))
    for _ in range(50):
        contents(tmp_path / "a.txt")
        with pytest.raises(OSError):
            contents(tmp_path / "link" / "a.txt")
        with pytest.raises(OSError):
            contents(tmp_path / "gone")
        with at(str(tmp_path)) as spot, spot.entries():
            pass
    assert len(list(descriptors.iterdir())) <= before + 2  # other threads of a test run open some too


def test_folder_that_changes_places_with_a_link_never_gives_what_lies_outside(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "root" / "sub"
    for folder, text in ((outside, "secret"), (inside, "own")):
        folder.mkdir(parents=True)
        (folder / "a.txt").write_text(text)
    link, aside = tmp_path / "link", tmp_path / "aside"
    link.symlink_to(outside)
    ended = threading.Event()

    def swap() -> None:
        while not ended.is_set():
            inside.rename(aside)
            link.rename(inside)
            inside.rename(link)
            aside.rename(inside)

    attacker = threading.Thread(target=swap)
    attacker.start()
    read: list[bytes] = []
    refused = 0
    try:
        while len(read) < 100 or refused < 100:
            try:
                read.append(contents(inside / "a.txt"))
            except OSError:
                refused += 1
    finally:
        ended.set()
        attacker.join()
    assert set(read) == {b"own"}


def test_without_descriptors_of_folders_what_was_opened_is_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "_WINDOWS", True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.txt").write_text("secret")
    (tmp_path / "own.txt").write_text("own")
    (tmp_path / "link").symlink_to(tmp_path / "outside")
    assert contents(tmp_path / "own.txt") == b"own"
    with at(str(tmp_path)) as spot, spot.entries() as entries:
        assert {entry.name for entry in entries} == {"outside", "own.txt", "link"}
    with pytest.raises(OSError) as caught:
        contents(tmp_path / "link" / "a.txt")
    assert is_link(caught.value)
    with pytest.raises(OSError) as caught, at(str(tmp_path / "link")) as spot, spot.entries():
        pytest.fail("it was listed")
    assert is_link(caught.value)


@pytest.mark.parametrize("error", [FileNotFoundError, PermissionError])
def test_link_that_goes_as_it_is_followed_or_may_not_be_stays_in_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[OSError]
) -> None:
    (tmp_path / "link").symlink_to(tmp_path)

    def refuse(*_: object, **__: object) -> str:
        raise error

    monkeypatch.setattr(os, "readlink", refuse)
    path = f"{tmp_path}/link/../link/a.txt"
    assert resolved(path) == f"{tmp_path}/link/a.txt"
    with pytest.raises(OSError) as caught, at(resolved(path)):
        pass
    assert is_link(caught.value)


def test_what_is_no_path_is_left_as_it_is() -> None:
    assert resolved("/a\0b") == "/a\0b"
