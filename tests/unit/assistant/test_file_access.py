from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from app.assistant.file_access import Reach
from app.assistant.tools.refusal import ToolFailed
from tests.support.scripted_model import Library, attached


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A person's folder, another beside it, and links between them."""
    for name in ("docs/flat/lease.txt", "docs/car/lease.txt", "docs/notes.txt", "secret/key.txt", "loose.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "docs" / "way_out").symlink_to(tmp_path / "secret")
    (tmp_path / "docs" / "key_link.txt").symlink_to(tmp_path / "secret" / "key.txt")
    (tmp_path / "shortcut").symlink_to(tmp_path / "docs")
    return tmp_path


def reach(home: Path, scope: Sequence[str] = (), attachments: Sequence[str] = ()) -> Reach:
    """Over an index that, against all rules, knows every file there is."""
    every = {str(path): "text" for path in home.rglob("*.txt")}
    every[str(home / "docs" / "way_out" / "key.txt")] = "text"
    library = Library(every, folder=str(home / "docs"))
    return Reach(library, [str(home / path) for path in scope], attached(*(str(home / path) for path in attachments)))


def test_beside_attached_files_nothing_may_be_looked_at_unless_a_folder_is_named(home: Path) -> None:
    alone = reach(home, attachments=["loose.txt"])
    assert alone.allows(str(home / "loose.txt"))
    assert not alone.allows(str(home / "docs/notes.txt"))
    assert alone.roots == []
    beside = reach(home, scope=["docs/flat"], attachments=["loose.txt"])
    assert beside.allows(str(home / "docs/flat/lease.txt"))
    assert not beside.allows(str(home / "docs/notes.txt"))


@pytest.mark.parametrize(
    "named", ["docs/notes.txt", "docs/flat/../notes.txt", "shortcut/notes.txt", "docs/flat/lease.txt"]
)
def test_file_in_a_watched_folder_may_be_read(home: Path, named: str) -> None:
    every = reach(home)
    assert every.allows(str(home / named))


@pytest.mark.parametrize(
    "named",
    ["secret/key.txt", "docs/../secret/key.txt", "docs/way_out/key.txt", "docs/key_link.txt", "loose.txt", "",
     "docs/none.txt", "docs/way_out", "..", "docs/notes.txt\0"],
)  # fmt: skip
def test_what_lies_outside_is_said_not_to_exist(home: Path, named: str) -> None:
    if named.endswith("\0"):
        assert reach(home).file(f"{home}/{named}", ()) == str(home / "docs/notes.txt")
        return
    path = str(home / named)
    missing = str(home / "docs" / "no such file.txt")
    with pytest.raises(ToolFailed) as outside:
        reach(home).file(path, ())
    with pytest.raises(ToolFailed) as nowhere:
        reach(home).file(missing, ())
    assert outside.value.text.replace(path, "X") == nowhere.value.text.replace(missing, "X")
    with pytest.raises(ToolFailed):
        reach(home).file(named or "..", [])


def test_relative_way_out_of_a_folder_is_no_way(home: Path) -> None:
    for named in ("../secret/key.txt", "flat/../../secret/key.txt", "way_out/key.txt", "~", "~/key.txt"):
        with pytest.raises(ToolFailed):
            reach(home).file(named, ())
        with pytest.raises(ToolFailed):
            reach(home).place(str(Path(named).parent) if named.endswith("txt") else named)


def test_scope_narrows_what_may_be_read(home: Path) -> None:
    narrowed = reach(home, scope=["docs/flat"])
    assert narrowed.allows(str(home / "docs/flat/lease.txt"))
    assert not narrowed.allows(str(home / "docs/notes.txt"))
    assert not narrowed.allows(str(home / "docs"))
    assert list(narrowed.roots) == [str(home / "docs/flat")]


def test_scope_does_not_widen_it(home: Path) -> None:
    outside = reach(home, scope=["secret"])
    assert not outside.allows(str(home / "secret/key.txt"))
    assert list(outside.roots) == []


def test_attached_file_may_be_read_and_its_neighbours_may_not(home: Path) -> None:
    attached = reach(home, attachments=["secret/key.txt"])
    assert attached.file("key.txt", ()) == str(home / "secret/key.txt")
    assert attached.allows(str(home / "docs/key_link.txt")), "it is the same file"
    assert not attached.allows(str(home / "secret"))


def test_file_is_known_by_its_name_or_the_end_of_its_path(home: Path) -> None:
    seen = [str(home / "docs/flat/lease.txt"), str(home / "docs/notes.txt"), str(home / "secret/key.txt")]
    assert reach(home).file("lease.txt", seen) == seen[0]
    assert reach(home).file("flat/lease.txt", seen) == seen[0]
    assert reach(home).file("car/lease.txt", seen) == str(home / "docs/car/lease.txt")
    with pytest.raises(ToolFailed):
        reach(home).file("key.txt", seen)


def test_name_of_several_files_is_asked_about(home: Path) -> None:
    seen = [str(home / "docs/flat/lease.txt"), str(home / "docs/car/lease.txt")]
    with pytest.raises(ToolFailed) as caught:
        reach(home).file("lease.txt", seen)
    assert all(path in caught.value.text for path in seen)


def test_folder_is_known_by_its_name_too(home: Path) -> None:
    assert reach(home).place("docs") == str(home / "docs")
    assert reach(home).place("flat") == str(home / "docs/flat")
    assert reach(home).place(str(home / "docs/car/")) == str(home / "docs/car")


def test_attachment_that_is_a_link_by_now_gives_no_way_to_what_it_leads_to(home: Path) -> None:
    attached = reach(home, attachments=["loose.txt"])
    (home / "loose.txt").unlink()
    (home / "loose.txt").symlink_to(home / "secret" / "key.txt")
    assert not attached.allows(str(home / "secret" / "key.txt"))
    with pytest.raises(ToolFailed):
        attached.file(str(home / "secret" / "key.txt"), ())
    assert attached.file("loose.txt", ()) == str(home / "loose.txt")  # reading it says why it is not read
    meant = attached.attached(str(home / "loose.txt"))
    assert meant is not None and meant.real == str(home / "loose.txt")
