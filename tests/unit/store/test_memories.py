"""What the person has told is kept, changed, found, and when it is forgotten, nowhere."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.base.errors import Problem
from app.base.memory import LONGEST, MOST
from app.store import backups, sqlite
from app.store import memories as memories_module
from app.store.user import UserStore
from tests.support.live import until

SECRET = "Quatermass lives at Harbour Street 7"


class Clock:
    at = 1_790_000_000_000

    def __call__(self) -> int:
        self.at += 1000
        return self.at


@pytest.fixture
def store(tmp_path: Path) -> Iterator[UserStore]:
    made = UserStore.open(tmp_path / "user.db", now=Clock())
    yield made
    made.close()


def texts(store: UserStore, query: str = "") -> list[str]:
    return [one.text for one in store.memories.search(query)]


def on_disk(folder: Path, text: str) -> list[str]:
    """The files that hold a text's bytes."""
    return sorted(path.name for path in folder.iterdir() if text.encode() in path.read_bytes())


def test_what_is_added_is_listed_newest_first_and_found_by_its_words(store: UserStore) -> None:
    assert (texts(store), store.memories.changed_at) == ([], 0)
    first = store.memories.add("  I live in Zürich\n")
    store.memories.add("My advisor is Greta")
    assert texts(store) == ["My advisor is Greta", "I live in Zürich"]
    assert texts(store, "ZÜRICH live") == ["I live in Zürich"]
    assert texts(store, "nothing") == []
    assert (first.origin, first.kept, first.turn) == ("person", True, None)
    assert store.memories.changed_at > first.at


def test_the_same_stays_one_and_counts_as_new(store: UserStore) -> None:
    first = store.memories.add("I live in Basel")
    store.memories.add("I work in Bern")
    again = store.memories.add("I live in Basel")
    assert (again.id, again.at > first.at) == (first.id, True)
    assert texts(store) == ["I live in Basel", "I work in Bern"]


def test_what_an_assistant_says_is_only_proposed_until_the_person_keeps_it(store: UserStore) -> None:
    proposed = store.memories.add("The person likes tea", origin="assistant")
    store.memories.add("I like coffee")
    assert texts(store) == ["The person likes tea", "I like coffee"]
    assert [one.text for one in store.memories.kept()] == ["I like coffee"]
    kept = store.memories.edit(proposed.id, proposed.text)
    assert (kept.kept, kept.origin) == (True, "assistant")
    store.memories.add("I like coffee", origin="assistant")
    assert len(store.memories.kept()) == 2, "what is kept is not proposed again"


def test_one_is_said_otherwise(store: UserStore, tmp_path: Path) -> None:
    one = store.memories.add(SECRET)
    store.back_up()
    store.memories.edit(one.id, "I have moved")
    assert texts(store) == ["I have moved"]
    assert on_disk(tmp_path, "Quatermass") == []
    other = store.memories.add("I work")
    with pytest.raises(Problem) as caught:
        store.memories.edit(other.id, "I have moved")
    assert caught.value.code == "memory.twice"


def test_forgotten_is_in_no_file_also_in_no_backup(store: UserStore, tmp_path: Path) -> None:
    one = store.memories.add(SECRET)
    other = store.memories.add("I work in Bern")
    store.turns.begin("When?")
    assert store.back_up()
    assert len(on_disk(tmp_path, "Quatermass")) >= 2
    assert [gone.text for gone in store.memories.forget([one.id])] == [SECRET]
    assert on_disk(tmp_path, "Quatermass") == []
    assert texts(store) == ["I work in Bern"]
    (backup,) = tmp_path.glob("user.db.backup-*Z")
    with closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("SELECT text FROM memories").fetchall() == [(other.text,)]
        assert copy.execute("SELECT count(*) FROM turns").fetchone() == (1,)
        assert copy.execute("PRAGMA quick_check").fetchone() == ("ok",)


def test_all_are_forgotten_at_once(store: UserStore) -> None:
    for n in range(5):
        store.memories.add(f"Thing {n}")
    assert len(store.memories.forget([])) == 5
    assert texts(store) == []
    assert store.memories.add("Thing 9").id == 6, "numbers are not used again"


def test_a_damaged_backup_that_may_hold_it_is_removed(store: UserStore, tmp_path: Path) -> None:
    one = store.memories.add(SECRET)
    store.back_up()
    (backup,) = tmp_path.glob("user.db.backup-*Z")
    backup.write_bytes(b"no database: " + SECRET.encode())
    store.memories.forget([one.id])
    assert on_disk(tmp_path, "Quatermass") == []


# ---- what comes in between -----------------------------------------------------------------------------------------


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for a file that another program holds."""
    monkeypatch.setattr(sqlite, "BUSY_S", 0.2)


@pytest.mark.usefixtures("impatient")
def test_backup_that_another_program_holds_is_told_and_cleared_the_next_time(tmp_path: Path) -> None:
    clock = Clock()
    with closing(UserStore.open(tmp_path / "user.db", now=clock)) as store:
        one = store.memories.add(SECRET)
        store.back_up()
        clock.at += 25 * 3600 * 1000
        other = store.memories.add("I work")
        store.back_up()
        newer, older = sorted(tmp_path.glob("user.db.backup-*Z"), reverse=True)
        with closing(sqlite3.connect(newer, isolation_level=None)) as holding:
            holding.execute("BEGIN EXCLUSIVE")
            with pytest.raises(Problem) as caught:
                store.memories.forget([one.id])
            assert (caught.value.code, newer.name in caught.value.title) == ("memory.left", True)
            assert "Quatermass" not in older.read_bytes().decode("latin-1"), "one does not keep another from it"
            assert texts(store) == ["I work"]
        assert on_disk(tmp_path, "Quatermass") == [newer.name]
        store.memories.forget([other.id])
        assert on_disk(tmp_path, "Quatermass") == []


@pytest.mark.usefixtures("impatient")
def test_reader_that_keeps_the_log_alive_is_told_and_the_log_is_cleared_the_next_time(tmp_path: Path) -> None:
    with closing(UserStore.open(tmp_path / "user.db", now=Clock())) as store:
        one = store.memories.add(SECRET)
        with closing(sqlite3.connect(f"file:{tmp_path}/user.db?mode=ro", uri=True, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM memories").fetchone()
            with pytest.raises(Problem) as caught:
                store.memories.forget([one.id])
            assert caught.value.code == "memory.left"
        store.finish_forgetting()
        assert on_disk(tmp_path, "Quatermass") == []


def test_engine_that_was_killed_before_it_was_done_does_it_when_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(UserStore.open(tmp_path / "user.db", now=Clock())) as store:
        one = store.memories.add(SECRET)
        store.back_up()
        with monkeypatch.context() as killed:
            killed.setattr(store.memories, "leave_no_trace", lambda: None)
            store.memories.forget([one.id])
    assert on_disk(tmp_path, "Quatermass")
    UserStore.open(tmp_path / "user.db", now=Clock()).close()
    assert on_disk(tmp_path, "Quatermass") == []


def test_backup_that_is_being_made_meanwhile_does_not_keep_it(
    store: UserStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied, go_on = threading.Event(), threading.Event()
    check = sqlite.quick_check

    def slow(connection: sqlite3.Connection) -> bool:
        copied.set()
        go_on.wait(20)
        return check(connection)

    one = store.memories.add(SECRET)
    monkeypatch.setattr(backups, "quick_check", slow)
    copying = threading.Thread(target=store.back_up)
    copying.start()
    assert copied.wait(20)
    forgetting = threading.Thread(target=lambda: store.memories.forget([one.id]))
    forgetting.start()
    assert until(lambda: texts(store) == [])
    go_on.set()
    copying.join(20)
    forgetting.join(20)
    assert list(tmp_path.glob("user.db.backup-*Z"))
    assert on_disk(tmp_path, "Quatermass") == []


def test_copy_that_was_never_finished_does_not_keep_it(store: UserStore, tmp_path: Path) -> None:
    one = store.memories.add(SECRET)
    (tmp_path / "user.db.backup.part").write_bytes(SECRET.encode())
    store.memories.forget([one.id])
    assert on_disk(tmp_path, "Quatermass") == []


def test_what_is_not_there_is_told_and_nothing_is_forgotten(store: UserStore) -> None:
    one = store.memories.add("I work")
    for wrong in (lambda: store.memories.forget([one.id, 99]), lambda: store.memories.edit(99, "x")):
        with pytest.raises(Problem) as caught:
            wrong()
        assert caught.value.code == "memory.unknown"
    assert texts(store) == ["I work"]


@pytest.mark.parametrize(("text", "code"), [(" \n\0", "memory.empty"), ("x" * (LONGEST + 1), "memory.too_long")])
def test_what_cannot_be_kept_is_told(store: UserStore, text: str, code: str) -> None:
    with pytest.raises(Problem) as caught:
        store.memories.add(text)
    assert (caught.value.code, bool(caught.value.hint)) == (code, True)


def test_there_is_a_most(store: UserStore, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST == 1000
    monkeypatch.setattr(memories_module, "MOST", 3)
    for n in range(3):
        store.memories.add(f"Thing {n}")
    store.memories.add("Thing 2")
    with pytest.raises(Problem) as caught:
        store.memories.add("Thing 3")
    assert caught.value.code == "memory.full"


def test_it_outlives_the_conversation_in_which_it_came_up(store: UserStore) -> None:
    answer = store.turns.begin("Remember that I work")
    store.memories.add("I work", turn=answer.turn)
    store.conversations.delete(answer.conversation)
    store.conversations.erase(answer.conversation)
    (one,) = store.memories.search()
    assert (one.text, one.turn) == ("I work", None)
