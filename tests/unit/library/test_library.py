"""The library as the engine holds it: trying again, folders that overlap, what may be opened."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.base.errors import Problem
from app.base.paths import Home
from app.base.settings import SettingsFile
from app.library import scanner as scanner_module
from app.library.library import Library
from app.link.workers import Worker
from app.store.embeddings import EmbeddingStore
from app.store.index import IndexStore
from tests.support.index_room import document
from tests.support.live import until


class Readers(Worker):
    """A worker that reads every file as the same text, in this process."""

    def __init__(self) -> None:
        super().__init__("extract", [sys.executable, "-c", ""])
        self.reads = 0

    def call(self, *_: object, **__: object) -> object:  # type: ignore[override]  # for reading alone
        """The text."""
        self.reads += 1
        return document("old text")


@pytest.fixture
def made(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Library]]:
    """Makes a library that runs, without vectors."""
    monkeypatch.setattr(scanner_module, "ROOTS_S", 0.3)
    home.create()
    running: list[tuple[Library, IndexStore, EmbeddingStore]] = []

    def make(*folders: Path) -> Library:
        home.settings_toml.write_text(f"folders = {[str(folder) for folder in folders]!r}\n".replace("'", '"'))
        index = IndexStore(home.index_db, chunker="1")
        embeddings = EmbeddingStore(home.embeddings_db)
        library = Library(
            home, SettingsFile(home.settings_toml), index, embeddings, [Readers()],
            Worker("vectors", [sys.executable, "-c", ""]), on_change=lambda: None, on_damaged=lambda: None,
        )  # fmt: skip
        monkeypatch.setattr(library._pump, "start", lambda: None)  # nothing is embedded here
        library.start()
        running.append((library, index, embeddings))
        return library

    yield make
    for library, index, embeddings in running:
        library.stop()
        for thread in library._reader._threads:
            thread.join(10)
        index.close()
        embeddings.close()


def states(library: Library) -> dict[str, str]:
    """The files by name."""
    return {Path(row.path).name: row.state for row in library.files([], "", 0)}


def test_try_again_on_a_file_of_an_absent_drive_says_why_at_once(
    made: Callable[..., Library], root: Path, tmp_path: Path
) -> None:
    library = made(root)
    assert until(lambda: states(library) == {"a.txt": "ready"}, 30)
    root.rename(tmp_path / "away")
    for _ in range(2):  # before the index has noticed, and after
        with pytest.raises(Problem) as caught:
            library.retry([str(root / "a.txt")])
        assert caught.value.code == "file.offline"
        assert "not there" in caught.value.title and "kept" in caught.value.title
        assert "read by itself" in caught.value.hint
        assert until(lambda: states(library) == {"a.txt": "offline"}, 30)
        row = library.files([], "", 0)[0]
        assert "not there" in row.reason and "read by itself" in row.hint
    kept = library.document(str(root / "a.txt"))
    assert kept is not None and kept.chunks == document("old text").chunks
    (tmp_path / "away").rename(root)
    assert until(lambda: states(library) == {"a.txt": "ready"}, 30)
    assert library.retry([str(root / "a.txt")]) == 1


def test_try_again_on_files_of_two_drives_reads_those_that_are_there(
    made: Callable[..., Library], root: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.txt").write_text("old text")
    library = made(root, other)
    assert until(lambda: states(library) == {"a.txt": "ready", "b.txt": "ready"}, 30)
    other.rename(tmp_path / "away")
    assert library.retry([str(root / "a.txt"), str(other / "b.txt")]) == 1
    assert until(lambda: states(library) == {"a.txt": "ready", "b.txt": "offline"}, 30)
    assert library.retry([str(tmp_path / "never seen.txt")]) == 0


def test_try_again_on_what_is_no_plain_file_looks_at_its_folder_again(made: Callable[..., Library], root: Path) -> None:
    nameless = root / os.fsdecode(b"\xff.txt")
    nameless.write_text("old text")
    library = made(root)
    assert until(lambda: sorted(states(library).values()) == ["ready", "unreadable"], 30)
    shown = next(row.path for row in library.files(["unreadable"], "", 0))
    ticket = library._scanner._requested
    assert library.retry([shown]) == 1
    assert until(lambda: library._scanner.finished(ticket + 1) and not library._scanner.busy, 30)
    assert [row.path for row in library.files(["unreadable"], "", 0)] == [shown]  # still there, and still told
    nameless.rename(root / "named.txt")  # as the hint says
    assert until(lambda: states(library) == {"a.txt": "ready", "named.txt": "ready"}, 30)


def test_folders_that_overlap_or_repeat_in_the_settings_are_read_once(made: Callable[..., Library], root: Path) -> None:
    (root / "deep").mkdir()
    (root / "deep" / "b.txt").write_text("old text")
    library = made(root, root / "deep", root)
    assert until(lambda: states(library) == {"a.txt": "ready", "b.txt": "ready"}, 30)
    assert [folder.path for folder in library.folders()] == [str(root)]


def test_folder_above_a_watched_one_takes_its_place_and_keeps_it_searchable(
    made: Callable[..., Library], root: Path, tmp_path: Path
) -> None:
    library = made(root)
    assert until(lambda: states(library) == {"a.txt": "ready"}, 30)
    with pytest.raises(Problem, match="is inside"):
        (root / "deep").mkdir()
        library.add_folders([str(root / "deep")])
    folders = library.add_folders([str(tmp_path)])
    assert [folder.path for folder in folders] == [str(tmp_path)]
    assert until(lambda: states(library).get("a.txt") == "ready", 30)


def test_only_what_lies_in_a_folder_without_links_may_be_opened(
    made: Callable[..., Library], root: Path, tmp_path: Path
) -> None:
    library = made(root)
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    (root / "link.txt").symlink_to(secret)
    (tmp_path / "back").symlink_to(root)
    assert library.real(str(root / "a.txt")) == str(root / "a.txt")
    assert library.real(str(tmp_path / "back" / "a.txt")) == str(root / "a.txt")
    assert library.real(str(root / "link.txt")) is None
    assert library.real(str(root / ".." / "secret.txt")) is None
    assert library.real(str(root)) == str(root)
    assert not library.inside(str(root) + "2")
    assert library.real(f"{root}/nul\0") is None
