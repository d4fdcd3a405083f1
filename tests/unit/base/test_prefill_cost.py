"""The law of prefill's cost: fitted from stretches that were read, solved for a target time."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.base.chat import Slice
from app.base.prefill_cost import PrefillCost

A, B = 1 / 150, 2e-6


def stretches(count: int, *, noise: float = 0.0, a: float = A, b: float = B, size: int = 128) -> list[Slice]:
    rng = random.Random(1)
    found = []
    for n in range(count):
        position = n * size
        seconds = (a * size + b * (size * position + size * size / 2)) * (1 + rng.uniform(-noise, noise))
        found.append(Slice(position=position, tokens=size, ms=seconds * 1000))
    return found


def test_the_law_is_found_again_in_what_it_made() -> None:
    a, b = PrefillCost().after(stretches(16)).law
    assert a == pytest.approx(A, rel=1e-6)
    assert b == pytest.approx(B, rel=1e-6)


def test_a_prediction_adds_up_the_stretches_that_it_stands_for() -> None:
    slices = stretches(16)
    cost = PrefillCost().after(slices, overhead_ms=50)
    assert cost.seconds(16 * 128, 0) == pytest.approx(0.05 + sum(one.ms for one in slices) / 1000, rel=1e-6)
    assert cost.seconds(8 * 128, 8 * 128) == pytest.approx(0.05 + sum(one.ms for one in slices[8:]) / 1000, rel=1e-6)


def test_noise_of_a_fifth_leaves_the_prediction_near() -> None:
    cost = PrefillCost().after(stretches(40, noise=0.2))
    exact = PrefillCost().after(stretches(40))
    assert cost.seconds(1500, 500) == pytest.approx(exact.seconds(1500, 500), rel=0.15)


def test_short_prompts_alone_give_a_linear_law() -> None:
    a, b = PrefillCost().after([Slice(position=0, tokens=64, ms=640)]).law
    assert a == pytest.approx(0.01)
    assert b == 0.0


def test_a_machine_that_got_slower_is_believed_soon() -> None:
    cost = PrefillCost().after(stretches(30)).after(stretches(60, a=3 * A, b=3 * B))
    assert cost.seconds(1000, 0) == pytest.approx(3 * PrefillCost().after(stretches(30)).seconds(1000, 0), rel=0.25)


def turns(*paces: float, size: int = 12, noise: float = 0.1) -> PrefillCost:
    """A law after one turn a pace: 1 as usual, 3 in a busy moment."""
    cost = PrefillCost()
    for number, pace in enumerate(paces):
        rng = random.Random(number)
        position = 0
        slices = []
        for _ in range(size + number % 3):  # turns are of different lengths, and go on from kept tokens or not
            seconds = pace * (A * 192 + B * (192 * position + 192 * 96)) * (1 + rng.uniform(-noise, noise))
            slices.append(Slice(position=position, tokens=192, ms=seconds * 1000))
            position += 192
        cost = cost.after(slices, overhead_ms=80 * pace)
    return cost


USUAL_S = turns(1, 1, 1, 1, noise=0).seconds(2500, 0)


@pytest.mark.parametrize(
    "paces",
    [
        (1, 3.2), (3.2, 1), (1, 1, 3.2), (1, 3.2, 1), (1, 1, 1, 1, 3.2), (1, 1, 1, 3.2, 1, 3.2),
        (1, 1, 10), (1, 1, 100), (1, 1, 1, 1, 3.2, 3.2),
    ],
)  # fmt: skip
def test_one_busy_moment_does_not_rule_the_next_turn(paces: tuple[float, ...]) -> None:
    """As it was seen: some 19 s, once 61 s while another program computed, and then "about 61 s" for the next."""
    cost = turns(*paces)
    assert cost.seconds(2500, 0) == pytest.approx(USUAL_S, rel=0.25)
    assert cost.tokens_within(4.0, 0) >= 0.75 * turns(1, 1, 1, 1, noise=0).tokens_within(4.0, 0)


@pytest.mark.parametrize("before", [1, 3, 8, 12])
def test_a_machine_that_stays_slower_is_believed_after_three_turns(before: int) -> None:
    cost = turns(*([1.0] * before + [3.0] * 3))
    assert cost.seconds(2500, 0) == pytest.approx(3 * USUAL_S, rel=0.25)


def test_a_machine_that_is_calm_again_is_believed_at_once() -> None:
    assert turns(3, 3, 3, 3, 1).seconds(2500, 0) == pytest.approx(USUAL_S, rel=0.25)


def test_a_prompt_of_a_few_tokens_does_not_outweigh_long_ones() -> None:
    cost = turns(1, 1).after([Slice(position=0, tokens=64, ms=10_000)])
    assert cost.seconds(2500, 0) == pytest.approx(USUAL_S, rel=0.25)


def test_however_many_prompts_were_read_the_law_stays_small() -> None:
    assert len(turns(*[1.0] * 50).readings) <= 12


def test_nothing_measured_says_so() -> None:
    assert not PrefillCost().known
    assert PrefillCost().rate == 0
    assert PrefillCost().tokens_within(4.0, 0) == 0


@given(a=st.floats(1e-5, 0.1), b=st.floats(0, 1e-4), target_s=st.floats(0.01, 60), reused=st.integers(0, 30_000))
def test_what_fits_into_a_time_takes_no_longer_and_one_more_would(
    a: float, b: float, target_s: float, reused: int
) -> None:
    cost = PrefillCost().after(stretches(20, a=a, b=b))
    count = cost.tokens_within(target_s, reused)
    assert cost.seconds(count, reused) <= target_s * (1 + 1e-6) or count == 0
    assert cost.seconds(count + 2, reused) >= target_s * (1 - 1e-6)
