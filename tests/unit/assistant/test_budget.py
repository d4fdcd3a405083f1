from __future__ import annotations

import pytest

from app.assistant.budget import Budget, fit_history, fit_passages, plan, prefill_rate
from app.base.errors import Problem
from app.base.values import Usage


def usage(tokens: int, reused: int, ms: float) -> Usage:
    return Usage(prompt_tokens=tokens, reused_tokens=reused, prefill_ms=ms)


def test_rate_is_of_the_tokens_really_read() -> None:
    assert prefill_rate([usage(1000, 500, 2000), usage(700, 200, 2000)]) == 250
    assert prefill_rate([usage(1000, 990, 100)]) is None, "ten tokens say nothing"
    assert prefill_rate([usage(1000, 0, 0)]) is None
    assert prefill_rate([]) is None


def test_slow_model_gets_fewer_passages() -> None:
    slow = plan(context=8192, system=150, question=60, has_history=False, rate=143)
    fast = plan(context=8192, system=150, question=60, has_history=False, rate=5000)
    assert slow.passages == 4 * 143 - 60 - 8
    assert fast.passages == fast.room == 8192 - 768 - 150 - 60 - 16


def test_unmeasured_model_gets_a_moderate_number() -> None:
    assert plan(context=8192, system=150, question=60, has_history=False, rate=None).passages == 1200


def test_small_window_shares_its_room_with_the_history() -> None:
    alone = plan(context=1024, system=150, question=60, has_history=False, rate=None)
    after = plan(context=1024, system=150, question=60, has_history=True, rate=None)
    assert (alone.answer, alone.room, alone.passages) == (256, 542, 542)
    assert after.passages == 379


def test_question_that_fills_the_window_is_refused() -> None:
    with pytest.raises(Problem) as caught:
        plan(context=2048, system=150, question=1900, has_history=False, rate=None)
    assert caught.value.code == "ask.too_long"
    assert "2048" in caught.value.title


@pytest.mark.parametrize(
    ("sizes", "budget", "expected"),
    [
        ([200, 200, 200], Budget(answer=1, room=1000, passages=500), 2),
        ([400, 400, 10], Budget(answer=1, room=1000, passages=100), 2),
        ([400, 700], Budget(answer=1, room=1000, passages=100), 1),
        ([1400], Budget(answer=1, room=1000, passages=1000), 0),
        ([10] * 50, Budget(answer=1, room=1000, passages=1000), 12),
        ([], Budget(answer=1, room=1000, passages=1000), 0),
    ],
)
def test_two_passages_at_least_and_twelve_at_most(sizes: list[int], budget: Budget, expected: int) -> None:
    assert fit_passages(sizes, budget) == expected


def test_newest_turns_of_the_history_are_kept_whole() -> None:
    sizes = [100, 100, 50, 50, 10, 10]
    assert fit_history(sizes, 1000) == 6
    assert fit_history(sizes, 200) == 4
    assert fit_history(sizes, 100) == 2
    assert fit_history(sizes, 10) == 0
    assert fit_history([], 1000) == 0
