"""The list of files, a stretch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.store.file_list import stretch
from app.store.index import IndexStore
from app.store.index_files import Stat


@pytest.fixture
def index(tmp_path: Path) -> Iterator[IndexStore]:
    """An index of a hundred waiting files in two folders, whose names begin alike."""
    made = IndexStore(tmp_path / "index.db", chunker="1")
    made.set_roots(["/docs", "/docs2"])
    for root in made.roots():
        found = [(f"{root.path}/{n:03} Über.md", Stat(n, 1, 1, f"{root.id}-{n}")) for n in range(50)]
        made.enqueue(root.id, found)
    yield made
    made.close()


def paths(index: IndexStore, **wish: object) -> tuple[int, list[str]]:
    asked = {"states": (), "under": "", "words": "", "first": 0, "count": 100} | wish
    total, rows = stretch(index, **asked)  # type: ignore[arg-type]
    return total, [row.path for row in rows]


def test_a_stretch_is_given_with_how_many_there_are(index: IndexStore) -> None:
    total, found = paths(index, first=48, count=4)
    assert total == 100
    assert found == ["/docs/048 Über.md", "/docs/049 Über.md", "/docs2/000 Über.md", "/docs2/001 Über.md"]


def test_a_folder_is_not_taken_for_one_whose_name_begins_alike(index: IndexStore) -> None:
    assert paths(index, under="/docs", count=1) == (50, ["/docs/000 Über.md"])


def test_words_count_in_whatever_case_and_language(index: IndexStore) -> None:
    assert paths(index, words="ÜBER docs2 01", first=1, count=2) == (
        11, ["/docs2/010 Über.md", "/docs2/011 Über.md"],
    )  # fmt: skip
    assert paths(index, words="nowhere") == (0, [])


def test_states_narrow_the_list(index: IndexStore) -> None:
    assert paths(index, states=("waiting",), count=0)[0] == 100
    assert paths(index, states=("ready", "partial")) == (0, [])
