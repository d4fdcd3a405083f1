"""Stores whose disk, lock or file fails in the middle of work: what is said, what is kept, and that it goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.base.errors import Problem
from app.base.values import Answer, Chunk, Document, Place
from app.store.embeddings import EmbeddingStore
from app.store.index import IndexStore
from app.store.index_files import Stat
from app.store.sqlite import connect
from app.store.user import UserStore

STAT = Stat(10, 1, 1, "1:1")
LONG = "the boat is moored at pier seven " * 400


@pytest.fixture
def index(tmp_path: Path) -> Iterator[IndexStore]:
    store = IndexStore(tmp_path / "index.db", chunker="1")
    store.set_roots(["/r"])
    yield store
    store.close()


@pytest.fixture
def user(tmp_path: Path) -> Iterator[UserStore]:
    store = UserStore.open(tmp_path / "user.db")
    yield store
    store.close()


@contextmanager
def no_room(connection: sqlite3.Connection) -> Iterator[None]:
    """Within, the file cannot grow, as on a full disk."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    yield
    connection.execute("PRAGMA max_page_count = 1073741823")


@contextmanager
def held_by_another(path: Path) -> Iterator[None]:
    """Within, another program is writing into the file."""
    other = connect(path, durable=False)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(Problem) as caught:
        work()
    assert caught.value.title
    assert caught.value.hint
    return caught.value.code


def fill(index: IndexStore, path: str) -> None:
    index.enqueue(index.roots()[0].id, [(path, STAT)])
    file = index.by_path(path)
    assert file is not None
    place = Place(kind="whole", first=1, last=1, label="", start=0, end=len(LONG))
    assert index.settle(
        file.id, STAT, Document(state="ready", sha256="ab", chunks=(Chunk(text=LONG + path, place=place),))
    )


def begin(user: UserStore) -> Answer:
    return user.turns.begin("When does the lease renew? " + LONG[:15_000])


def test_a_full_disk_keeps_the_index_as_it_was(index: IndexStore) -> None:
    fill(index, "/r/a.txt")
    with no_room(index._writer):
        assert code_of(lambda: fill(index, "/r/b.txt")) == "store.full"
        assert index.document("/r/a.txt") is not None
    fill(index, "/r/b.txt")
    assert index.count_chunks() == 2


def test_a_full_disk_saves_no_half_question(user: UserStore) -> None:
    kept = begin(user)
    with no_room(user._database._connection):
        assert code_of(lambda: [begin(user) for _ in range(50)]) == "store.full"
        heads = user.conversations.list()
        assert all(head.messages == 2 for head in heads)
        assert kept.conversation in [head.id for head in heads]
    assert begin(user).turn > kept.turn


def test_a_full_disk_keeps_the_vectors_that_are_there(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path / "embeddings.db")
    store.keep("f", [(b"a", b"v" * 768)])
    with no_room(store._connection):
        many = [(f"{n}".encode(), b"v" * 768) for n in range(500)]
        assert code_of(lambda: store.keep("f", many)) == "store.full"
        assert (store.embedded_total(), list(store.find("f", [b"a", b"1"]))) == (1, [b"a"])
    store.keep("f", many)
    assert store.embedded_total() == 501
    store.close()


def test_a_lock_of_another_program_is_told_and_passes(
    index: IndexStore, user: UserStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(index, "/r/a.txt")
    for connection in (index._writer, user._database._connection):
        connection.execute("PRAGMA busy_timeout = 20")
    monkeypatch.setattr("app.store.sqlite.BUSY_S", 0.02)
    with held_by_another(tmp_path / "index.db"), held_by_another(tmp_path / "user.db"):
        assert code_of(lambda: fill(index, "/r/b.txt")) == "store.locked"
        assert code_of(lambda: begin(user)) == "store.locked"
        assert index.document("/r/a.txt") is not None
        assert user.conversations.list() == []
    fill(index, "/r/b.txt")
    assert begin(user).state == "streaming"


def test_a_file_that_is_damaged_while_it_is_read_is_told_and_its_reader_let_go(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    index = IndexStore(path, chunker="1")
    index.set_roots(["/r"])
    for n in range(40):
        fill(index, f"/r/{n}.txt")
    index.close()
    index = IndexStore(path, chunker="1")
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xa5" * (len(data) - 4096))
    assert code_of(lambda: [index.document(f"/r/{n}.txt") for n in range(40)]) == "store.damaged"
    assert index._readers.count == 0
    index.close()


def test_a_file_that_cannot_be_opened_for_one_more_reader_is_told_and_passes(
    index: IndexStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> sqlite3.Connection:
        raise OSError(24, "Too many open files")

    fill(index, "/r/a.txt")
    index._readers.close()  # so that the next question needs a new one
    fresh = IndexStore(index._path, chunker="1")
    with monkeypatch.context() as patched:
        patched.setattr("app.store.index_file.connect", refuse)
        assert code_of(lambda: fresh.document("/r/a.txt")) == "store.unopenable"
    assert fresh.document("/r/a.txt") is not None
    fresh.close()
