"""Reading connections are few, whoever asks: lent, given back, closed."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.base.errors import Problem
from app.store.index import IndexStore
from app.store.reader_pool import ReaderPool
from app.store.sqlite import connect


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[list[sqlite3.Connection]]:
    """The connections that the pool under test has opened."""
    connections: list[sqlite3.Connection] = []
    yield connections
    for connection in connections:
        connection.close()


@pytest.fixture
def pool(tmp_path: Path, opened: list[sqlite3.Connection]) -> ReaderPool:
    connect(tmp_path / "a.db", durable=False).close()  # makes the file

    def opening() -> sqlite3.Connection:
        opened.append(connect(tmp_path / "a.db", durable=False))
        return opened[-1]

    return ReaderPool(opening, most=2)


def in_threads(count: int, work: Callable[[], object]) -> None:
    """Run `work` in so many threads at once; what one of them raises is raised."""
    with ThreadPoolExecutor(count) as threads:
        for running in [threads.submit(work) for _ in range(count)]:
            running.result(60)


def is_open(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("SELECT 1").fetchone()
    except sqlite3.ProgrammingError:
        return False
    return True


def test_a_thread_a_question_opens_no_more_than_the_pool_holds(tmp_path: Path) -> None:
    index = IndexStore(tmp_path / "index.db", chunker="1")
    for _ in range(40):
        in_threads(4, index.states)
    assert index._readers.count <= 4
    index.close()
    assert index._readers.count == 0


def test_questions_one_after_another_share_one_connection(pool: ReaderPool, opened: list[sqlite3.Connection]) -> None:
    for _ in range(20):
        with pool.lend() as connection:
            connection.execute("SELECT 1").fetchone()
    assert len(opened) == 1


def test_who_comes_when_all_are_lent_waits_for_one(pool: ReaderPool, opened: list[sqlite3.Connection]) -> None:
    served = threading.Event()

    def ask() -> None:
        with pool.lend():
            served.set()

    with pool.lend():
        with pool.lend():
            waiting = threading.Thread(target=ask)
            waiting.start()
            assert not served.wait(0.05)
        assert served.wait(30)
    waiting.join(30)
    assert len(opened) == 2


def test_many_at_once_stay_within_the_bound(pool: ReaderPool, opened: list[sqlite3.Connection]) -> None:
    def ask() -> None:
        for _ in range(50):
            with pool.lend() as connection:
                connection.execute("SELECT 1").fetchone()

    in_threads(12, ask)
    assert len(opened) <= 2
    assert pool.count == len(opened)


def test_a_connection_that_failed_is_closed_and_not_lent_again(
    pool: ReaderPool, opened: list[sqlite3.Connection]
) -> None:
    with pytest.raises(sqlite3.OperationalError), pool.lend() as connection:
        connection.execute("SELECT * FROM nowhere")
    assert pool.count == 0
    with pool.lend() as fresh:
        assert fresh is not opened[0]
    assert not is_open(opened[0])


def test_a_failure_that_is_not_the_connections_keeps_it(pool: ReaderPool, opened: list[sqlite3.Connection]) -> None:
    with pytest.raises(ValueError, match="ours"), pool.lend():
        raise ValueError("ours")
    with pool.lend() as again:
        assert again is opened[0]


def test_a_failure_to_open_leaves_room_for_the_next(tmp_path: Path) -> None:
    refusals = [Problem("store.unopenable", "No more open files.", ""), None, None]

    def opening() -> sqlite3.Connection:
        refusal = refusals.pop(0)
        if refusal is not None:
            raise refusal
        return connect(tmp_path / "a.db", durable=False)

    pool = ReaderPool(opening, most=1)
    with pytest.raises(Problem, match="No more open files"), pool.lend():
        pytest.fail("nothing was opened")
    with pool.lend() as connection:
        assert is_open(connection)
    pool.close()


def test_closing_ends_idle_ones_now_lent_ones_later_and_wakes_who_waits(
    pool: ReaderPool, opened: list[sqlite3.Connection]
) -> None:
    codes: list[str] = []

    def ask() -> None:
        try:
            with pool.lend():
                codes.append("lent")
        except Problem as problem:
            codes.append(problem.code)

    with pool.lend(), pool.lend():
        waiting = threading.Thread(target=ask)
        waiting.start()
        pool.close()
        waiting.join(30)
        assert codes == ["store.closed"]
        assert all(map(is_open, opened))
    assert not any(map(is_open, opened))
    assert pool.count == 0
