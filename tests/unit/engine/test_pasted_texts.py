"""Pasted texts as files of the home: private, read like any file, gone with what they were pasted for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.base.errors import Problem
from app.engine.pasted_texts import FORSAKEN_S, PastedTexts
from tests.support.small_disk import small_disk


def texts(folder: Path, *attached: str) -> PastedTexts:
    return PastedTexts(folder, lambda _: attached)


def age(path: str) -> None:
    """Have a text wait for longer than it may."""
    long_ago = Path(path).stat().st_mtime - FORSAKEN_S - 1
    os.utime(Path(path).parent, (long_ago, long_ago))


def test_a_text_is_kept_whole_for_the_person_alone(tmp_path: Path) -> None:
    row = texts(tmp_path / "pasted").keep("Grüße, 中文\nand more")
    path = Path(row.path)
    assert path.read_text(encoding="utf-8") == "Grüße, 中文\nand more"
    assert (path.name, row.size_bytes, row.state) == ("Pasted text.txt", path.stat().st_size, "waiting")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_nuls_and_halves_of_letters_do_not_make_it_a_binary_file(tmp_path: Path) -> None:
    row = texts(tmp_path).keep("a\0b\ud800c")
    assert Path(row.path).read_bytes() == b"ab?c"


def test_two_texts_do_not_meet(tmp_path: Path) -> None:
    pasted = texts(tmp_path)
    first, second = pasted.keep("one"), pasted.keep("two")
    assert Path(first.path).read_text() == "one"
    assert Path(second.path).read_text() == "two"


def test_a_text_that_was_taken_off_goes_at_once(tmp_path: Path) -> None:
    pasted = texts(tmp_path / "pasted")
    row = pasted.keep("one")
    pasted.drop(row.path)
    assert list((tmp_path / "pasted").iterdir()) == []


def test_a_text_that_a_conversation_is_about_stays(tmp_path: Path) -> None:
    row = texts(tmp_path).keep("one")
    age(row.path)
    used = texts(tmp_path, row.path)
    used.drop(row.path)
    used.sweep()
    assert Path(row.path).read_text() == "one"


def test_nothing_outside_of_its_folder_is_ever_removed(tmp_path: Path) -> None:
    mine = tmp_path / "mine" / "Pasted text.txt"
    mine.parent.mkdir()
    mine.write_text("mine")
    pasted = texts(tmp_path / "pasted")
    pasted.keep("one")
    for path in (str(mine), str(tmp_path / "pasted" / ".." / "mine" / "x"), str(tmp_path / "pasted" / "x")):
        pasted.drop(path)
    assert mine.read_text() == "mine"
    assert len(list((tmp_path / "pasted").iterdir())) == 1


def test_sweeping_takes_only_what_has_waited_for_a_day(tmp_path: Path) -> None:
    pasted = texts(tmp_path / "pasted")
    pasted.sweep()
    old, fresh = pasted.keep("old"), pasted.keep("fresh")
    age(old.path)
    pasted.sweep()
    assert not Path(old.path).parent.exists()
    assert Path(fresh.path).read_text() == "fresh"


def test_a_full_disk_is_said_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 1) as disk:
        pasted = texts(disk / "pasted")
        with pytest.raises(Problem) as caught:
            pasted.keep("x" * 5_000_000)
        assert caught.value.code == "paste.failed"
        assert "what you typed is still there" in caught.value.hint
        assert list((disk / "pasted").iterdir()) == []
