"""Threads are given up while others need the processors, and taken again."""

from __future__ import annotations

from collections import namedtuple
from types import SimpleNamespace

import psutil
import pytest

from app.workers.chat.inference import threads
from app.workers.chat.inference.threads import ThreadCount

Times = namedtuple("Times", "user system idle iowait guest")
Own = namedtuple("Own", "user system")


class Machine:
    """Four processors; `passes` lets time go by with so many of them busy, by us and by others."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = self.own = self.others = 0.0
        monkeypatch.setattr(psutil, "cpu_count", lambda: 4)
        monkeypatch.setattr(psutil, "cpu_times", self._times)
        monkeypatch.setattr(psutil.Process, "cpu_times", lambda _: Own(self.own, 0.0))
        monkeypatch.setattr(threads, "time", SimpleNamespace(monotonic=lambda: self.at))

    def passes(self, seconds: float, *, own: float, others: float) -> None:
        self.at += seconds
        self.own += own * seconds
        self.others += others * seconds

    def _times(self) -> Times:
        busy = self.own + self.others
        return Times(busy, 0.0, 4 * self.at - busy - 1, 1.0, self.others / 2 if self.others else 0.0)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


@pytest.mark.parametrize(("others", "wanted"), [(0.0, 3), (1.0, 3), (1.7, 2), (3.0, 1), (9.0, 1)])
def test_threads_are_the_processors_that_others_leave(others: float, wanted: int, machine: Machine) -> None:
    count = ThreadCount(3)
    machine.passes(1, own=3, others=others)
    assert count.now() == wanted


def test_threads_come_back_when_others_are_done_and_are_not_measured_all_the_time(machine: Machine) -> None:
    count = ThreadCount(4)
    machine.passes(1, own=2, others=3)
    assert count.now() == 1
    machine.passes(0.1, own=1, others=0)
    assert count.now() == 1
    machine.passes(1.5, own=1, others=0)
    assert count.now() == 4


def test_what_others_did_before_a_question_came_does_not_count(machine: Machine) -> None:
    count = ThreadCount(4)
    machine.passes(60, own=0, others=3)
    assert count.now() == 4
    machine.passes(3, own=1, others=3)  # a slow stretch is no pause
    assert count.now() == 1
