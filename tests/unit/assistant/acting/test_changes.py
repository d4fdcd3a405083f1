"""What an assistant may change: each tool does what its plan shows, and undo brings back what was there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.assistant.acting.kept_copies import KeptCopies
from app.base.actions import UNDO_DAYS, Rule
from app.base.errors import Problem
from tests.support.acting_room import ActingRoom

DAY_MS = 24 * 3600 * 1000


def test_new_file_is_shown_then_made_then_undone(room: ActingRoom) -> None:
    step = room.run("create_file", path="Notes/new.md", text="One\nTwo\n")
    assert step.state == "done", step.result
    (asked,) = room.person.asked
    assert [(change.kind, os.path.basename(change.path)) for change in asked.changes] == [
        ("folder", "Notes"), ("create", "new.md"),
    ]  # fmt: skip
    assert asked.changes[1].diff == "@@ -0,0 +1,2 @@\n+One\n+Two\n"
    assert room.tree() == {"Notes/new.md": b"One\nTwo\n"}
    assert step.result == "Made the folder Notes.\nCreated new.md."
    assert room.outcomes == ["Created new.md."]
    action = room.acting.carrying.undo(None)
    assert {effect.state for effect in action.effects} == {"undone"}
    assert list(room.files.iterdir()) == []
    assert room.events() == ["asked", "approved", *["intent", "outcome"] * 4]


@pytest.mark.parametrize(
    ("before", "arguments", "after"),
    [
        (b"Milk\nBread\n", {"old": "Bread", "new": "Rye bread"}, b"Milk\nRye bread\n"),
        (b"Milk\r\nBread\r\n", {"old": "Milk\nBread", "new": "Milk\nRye"}, b"Milk\r\nRye\r\n"),
        (b"Milk\r\nBread\nEggs", {"old": "Bread", "new": "Rye"}, b"Milk\r\nRye\nEggs"),
        (b"\xef\xbb\xbfMilk\n", {"old": "Milk", "new": "Tea"}, b"\xef\xbb\xbfTea\n"),
        (b"Milk", {"new": "Bread"}, b"Milk\nBread\n"),
        (b"Milk\n", {"new": "Bread\n"}, b"Milk\nBread\n"),
        (b"", {"new": "Bread"}, b"Bread\n"),
        ("Käse\u2028Öl\n".encode(), {"old": "Öl", "new": "Salz"}, "Käse\u2028Salz\n".encode()),
    ],
)  # fmt: skip
def test_edit_changes_what_it_says_and_nothing_else(
    room: ActingRoom, before: bytes, arguments: dict[str, str], after: bytes
) -> None:
    path = room.write("list.txt", data=before)
    path.chmod(0o640)
    step = room.run("edit_file", path="list.txt", **arguments)
    assert (step.state, path.read_bytes()) == ("done", after), step.result
    assert path.stat().st_mode & 0o777 == 0o640
    room.acting.carrying.undo(step.action)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("data", "arguments", "why"),
    [
        (b"a b a", {"old": "a", "new": "c"}, "2 times"),
        (b"abc", {"old": "x", "new": "c"}, "do not stand"),
        (b"abc", {"old": "abc", "new": "abc"}, "changes nothing"),
        (b"\xff\xfe", {"old": "abc", "new": "abd"}, "no plain text"),
        (b"a\0b", {"old": "a", "new": "c"}, "no plain text"),
        (b"x" * (3 << 20), {"old": "a", "new": "c"}, "larger than 2 MB"),
        (b"abc", {"old": "abc", "new": "a\0c"}, "NUL"),
        (b"abc", {"old": "abc", "new": "\ud800"}, "not valid"),
    ],
)
def test_edit_that_makes_no_sense_is_told_to_the_model(
    room: ActingRoom, data: bytes, arguments: dict[str, str], why: str
) -> None:
    path = room.write("list.txt", data=data)
    step = room.run("edit_file", path="list.txt", **arguments)
    assert step.state == "failed" and why in step.result
    assert path.read_bytes() == data
    assert room.person.asked == []


def test_moves_are_one_plan_of_which_lines_can_be_struck(room: ActingRoom) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        room.write(name, name)
    room.person.answer = lambda approval: (True, (3,))
    step = room.run(
        "move_files",
        moves=[{"from": "a.txt", "to": "A.txt"}, {"from": "b.txt", "to": "Old/"}, {"from": "c.txt", "to": "Old/d.txt"}],
    )
    (asked,) = room.person.asked
    kinds = [(change.kind, os.path.basename(change.target or change.path)) for change in asked.changes]
    assert kinds == [("folder", "Old"), ("move", "A.txt"), ("move", "b.txt"), ("move", "d.txt")]
    assert room.tree() == {"A.txt": b"a.txt", "Old/d.txt": b"c.txt", "b.txt": b"b.txt"}
    room.acting.carrying.undo(step.action)
    assert room.tree() == {"a.txt": b"a.txt", "b.txt": b"b.txt", "c.txt": b"c.txt"}
    assert not (room.files / "Old").exists()


def test_folder_that_only_struck_moves_need_is_not_made(room: ActingRoom) -> None:
    room.write("a.txt")
    room.write("b.txt")
    room.person.answer = lambda approval: (True, (2,))
    room.run("move_files", moves=[{"from": "a.txt", "to": "Old/"}, {"from": "b.txt", "to": "c.txt"}])
    assert sorted(path.name for path in room.files.iterdir()) == ["a.txt", "c.txt"]


def test_files_are_sorted_by_a_pattern(room: ActingRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    room.write("Scans/x1.pdf", "one")
    room.write("Scans/x2.pdf", "two")
    step = room.run("arrange_files", folder=str(room.files / "Scans"), pattern="Sorted/{n} {name}")
    assert step.state == "done", step.result
    assert sorted(room.tree()) == ["Scans/Sorted/1 x1.pdf", "Scans/Sorted/2 x2.pdf"]
    unknown = room.run("arrange_files", folder=str(room.files / "Scans"), pattern="{client}/{name}")
    assert "{name}, {year}" in unknown.result
    undated = room.run("arrange_files", folder=str(room.files / "Scans"), pattern="{year}/")
    assert "Nothing tells of what day" in undated.result


def test_trashed_file_lies_in_the_trash_and_comes_back(room: ActingRoom) -> None:
    path = room.write("old.txt", "Old")
    status = path.stat()
    step = room.run("trash_files", paths=["old.txt"])
    assert step.state == "done" and not path.exists()
    assert (room.trash / "Trash" / "files" / "old.txt").read_text() == "Old"
    room.acting.carrying.undo(None)
    assert path.read_text() == "Old" and path.stat().st_mtime_ns == status.st_mtime_ns
    assert list((room.home / "kept").iterdir()) == []


def test_no_leaves_everything_as_it_is_and_is_not_asked_again(room: ActingRoom) -> None:
    room.write("a.txt", "A")
    room.person.answer = lambda approval: (False, ())
    box = room.box()
    first = room.run("trash_files", box, paths=["a.txt"])
    assert first.state == "failed" and "did not allow" in first.result
    again = room.run("trash_files", box, paths=["a.txt"])
    assert "made before" in again.result and len(room.person.asked) == 1
    room.run("edit_file", box, path="a.txt", new="x")
    third = room.run("create_file", box, path="b.txt", text="x")
    assert len(room.person.asked) == 2 and third.state == "failed"
    assert room.tree() == {"a.txt": b"A"}
    assert room.events() == ["asked", "denied", "asked", "denied", "refused"]
    assert room.outcomes[0] == "Not done: Move a.txt to the trash; you did not allow it."


def test_nobody_to_ask_is_a_no(room: ActingRoom) -> None:
    room.asks = False
    room.write("a.txt")
    step = room.run("trash_files", paths=["a.txt"])
    assert step.state == "failed" and "Nobody can be asked" in step.result
    assert room.events() == ["refused"]


def test_file_that_changes_between_preview_and_consent_is_left(room: ActingRoom) -> None:
    path, other = room.write("a.txt", "A"), room.write("b.txt", "B")

    def meddle() -> None:
        path.write_text("Changed")

    room.person.before = meddle
    step = room.run("move_files", moves=[{"from": "a.txt", "to": "c.txt"}, {"from": "b.txt", "to": "d.txt"}])
    assert "has changed since this was shown" in step.result
    assert room.tree() == {"a.txt": b"Changed", "d.txt": b"B"}
    assert not other.exists()
    for name, arguments in (("edit_file", {"path": "a.txt", "new": "x"}), ("trash_files", {"paths": ["a.txt"]})):
        room.person.before = lambda: path.write_text(f"Again {os.urandom(4).hex()}")
        step = room.run(name, **arguments)
        assert step.state == "failed" and "has changed since" in step.result
        assert path.read_text().startswith("Again")


def test_name_that_is_taken_between_preview_and_consent_is_not_overwritten(room: ActingRoom) -> None:
    room.write("a.txt", "A")
    room.person.before = lambda: (room.files / "new.txt").write_text("Mine")
    for name, arguments in (
        ("create_file", {"path": "new.txt", "text": "x"}),
        ("move_files", {"moves": [{"from": "a.txt", "to": "new.txt"}]}),
    ):
        (room.files / "new.txt").unlink(missing_ok=True)
        step = room.run(name, **arguments)
        assert step.state == "failed", step.result
        assert room.tree() == {"a.txt": b"A", "new.txt": b"Mine"}


def test_link_that_is_put_in_the_way_between_preview_and_consent_leads_nowhere(
    room: ActingRoom, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    room.write("Sub/a.txt", "A")

    def meddle() -> None:
        (room.files / "Sub").rename(room.files / "Other")
        (room.files / "Sub").symlink_to(outside)

    room.person.before = meddle
    step = room.run("create_file", path=str(room.files / "Sub" / "x.txt"), text="x")
    assert step.state == "failed"
    assert list(outside.iterdir()) == []


def test_undo_is_refused_where_the_file_has_changed_since(room: ActingRoom) -> None:
    path = room.write("a.txt", "A\n")
    step = room.run("edit_file", path="a.txt", new="B")
    path.write_text("Mine")
    action = room.acting.carrying.undo(step.action)
    assert action.effects[0].state == "done" and "has changed since" in action.effects[0].reason
    assert path.read_text() == "Mine"


def test_copy_that_somebody_has_changed_is_not_brought_back(room: ActingRoom) -> None:
    path, other = room.write("a.txt", "A\n"), room.write("b.txt", "B\n")
    room.run("edit_file", path="a.txt", new="x")
    room.run("trash_files", paths=["b.txt"])
    for copy in (room.home / "kept").iterdir():
        copy.unlink()
        copy.write_text("evil")
    for _ in range(2):
        (action, *_) = [one for one in room.acting.carrying.newest(5) if not one.undoable and not one.effects[0].reason]
        assert "has been changed" in room.acting.carrying.undo(action.id).effects[0].reason
    assert path.read_text() == "A\nx\n" and not other.exists()


def test_name_that_looks_like_another_one_is_not_made(room: ActingRoom) -> None:
    room.write("caf\u00e9.txt", "One")
    room.write("a.txt", "A")
    for name, arguments in (
        ("create_file", {"path": "cafe\u0301.txt", "text": "x"}),
        ("move_files", {"moves": [{"from": "a.txt", "to": "cafe\u0301.txt"}]}),
    ):
        step = room.run(name, **arguments)
        assert step.state == "failed" and "looks like" in step.result
    assert room.run("move_files", moves=[{"from": "caf\u00e9.txt", "to": "cafe\u0301.txt"}]).state == "done"


def test_undo_of_a_plan_takes_back_what_it_can(room: ActingRoom) -> None:
    room.write("a.txt", "A")
    room.write("b.txt", "B")
    room.run("move_files", moves=[{"from": "a.txt", "to": "x.txt"}, {"from": "b.txt", "to": "y.txt"}])
    (room.files / "b.txt").write_text("New")
    action = room.acting.carrying.undo(None)
    assert [effect.state for effect in action.effects] == ["undone", "done"]
    assert room.tree() == {"a.txt": b"A", "b.txt": b"New", "y.txt": b"B"}


def test_undo_ends_after_thirty_days_and_the_copies_go(room: ActingRoom) -> None:
    room.write("a.txt", "A\n")
    step = room.run("edit_file", path="a.txt", new="B")
    assert len(list((room.home / "kept").iterdir())) == 1
    began = room.now()
    room.now = lambda: began - 400 * DAY_MS  # a clock that was set back keeps what can be undone
    room.acting.carrying.sweep()
    assert room.acting.carrying.newest(5)[0].undoable == ""
    assert len(list((room.home / "kept").iterdir())) == 1
    room.now = lambda: began + (UNDO_DAYS + 1) * DAY_MS
    room.acting.carrying.sweep()
    assert list((room.home / "kept").iterdir()) == []
    with pytest.raises(Problem) as raised:
        room.acting.carrying.undo(step.action)
    assert raised.value.code == "undo.too_old"
    with pytest.raises(Problem) as raised:
        room.acting.carrying.undo(None)
    assert raised.value.code == "undo.nothing"


def test_what_is_undone_cannot_be_undone_again(room: ActingRoom) -> None:
    step = room.run("create_file", path="a.txt", text="A")
    room.acting.carrying.undo(step.action)
    for ident in (step.action, None, 99):
        with pytest.raises(Problem):
            room.acting.carrying.undo(ident)


def test_stop_ends_a_plan_between_two_changes(room: ActingRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.base import changing

    for n in range(6):
        room.write(f"{n}.txt", str(n))
    real, made = changing.move, []

    def move(*arguments: str) -> None:
        real(*arguments)
        made.append(arguments)
        if len(made) == 2:
            room.stop.cancel()

    monkeypatch.setattr(changing, "move", move)
    room.run("move_files", moves=[{"from": f"{n}.txt", "to": f"New/{n}.txt"} for n in range(6)])
    (action,) = room.acting.carrying.newest(5)
    states = [effect.state for effect in action.effects]
    assert states == ["done", "done", "done", *["failed"] * 4]
    assert "you stopped it" in action.effects[-1].reason


def test_file_of_the_same_size_and_time_but_other_words_is_not_moved(room: ActingRoom) -> None:
    path = room.write("a.txt", "Yes")
    status = path.stat()

    def meddle() -> None:
        path.write_text("No!")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    room.person.before = meddle
    step = room.run("move_files", moves=[{"from": "a.txt", "to": "b.txt"}])
    assert step.state == "failed" and "has changed since" in step.result
    assert room.tree() == {"a.txt": b"No!"}


@pytest.mark.parametrize("mode", [0o666, 0o664, 0o755, 0o600])
def test_mode_attributes_and_names_survive(room: ActingRoom, mode: int, monkeypatch: pytest.MonkeyPatch) -> None:
    path = room.write("a.txt", "A\n")
    path.chmod(mode)
    marked = True
    try:
        os.setxattr(path, "user.tag", b"blue")
    except OSError:  # a file system without them
        marked = False
    step = room.run("edit_file", path="a.txt", new="B")
    assert path.stat().st_mode & 0o777 == mode
    assert not marked or os.getxattr(path, "user.tag") == b"blue"
    room.acting.carrying.undo(step.action)
    assert path.stat().st_mode & 0o777 == mode and path.read_text() == "A\n"
    monkeypatch.setattr(KeptCopies, "link", lambda *_: False)  # as where the home is on another disk
    room.run("trash_files", paths=["a.txt"])
    room.acting.carrying.undo(None)
    assert path.stat().st_mode & 0o777 == mode


def test_what_comes_back_is_no_other_name_of_what_lies_in_the_trash(room: ActingRoom) -> None:
    path = room.write("a.txt", "A")
    room.run("trash_files", paths=["a.txt"])
    room.acting.carrying.undo(None)
    trashed = room.trash / "Trash" / "files" / "a.txt"
    assert path.read_text() == trashed.read_text() == "A" and not path.samefile(trashed)


def test_file_with_several_names_is_not_changed(room: ActingRoom) -> None:
    path = room.write("a.txt", "A\n")
    os.link(path, room.files / "b.txt")
    step = room.run("edit_file", path="a.txt", new="B")
    assert step.state == "failed" and "hard links" in step.result


def test_files_that_may_not_be_looked_at_are_neither_arranged_nor_named(room: ActingRoom) -> None:
    room.write("In/a.txt", "A")
    room.write("In/Private/divorce.txt", "B")
    room.policy.set([Rule(decision="deny", folder=str(room.files / "In" / "Private"))])
    step = room.run("arrange_files", folder=str(room.files / "In"), pattern="Sorted/{n} {name}")
    assert step.state == "done" and "divorce" not in step.result
    assert sorted(room.tree()) == ["In/Private/divorce.txt", "In/Sorted/1 a.txt"]
