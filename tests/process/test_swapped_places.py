"""An attacker exchanges folders and files with links while they are read: nothing from outside is ever found."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.base.calls import FoldersAdd, Index, Read, Search, ShowPlace
from app.base.errors import Problem
from app.base.paths import Home
from app.base.values import Place
from tests.support.live import Live, until
from tests.support.swapping import Swapping

SECRET = "zyzzyva"
ATTACK_S = 6.0


@pytest.fixture
def live(home: Home) -> Iterator[Live]:
    """An engine of the test's own."""
    made = Live(home)
    yield made
    made.stop()


def lay_out(base: Path) -> tuple[Path, Path]:
    """A root with a folder whose files have namesakes elsewhere, which hold the secret; returns (root, elsewhere)."""
    root, elsewhere = base / "root", base / "elsewhere"
    for folder, text in ((root / "sub/deep", "own words"), (elsewhere / "sub/deep", f"the secret is {SECRET}")):
        folder.mkdir(parents=True)
        for number in range(12):
            for place in (folder, folder.parent):
                (place / f"{number}.txt").write_text(f"{text} {number}\n" * 40)
    (root / "quiet.txt").write_text("a quiet place")
    return root, elsewhere


def leaks(live: Live) -> list[str]:
    """The text from elsewhere that searches find: each line of it holds the secret."""
    hits = live.peer.call(Search(query=f"the secret {SECRET}", limit=200), timeout_s=60).hits
    return [f"{hit.path}: {hit.quote}" for hit in hits if SECRET in hit.quote]


@pytest.mark.parametrize("place", ["sub", "sub/deep", "sub/3.txt"])
def test_place_that_is_exchanged_with_a_link_while_it_is_indexed_gives_nothing_away(
    live: Live, tmp_path: Path, place: str
) -> None:
    root, elsewhere = lay_out(tmp_path)
    beside = tmp_path / "beside"
    beside.mkdir()
    live.watch(root)
    until_s = time.monotonic() + ATTACK_S
    seen: list[str] = []
    with Swapping(root / place, elsewhere / place, beside) as attack:
        while time.monotonic() < until_s:
            live.peer.call(Index(), timeout_s=60)
            seen += leaks(live)
            for path in (root / "sub" / "3.txt", root / "sub" / "deep" / "3.txt"):
                try:
                    read = live.peer.call(Read(path=str(path)), timeout_s=60)
                    seen += [chunk.text for chunk in read.chunks if SECRET in chunk.text]
                    shown = live.peer.call(ShowPlace(path=str(path), place=_WHOLE, quote="own words"), timeout_s=60)
                    seen += [repr(shown)] if SECRET in repr(shown) else []
                except Problem as problem:
                    assert problem.code.split(".")[0] in ("file", "preview"), problem.title
    assert attack.count > 4
    assert seen == []
    live.settle()
    assert leaks(live) == []
    until(lambda: all(row.state == "ready" for row in live.rows().values()), 60)
    assert [row for row in live.rows().values() if row.state != "ready"] == []
    assert len(live.rows()) == 25  # all that was there at the beginning is there again


def test_file_that_comes_back_in_a_links_place_with_the_same_bytes_is_read_again(live: Live, tmp_path: Path) -> None:
    root, elsewhere = lay_out(tmp_path)
    live.watch(root)
    live.settle()
    file = root / "sub" / "3.txt"
    text = live.text(file)
    file.rename(tmp_path / "aside")
    file.symlink_to(elsewhere / "sub" / "3.txt")
    live.settle()
    assert live.rows()[str(file)].state == "unsupported"
    file.unlink()
    (tmp_path / "aside").rename(file)
    live.settle()
    row = live.rows()[str(file)]
    assert (row.state, row.reason) == ("ready", "")
    assert live.text(file) == text


def test_root_that_is_exchanged_with_a_link_gives_nothing_away(live: Live, tmp_path: Path) -> None:
    root, elsewhere = lay_out(tmp_path)
    beside = tmp_path / "beside"
    beside.mkdir()
    live.watch(root / "sub")
    until_s = time.monotonic() + ATTACK_S
    seen: list[str] = []
    with Swapping(root, elsewhere, beside) as attack:
        while time.monotonic() < until_s:
            live.peer.call(Index(), timeout_s=60)
            seen += leaks(live)
    assert attack.count > 4
    assert seen == []
    assert until(lambda: live.settle().files["ready"] == 24, 60)
    assert leaks(live) == []


def test_folder_is_not_chosen_through_a_link_that_comes_later(live: Live, tmp_path: Path) -> None:
    root, elsewhere = lay_out(tmp_path)
    (tmp_path / "shortcut").symlink_to(root)
    folders = live.peer.call(FoldersAdd(paths=[str(tmp_path / "shortcut")]), timeout_s=60)
    assert [folder.path for folder in folders] == [str(root)]  # what the link led to when it was chosen
    (tmp_path / "shortcut").unlink()
    (tmp_path / "shortcut").symlink_to(elsewhere)
    live.settle()
    assert leaks(live) == []
    assert len(live.rows()) == 25


_WHOLE = Place(kind="whole", first=1, last=1, label="", start=0, end=10)
