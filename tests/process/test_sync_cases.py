"""Editors, sync tools and file managers at work: the index agrees with the disk after each, by events alone.

The cases are those of the public list of saving, moving and deleting; one engine runs through all of them.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.base.paths import Home
from tests.support.live import Live, until

LEAVINGS = ("~", ".tmp", ".part", ".crdownload", ".swp", ".swx", "___jb_tmp___", "___jb_old___", "4913")


def on_disk(root: Path) -> dict[str, str]:
    """What the index should have: text by path, without hidden files, links and editors' leavings."""
    expected: dict[str, str] = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders if not f.startswith(".")]
        for name in names:
            path = Path(folder) / name
            if name.startswith((".", "~$")) or name.endswith(LEAVINGS) or path.is_symlink():
                continue
            if stat.S_ISREG(path.lstat().st_mode):
                expected[str(path)] = path.read_text(encoding="utf-8")
    return expected


class Watched:
    """A watched folder whose index is compared with the disk."""

    def __init__(self, live: Live, root: Path) -> None:
        self.live = live
        self.root = root

    def agrees(self) -> bool:
        """Whether paths and texts are those of the disk and nothing is pending."""
        expected = on_disk(self.root)
        rows = {path: row for path, row in self.live.rows().items() if path.startswith(f"{self.root}/")}
        if set(rows) != set(expected) or any(row.state in ("waiting", "reading") for row in rows.values()):
            return False
        return all(self.live.text(path).strip() == text.strip() for path, text in expected.items())


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """One engine that watches one folder for all cases."""
    base = tmp_path_factory.mktemp("sync")
    root = base / "root"
    root.mkdir()
    (root / "seed.txt").write_text("a seed that stays")
    live = Live(Home.find(str(base / "home")))
    live.watch(root)
    yield Watched(live, root)
    live.stop()


def gedit(f: Path) -> None:
    temporary = f.parent / ".gedit-save-AB12"
    temporary.write_text("saved by gedit")
    f.rename(f"{f}~")
    temporary.rename(f)


def macos(f: Path) -> None:
    backup = f.parent / f"{f.name}.sb-1a2b3c4d-Xy12Zz"
    f.rename(backup)
    f.write_text("saved by a mac")
    backup.unlink()


def office(f: Path) -> None:
    lock = f.parent / f"~${f.name}"
    lock.write_text("lock")
    temporary = f.parent / "AB12CD34.tmp"
    temporary.write_text("saved by an office program")
    other = f.parent / "EF56.tmp"
    f.rename(other)
    temporary.rename(f)
    other.unlink()
    lock.unlink()


def vim(f: Path) -> None:
    probe = f.parent / "4913"
    probe.write_text("")
    probe.unlink()
    (f.parent / f".{f.name}.swp").write_text("swap")
    f.rename(f"{f}~")
    f.write_text("saved by vim")
    Path(f"{f}~").unlink()


def emacs(f: Path) -> None:
    (f.parent / f".#{f.name}").symlink_to("nobody@nowhere.1")
    f.write_text("saved by emacs")
    (f.parent / f".#{f.name}").unlink()


def jetbrains(f: Path) -> None:
    temporary = Path(f"{f}___jb_tmp___")
    temporary.write_text("saved by an IDE")
    old = Path(f"{f}___jb_old___")
    f.rename(old)
    temporary.rename(f)
    old.unlink()


def rsync(f: Path) -> None:
    temporary = f.parent / f".{f.name}.Ab12Cd"
    temporary.write_text("brought by rsync")
    temporary.replace(f)


def download(f: Path) -> None:
    part = f.parent / "report.txt.part"
    part.write_text("half")
    part.write_text("downloaded whole")
    part.rename(f.parent / "report.txt")


def truncate_and_write(f: Path) -> None:
    with f.open("w") as stream:
        stream.flush()
        os.fsync(stream.fileno())
        stream.write("written after truncation")


def append(f: Path) -> None:
    for n in range(20):
        with f.open("a") as stream:
            stream.write(f"\nline {n}")


def replace_by_rename(f: Path) -> None:
    other = f.parent / "other.txt"
    other.write_text("took its place")
    other.replace(f)


def rename(f: Path) -> None:
    f.rename(f.parent / "renamed.txt")


def rename_back_and_forth(f: Path) -> None:
    there = f.parent / "there.txt"
    f.rename(there)
    there.rename(f)


def create_and_delete(f: Path) -> None:
    gone = f.parent / "gone.txt"
    gone.write_text("x")
    gone.unlink()


def delete_and_create(f: Path) -> None:
    f.unlink()
    f.write_text("anew")


def move_and_delete(f: Path) -> None:
    there = f.parent / "there.txt"
    f.rename(there)
    there.unlink()


def same_size_and_time(f: Path) -> None:
    status = f.stat()
    f.write_text("BEFORE")
    os.utime(f, ns=(status.st_atime_ns, status.st_mtime_ns))


def future_and_past(f: Path) -> None:
    f.write_text("from the future")
    os.utime(f, (4102444800, 4102444800))
    other = f.parent / "old.txt"
    other.write_text("from long ago")
    os.utime(other, (0, 0))


def hard_link(f: Path) -> None:
    os.link(f, f.parent / "linked.txt")


def deep_tree(f: Path) -> None:
    folder = f.parent
    for n in range(20):
        folder = folder / f"d{n}"
        folder.mkdir()
        (folder / "n.txt").write_text(f"depth {n}")


def move_folder(f: Path) -> None:
    inner = f.parent / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "x.txt").write_text("inside")
    (f.parent / "a").rename(f.parent / "moved")


def repeated_names(f: Path) -> None:
    inner = f.parent / "a" / "b" / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "x.txt").write_text("repeated")
    (f.parent / "a").rename(f.parent / "b")


def folder_to_file(f: Path) -> None:
    folder = f.parent / "thing"
    folder.mkdir()
    (folder / "x.txt").write_text("inside")
    shutil.rmtree(folder)
    folder.write_text("now a file")


def copy_and_remove_tree(f: Path) -> None:
    source = f.parent / "tree"
    source.mkdir()
    for n in range(50):
        (source / f"{n}.txt").write_text(f"leaf {n}")
    shutil.copytree(source, f.parent / "copy")
    shutil.rmtree(source)


def move_out_and_in(f: Path) -> None:
    outside = f.parents[2] / "outside.txt"
    f.rename(outside)
    outside.rename(f.parent / "came back.txt")


def strange_names(f: Path) -> None:
    for name in ("line\nbreak.txt", "emoji 🦉.txt", "e\u0301.txt", "é.txt", "CASE.txt", "case.txt", "a" * 251 + ".txt",
                 "quote'\" & %.txt", "-rf.txt", " lead.txt", "%s%n.txt", "..odd.txt"):  # fmt: skip
        if not name.startswith("."):
            (f.parent / name).write_text(f"named {name!r}")


def many(f: Path) -> None:
    for n in range(300):
        (f.parent / f"many {n}.txt").write_text(f"one of many, {n}")


def links(f: Path) -> None:
    (f.parent / "to file.txt").symlink_to(f)
    (f.parent / "to nowhere.txt").symlink_to("nowhere")
    (f.parent / "loop").symlink_to(f.parent)


def rename_and_rewrite(f: Path) -> None:
    status = f.stat()
    renamed = f.rename(f.with_name("renamed.txt"))
    with renamed.open("r+") as file:
        file.write("behind")
    os.utime(renamed, ns=(status.st_atime_ns, status.st_mtime_ns))


def delete_and_unpack(f: Path) -> None:
    status = f.stat()
    for n, text in enumerate(("behind", "beyond", "belong")):  # as an archive does whose files have one time
        f.unlink()
        f = f.with_name(f"unpacked {n}.txt")  # by chance with the inode that became free
        f.write_text(text)
        os.utime(f, ns=(status.st_atime_ns, status.st_mtime_ns))


CASES: list[Callable[[Path], None]] = [
    gedit, macos, office, vim, emacs, jetbrains, rsync, download, truncate_and_write, append, replace_by_rename, rename,
    rename_back_and_forth, create_and_delete, delete_and_create, move_and_delete, same_size_and_time, future_and_past,
    hard_link, deep_tree, move_folder, repeated_names, folder_to_file, copy_and_remove_tree, move_out_and_in,
    strange_names, many, links, rename_and_rewrite, delete_and_unpack,
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.__name__))
def test_index_agrees_with_the_disk(watched: Watched, case: Callable[[Path], None]) -> None:
    folder = watched.root / case.__name__
    folder.mkdir()
    file = folder / "file.txt"
    file.write_text("before")
    assert until(lambda: str(file) in watched.live.rows())
    case(file)
    assert until(watched.agrees, 20), "the index never came to agree with the disk"


def test_changes_made_while_the_engine_was_away_are_found_at_start(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    many(root / "file.txt")
    (root / "seed.txt").write_text("a seed that changes")
    live = Live(Home.find(str(tmp_path / "home")))
    live.watch(root)
    watched = Watched(live, root)
    before = live.status().embedded_total
    live.stop()
    (root / "seed.txt").write_text("changed while away")
    shutil.copy(root / "many 1.txt", root / "copy.txt")
    (root / "moved").mkdir()
    for n in range(100, 200):
        (root / f"many {n}.txt").rename(root / "moved" / f"many {n}.txt")
    (root / "many 5.txt").unlink()
    assert until(watched.agrees, 20)
    live.settle()
    assert live.status().embedded_total == before + 1, "copies and moves embed nothing again"
    live.stop()
