from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from app.base.errors import Problem
from app.base.ratings import Rating
from app.base.values import Attachment, ConversationId, Reused
from app.store import backups
from app.store.migrations import Script, scripts
from app.store.user import SCRIPTS, UserStore

DAY_MS = 24 * 3600 * 1000
NOON = 1_790_000_000_000
FIXTURES = Path(__file__).parents[2] / "fixtures" / "user_db"
NEWEST = scripts(SCRIPTS)[-1].version
ADDS_TABLE = Script(NEWEST + 1, "CREATE TABLE later (x INTEGER) STRICT;")
FAILS = Script(NEWEST + 2, "CREATE TABLE even_later (x INTEGER) STRICT;\nINSERT INTO missing VALUES (1);")


class Clock:
    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> int:
        return self.at


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "user.db"


def bytes_beside(path: Path) -> dict[str, bytes]:
    """The database, its journal and its backups, byte for byte.

    Reading alone makes an empty -wal and SQLite's scratch memory, -shm.
    """
    files = {file.name: file.read_bytes() for file in path.parent.iterdir() if not file.name.endswith("-shm")}
    return {name: data for name, data in files.items() if data or not name.endswith("-wal")}


def asked(store: UserStore, question: str) -> None:
    answer = store.turns.begin(question)
    store.turns.save(msgspec.structs.replace(answer, state="done", text="An answer."))


def filled(path: Path, questions: int = 40) -> None:
    store = UserStore.open(path)
    for number in range(questions):
        asked(store, f"Question {number} " + "x" * 300)
    store.close()


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for page in range(4096, len(data), 4096):
        data[page : page + 64] = b"\xff" * 64
    path.write_bytes(data)


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def test_first_release_file_opens_with_everything_in_it(path: Path) -> None:
    shutil.copy(FIXTURES / "0001.db", path)
    store = UserStore.open(path, now=Clock())
    titles = [head.title for head in store.conversations.list()]
    messages = store.turns.messages(store.conversations.list()[-1].id)
    assert titles == ["Wer hat den Vertrag unterschrieben?", "When does the lease of the Harbour Street office end?"]
    assert [message.role for message in messages] == ["user", "assistant", "user", "assistant"]
    answer = messages[1].answer
    assert answer is not None
    assert (answer.mode, answer.state, answer.model) == ("chat", "done", "Small 1B")
    assert answer.citations[0].quote == "The lease ends on 30 June 2027."
    assert answer.citations[0].place.label == "page 4"
    assert answer.coverage.files[0].share == 0.25
    assert messages[0].attachments == ("/home/anna/lease.pdf",)
    assert store.turns.trace(answer.turn).budget == {"context": 4096}
    assert [left.text for left in store.turns.unfinished()] == ["Der Vertrag wurde von"]
    assert [head.id for head in store.conversations.list("harbour 2027")] == [1]
    assert answer.steps == ()
    assert store.turns.sent(store.conversations.list()[-1].id) == {}
    assert store.conversations.consents(ConversationId(1)) == []
    store.close()


def test_second_release_file_opens_with_its_steps_and_consents(path: Path) -> None:
    shutil.copy(FIXTURES / "0002.db", path)
    store = UserStore.open(path, now=Clock())
    (head,) = store.conversations.list("deposit")
    answer = store.turns.messages(head.id)[1].answer
    assert answer is not None
    (step,) = answer.steps
    assert (step.name, step.arguments, step.state, step.passages) == ("search_files", {"query": "deposit"}, "done", 1)
    assert step.result.startswith('<passage n="1" file="lease.pdf"')
    assert answer.citations[0].quote == "The deposit is two rents."
    (sent,) = store.turns.sent(head.id).values()
    assert [message["role"] for message in msgspec.json.decode(sent)["messages"]] == [
        "user", "assistant", "tool", "assistant",
    ]  # fmt: skip
    assert store.conversations.consents(head.id) == ["models.example"]
    store.close()


def test_attachments_of_the_first_release_are_the_files_at_their_paths(path: Path) -> None:
    shutil.copy(FIXTURES / "0001.db", path)
    store = UserStore.open(path, now=Clock())
    conversation = store.conversations.list()[-1].id
    assert store.turns.attachments(conversation) == [
        Attachment(path="/home/anna/lease.pdf", real="/home/anna/lease.pdf", identity="")
    ]
    store.close()


def test_third_release_file_opens_with_what_its_attachments_were(path: Path) -> None:
    shutil.copy(FIXTURES / "0003.db", path)
    store = UserStore.open(path, now=Clock())
    (head,) = store.conversations.list("deposit")
    assert store.turns.attachments(head.id) == [
        Attachment(path="/home/anna/lease.pdf", real="/data/anna/lease.pdf", identity="65024:1234")
    ]
    store.close()


def test_fourth_release_file_opens_with_what_was_searched(path: Path) -> None:
    shutil.copy(FIXTURES / "0004.db", path)
    store = UserStore.open(path, now=Clock())
    (head,) = store.conversations.list("notice")
    answer = store.turns.messages(head.id)[1].answer
    assert answer is not None
    assert (answer.query, answer.without) == ("notice period Harbour Street", ("after:2024-03-01",))
    assert [one.key for one in answer.filters] == ["type:pdf"]
    assert [one.caption for one in answer.citations] == ["Lease › Notice"]
    store.close()


def test_fifth_release_file_opens_with_what_the_person_thought(path: Path) -> None:
    shutil.copy(FIXTURES / "0005.db", path)
    store = UserStore.open(path, now=Clock())
    (turn,) = store.ratings.rated()
    assert store.turns.question(turn)[0] == "and the notice period?"
    assert store.turns.answer(turn).rating == Rating(thumb="down", note="That is the old lease.", at=1_790_000_000_000)
    store.close()


def test_sixth_release_file_opens_with_what_its_answers_claim(path: Path) -> None:
    shutil.copy(FIXTURES / "0006.db", path)
    store = UserStore.open(path, now=Clock())
    (head,) = store.conversations.list("lease")
    answer = store.turns.messages(head.id)[1].answer
    assert answer is not None
    assert [(claim.text, claim.verdict, claim.citations, claim.missing) for claim in answer.claims] == [
        ("It ends in June.", "supported", (1,), ()),
        ("Dogs are welcome.", "not_found", (), ("welcome",)),
    ]
    store.close()


def test_seventh_release_file_opens_with_what_a_model_made_up(path: Path) -> None:
    shutil.copy(FIXTURES / "0007.db", path)
    store = UserStore.open(path, now=Clock())
    (head,) = store.conversations.list("lease")
    answers = [message.answer for message in store.turns.messages(head.id) if message.answer is not None]
    assert [(answer.unfounded, answer.rung) for answer in answers] == [("", ""), ("Dogs are welcome.", "plain")]
    assert [claim.verdict for claim in answers[1].claims] == ["not_found"]
    store.close()


def test_eighth_release_file_opens_with_what_was_asked_before(path: Path) -> None:
    shutil.copy(FIXTURES / "0008.db", path)
    store = UserStore.open(path, now=Clock())
    found = [store.turns.messages(head.id)[1].answer for head in store.conversations.list("tenancy")]
    again, first = [answer for answer in found if answer is not None]
    assert again.reused == Reused(turn=first.turn, at=1_790_000_000_000)
    assert store.asked_before.find("when does the tenancy end", [], again.turn, 5) == [(first.turn, 1_790_000_000_000)]
    store.close()


def test_ninth_release_file_opens_with_what_the_person_has_told(path: Path) -> None:
    shutil.copy(FIXTURES / "0009.db", path)
    store = UserStore.open(path, now=Clock())
    (head,) = store.conversations.list("live")
    proposed, kept = store.memories.search()
    assert [(one.text, one.origin, one.kept) for one in (kept, proposed)] == [
        ("I live in Zürich.", "person", True),
        ("The person pays 900 euros of rent.", "assistant", False),
    ]
    answer = store.turns.messages(head.id)[1].answer
    assert answer is not None
    assert (answer.memories, proposed.turn) == ((kept.id,), answer.turn)
    store.close()


def test_tenth_release_file_opens_with_what_was_done_to_files(path: Path) -> None:
    shutil.copy(FIXTURES / "0010.db", path)
    store = UserStore.open(path)
    (action,) = store.actions.newest(5)
    assert (action.title, action.effects[0].state) == ("Rename a.txt", "done")
    assert action.effects[0].change.target == "/home/ann/Notes/b.txt"
    (head,) = store.conversations.list()
    answer = store.turns.messages(head.id)[1].answer
    assert answer is not None and answer.actions == (action.id,)
    assert [entry.event for entry in store.actions.audit(9).entries] == ["approved", "intent", "outcome"]
    store.close()


def test_store_in_memory_leaves_nothing_and_counts_from_where_it_is_told(tmp_path: Path) -> None:
    before = set(Path.cwd().iterdir())
    store = UserStore.transient(1 << 40, now=Clock())
    answer = store.turns.begin("When?")
    store.turns.save(msgspec.structs.replace(answer, state="done", text="In May."))
    assert (answer.conversation, answer.turn) == (1 << 40, 1 << 40)
    assert [message.text for message in store.turns.messages(answer.conversation)] == ["When?", "In May."]
    store.close()
    assert set(Path.cwd().iterdir()) == before


def test_every_schema_version_has_its_fixture() -> None:
    assert sorted(path.name for path in FIXTURES.glob("*.db")) == [f"{s.version:04}.db" for s in scripts(SCRIPTS)]


def test_migration_backs_up_first_and_runs_in_order(path: Path) -> None:
    filled(path)
    store = UserStore.open(path, now=Clock(), steps=[*scripts(SCRIPTS), ADDS_TABLE])
    assert len(store.conversations.list()) == 40
    store.close()
    assert version(path) == NEWEST + 1
    (backup,) = backups.existing(path)
    assert (backup.version, backup.taken_at) == (NEWEST, NOON)
    assert version(backup.path) == NEWEST
    assert backup.path.stat().st_mode & 0o777 == 0o600


def test_failed_migration_changes_nothing(path: Path) -> None:
    filled(path)
    with pytest.raises(sqlite3.OperationalError):
        UserStore.open(path, steps=[*scripts(SCRIPTS), ADDS_TABLE, FAILS])
    assert version(path) == NEWEST
    with closing(sqlite3.connect(path)) as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
    assert names.isdisjoint({"later", "even_later"})
    store = UserStore.open(path)
    assert len(store.conversations.list()) == 40
    store.close()


def test_migration_without_room_for_its_backup_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(path)

    def full(*_: object) -> backups.Backup:
        raise Problem("store.full", "The disk is full.")

    monkeypatch.setattr(backups, "take", full)
    with pytest.raises(Problem) as caught:
        UserStore.open(path, steps=[*scripts(SCRIPTS), ADDS_TABLE])
    assert caught.value.code == "store.full"
    assert version(path) == NEWEST


def refusal(path: Path) -> Problem:
    """Why the file is not opened; no byte of it or beside it was changed."""
    before = bytes_beside(path)
    with pytest.raises(Problem) as caught:
        UserStore.open(path)
    assert bytes_beside(path) == before
    return caught.value


def test_newer_file_is_refused_and_untouched(path: Path) -> None:
    filled(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    problem = refusal(path)
    assert problem.code == "store.newer"
    assert "99" in problem.title


def test_file_of_another_program_is_refused_and_untouched(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    problem = refusal(path)
    assert problem.code == "store.stranger"


def test_damaged_file_is_refused_untouched_and_its_good_backup_offered(path: Path) -> None:
    filled(path)
    clock = Clock()
    store = UserStore.open(path, now=clock)
    assert store.back_up()
    good = backups.existing(path)[0].path
    clock.at += 2 * DAY_MS
    asked(store, "One more")
    store.close()
    worse = good.with_name(good.name.replace("2026", "2029"))
    worse.write_bytes(b"not a backup")
    damage(path)
    problem = refusal(path)
    assert problem.code == "store.damaged"
    assert str(path) in problem.title
    assert str(good) in problem.hint


def test_damaged_file_with_a_journal_keeps_both(path: Path) -> None:
    filled(path)
    store = UserStore.open(path)
    asked(store, "Not yet in the main file")
    killed = path.parent / "killed"
    killed.mkdir()
    for file in (path, path.with_name("user.db-wal")):
        shutil.copy(file, killed / file.name)
    store.close()
    left = killed / "user.db"
    damage(left)
    assert len(bytes_beside(left)["user.db-wal"]) > 0
    problem = refusal(left)
    assert problem.code == "store.damaged"


def test_file_cut_short_is_refused(path: Path) -> None:
    filled(path)
    path.write_bytes(path.read_bytes()[:20_000])
    problem = refusal(path)
    assert problem.code == "store.damaged"
    assert "no backup" in problem.hint


def test_following_the_hint_brings_the_backup_back(path: Path) -> None:
    filled(path)
    store = UserStore.open(path)
    assert store.back_up()
    store.close()
    damage(path)
    with pytest.raises(Problem):
        UserStore.open(path)
    aside = path.parent / "aside"
    aside.mkdir()
    for name in ("user.db", "user.db-wal", "user.db-shm"):
        if (path.parent / name).exists():
            (path.parent / name).rename(aside / name)
    shutil.copy(backups.existing(path)[0].path, path)
    store = UserStore.open(path)
    assert len(store.conversations.list()) == 40
    store.close()


def test_empty_file_left_by_a_crash_is_begun_anew(path: Path) -> None:
    path.touch()
    store = UserStore.open(path)
    asked(store, "Hello?")
    store.close()


def test_backup_is_taken_once_a_day_and_only_after_changes(path: Path) -> None:
    clock = Clock()
    clock.at = int(path.parent.stat().st_mtime_ns // 1_000_000)
    store = UserStore.open(path, now=clock)
    asked(store, "First")
    assert store.back_up()
    asked(store, "Second")
    assert not store.back_up(), "a day has not passed"
    clock.at += 10 * DAY_MS
    assert store.back_up()
    clock.at += 10 * DAY_MS
    assert not store.back_up(), "nothing has changed since"
    store.close()


def test_three_backups_are_kept_of_this_version_and_three_of_others(path: Path) -> None:
    filled(path, 2)
    for day in range(5):
        backups.take(path, 1, NOON + day * DAY_MS)
    for day in range(5):
        backups.take(path, 2, NOON + (10 + day) * DAY_MS)
    kept = [(b.version, (b.taken_at - NOON) // DAY_MS) for b in backups.existing(path)]
    assert kept == [(2, 14), (2, 13), (2, 12), (1, 4), (1, 3), (1, 2)]


def test_backup_holds_what_was_committed_while_the_file_is_open(path: Path) -> None:
    store = UserStore.open(path)
    asked(store, "Is this in the backup?")
    backup = backups.take(path, 1, NOON)
    store.close()
    copy = UserStore.open(backup.path)
    assert [head.title for head in copy.conversations.list()] == ["Is this in the backup?"]
    copy.close()


def test_failed_backup_is_logged_and_leaves_no_half(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = UserStore.open(path)
    monkeypatch.setattr(backups, "quick_check", lambda _: False)
    assert not store.back_up()
    assert "no backup of user.db: store.damaged" in caplog.text
    assert [file.name for file in path.parent.iterdir() if "backup" in file.name] == []
    store.close()


def test_deleted_conversation_is_purged_after_thirty_days(path: Path) -> None:
    clock = Clock()
    store = UserStore.open(path, now=clock)
    asked(store, "Forget this")
    store.conversations.delete(ConversationId(1))
    store.close()
    clock.at += 29 * DAY_MS
    store = UserStore.open(path, now=clock)
    assert store.conversations.restore(ConversationId(1)).title == "Forget this"
    store.conversations.delete(ConversationId(1))
    store.close()
    clock.at += 30 * DAY_MS
    store = UserStore.open(path, now=clock)
    with pytest.raises(Problem) as caught:
        store.conversations.restore(ConversationId(1))
    assert caught.value.code == "chats.unknown"
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        for table in ("conversations", "turns", "messages", "citations", "message_words", "title_words"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


def test_scripts_with_a_gap_are_our_bug(tmp_path: Path) -> None:
    (tmp_path / "0001_a.sql").write_text("")
    (tmp_path / "0003_b.sql").write_text("")
    with pytest.raises(ValueError, match="not numbered"):
        scripts(tmp_path)
