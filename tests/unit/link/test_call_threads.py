"""The threads in which calls are answered: many, bounded, gone when idle, and nobody's jailer."""

from __future__ import annotations

import threading

import pytest

import app.link.call_threads
from app.link.call_threads import CallThreads
from tests.support.live import until


def _alive() -> int:
    return sum(thread.name == "call" for thread in threading.enumerate())


def test_tasks_run_side_by_side_up_to_the_most_and_the_others_after_them() -> None:
    threads, go, running, done = CallThreads(3), threading.Event(), threading.Semaphore(0), threading.Semaphore(0)

    def task() -> None:
        running.release()
        go.wait(20)
        done.release()

    for _ in range(7):
        threads.submit(task)
    for _ in range(3):
        assert running.acquire(timeout=10)
    assert not running.acquire(timeout=0.2)
    go.set()
    for _ in range(7):
        assert done.acquire(timeout=10)
    assert threads.finish(10)


def test_threads_that_have_nothing_to_do_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.link.call_threads, "IDLE_S", 0.05)
    before, threads, done = _alive(), CallThreads(8), threading.Semaphore(0)
    for _ in range(50):
        threads.submit(done.release)
    for _ in range(50):
        assert done.acquire(timeout=10)
    assert until(lambda: _alive() == before)
    threads.submit(done.release)
    assert done.acquire(timeout=10)
    assert threads.finish(10)


def test_finishing_takes_nothing_more_and_says_whether_something_hangs() -> None:
    threads, go, begun = CallThreads(1), threading.Event(), threading.Event()
    queued, late = threading.Event(), threading.Event()

    def task() -> None:
        begun.set()
        go.wait(20)

    threads.submit(task)
    threads.submit(queued.set)
    assert begun.wait(10)
    assert not threads.finish(0.05)
    threads.submit(late.set)
    go.set()
    assert threads.finish(10)
    assert queued.is_set()
    assert not late.is_set()


def test_task_is_refused_where_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    threads, done = CallThreads(2), threading.Event()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError):
            threads.submit(done.set)
    assert not done.is_set()
    threads.submit(done.set)
    assert done.wait(10)
    assert threads.finish(10)
