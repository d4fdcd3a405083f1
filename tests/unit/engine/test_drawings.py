"""Drawn pages on their way to a window: taken, or gone by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.base.errors import Problem
from app.engine.drawings import Drawings
from tests.support.live import until


def test_drawing_that_nobody_takes_goes_by_itself(tmp_path: Path) -> None:
    drawings = Drawings(tmp_path / "pages", keep_s=0.2)
    for round_ in range(3):
        (drawings.place() / f"page-{round_}.bgra").write_bytes(b"pixels")
        assert until(lambda: not list((tmp_path / "pages").iterdir()))
    drawings.close()


def test_drawing_is_kept_long_enough_to_be_taken(tmp_path: Path) -> None:
    drawings = Drawings(tmp_path / "pages", keep_s=600)
    path = drawings.place() / "page.bgra"
    path.write_bytes(b"pixels")
    drawings.place()
    assert path.read_bytes() == b"pixels"
    drawings.close()


def test_drawings_go_with_the_engine_and_those_of_a_killed_one_as_the_next_begins(tmp_path: Path) -> None:
    first = Drawings(tmp_path / "pages", keep_s=600)
    (first.place() / "left.bgra").write_bytes(b"pixels")
    second = Drawings(tmp_path / "pages", keep_s=600)
    assert list((tmp_path / "pages").iterdir()) == []
    (second.place() / "late.bgra").write_bytes(b"pixels")
    second.close()
    assert list((tmp_path / "pages").iterdir()) == []
    first.close()


def test_folder_is_private_and_made_again_when_it_was_swept_away(tmp_path: Path) -> None:
    drawings = Drawings(tmp_path / "pages", keep_s=0.1)
    assert drawings.place().stat().st_mode & 0o777 == 0o700
    (tmp_path / "pages").rmdir()
    assert drawings.place().is_dir()
    drawings.close()


def test_no_place_to_draw_is_a_problem(tmp_path: Path) -> None:
    drawings = Drawings(tmp_path / "absent" / "pages")
    with pytest.raises(Problem) as problem:
        drawings.place()
    assert problem.value.code == "preview.no_place"
    drawings.close()


def test_what_cannot_be_deleted_is_told_and_harms_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "pages" / "a folder").mkdir(parents=True)
    drawings = Drawings(tmp_path / "pages")
    assert "could not be deleted" in caplog.text
    drawings.close()
