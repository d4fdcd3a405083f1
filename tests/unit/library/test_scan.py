"""What a walk sees and what differs from the index."""

from __future__ import annotations

import os
from pathlib import Path

from app.base.values import FileId
from app.library.ignore_rules import Rules
from app.library.scan import ScanResult, collect, compare, stat_of
from app.store.index import Known
from app.store.index_files import Stat


def paths(root: Path, *patterns: str) -> set[str]:
    """Paths below `root`, relative, that a walk yields."""
    found = collect([str(root)], Rules(str(root), patterns), lambda: False)
    return {os.path.relpath(path, root) for path in found.files}


def known(number: int, path: str, stat: Stat) -> Known:
    """A settled file of the index."""
    return Known(FileId(number), path, stat, "ab" * 32, "ready", 0)


def test_defaults_leave_out_hidden_files_caches_and_editors_leavings(tmp_path: Path) -> None:
    for name in (
        "a.txt", ".git/config", "node_modules/x/index.js", ".hidden", "sub/.cache/y", "b.txt~", "~$doc.docx",
        ".~lock.c.odt#", "sub/kept.md", "__pycache__/m.pyc", "x.part",
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert paths(tmp_path) == {"a.txt", "sub/kept.md"}


def test_own_patterns_come_after_the_defaults_and_can_take_back(tmp_path: Path) -> None:
    for name in ("a.log", "b.txt", ".notes"):
        (tmp_path / name).write_text("x")
    assert paths(tmp_path, "*.log", "!.notes") == {"b.txt", ".notes"}


def test_ignore_file_of_the_folder_counts(tmp_path: Path) -> None:
    (tmp_path / ".familiarignore").write_text("secret/\n")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "a.txt").write_text("x")
    (tmp_path / "b.txt").write_text("x")
    assert paths(tmp_path) == {"b.txt"}


def test_links_and_pipes_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("x")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(outside)
    (root / "loop").symlink_to(root)
    (root / "file-link").symlink_to(outside / "secret.txt")
    os.mkfifo(root / "pipe")
    (root / "real.txt").write_text("x")
    assert paths(root) == {"real.txt"}


def test_rename_is_one_move_and_a_copy_is_read(tmp_path: Path) -> None:
    stat = Stat(5, 10, 11, "1:7")
    after = Stat(5, 10, 99, "1:7")
    difference = compare(
        ScanResult({"/r/new": after, "/r/copy": Stat(5, 10, 99, "1:8")}), {"/r/old": known(1, "/r/old", stat)}
    )
    assert difference.move == [(FileId(1), "/r/new", after)]
    assert difference.read == [("/r/copy", Stat(5, 10, 99, "1:8"))]
    assert difference.forget == []


def test_write_that_keeps_size_and_time_is_seen_by_its_change_time(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("one")
    before = stat_of(str(path))
    assert before is not None
    status = path.stat()
    path.write_text("two")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    after = stat_of(str(path))
    assert after is not None
    assert (after.size_bytes, after.mtime_ns) == (before.size_bytes, before.mtime_ns)
    assert after != before


def test_files_below_a_closed_folder_are_kept() -> None:
    stat = Stat(1, 1, 1, "1:1")
    difference = compare(
        ScanResult({}, {"/r/closed": "Permission denied"}), {"/r/closed/a": known(1, "/r/closed/a", stat)}
    )
    assert difference.forget == []


def test_home_inside_a_watched_folder_is_never_read(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "user.db").write_text("x")
    (tmp_path / "a.txt").write_text("x")
    rules = Rules(str(tmp_path), (), never=(str(tmp_path / "home"),))
    found = collect([str(tmp_path)], rules, lambda: False)
    assert set(found.files) == {str(tmp_path / "a.txt")}
