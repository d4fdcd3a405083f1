"""Work that may be given up while it runs: bounded, heard, and let go when it is stopped."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.assistant.cancellation import Stop, Threads, abandonable
from app.base.errors import Cancelled, Problem
from tests.support.live import until


def give_up(threads: Threads, held: threading.Event) -> None:
    """Begin work that lasts until `held`, and stop waiting for it once it runs."""
    stop, began = Stop(threads), threading.Event()

    def work() -> None:
        began.set()
        held.wait(30)

    with ThreadPoolExecutor(1) as caller:
        waiting = caller.submit(abandonable, work, stop)
        assert began.wait(30)
        stop.cancel()
        with pytest.raises(Cancelled):
            waiting.result(30)


def test_what_work_returns_or_raises_is_heard() -> None:
    assert abandonable(lambda: 3, Stop()) == 3
    with pytest.raises(Problem, match="No disk"):
        abandonable(_fail, Stop())


def _fail() -> None:
    raise Problem("disk.none", "No disk.", "")


def test_no_thread_is_left_of_any_number_of_turns() -> None:
    threads = Threads()
    before = threading.active_count()
    for n in range(200):
        assert abandonable(lambda n=n: n, Stop(threads)) == n  # type: ignore[misc]  # a lambda's default
    assert until(lambda: threads.running == 0)
    assert until(lambda: threading.active_count() <= before)


def test_work_that_was_given_up_counts_until_it_ends() -> None:
    threads, held = Threads(most=2), threading.Event()
    give_up(threads, held)
    give_up(threads, held)
    assert threads.running == 2
    later: list[int] = []
    third = threading.Thread(target=lambda: later.append(abandonable(lambda: 7, Stop(threads))))
    third.start()
    assert threads.running == 2
    assert later == []
    held.set()
    third.join(30)
    assert later == [7]
    assert until(lambda: threads.running == 0)


def test_who_waits_for_a_thread_can_be_stopped() -> None:
    threads, held = Threads(most=1), threading.Event()
    give_up(threads, held)
    stop, ran = Stop(threads), threading.Event()
    with ThreadPoolExecutor(1) as caller:
        waiting = caller.submit(abandonable, ran.set, stop)
        stop.cancel()
        with pytest.raises(Cancelled):
            waiting.result(30)
    held.set()
    assert until(lambda: threads.running == 0)
    assert not ran.is_set()


def test_a_system_without_threads_is_told_and_leaves_room(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = Threads(most=1)

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        with pytest.raises(Problem) as caught:
            abandonable(lambda: 1, Stop(threads))
    assert caught.value.code == "system.threads"
    assert abandonable(lambda: 2, Stop(threads)) == 2
