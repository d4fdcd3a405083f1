"""The scanner over real files: roots that come, go, change and are taken away while they are looked at."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from app.base.errors import Problem
from app.library import scan as scan_module
from app.library import scanner as scanner_module
from app.library.ignore_rules import Rules
from app.library.scan import Difference, ScanResult, walk
from app.store.file_list import listed
from app.store.index import Known
from tests.support.index_room import IndexRoom
from tests.support.live import until


@pytest.fixture
def room(tmp_path: Path, root: Path) -> Iterator[IndexRoom]:
    """Its index; nothing runs yet."""
    made = IndexRoom(tmp_path, root)
    yield made
    made.index.close()


def during_walk(monkeypatch: pytest.MonkeyPatch, at: Path, act: Callable[[], None]) -> None:
    """Have something happen once, just before the scanner lists a folder."""
    real = scan_module._entries
    left = [act]

    def entries(folder: str, rules: Rules) -> tuple[list[str], list[tuple[str, scan_module.Seen]]]:
        if folder == str(at) and left:
            left.pop()()
        return real(folder, rules)

    monkeypatch.setattr(scan_module, "_entries", entries)


def away(place: Path, to: Path | None = None) -> None:
    """Move a folder out of the way."""
    place.rename(to or place.with_name("away"))


# ---- drives and folders that go and come back ----------------------------------------------------------------------


def read_deep_file(room: IndexRoom, root: Path) -> None:
    """Have a file read that lies in a folder of the root."""
    (root / "sub").mkdir()
    (root / "sub" / "b.txt").write_text("deep")
    room.scan()
    room.read_all()


def test_root_that_goes_while_files_wait_is_offline_at_the_next_look(room: IndexRoom, root: Path) -> None:
    room.scan()
    root.rename(root.with_name("elsewhere"))
    room.scanner._look([str(root / "a.txt")])  # as the reader asks when a waiting file is not there
    assert room.state(root / "a.txt") == "offline"
    assert room.index.roots()[0].state == "offline"
    root.with_name("elsewhere").rename(root)
    room.scan()
    assert room.state(root / "a.txt") == "waiting"


def test_file_that_changed_before_its_drive_went_is_read_when_it_is_back(room: IndexRoom, root: Path) -> None:
    file, gone = root / "a.txt", root.with_name("away")
    room.scan()
    room.read_all()
    file.write_text("new text, and longer")
    room.scan()
    assert room.state(file) == "waiting"
    for _ in range(2):  # also if it goes a second time before it was read
        root.rename(gone)
        room.scan()
        assert (room.state(file), room.text(file)) == ("offline", "old text")
        gone.rename(root)
        room.scan()
        assert room.state(file) == "waiting"
    room.read_all()
    assert (room.state(file), room.text(file)) == ("ready", "new text, and longer")


def test_file_that_did_not_change_is_not_read_again_when_its_drive_is_back(room: IndexRoom, root: Path) -> None:
    room.scan()
    room.read_all()
    root.rename(root.with_name("away"))
    room.scan()
    root.with_name("away").rename(root)
    room.scan()
    assert room.state(root / "a.txt") == "ready"
    assert room.worker.calls == [str(root / "a.txt")]


def test_files_left_offline_by_an_engine_that_was_killed_come_back(room: IndexRoom, root: Path) -> None:
    room.scan()
    room.read_all()
    room.index.set_offline(room.index.roots()[0].id, True)  # killed between this and noting it of the root
    room.scan()
    assert room.state(root / "a.txt") == "ready"


@pytest.mark.parametrize("taker", ["file", "link", "nothing", "link above"])
def test_root_that_something_else_has_taken_keeps_its_files(
    room: IndexRoom, root: Path, tmp_path: Path, taker: str
) -> None:
    room.scan()
    room.read_all()
    root.rename(tmp_path / "aside")
    other = tmp_path / "other"
    other.mkdir()
    (other / "secret.txt").write_text("secret")
    if taker == "file":
        root.write_text("a file now")
    elif taker == "link":
        root.symlink_to(other)
    elif taker == "link above":
        room.index.set_roots([str(tmp_path / "up" / "root")])
        (tmp_path / "up").symlink_to(tmp_path / "linked")
        (tmp_path / "linked" / "root").mkdir(parents=True)
    room.scan()
    standing = room.index.roots()[0]
    assert standing.state == "offline"
    if taker == "link above":
        assert room.index.states() == {}
    else:
        assert (room.state(root / "a.txt"), room.text(root / "a.txt")) == ("offline", "old text")
    assert "kept" in standing.reason
    words = {"file": "A file", "link": "A link", "nothing": "not there", "link above": "A link"}
    assert words[taker] in standing.reason


def test_empty_mount_point_is_no_mass_deletion(room: IndexRoom, root: Path) -> None:
    room.scan()
    room.read_all()
    room.index.mark_root(room.index.roots()[0].id, "current", device="another file system")
    (root / "a.txt").unlink()
    room.scan()
    assert (room.state(root / "a.txt"), room.text(root / "a.txt")) == ("offline", "old text")
    assert "drive" in room.index.roots()[0].reason


# ---- what happens while a walk is under way ------------------------------------------------------------------------


def test_root_that_goes_in_the_middle_of_a_walk_loses_nothing(
    room: IndexRoom, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_deep_file(room, root)
    during_walk(monkeypatch, root / "sub", lambda: away(root))
    room.scan()
    assert room.index.states() == {"offline": 2}
    root.with_name("away").rename(root)
    room.scan()
    assert room.index.states() == {"ready": 2}


def test_root_that_is_exchanged_in_the_middle_of_a_walk_is_looked_at_once_more(
    room: IndexRoom, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "sub").mkdir()
    room.scan()
    room.read_all()

    def exchange() -> None:
        root.rename(root.with_name("old"))
        root.mkdir()

    during_walk(monkeypatch, root / "sub", exchange)
    room.scan()
    assert room.state(root / "a.txt") == "offline"  # not forgotten on the strength of half a walk
    assert room.scanner._roots_changed()  # so that a scan follows
    room.scan()
    assert room.index.states() == {}


def test_folder_that_vanishes_in_the_middle_of_a_walk_is_forgotten(
    room: IndexRoom, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "sub").mkdir()
    (root / "sub" / "b.txt").write_text("deep")
    room.scan()
    during_walk(monkeypatch, root / "sub", lambda: away(root / "sub", root.with_name("away")))
    room.scan()
    assert set(room.index.known(room.index.roots()[0].id)) == {str(root / "a.txt")}
    assert room.index.roots()[0].state == "current"


def test_folder_that_becomes_a_link_in_the_middle_of_a_walk_is_not_followed(
    room: IndexRoom, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "outside"
    for folder in (root / "sub", outside):
        folder.mkdir()
        (folder / "b.txt").write_text("x")

    def link() -> None:
        (root / "sub").rename(tmp_path / "aside")
        (root / "sub").symlink_to(outside)

    during_walk(monkeypatch, root / "sub", link)
    room.scan()
    room.scanner._look([str(root / "sub" / "b.txt")])
    assert room.index.states() == {"waiting": 1}
    assert room.state(root / "sub" / "b.txt") == ""


def test_folder_that_may_not_be_opened_keeps_its_files_and_says_so(
    room: IndexRoom, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_deep_file(room, root)

    def refuse() -> None:
        raise PermissionError(13, "Permission denied")

    during_walk(monkeypatch, root / "sub", refuse)
    room.scan()
    assert (room.state(root / "sub" / "b.txt"), room.text(root / "sub" / "b.txt")) == ("ready", "deep")
    row = next(row for row in listed(room.index, ["unreadable"], "", 0))
    assert row.path == str(root / "sub")
    assert "Permission denied" in row.reason and "permission" in row.hint and "kept" in row.hint
    room.scan()  # the permission was given back
    assert room.index.states() == {"ready": 2}


def test_disk_that_fails_in_the_middle_of_a_walk_is_told_as_that(
    room: IndexRoom, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_deep_file(room, root)

    def fail() -> None:
        raise OSError(5, "Input/output error")

    during_walk(monkeypatch, root / "sub", fail)
    room.scan()
    row = next(row for row in listed(room.index, ["unreadable"], "", 0))
    assert "Input/output error" in row.reason and "disk" in row.hint
    assert room.state(root / "sub" / "b.txt") == "ready"


def test_root_that_is_removed_while_it_is_scanned_is_no_mistake(
    room: IndexRoom, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for known in (False, True):
        room.index.set_roots([str(root)])
        (root / "sub").mkdir(exist_ok=True)
        (root / "sub" / f"{known}.txt").write_text("x")
        if known:
            room.scan()
            (root / "new.txt").write_text("x")
        during_walk(monkeypatch, root / "sub", lambda: room.index.set_roots([]))
        room.scan()
        assert room.index.states() == {}
        assert room.index.roots() == []


def test_root_that_is_removed_after_the_walk_takes_nothing_in(
    room: IndexRoom, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = scan_module.compare

    def remove(found: ScanResult, known: Mapping[str, Known]) -> Difference:
        room.index.set_roots([])
        return real(found, known)

    monkeypatch.setattr(scanner_module, "compare", remove)
    room.scan()
    assert room.index.states() == {}


# ---- ignore rules --------------------------------------------------------------------------------------------------


def test_waiting_file_that_is_ignored_by_now_is_forgotten_at_the_next_look(
    tmp_path: Path, root: Path, room: IndexRoom
) -> None:
    room.scan()
    (root / ".familiarignore").write_text("a.txt\n")
    room.scanner._look([str(root / "a.txt")])
    assert room.state(root / "a.txt") == ""


def test_line_of_the_ignore_file_that_cannot_be_understood_stops_nothing(room: IndexRoom, root: Path) -> None:
    (root / "b.log").write_text("x")
    (root / ".familiarignore").write_text("!\n\\\n*.log\n")
    room.scan()
    assert room.index.states() == {"waiting": 1}


def test_ignore_file_that_is_a_pipe_or_a_link_is_none(room: IndexRoom, root: Path, tmp_path: Path) -> None:
    os.mkfifo(root / ".familiarignore")
    room.scan()
    (root / ".familiarignore").unlink()
    (tmp_path / "lines").write_text("*.txt\n")
    (root / ".familiarignore").symlink_to(tmp_path / "lines")
    room.scan()
    assert room.state(root / "a.txt") == "waiting"


# ---- links ---------------------------------------------------------------------------------------------------------


def left_out(room: IndexRoom) -> dict[str, str]:
    """The names of what is left out, with the reason."""
    return {Path(row.path).name: row.reason for row in listed(room.index, ["unsupported"], "", 0)}


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder beside the root."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.txt").write_text("secret")
    return folder


def test_link_that_leads_out_is_named_as_left_out_and_nothing_is_read_through_it(
    room: IndexRoom, root: Path, outside: Path
) -> None:
    (root / "boat_link").symlink_to(outside)
    (root / "letter").symlink_to(outside / "secret.txt")
    room.scan()
    room.read_all()
    assert left_out(room) == {
        "boat_link": f"This is a link to a folder outside: {outside}. Nothing is read through links.",
        "letter": f"This is a link to a file outside: {outside / 'secret.txt'}. Nothing is read through links.",
    }
    assert room.worker.calls == [str(root / "a.txt")]
    settled = room.index.query("SELECT path, read_at FROM files ORDER BY path")
    room.scan()
    assert room.index.query("SELECT path, read_at FROM files ORDER BY path") == settled
    assert room.index.pending_files() == 0


def test_links_within_the_folders_to_nowhere_and_in_circles_are_passed_over(room: IndexRoom, root: Path) -> None:
    (root / "sub").mkdir()
    for name, target in (("up", root), ("inside", root / "sub"), ("nowhere", root / "gone"), ("self", root / "self"),
                         ("file", root / "a.txt"), ("pipe", Path("/dev/null"))):  # fmt: skip
        (root / "sub" / name).symlink_to(target)
    (root / ".hidden").symlink_to("/")
    room.scan()
    assert left_out(room) == {}


@pytest.mark.parametrize("target", ["/", "~"])
def test_link_to_everything_is_named_once(room: IndexRoom, root: Path, target: str) -> None:
    for name in ("one", "two"):
        (root / name).symlink_to(Path(target).expanduser())
    room.scan()
    assert sorted(left_out(room)) == ["one", "two"]
    assert len(room.index.known(room.index.roots()[0].id)) == 3


def test_link_that_changes_or_goes_is_told_anew(room: IndexRoom, root: Path, outside: Path) -> None:
    link = root / "boat_link"
    link.symlink_to(outside)
    room.scanner._look([str(link)])
    assert list(left_out(room)) == ["boat_link"]
    link.unlink()
    link.mkdir()
    (link / "b.txt").write_text("own")
    room.scanner._look([str(link)])
    assert left_out(room) == {}
    assert room.state(link / "b.txt") == "waiting"
    (link / "b.txt").unlink()
    link.rmdir()
    link.symlink_to(outside / "secret.txt")
    room.scanner._look([str(link)])
    assert "secret.txt" in left_out(room)["boat_link"]
    link.unlink()
    room.scanner._look([str(link)])
    assert left_out(room) == {}


def test_file_whose_place_a_link_takes_is_found_no_more(room: IndexRoom, root: Path, outside: Path) -> None:
    room.scan()
    room.read_all()
    (root / "a.txt").unlink()
    (root / "a.txt").symlink_to(outside / "secret.txt")
    room.scan()
    room.read_all()
    assert list(left_out(room)) == ["a.txt"]
    assert room.text(root / "a.txt") == ""
    assert room.index.count_chunks() == 0


def test_link_to_what_is_added_later_is_named_no_more(room: IndexRoom, root: Path, outside: Path) -> None:
    (root / "boat_link").symlink_to(outside)
    room.scan()
    assert list(left_out(room)) == ["boat_link"]
    room.index.set_roots([str(root), str(outside)])
    room.scan()
    assert left_out(room) == {}
    assert room.state(outside / "secret.txt") == "waiting"


# ---- names, hard links ---------------------------------------------------------------------------------------------


def test_name_that_is_no_text_is_told_and_stops_nothing(room: IndexRoom, root: Path) -> None:
    (root / os.fsdecode(b"\xff.txt")).write_text("x")
    room.scan()
    assert room.index.states() == {"unreadable": 1, "waiting": 1}
    assert "\\xff.txt" in listed(room.index, ["unreadable"], "", 0)[0].path


def test_walk_of_a_path_that_is_none_finds_nothing(tmp_path: Path) -> None:
    assert list(walk(str(tmp_path / "nul\0"), Rules(str(tmp_path), ()), lambda: False)) == []


# ---- the thread ----------------------------------------------------------------------------------------------------


def test_scan_that_could_not_write_is_done_again_by_itself(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(scanner_module, "ROOTS_S", 0.2)
    room = IndexRoom(tmp_path, root)
    full = sqlite3.OperationalError("database or disk is full"), Problem("store.full", "The disk is full.")
    room.fail_at("enqueue", *full, patch=monkeypatch)
    with room:
        assert until(lambda: room.state(root / "a.txt") == "ready", 30)
    assert [problem.code for problem in room.problems] == ["internal", "store.full"]


def test_roots_are_looked_at_although_one_event_follows_another(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanner_module, "ROOTS_S", 0.3)
    with IndexRoom(tmp_path, root) as room:
        assert until(lambda: room.state(root / "a.txt") == "ready", 30)
        away(root)

        def noticed() -> bool:
            room.scanner.look([str(tmp_path / "somewhere else")])  # so that there is always something to do
            return room.state(root / "a.txt") == "offline"

        assert until(noticed, 30)


def test_root_that_is_made_anew_is_watched_anew(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner_module, "ROOTS_S", 0.3)
    with IndexRoom(tmp_path, root) as room:
        assert until(lambda: room.state(root / "a.txt") == "ready", 30)
        root.rename(tmp_path / "docs.old")
        root.mkdir()
        (root / "again.txt").write_text("again")
        assert until(lambda: room.state(root / "again.txt") == "ready" and room.state(root / "a.txt") == "", 30)
        monkeypatch.setattr(scanner_module.Scanner, "_roots_changed", lambda _: False)  # by events alone from here on
        (root / "new.txt").write_text("new")
        assert until(lambda: room.state(root / "new.txt") == "ready", 30)
        assert room.scanner.unwatched == {}
        assert room.problems == []


def test_look_at_nothing_leaves_nothing_outstanding(tmp_path: Path, root: Path) -> None:
    with IndexRoom(tmp_path, root) as room:
        room.scanner.look([])
        assert until(room.settled, 30)


def test_lost_events_are_made_up_for_by_a_scan(tmp_path: Path, root: Path) -> None:
    with IndexRoom(tmp_path, root) as room:
        assert until(lambda: room.state(root / "a.txt") == "ready", 30)
        ticket = room.scanner._requested
        room.scanner.look(None)
        assert until(lambda: room.scanner.finished(ticket + 1), 30)


def test_scanner_that_never_started_can_be_stopped(room: IndexRoom) -> None:
    room.scanner.stop()
    assert not room.scanner._thread.is_alive()
