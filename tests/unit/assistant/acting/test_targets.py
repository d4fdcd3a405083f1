"""Paths that a model writes: nothing outside the person's folders, nothing hidden, no name that lies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.base.actions import Rule
from tests.support.acting_room import ActingRoom


@pytest.mark.parametrize(
    "path",
    [
        "../x.txt", "/etc/cron.d/x", "~/x.txt", "~root/x", "a/../../x", "/dev/sda", "\0x", "x\0", "", " ", "/", ".",
        "..", ".bashrc", ".git/config", "Sub/.hidden", "CON", "con.txt", "nul", "COM1.log", "LPT¹.txt", "a:b", "a?b",
        "a*", "a|b", "<a>", 'a"b', "a\\b", "trailing.", " x.txt/ ", "a\nb", "a\tb", "a\x1b[2Jb", "a\u202egpj.exe",
        "a\u200bb", "\ufeffa", "x" * 300, "d/" * 1100 + "x", "//server/share/x", "C:\\Windows\\x", "a\ud800b",
    ],
)  # fmt: skip
def test_path_that_is_nowhere_to_write_is_refused_and_nobody_asked(room: ActingRoom, path: str, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    for name, arguments in (
        ("create_file", {"path": path, "text": "x"}),
        ("edit_file", {"path": path, "new": "x"}),
        ("trash_files", {"paths": [path]}),
    ):
        step = room.run(name, **arguments)
        assert step.state == "failed", (name, path, step.result)
        assert "Traceback" not in step.result
    room.write("a.txt", "A")
    assert room.run("move_files", moves=[{"from": "a.txt", "to": path}]).state == "failed"
    assert room.person.asked == []
    made = {one for one in tmp_path.rglob("*") if one not in before}
    assert made - {room.home / "audit.head"} == {room.files / "a.txt"}


def test_own_folder_is_never_changed_though_it_lies_in_a_chosen_one(room: ActingRoom, tmp_path: Path) -> None:
    room.library.folder = str(tmp_path)
    for path in (room.home / "policy.toml", room.home / "kept" / "x.txt"):
        step = room.run("create_file", path=str(path), text="x")
        assert step.state == "failed" and "Familiar's own folder" in step.result
    room.policy.set([Rule(decision="allow")])
    assert room.run("create_file", path=str(room.home / "x.txt"), text="x").state == "failed"


def test_link_in_a_chosen_folder_leads_nowhere(room: ActingRoom, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text("A")
    (room.files / "way").symlink_to(outside)
    (room.files / "a.txt").symlink_to(outside / "a.txt")
    room.library.texts[str(room.files / "a.txt")] = "A"
    for name, arguments in (
        ("create_file", {"path": str(room.files / "way" / "x.txt"), "text": "x"}),
        ("edit_file", {"path": "a.txt", "new": "x"}),
        ("trash_files", {"paths": ["a.txt"]}),
        ("move_files", {"moves": [{"from": "a.txt", "to": "b.txt"}]}),
    ):
        assert room.run(name, **arguments).state == "failed"
    assert (outside / "a.txt").read_text() == "A" and len(list(outside.iterdir())) == 1


def test_question_that_stays_in_a_folder_changes_nothing_beside_it(room: ActingRoom) -> None:
    room.write("In/a.txt", "A")
    room.write("Out/b.txt", "B")
    box = room.box([str(room.files / "In")])
    assert room.run("trash_files", box, paths=["b.txt"]).state == "failed"
    assert room.run("create_file", box, path=str(room.files / "Out" / "c.txt"), text="c").state == "failed"
    assert room.run("create_file", box, path="c.txt", text="c").state == "done"
    assert sorted(room.tree()) == ["In/a.txt", "In/c.txt", "Out/b.txt"]


def test_name_alone_is_meant_beside_the_file_that_gets_it(room: ActingRoom) -> None:
    room.write("Deep/down/a.txt", "A")
    room.run("move_files", moves=[{"from": "a.txt", "to": "b.txt"}])
    assert sorted(room.tree()) == ["Deep/down/b.txt"]
    room.run("move_files", moves=[{"from": str(room.files / "Deep/down/b.txt"), "to": "Deep/c.txt"}])
    assert sorted(room.tree()) == ["Deep/down/b.txt"]  # the index does not have it yet
    room.library.texts[str(room.files / "Deep/down/b.txt")] = "A"
    room.run("move_files", moves=[{"from": "b.txt", "to": "Deep/c.txt"}])
    assert sorted(room.tree()) == ["Deep/c.txt"]


def test_swap_and_two_of_one_name_are_refused_whole(room: ActingRoom) -> None:
    room.write("a.txt", "A")
    room.write("b.txt", "B")
    for moves in (
        [("a.txt", "b.txt"), ("b.txt", "a.txt")],
        [("a.txt", "c.txt"), ("b.txt", "c.txt")],
        [("a.txt", "c.txt"), ("a.txt", "d.txt")],
        [("a.txt", "a.txt")],
    ):
        step = room.run("move_files", moves=[{"from": one, "to": other} for one, other in moves])
        assert step.state == "failed", moves
    assert room.person.asked == [] and room.tree() == {"a.txt": b"A", "b.txt": b"B"}


def test_ten_thousand_files_are_too_many(room: ActingRoom) -> None:
    step = room.run("trash_files", paths=[f"{n}.txt" for n in range(10_000)])
    assert step.state == "failed" and "not valid" in step.result


def test_what_is_wanted_out_of_bounds_is_recorded_though_it_never_was_a_plan(room: ActingRoom, tmp_path: Path) -> None:
    for name, arguments in (
        ("create_file", {"path": "/etc/x.txt", "text": "x"}),
        ("create_file", {"path": str(room.home / "policy.toml"), "text": "x"}),
        ("create_file", {"path": ".bashrc", "text": "x"}),
        ("edit_file", {"path": "/etc/passwd", "new": "x"}),
        ("trash_files", {"paths": [str(tmp_path / "letter.txt")]}),
    ):
        assert room.run(name, **arguments).state == "failed"
    assert room.events() == ["refused"] * 5
    (first, *_) = room.store.actions.audit(9).entries
    assert "/etc/x.txt" in first.body["wanted"] and first.body["reason"] == "out of bounds"
    assert room.run("edit_file", path="nothing.txt", new="x").state == "failed"
    assert len(room.events()) == 5


def test_file_whose_name_is_no_text_is_left_alone(room: ActingRoom) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    path = room.files / name
    path.write_text("A")
    room.library.texts[str(path)] = "A"
    for tool, arguments in (
        ("arrange_files", {"folder": str(room.files), "pattern": "{n} {name}"}),
        ("move_files", {"moves": [{"from": "*", "to": "b.txt"}]}),
    ):
        assert room.run(tool, **arguments).state == "failed"
    assert path.read_text() == "A" and room.person.asked == []
