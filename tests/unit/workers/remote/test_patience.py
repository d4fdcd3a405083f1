"""How often a failed request is made again, and after which pauses."""

from __future__ import annotations

import pytest

from app.base.errors import Problem
from app.workers.remote.failures import Failure, Kind
from app.workers.remote.patience import Patience

PROBLEM = Problem("remote.server", "It failed.")


class Clock:
    """Time that passes by being waited."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def pauses(kind: Kind, wait_s: float | None = None, chance: float = 0.5) -> list[float]:
    """All pauses that a failure which never ends is given."""
    clock = Clock()
    patience = Patience(30, clock, lambda: chance)
    told: list[float] = []
    while (pause_s := patience.pause_s(Failure(PROBLEM, kind, wait_s))) is not None:
        told.append(pause_s)
        clock.now += pause_s
        assert len(told) < 100
    return told


def test_pauses_double_and_end_within_the_whole() -> None:
    assert pauses("busy") == [1, 2, 4, 8]
    assert pauses("broken") == [0.5, 1, 2]
    assert pauses("unreachable") == [0.25, 0.5]


def test_what_cannot_pass_is_not_tried_again() -> None:
    assert pauses("final") == []
    assert pauses("final", 1.0) == []


def test_a_server_is_left_alone_as_long_as_it_says() -> None:
    assert pauses("busy", 5.0) == [5, 5, 5, 8]
    assert pauses("busy", 29.0) == [29]
    assert pauses("busy", 31.0) == []


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_pauses_differ_between_clients(chance: float) -> None:
    first = pauses("busy", chance=chance)[0]
    assert first == pytest.approx(0.75 + 0.5 * chance)
