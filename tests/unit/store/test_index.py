"""The derived index: what it keeps, replaces, forgets, and how it begins anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.base.id_set import unpack_ids
from app.base.values import Chunk, Document, Place
from app.store.derived import mark_for_rebuild
from app.store.index import IndexStore, Known
from app.store.index_files import Stat
from app.store.lexical import (
    children,
    count_holding,
    count_waiting,
    ending,
    match_words,
    passages,
)
from app.store.query_words import query_words
from app.store.scope import Scope
from app.store.scope_ids import scope_ids
from app.store.texts import Texts

STAT = Stat(10, 1, 1, "1:1")


@pytest.mark.parametrize("mark", ["/", "\\"])
def test_a_folder_as_scope_holds_what_is_below_it_on_every_system(tmp_path: Path, mark: str) -> None:
    index = IndexStore(tmp_path / "index.db", chunker="1")
    base = "C:" if mark == "\\" else ""
    paths = [mark.join([base, *parts]) for parts in (("r", "a.txt"), ("r", "sub", "b.txt"), ("r-2", "c.txt"))]
    index.set_roots([mark.join([base, "r"])])
    for path in paths:
        add(index, path, "boat")
    folder = mark.join([base, "r"])
    for scope in (folder, folder + mark):
        assert sorted(found(index, "boat", scope)) == paths[:2]
    assert sorted(index.known(index.roots()[0].id, below=folder)) == paths[:2]
    assert [child.name for child in children(index, folder, 10)[0]] == ["sub", "a.txt"]
    assert ending(index, "sub/b.txt", 5) == [paths[1]]
    assert ending(index, "a.txt", 5) == [paths[0]]


def document(*texts: str, title: str = "") -> Document:
    """A ready document of one chunk a text."""
    chunks: list[Chunk] = []
    at = 0
    for n, text in enumerate(texts, 1):
        place = Place(kind="page", first=n, last=n, label=f"page {n}", start=at, end=at + len(text))
        chunks.append(Chunk(text=text, place=place))
        at += len(text)
    return Document(state="ready", title=title, sha256="ab", chunks=tuple(chunks))


@pytest.fixture
def index(tmp_path: Path) -> IndexStore:
    """An index with one root, /r."""
    store = IndexStore(tmp_path / "index.db", chunker="1")
    store.set_roots(["/r"])
    return store


def add(index: IndexStore, path: str, *texts: str, stat: Stat = STAT) -> Known:
    """A file that was queued and read."""
    index.enqueue(index.roots()[0].id, [(path, stat)])
    file = index.by_path(path)
    assert file is not None
    assert index.settle(file.id, stat, document(*texts))
    return file


def found(index: IndexStore, query: str, *scope: str) -> list[str]:
    """Paths that the words of a query find."""
    matches = match_words(index, query_words(index, query), Scope(scope), 100)
    got = passages(index, [m.chunk_id for m in matches])
    return [got[m.chunk_id].path for m in matches]


def test_settled_file_is_found_by_its_words_and_its_name(index: IndexStore) -> None:
    add(index, "/r/lease contract.txt", "The rent is due in March.")
    assert found(index, "rents") == ["/r/lease contract.txt"]
    assert found(index, "contract") == ["/r/lease contract.txt"]


def test_settling_again_replaces_words_and_queues_old_texts_for_removal(index: IndexStore) -> None:
    file = add(index, "/r/a", "alpha", "shared")
    newer = Stat(11, 2, 2, "1:1")
    index.enqueue(index.roots()[0].id, [("/r/a", newer)])
    assert found(index, "alpha") == ["/r/a"], "searchable until it is read again"
    assert index.settle(file.id, newer, document("beta", "shared"))
    assert found(index, "alpha") == []
    assert found(index, "beta") == ["/r/a"]
    assert len(Texts(index).removals(10)) == 1


def test_text_shared_by_two_files_is_kept_until_both_are_gone(index: IndexStore) -> None:
    first = add(index, "/r/a", "the same")
    second = add(index, "/r/b", "the same")
    assert len(Texts(index).ids()) == 1
    index.forget([first.id])
    assert Texts(index).removals(10) == []
    index.forget([second.id])
    assert len(Texts(index).removals(10)) == 1
    assert not Texts(index).ids()


def test_text_ids_are_never_used_again(index: IndexStore) -> None:
    first = add(index, "/r/a", "one")
    before = Texts(index).ids()
    index.forget([first.id])
    add(index, "/r/b", "two")
    assert not before & Texts(index).ids()


def test_file_that_changed_while_it_was_read_is_not_settled(index: IndexStore) -> None:
    index.enqueue(index.roots()[0].id, [("/r/a", STAT)])
    file = index.by_path("/r/a")
    assert file is not None
    index.enqueue(index.roots()[0].id, [("/r/a", Stat(12, 3, 3, "1:1"))])
    assert not index.settle(file.id, STAT, document("old"))
    assert index.pending_files() == 1


def test_same_bytes_keep_the_state_of_the_last_reading(index: IndexStore) -> None:
    file = add(index, "/r/a", "x")
    later = Stat(10, 9, 9, "1:1")
    index.enqueue(index.roots()[0].id, [("/r/a", later)])
    assert index.settle_same(file.id, later)
    assert index.states() == {"ready": 1}


def test_moved_file_keeps_its_chunks_and_is_found_by_its_new_name(index: IndexStore) -> None:
    file = add(index, "/r/old.txt", "content")
    index.move([(file.id, "/r/fresh.txt", STAT)])
    assert found(index, "content") == ["/r/fresh.txt"]
    assert found(index, "fresh") == ["/r/fresh.txt"]
    assert found(index, "old") == []
    assert Texts(index).removals(10) == []


def test_moved_file_of_which_something_else_changed_too_is_looked_at_again(index: IndexStore) -> None:
    with_folder, alone = add(index, "/r/a/1.txt", "content"), add(index, "/r/2.txt", "more")
    index.move([(with_folder.id, "/r/b/1.txt", STAT)])
    assert index.pending_files() == 0
    renamed = Stat(STAT.size_bytes, STAT.mtime_ns, STAT.ctime_ns + 1, STAT.inode)
    index.move([(alone.id, "/r/3.txt", renamed)])
    assert [file.path for file in index.waiting(9, frozenset())] == ["/r/3.txt"]
    assert found(index, "more") == ["/r/3.txt"]
    assert index.settle_same(alone.id, renamed)
    assert index.states() == {"ready": 2}


def test_offline_root_keeps_what_was_read(index: IndexStore) -> None:
    add(index, "/r/a", "kept")
    index.enqueue(index.roots()[0].id, [("/r/b", STAT)])
    index.set_offline(index.roots()[0].id, True)
    assert index.states() == {"offline": 2}
    assert found(index, "kept") == ["/r/a"]
    index.set_offline(index.roots()[0].id, False)
    assert index.states() == {"ready": 1, "waiting": 1}


def test_scope_keeps_to_files_and_folders_but_not_to_names_that_begin_alike(index: IndexStore) -> None:
    for path in ("/r/a/x", "/r/ab/x", "/r/a.txt"):
        add(index, path, f"word {path}")
    assert found(index, "word", "/r/a") == ["/r/a/x"]
    assert sorted(found(index, "word", "/r/a", "/r/a.txt")) == ["/r/a.txt", "/r/a/x"]
    assert count_waiting(index, Scope(("/r/a",))) == 0


def test_ids_of_a_scope_are_its_chunks_and_their_texts_as_they_are_now(index: IndexStore) -> None:
    for path in ("/r/a/x", "/r/b/y", "/r/a/z"):
        add(index, path, f"word {path}", "shared")
    scope = Scope(("/r/a",))
    held = _held(index, scope)
    assert held == {(row[0], row[1]) for row in index.query(_CHUNKS_OF_A)}
    assert len(held) == 4
    assert _held(index, scope) == held
    add(index, "/r/a/late", "more")
    assert len(_held(index, scope)) == 5
    file = index.by_path("/r/a/x")
    assert file is not None
    index.forget([file.id])
    assert len(_held(index, scope)) == 3
    assert not scope_ids(index, Scope(("/r/nowhere",)))
    assert scope_ids(index, Scope()) is None


_CHUNKS_OF_A = "SELECT c.id, c.text_id FROM chunks AS c JOIN files AS f ON f.id = c.file_id WHERE f.path GLOB '/r/a/*'"


def _held(index: IndexStore, scope: Scope) -> set[tuple[int, int]]:
    """The chunks in scope, each with its text, which must be in scope, too."""
    ids = scope_ids(index, scope)
    assert ids is not None
    texts = unpack_ids(ids.texts)
    chunks = {row[0]: row[1] for row in index.query("SELECT id, text_id FROM chunks")}
    inside = {(chunk, chunks[chunk]) for chunk, held in enumerate(ids.chunks) if held}
    assert {text for text, held in enumerate(texts) if held} == {text for _, text in inside}
    return inside


def test_question_limited_to_half_of_a_library_looks_words_up_once(index: IndexStore) -> None:
    """FTS5 would else look them up once for each chunk in scope: minutes at 100,000."""
    for n in range(30):
        add(index, f"/r/{'ab'[n % 2]}/{n}", "word")
    assert len(found(index, "word", "/r/a")) == 15
    sql = "SELECT count(*) FROM words WHERE words MATCH 'word' AND in_scope(words.rowid)"
    with index.reading() as connection:
        connection.create_function("in_scope", 1, lambda _: True)
        (plan,) = connection.execute("EXPLAIN QUERY PLAN " + sql).fetchall()
    assert "VIRTUAL TABLE INDEX 0:M" in plan[3]
    assert "=" not in plan[3].split(":", 1)[1]


def test_removed_root_is_forgotten_with_its_files(index: IndexStore) -> None:
    add(index, "/r/a", "gone")
    index.set_roots(["/s"])
    assert found(index, "gone") == []
    assert [root.path for root in index.roots()] == ["/s"]
    assert len(Texts(index).removals(10)) == 1


def test_file_of_which_nothing_is_read_any_more_is_not_taken_for_the_one_that_was_read(index: IndexStore) -> None:
    file_id = add(index, "/r/a", "the text of it").id
    before = index.known(index.roots()[0].id)["/r/a"]
    assert before.sha256
    link = Stat(before.stat.size_bytes, before.stat.mtime_ns, before.stat.ctime_ns, "another")
    index.settle_unread(index.roots()[0].id, "/r/a", link, "unsupported", "A link.", "")
    now = index.known(index.roots()[0].id)["/r/a"]
    assert (now.id, now.sha256, now.state) == (file_id, "", "unsupported")


def test_joined_chunks_of_a_document_are_its_text(index: IndexStore) -> None:
    add(index, "/r/a", "one ", "two ", "three")
    got = index.document("/r/a")
    assert got is not None
    assert "".join(chunk.text for chunk in got.chunks) == "one two three"
    assert [c.place.start for c in got.chunks] == [0, 4, 8]


@pytest.mark.expects_warnings
def test_damaged_file_and_other_chunker_begin_anew(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    store = IndexStore(path, chunker="1")
    store.set_roots(["/r"])
    generation = store.generation
    store.close()
    again = IndexStore(path, chunker="1")
    assert again.generation == generation
    again.close()
    other = IndexStore(path, chunker="2")
    assert other.generation != generation
    assert other.roots() == []
    other.close()
    path.write_bytes(b"not a database" * 1000)
    fresh = IndexStore(path, chunker="2")
    assert fresh.states() == {}
    fresh.close()
    mark_for_rebuild(path)
    last = IndexStore(path, chunker="2")
    assert last.generation != fresh.generation
    last.close()


def test_index_file_is_private(index: IndexStore, tmp_path: Path) -> None:
    assert (tmp_path / "index.db").stat().st_mode & 0o777 == 0o600


def test_common_words_are_pruned_but_not_the_only_ones(index: IndexStore) -> None:
    for n in range(500):
        add(index, f"/r/{n}", f"common number{n}")
    assert [word.text for word in query_words(index, "common number7").looked_for] == ["number7"]
    assert [word.text for word in query_words(index, "common").looked_for] == ["common"]


def test_folder_is_listed_with_its_folders_first(index: IndexStore) -> None:
    for path in ("/r/b.txt", "/r/sub/one.txt", "/r/sub/deep/two.txt", "/r/Another/x", "/r2.txt"):
        add(index, path, f"Text of {path}.")
    index.settle_unread(index.roots()[0].id, "/r/sub/none.pdf", STAT, "locked", "It has a password.", "")
    index.settle_unread(index.roots()[0].id, "/r/a.pdf", STAT, "locked", "It has a password.", "")
    found, total = children(index, "/r", 10)
    assert [(one.name, one.folder, one.readable, one.reason) for one in found] == [
        ("Another", True, 1, ""),
        ("sub", True, 2, ""),
        ("a.pdf", False, 0, "It has a password."),
        ("b.txt", False, 1, ""),
    ]
    assert total == 4
    assert ([one.name for one in children(index, "/r/", 1)[0]], children(index, "/r/", 1)[1]) == (["Another"], 4)
    assert children(index, "/none", 10) == ([], 0)


def test_file_is_found_by_the_end_of_its_path(index: IndexStore) -> None:
    for path in ("/r/flat/lease.txt", "/r/car/lease.txt", "/r/release.txt", "/r/100%_lease.txt"):
        add(index, path, f"Text of {path}.")
    assert ending(index, "lease.txt", 10) == ["/r/car/lease.txt", "/r/flat/lease.txt"]
    assert ending(index, "flat/lease.txt", 10) == ["/r/flat/lease.txt"]
    assert ending(index, "lease.txt", 1) == ["/r/car/lease.txt"]
    assert ending(index, "%_lease.txt", 10) == []


def test_holders_are_counted_within_the_scope(index: IndexStore) -> None:
    for n in range(6):
        add(index, f"/r/{'a' if n < 4 else 'b'}/{n}", "one heron", "another heron", "a lynx")
    asked = query_words(index, "heron")
    assert count_holding(index, asked, Scope()) == 6
    assert count_holding(index, asked, Scope(("/r/b",))) == 2
    assert count_holding(index, asked, Scope(("/r/none",))) == 0
