"""Supervised workers: real processes that answer, die, hang and are let go."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.base.calls import Embed
from app.base.chat import CountTokens
from app.base.errors import Cancelled, Problem
from app.link.peer import Outgoing, Peer
from app.link.workers import Worker, WorkerDied

COMMAND = [sys.executable, str(Path(__file__).parents[1] / "support" / "echo_worker.py")]
ENVIRONMENT = {"PYTHONPATH": str(Path(__file__).parents[2])}


@pytest.fixture
def worker() -> Iterator[Worker]:
    """A supervised echo worker."""
    made = Worker("echo", COMMAND, environment=ENVIRONMENT)
    yield made
    made.stop()


def test_worker_answers_and_ends_when_stopped(worker: Worker) -> None:
    assert worker.call(Embed(texts=["a", "ü"])) == ["A", "Ü"]
    pid = worker.pid
    assert pid is not None
    worker.stop()
    assert not psutil.pid_exists(pid)


@pytest.mark.expects_warnings
def test_worker_that_died_is_started_again(worker: Worker) -> None:
    worker.call(Embed(texts=[]))
    first = worker.pid
    with pytest.raises(WorkerDied):
        worker.call(Embed(texts=["die"]))
    assert worker.call(Embed(texts=["x"])) == ["X"]
    assert worker.pid != first


@pytest.mark.expects_warnings
def test_worker_that_hangs_is_killed(worker: Worker) -> None:
    with pytest.raises(Problem) as problem:
        worker.call(Embed(texts=["hang"]), timeout_s=0.3)
    assert problem.value.code == "link.timeout"
    assert worker.call(Embed(texts=["x"]), timeout_s=10) == ["X"]


def test_worker_ended_on_purpose_has_not_died(worker: Worker) -> None:
    for _ in range(4):  # after two deaths the next start would wait a second, and each would be warned of
        assert worker.call(Embed(texts=["x"])) == ["X"]
        worker.kill()
        assert worker.pid is None


def test_problem_comes_back_as_it_was_raised(worker: Worker) -> None:
    with pytest.raises(Problem) as problem:
        worker.call(Embed(texts=["problem"]))
    assert (problem.value.code, problem.value.title, problem.value.hint) == (
        "test.problem", "It went wrong.", "Do it right.",
    )  # fmt: skip


def test_bug_in_a_worker_is_told_plainly_and_the_worker_lives(worker: Worker) -> None:
    with pytest.raises(Problem) as problem:
        worker.call(Embed(texts=["bug"]))
    assert problem.value.code == "internal"
    assert worker.call(Embed(texts=["x"])) == ["X"]


def test_running_call_can_be_cancelled_from_another_thread(worker: Worker) -> None:
    begun = threading.Event()
    handle: list[Outgoing] = []

    def cancel() -> None:
        begun.wait(10)
        handle[0].cancel()

    threading.Thread(target=cancel).start()
    with pytest.raises(Cancelled):
        worker.call(Embed(texts=["wait"]), on_event=lambda *_: begun.set(), on_started=handle.append, timeout_s=20)


def test_idle_worker_leaves_and_comes_back(worker: Worker) -> None:
    brief = Worker("echo", COMMAND, environment=ENVIRONMENT, idle_s=0.2)
    brief.call(Embed(texts=[]))
    pid = brief.pid
    assert pid is not None
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=10)
    assert brief.call(Embed(texts=["x"])) == ["X"]
    assert brief.pid != pid
    brief.stop()


def test_worker_steps_back_when_told(worker: Worker) -> None:
    nice = Worker("echo", COMMAND, environment=ENVIRONMENT, nice=5)
    here = psutil.Process().nice()
    assert nice.call(CountTokens(texts=[]))[1] == min(19, max(int(here), 5))
    nice.stop()


@pytest.mark.expects_warnings
def test_preparation_that_fails_fails_the_call(worker: Worker) -> None:
    def prepare(_peer: Peer) -> None:
        raise Problem("test.prepare", "Not ready.", "")

    unready = Worker("echo", COMMAND, environment=ENVIRONMENT, on_start=prepare)
    with pytest.raises(Problem) as problem:
        unready.call(Embed(texts=[]))
    assert problem.value.code == "test.prepare"
    unready.stop()


@pytest.mark.expects_warnings
def test_process_that_cannot_start_is_no_death_over_a_call() -> None:
    broken = Worker("echo", [sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(Problem) as problem:
        broken.call(Embed(texts=["x"]))
    assert problem.value.code == "worker.broken"
    broken.stop()
