from __future__ import annotations

import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.base.errors import Problem
from app.store.sqlite import connect, convert, quick_check, transaction
from tests.support.small_disk import small_disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", megabytes=1) as folder:
        yield folder


def test_new_database_is_private_and_writes_ahead(tmp_path: Path) -> None:
    connection = connect(tmp_path / "new.db", durable=True)
    with transaction(connection):
        connection.execute("CREATE TABLE t (x INTEGER) STRICT")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    assert quick_check(connection)
    connection.close()


def test_derived_database_syncs_only_at_checkpoints(tmp_path: Path) -> None:
    connection = connect(tmp_path / "new.db", durable=False)
    assert connection.execute("PRAGMA synchronous").fetchone() == (1,)
    connection.close()


def test_file_that_others_could_read_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "open.db"
    connect(path, durable=True).close()
    path.chmod(0o644)
    connect(path, durable=True).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_name_with_odd_characters_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "a b?c#d%20 \n😀.db"
    connect(path, durable=True).close()
    assert path.exists()


def test_failed_block_leaves_nothing(tmp_path: Path) -> None:
    connection = connect(tmp_path / "a.db", durable=True)
    connection.execute("CREATE TABLE t (x INTEGER) STRICT")
    with pytest.raises(ValueError, match="no"), transaction(connection):
        connection.execute("INSERT INTO t VALUES (1)")
        raise ValueError("no")
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)
    assert not connection.in_transaction
    connection.close()


def test_text_file_is_reported_as_damaged_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_bytes(b"these are not pages\n" * 500)
    with pytest.raises(Problem) as caught:
        connect(path, durable=True)
    assert caught.value.code == "store.damaged"
    assert str(path) in caught.value.title
    assert path.read_bytes() == b"these are not pages\n" * 500


def test_damaged_page_fails_the_check(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = connect(path, durable=True)
    connection.execute("CREATE TABLE t (x TEXT) STRICT")
    with transaction(connection):
        connection.executemany("INSERT INTO t VALUES (?)", [("x" * 500,)] * 200)
    connection.close()
    data = bytearray(path.read_bytes())
    data[8192:8292] = bytes(100)
    path.write_bytes(data)
    connection = connect(path, durable=True)
    assert not quick_check(connection)
    connection.close()


def test_missing_folder_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        connect(tmp_path / "gone" / "a.db", durable=True)
    assert caught.value.code == "store.unopenable"


def test_missing_file_is_not_made_for_reading(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        connect(tmp_path / "a.db", durable=True, read_only=True)
    assert caught.value.code == "store.unopenable"
    assert not (tmp_path / "a.db").exists()


def test_reading_connection_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connect(path, durable=True).close()
    connection = connect(path, durable=True, read_only=True)
    with pytest.raises(Problem) as caught, convert(path):
        connection.execute("CREATE TABLE t (x INTEGER) STRICT")
    assert caught.value.code == "store.read_only"
    connection.close()


def test_lock_of_another_program_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.sqlite.BUSY_S", 0.05)
    path = tmp_path / "a.db"
    holder = connect(path, durable=True)
    holder.execute("BEGIN IMMEDIATE")
    other = connect(path, durable=True)
    with pytest.raises(Problem) as caught, convert(path), transaction(other):
        pytest.fail("both hold the lock")
    assert caught.value.code == "store.locked"
    holder.close()
    other.close()


def test_wrong_sql_stays_our_own_bug(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = connect(path, durable=True)
    with pytest.raises(sqlite3.OperationalError), convert(path):
        connection.execute("SELECT nonsense")
    with pytest.raises(sqlite3.IntegrityError), convert(path):
        connection.execute("CREATE TABLE t (x INTEGER NOT NULL) STRICT")
        connection.execute("INSERT INTO t VALUES (NULL)")
    connection.close()


def test_full_disk_keeps_what_was_saved(disk: Path) -> None:
    path = disk / "a.db"
    connection = connect(path, durable=True)
    connection.execute("CREATE TABLE t (x TEXT) STRICT")
    connection.execute("INSERT INTO t VALUES ('kept')")
    with pytest.raises(Problem) as caught, convert(path), transaction(connection):
        for _ in range(100):
            connection.execute("INSERT INTO t VALUES (?)", ("x" * 50_000,))
    assert caught.value.code == "store.full"
    assert connection.execute("SELECT x FROM t").fetchall() == [("kept",)]
    assert quick_check(connection)
    connection.close()


def test_read_only_disk_is_a_problem(disk: Path) -> None:
    connect(disk / "a.db", durable=True).close()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    for name in ("a.db", "new.db"):
        with pytest.raises(Problem) as caught:
            connect(disk / name, durable=True)
        assert caught.value.code == "store.read_only"
