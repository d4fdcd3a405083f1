"""How a cited file stands now: by its bytes, whatever the index has taken in of it."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from app.assistant.citations import check
from app.base.values import Chunk, ChunkId, Citation, Document, Place
from app.base.worker_calls import ReadDocument
from app.engine import documents
from app.engine.documents import Documents
from app.library.scan import stat_of
from app.store.file_standing import FileStanding, file_standing
from app.store.index import IndexStore

TEXT = "The rent is 900 euros."
NEW = "The rent is 1,400 euros from now on."
PLACE = Place(kind="line", first=1, last=1, label="line 1", start=0, end=len(TEXT))
LONG_AGO_S = time.time() - 3600


class Shelf:
    """A library of one index, of which every path is watched."""

    def __init__(self, index: IndexStore) -> None:
        self._index = index
        self.watched = True

    def standing(self, path: str) -> FileStanding | None:
        return file_standing(self._index, path)

    def document(self, path: str) -> Document | None:
        return self._index.document(path)

    def real(self, path: str) -> str | None:
        return path if self.watched else None


class Case:
    """A file that was read and cited."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "lease.txt"
        self.write(TEXT)
        self.index = IndexStore(folder / "index.db", chunker="1")
        self.index.set_roots([str(folder)])
        self.queue()
        self.settle(TEXT)
        self.shelf = Shelf(self.index)
        self.documents = Documents(cast("Any", self.shelf), cast("Any", None))

    def write(self, text: str, at_s: float = LONG_AGO_S) -> None:
        self.file.write_text(text)
        os.utime(self.file, (at_s, at_s))

    def queue(self) -> None:
        stat = stat_of(str(self.file))
        assert stat is not None
        self.index.enqueue(self.index.roots()[0].id, [(str(self.file), stat)])

    def settle(self, text: str) -> None:
        known = self.index.by_path(str(self.file))
        assert known is not None
        read = Document(
            state="ready", kind="text", sha256=sha256(text), chunks=(Chunk(text=text, place=PLACE),)
        )  # fmt: skip
        assert self.index.settle(known.id, known.stat, read)

    @property
    def verdict(self) -> str:
        cited = Citation(
            n=1, path=str(self.file), sha256=sha256(TEXT), place=PLACE, quote=TEXT, chunk_id=ChunkId(1)
        )  # fmt: skip
        return check(cited, self.documents.current).checked


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    case = Case(tmp_path)
    yield case
    case.index.close()


def test_a_file_that_is_as_it_was_read_is_exact(case: Case) -> None:
    assert case.verdict == "exact"


def test_a_change_that_the_index_has_not_taken_in_is_told(case: Case) -> None:
    case.write(NEW)
    assert case.verdict == "changed"


def test_a_change_that_waits_to_be_read_is_told(case: Case) -> None:
    case.write(NEW)
    case.queue()
    assert case.verdict == "changed"


def test_a_change_that_was_read_is_missing_what_it_no_longer_says(case: Case) -> None:
    case.write(NEW)
    case.queue()
    case.settle(NEW)
    assert case.verdict == "missing"


def test_a_change_of_the_same_size_and_time_is_seen(case: Case) -> None:
    case.write(TEXT.replace("900", "950"))
    assert case.verdict == "changed"


def test_a_file_that_was_only_touched_is_exact(case: Case) -> None:
    case.write(TEXT, LONG_AGO_S + 60)
    assert case.verdict == "exact"
    case.queue()
    assert case.verdict == "exact"


def test_a_file_that_came_back_as_it_was_is_exact(case: Case) -> None:
    case.write(NEW)
    assert case.verdict == "changed"
    case.write(TEXT)
    assert case.verdict == "exact"


def test_a_file_that_is_gone_is_missing(case: Case) -> None:
    case.file.unlink()
    assert case.verdict == "missing"


def test_an_attached_file_outside_is_judged_by_its_bytes(case: Case) -> None:
    case.shelf.watched = False
    case.index.set_roots([])
    assert case.verdict == "exact"
    case.write(NEW)
    assert case.verdict == "changed"


@pytest.mark.parametrize(("name", "most"), [("HASH_BYTES", 8), ("HASH_S", -1.0)])
def test_what_takes_too_long_to_tell_is_not_called_exact(
    case: Case, monkeypatch: pytest.MonkeyPatch, name: str, most: float
) -> None:
    case.write(NEW)
    monkeypatch.setattr(documents, name, most)
    assert case.verdict == "unchecked"


def test_a_file_that_does_not_change_is_hashed_once(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "RACY_MS", -3_600_000)
    case.write(NEW)
    assert case.verdict == "changed"

    def again(_path: str) -> str:
        raise AssertionError("it was hashed again")

    monkeypatch.setattr(documents, "_sha256", again)
    assert case.verdict == "changed"


def test_a_file_that_changed_as_it_was_read_is_hashed(case: Case) -> None:
    """Its time tells nothing: it may have changed again within one tick of the clock."""
    case.write(TEXT, time.time())
    case.queue()
    case.settle(NEW)
    found = file_standing(case.index, str(case.file))
    assert found is not None
    assert not found.settled
    assert case.verdict == "exact"


class Extractor:
    """A worker that reads every file as a text of so many characters, and counts."""

    def __init__(self, chars: int) -> None:
        self._chars = chars
        self.asked = 0

    def call(self, call: ReadDocument, **_: object) -> Document:
        self.asked += 1
        place = Place(kind="whole", first=1, last=1, label="", start=0, end=self._chars)
        return Document(state="ready", sha256=call.path, chunks=(Chunk(text="x" * self._chars, place=place),))


@pytest.mark.parametrize(("chars", "kept"), [(10, 16), (900, 4), (9000, 1)])
def test_documents_in_memory_are_bounded_in_number_and_length(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chars: int, kept: int
) -> None:
    monkeypatch.setattr(documents, "KEPT_CHARS", 4000)
    extractor = Extractor(chars)
    read = Documents(cast("Any", None), cast("Any", extractor))
    paths = [tmp_path / f"{n}.txt" for n in range(20)]
    for path in paths:
        path.write_text("x")
        read.read_one(str(path))
    for path in reversed(paths[-kept:]):
        read.read_one(str(path))
    assert extractor.asked == 20
    read.read_one(str(paths[-kept - 1]))
    assert extractor.asked == 21
