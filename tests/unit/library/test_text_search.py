"""Every place that holds a text is found, where it stands, over borders of chunks too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.base.values import Chunk, Document, Place
from app.language.text_match import PatternRefused, TextPattern
from app.library.text_search import EACH, TextHits, find_text
from app.store.file_list import meant
from app.store.index import IndexStore
from app.store.index_files import Stat
from app.store.scope import Scope


@pytest.fixture
def index(tmp_path: Path) -> Iterator[IndexStore]:
    """An index with one root, /r."""
    made = IndexStore(tmp_path / "index.db", chunker="1")
    made.set_roots(["/r"])
    yield made
    made.close()


def add(index: IndexStore, path: str, *texts: str, mtime: int = 1, size: int = 1, state: str = "ready") -> None:
    """A file of lines that was read, in these chunks."""
    stat = Stat(size, mtime * 10**9, 1, path)
    index.enqueue(index.roots()[0].id, [(path, stat)])
    file = index.by_path(path)
    assert file is not None
    chunks, start, line = [], 0, 1
    for text in texts:
        last = line + text.count("\n")
        place = Place(kind="line", first=line, last=last, label="", start=start, end=start + len(text))
        chunks.append(Chunk(text=text, place=place))
        start, line = start + len(text), last
    document = Document(state=state, kind="text", sha256="a", chunks=tuple(chunks))  # type: ignore[arg-type]
    assert index.settle(file.id, stat, document)


def grep(
    index: IndexStore, text: str, *paths: str, regular: bool = False, limit: int = 50, seconds: float = 9
) -> TextHits:
    return find_text(index, TextPattern(text, regular=regular), Scope(paths), limit, seconds)


def test_a_line_is_found_at_its_place(index: IndexStore) -> None:
    add(index, "/r/a.txt", "One\nTwo\n", "Three two\nFour\n")
    found = grep(index, "TWO")
    assert [(hit.text, hit.place.label, hit.place.start) for hit in found.hits] == [
        ("Two", "line 2", 4), ("Three two", "line 3", 8),
    ]  # fmt: skip
    assert (found.places, found.files, found.searched, found.unsearched) == (2, 1, 1, 0)


def test_what_a_border_of_chunks_divides_is_found(index: IndexStore) -> None:
    add(index, "/r/a.txt", "The number is AB-12", "34/5 and no other.\n")
    (hit,) = grep(index, "ab-1234/5").hits
    assert hit.text == "The number is AB-1234/5 and no other."


def test_newest_files_come_first_and_each_shows_some(index: IndexStore) -> None:
    add(index, "/r/old.txt", "x\n" * 20, mtime=1)
    add(index, "/r/new.txt", "x\n" * 20, mtime=2)
    found = grep(index, "x")
    assert [hit.path for hit in found.hits] == ["/r/new.txt"] * EACH + ["/r/old.txt"] * EACH
    assert (found.places, found.files) == (40, 2)
    assert len(grep(index, "x", limit=3).hits) == 3
    assert [hit.path for hit in grep(index, "x", "/r/old.txt").hits] == ["/r/old.txt"] * EACH


def test_only_what_was_read_is_looked_through(index: IndexStore) -> None:
    add(index, "/r/a.txt", "boat", state="partial")
    add(index, "/r/b.txt", state="locked")
    assert (grep(index, "boat").searched, grep(index, "boat").places) == (1, 1)
    assert grep(index, "ship").hits == ()


def test_without_time_it_is_said_how_much_was_not_looked_through(index: IndexStore) -> None:
    for n in range(5):
        add(index, f"/r/{n}.txt", "boat")
    found = grep(index, "boat", seconds=-1.0)
    assert (found.searched, found.unsearched) == (0, 5)


def test_a_line_without_end_is_cut_around_the_match(index: IndexStore) -> None:
    add(index, "/r/a.txt", "a" * 1000 + "needle" + "b" * 1000)
    (hit,) = grep(index, "needle").hits
    assert hit.text == "a" * 400 + "needle" + "b" * 400
    assert hit.place.start == 600


@pytest.mark.parametrize("text", ["ß", "Straße", "naïve", "日本", "🎉", "\u202e"])
def test_letters_of_any_script_are_found(index: IndexStore, text: str) -> None:
    add(index, "/r/a.txt", f"…… {text} ……\n")
    assert grep(index, text).hits[0].text == f"…… {text} ……"


def test_signs_are_letters_unless_it_is_a_regular_expression(index: IndexStore) -> None:
    add(index, "/r/a.txt", "a.b (1)\naxb\n")
    assert grep(index, "a.b (1)").places == 1
    assert grep(index, "^a.b", regular=True).places == 2
    assert grep(index, "^$|x*", regular=True).places == 1, "what matches nothing is no place"
    with pytest.raises(PatternRefused):
        grep(index, "(?<=a)b", regular=True)


def test_files_are_found_by_what_is_known_of_them_in_an_order(index: IndexStore) -> None:
    add(index, "/r/b report.pdf", "x", mtime=1, size=30)
    add(index, "/r/a report.pdf", "x", mtime=3, size=10)
    add(index, "/r/c.txt", state="locked", mtime=2, size=20)

    def names(order: str, *states: str, **scope: tuple[str, ...]) -> list[str]:
        wanted = states or ("ready", "locked")
        _, rows = meant(index, Scope(**scope), wanted, order, 9)  # type: ignore[arg-type]
        return [row.path.removeprefix("/r/")[0] for row in rows]

    assert names("newest") == ["a", "c", "b"]
    assert names("oldest") == ["b", "c", "a"]
    assert names("largest") == ["b", "c", "a"]
    assert names("name") == ["a", "b", "c"]
    assert names("name", "locked") == ["c"]
    assert names("name", names=("report",)) == ["a", "b"]
    assert meant(index, Scope(), ("ready", "locked"), "name", 1)[0] == 3
