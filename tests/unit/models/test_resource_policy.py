"""What the machine can spare, by readings of our own."""

from __future__ import annotations

import psutil
import pytest

from app.models.resource_policy import Readings, ResourcePolicy, read_machine

GB = 1 << 30
PLENTY = Readings(available_bytes=8 * GB, total_bytes=16 * GB, load=0.1)
SHORT = Readings(available_bytes=GB // 2, total_bytes=16 * GB)
BATTERY = Readings(available_bytes=8 * GB, total_bytes=16 * GB, on_battery=True)
LOADED = Readings(available_bytes=8 * GB, total_bytes=16 * GB, load=2.5)


class _Model:
    def __init__(self, *, idle: bool = True) -> None:
        self.idle = idle
        self.asked: list[str] = []

    def unload(self, reason: str) -> bool:
        self.asked.append(reason)
        return self.idle


def test_model_goes_when_memory_stays_short_and_not_for_a_moment_of_it() -> None:
    model, now = _Model(), [SHORT]
    policy = ResourcePolicy(model.unload, readings=lambda: now[0])
    for reading in (SHORT, SHORT, PLENTY, SHORT, SHORT):
        now[0] = reading
        policy.look()
    assert model.asked == []
    policy.look()
    assert model.asked == ["memory is short"]
    policy.look()
    assert len(model.asked) == 1  # it has gone; a new one gets its three looks too


def test_model_that_is_busy_is_asked_again() -> None:
    model = _Model(idle=False)
    policy = ResourcePolicy(model.unload, readings=lambda: SHORT)
    for _ in range(4):
        policy.look()
    assert len(model.asked) == 2


@pytest.mark.parametrize(("readings", "may"), [(PLENTY, True), (SHORT, False), (BATTERY, False), (LOADED, False)])
def test_nothing_is_read_ahead_on_a_battery_or_a_busy_machine(readings: Readings, may: bool) -> None:
    assert ResourcePolicy(_Model().unload, readings=lambda: readings).may_read_ahead() is may


def test_battery_halves_the_threads_and_a_cable_leaves_them_to_the_model() -> None:
    cores = psutil.cpu_count(logical=False) or 2
    assert ResourcePolicy(_Model().unload, readings=lambda: BATTERY).threads() == max(1, cores // 2)
    assert ResourcePolicy(_Model().unload, readings=lambda: PLENTY).threads() == 0


def test_large_machine_is_not_short_with_a_gigabyte_and_a_half_left() -> None:
    assert not Readings(available_bytes=3 * GB // 2, total_bytes=256 * GB).memory_is_short
    assert Readings(available_bytes=GB // 4, total_bytes=8 * GB).memory_is_short


def test_this_machine_can_be_read() -> None:
    now = read_machine()
    assert 0 < now.available_bytes <= now.total_bytes
    assert now.load >= 0
