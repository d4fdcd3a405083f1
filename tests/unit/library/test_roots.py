"""Which folders are watched, of those that a person has written down."""

from __future__ import annotations

from pathlib import Path

from app.library.roots import folder_identity, lies_in, outermost


def test_folders_in_others_and_repeats_are_left_out() -> None:
    given = ["/home/a/docs", "/home/a/docs/deep", "/home/a/docs/", "/home/a/docs2", "/home/a//docs2"]
    assert outermost(given) == ["/home/a/docs", "/home/a/docs2"]


def test_folder_with_the_same_beginning_is_another_one() -> None:
    assert lies_in("/a/b/c", "/a/b")
    assert not lies_in("/a/bc", "/a/b")
    assert not lies_in("/a/b", "/a/b")
    assert lies_in("/a", "/")


def test_folder_is_told_from_one_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    before = folder_identity(str(folder))
    folder.rename(tmp_path / "b")
    assert folder_identity(str(folder)) == ""
    folder.mkdir()
    assert folder_identity(str(folder)) not in ("", before)
    (tmp_path / "link").symlink_to(folder)
    assert folder_identity(str(tmp_path / "link")) == ""
    (tmp_path / "file").write_text("x")
    assert folder_identity(str(tmp_path / "file")) == ""
