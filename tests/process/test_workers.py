"""Supervised workers: real processes that answer, die, hang and are let go."""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

import app.link.workers
from app.base.chat import CountTokens
from app.base.errors import Cancelled, Problem
from app.base.worker_calls import Embed
from app.link.outgoing import Outgoing
from app.link.peer import Peer
from app.link.workers import Worker, WorkerDied, stop_together
from tests.support.live import until

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


@pytest.mark.expects_warnings
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


def test_command_that_is_not_there_is_a_problem() -> None:
    absent = Worker("echo", ["/nowhere/python"])
    for _ in range(2):
        with pytest.raises(Problem) as problem:
            absent.call(Embed(texts=["x"]))
        assert problem.value.code == "worker.broken"
        assert "No such file" in problem.value.title
    absent.stop()


def test_worker_is_started_once_there_are_files_again(worker: Worker) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(Problem) as problem:
            worker.call(Embed(texts=["x"]))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert problem.value.code in ("worker.broken", "worker.no_folder")
    assert "Too many open files" in problem.value.title
    assert worker.call(Embed(texts=["x"])) == ["X"]


# ---- starts that take long, fail or are given up -------------------------------------------------------------------

SILENT = [sys.executable, "-c", "import time; time.sleep(600)"]


class Calling:
    """A call in a thread of its own. outcome: what came of it, or the code of its Problem."""

    def __init__(self, worker: Worker, *texts: str, timeout_s: float | None = None) -> None:
        self.outcome: object = None
        self._thread = threading.Thread(target=self._run, args=(worker, texts, timeout_s))
        self._thread.start()

    def _run(self, worker: Worker, texts: tuple[str, ...], timeout_s: float | None) -> None:
        try:
            self.outcome = worker.call(Embed(texts=list(texts)), timeout_s=timeout_s)
        except Problem as problem:
            self.outcome = problem.code

    def wait(self) -> object:
        """The outcome."""
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self.outcome


def _stops_within(worker: Worker, seconds: float) -> bool:
    began = time.monotonic()
    worker.stop()
    return time.monotonic() - began < seconds


def test_stop_does_not_wait_for_a_greeting() -> None:
    silent = Worker("echo", SILENT)
    calling = Calling(silent, "x")
    assert until(lambda: silent.pid is not None)
    pid = silent.pid
    assert pid is not None
    assert _stops_within(silent, 15)  # a greeting is waited for twice as long
    assert calling.wait() == "link.leaving"
    assert not psutil.pid_exists(pid)


def test_stop_does_not_wait_for_a_preparation() -> None:
    begun = threading.Event()

    def prepare(peer: Peer) -> None:
        begun.set()
        peer.call(Embed(texts=["hang"]))

    hanging = Worker("echo", COMMAND, environment=ENVIRONMENT, on_start=prepare)
    calling = Calling(hanging, "x")
    assert begun.wait(20)
    assert _stops_within(hanging, 20)
    assert calling.wait() == "link.leaving"


@pytest.mark.expects_warnings
def test_stop_does_not_wait_for_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.link.workers, "BACKOFF_S", (0.0, 600.0))
    broken = Worker("echo", [*SILENT[:2], "raise SystemExit(3)"])
    calling = Calling(broken, "x")
    assert calling.wait() == "worker.broken"
    again = Calling(broken, "x")
    assert _stops_within(broken, 10)
    assert again.wait() == "link.leaving"


def test_stopped_worker_starts_nothing_any_more(worker: Worker) -> None:
    worker.call(Embed(texts=[]))
    worker.stop()
    with pytest.raises(Problem) as problem:
        worker.call(Embed(texts=["x"]))
    assert problem.value.code == "link.leaving"
    assert worker.pid is None


def test_call_that_a_stop_cuts_off_is_no_death(worker: Worker) -> None:
    calling = Calling(worker, "hang")
    assert until(lambda: worker.ready_peer is not None)
    worker.stop()
    assert calling.wait() == "link.leaving"


def test_many_that_hang_are_stopped_in_the_time_of_one() -> None:
    workers = [Worker("echo", COMMAND, environment=ENVIRONMENT) for _ in range(4)]
    calls = [Calling(each, "hang") for each in workers]
    assert until(lambda: all(each.ready_peer is not None for each in workers), 60)
    began = time.monotonic()
    stop_together(workers)
    assert time.monotonic() - began < 3 * app.link.workers.STOP_S
    assert [calling.wait() for calling in calls] == ["link.leaving"] * 4
    assert [each.pid for each in workers] == [None] * 4


def test_nothing_but_calls_waits_for_a_start() -> None:
    silent = Worker("echo", SILENT)
    calling = Calling(silent, "x")
    assert until(lambda: silent.pid is not None)
    began = time.monotonic()
    assert silent.ready_peer is None
    assert silent.busy
    assert not silent.ended
    assert not silent.rest()
    assert time.monotonic() - began < 5
    silent.stop()
    assert calling.wait() == "link.leaving"


def test_callers_share_the_outcome_of_one_start(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(app.link.workers, "HELLO_S", 1.0)
    silent = Worker("echo", SILENT)
    calls = [Calling(silent, "x") for _ in range(8)]
    assert [calling.wait() for calling in calls] == ["worker.broken"] * 8
    assert caplog.text.count("could not be made ready") < 8
    silent.stop()


def test_callers_share_one_process() -> None:
    prepared: list[int] = []
    shared = Worker("echo", COMMAND, environment=ENVIRONMENT, on_start=lambda peer: prepared.append(id(peer)))
    calls = [Calling(shared, "x") for _ in range(8)]
    assert [calling.wait() for calling in calls] == [["X"]] * 8
    assert len(prepared) == 1
    shared.stop()


@pytest.mark.expects_warnings
def test_process_that_never_greets_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.link.workers, "HELLO_S", 0.5)
    silent = Worker("echo", SILENT)
    calling = Calling(silent, "x")
    assert until(lambda: silent.pid is not None)
    pid = silent.pid
    assert pid is not None
    assert calling.wait() == "worker.broken"
    assert until(lambda: not psutil.pid_exists(pid))
    silent.stop()


@pytest.mark.expects_warnings
def test_process_that_dies_while_it_is_prepared_is_a_death_and_the_next_start_is_fresh() -> None:
    failing = [True]

    def prepare(peer: Peer) -> None:
        peer.call(Embed(texts=["die"] if failing else []))

    dying = Worker("echo", COMMAND, environment=ENVIRONMENT, on_start=prepare)
    assert Calling(dying, "x").wait() == "worker.died"
    failing.clear()
    assert Calling(dying, "x").wait() == ["X"]
    dying.stop()


def test_bug_in_a_preparation_leaves_no_process(caplog: pytest.LogCaptureFixture) -> None:
    def prepare(_peer: Peer) -> None:
        raise ZeroDivisionError

    failing = Worker("echo", COMMAND, environment=ENVIRONMENT, on_start=prepare)
    with pytest.raises(ZeroDivisionError):
        failing.call(Embed(texts=["x"]))
    assert failing.pid is None
    assert "could not be made ready" in caplog.text
    failing.stop()


@pytest.mark.expects_warnings
def test_process_that_keeps_dying_gets_longer_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.link.workers, "BACKOFF_S", (0.0, 0.5))
    broken = Worker("echo", [*SILENT[:2], "raise SystemExit(3)"])
    began = time.monotonic()
    for _ in range(4):
        assert Calling(broken, "x").wait() == "worker.broken"
    assert time.monotonic() - began > 1.5
    broken.stop()


def test_kill_while_it_starts_has_the_call_answered_by_a_fresh_process() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def prepare(peer: Peer) -> None:
        if not begun.is_set():
            begun.set()
            go_on.wait(20)
            peer.call(Embed(texts=[]))

    made = Worker("echo", COMMAND, environment=ENVIRONMENT, on_start=prepare)
    calling = Calling(made, "x")
    assert begun.wait(20)
    first = made.pid
    made.kill()
    go_on.set()
    assert calling.wait() == ["X"]
    assert made.pid != first
    made.stop()


@pytest.mark.expects_warnings
def test_second_silence_on_one_process_leaves_the_next_one_alone(worker: Worker) -> None:
    hanging = Calling(worker, "hang", timeout_s=1.0)
    assert until(lambda: worker.ready_peer is not None)
    old = worker.ready_peer
    assert old is not None
    assert hanging.wait() == "link.timeout"
    assert worker.call(Embed(texts=["x"])) == ["X"]
    fresh = worker.pid
    worker.give_up(old)  # as another call does that was silent on the old process
    assert worker.call(Embed(texts=["x"])) == ["X"]
    assert worker.pid == fresh


def test_however_often_it_is_started_one_timer_looks_whether_it_is_idle() -> None:
    before = _timers()
    brief = Worker("echo", COMMAND, environment=ENVIRONMENT, idle_s=600)
    for _ in range(6):
        assert brief.call(Embed(texts=["x"])) == ["X"]
        brief.kill()
    assert until(lambda: len(_timers() - before) <= 1)
    assert brief.call(Embed(texts=["x"])) == ["X"]
    assert until(lambda: len(_timers() - before) == 1)
    brief.stop()
    assert until(lambda: _timers() <= before)


def _timers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)}


def test_worker_in_use_is_not_idle() -> None:
    brief = Worker("echo", COMMAND, environment=ENVIRONMENT, idle_s=0.2)
    begun = threading.Event()
    handle: list[Outgoing] = []
    waiting = threading.Thread(
        target=lambda: _swallow(
            lambda: brief.call(Embed(texts=["wait"]), on_event=lambda *_: begun.set(), on_started=handle.append)
        )
    )
    waiting.start()
    assert begun.wait(20)
    pid = brief.pid
    assert not until(lambda: brief.pid != pid, 1.5)  # many times its idle time
    handle[0].cancel()
    waiting.join(20)
    assert until(lambda: brief.pid is None, 20)
    brief.stop()


def _swallow(run: Callable[[], object]) -> None:
    try:
        run()
    except (Cancelled, Problem):
        return


# ---- the process's side ---------------------------------------------------------------------------------------------


def test_worker_leaves_the_end_of_a_session_to_the_engine(worker: Worker) -> None:
    assert worker.call(Embed(texts=["x"])) == ["X"]
    pid = worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGTERM)
    os.kill(pid, signal.SIGINT)
    assert worker.call(Embed(texts=["y"])) == ["Y"]
    assert worker.pid == pid


def test_worker_whose_engine_was_killed_leaves_whatever_it_is_at(tmp_path: Path) -> None:
    engine = tmp_path / "engine.py"
    engine.write_text(
        "import sys\nfrom app.base.worker_calls import Embed\nfrom app.link.workers import Worker\n"
        f"worker = Worker('echo', {COMMAND!r}, environment={ENVIRONMENT | {'LEAVE_S': '0.5'}!r})\n"
        "peer = worker.peer()\npeer.start(Embed(texts=['hang']))\nprint(worker.pid, flush=True)\nsys.stdin.read()\n"
    )
    with psutil.Popen(
        [sys.executable, str(engine)], stdin=-1, stdout=-1, env={**os.environ, **ENVIRONMENT}, text=True
    ) as process:
        pid = int(process.stdout.readline())
        process.kill()
    assert until(lambda: not psutil.pid_exists(pid), 30)
