from __future__ import annotations

import pytest

from app.assistant.budget import (
    Budget,
    answer_limit,
    bounded,
    fit_passages,
    history_room,
    kept_turns,
    plan,
    result_room,
)
from app.base.chat import Slice
from app.base.errors import Problem
from app.base.prefill_cost import PrefillCost

UNKNOWN = PrefillCost()


def cost(rate: float) -> PrefillCost:
    """Of a model that reads so many tokens a second, however many it has read before."""
    return PrefillCost().after([Slice(position=0, tokens=256, ms=256_000 / rate)])


def planned(
    *, context: int = 8192, before: int = 150, reused: int = 0, rate: float = 0.0, target_s: float = 4.0
) -> Budget:
    return plan(
        context=context, before=before, question=60, reused=reused, answer=min(768, context // 4),
        cost=cost(rate) if rate else UNKNOWN, target_s=target_s,
    )  # fmt: skip


def test_slow_model_gets_fewer_passages() -> None:
    assert planned(rate=143).passages == pytest.approx(4 * 143 - 150 - 60 - 8, abs=2)
    fast = planned(rate=5000)
    assert fast.passages == fast.room == 8192 - 768 - 150 - 60 - 16


def test_what_is_read_already_leaves_more_for_passages() -> None:
    fresh, again = planned(before=400, rate=200), planned(before=400, reused=400, rate=200)
    assert again.passages - fresh.passages == pytest.approx(400, abs=2)
    assert (fresh.fixed, again.fixed) == (468, 68)


def test_person_who_waits_longer_gets_more_passages() -> None:
    short, long = planned(rate=143, target_s=2), planned(rate=143, target_s=10)
    assert long.passages - short.passages == pytest.approx(8 * 143, abs=2)
    assert (bounded(-1), bounded(0.0), bounded(4.0), bounded(1e9)) == (0.5, 0.5, 4.0, 600.0)


def test_attention_over_a_long_history_makes_new_tokens_dearer() -> None:
    law = PrefillCost()
    for position in range(0, 8192, 512):
        law = law.after([Slice(position=position, tokens=512, ms=512 * 2 + (512 * position + 512 * 256) * 0.002)])
    short = plan(context=32768, before=500, question=60, reused=500, answer=768, cost=law, target_s=4.0)
    long = plan(context=32768, before=8000, question=60, reused=8000, answer=768, cost=law, target_s=4.0)
    assert long.passages < short.passages / 3


def test_unmeasured_model_gets_a_moderate_number() -> None:
    assert planned().passages == 1200


def test_answer_is_as_long_as_can_be_written_in_time() -> None:
    assert answer_limit(8192, 0.0) == 768
    assert answer_limit(8192, 10.0) == 450
    assert answer_limit(8192, 0.5) == 128
    assert answer_limit(8192, 100.0) == 768
    assert answer_limit(400, 100.0) == 100


def test_question_that_fills_the_window_is_refused() -> None:
    with pytest.raises(Problem) as caught:
        plan(context=2048, before=150, question=1900, reused=0, answer=512, cost=UNKNOWN, target_s=4.0)
    assert caught.value.code == "ask.too_long"
    assert "2,048" in caught.value.title


@pytest.mark.parametrize(
    ("sizes", "room", "passages", "expected"),
    [
        ([200, 200, 200], 1000, 500, 2),
        ([400, 400, 10], 1000, 100, 2),
        ([400, 700], 1000, 100, 1),
        ([1400], 1000, 1000, 0),
        ([10] * 50, 1000, 1000, 12),
        ([], 1000, 1000, 0),
    ],
)
def test_two_passages_at_least_and_twelve_at_most(sizes: list[int], room: int, passages: int, expected: int) -> None:
    assert fit_passages(sizes, Budget(answer=1, room=room, passages=passages, fixed=0, reused=0)) == expected


def test_history_that_fits_is_kept_and_else_half_of_the_room_is_filled() -> None:
    assert kept_turns([300, 300, 300], 900) == 3
    assert kept_turns([300, 300, 301], 900) == 1
    assert kept_turns([300, 100, 100, 200, 250], 900) == 2
    assert kept_turns([300, 300, 100, 100, 200], 900) == 3
    assert kept_turns([2000], 900) == 0
    assert kept_turns([], 900) == 0
    assert history_room(8192, 768, 900, 60) == 8192 - 768 - 900 - 60 - 1200 - 16
    assert history_room(1024, 256, 900, 60) == 0


def test_result_takes_what_can_be_read_in_time_but_never_more_than_there_is_room() -> None:
    def room(used: int, rate: float = 0.0) -> int:
        law = cost(rate) if rate else UNKNOWN
        return result_room(context=4096, used=used, answer=768, cost=law, target_s=4.0)

    assert room(1000) == 1200
    assert room(1000, 50) == 400
    assert room(1000, 200) == pytest.approx(800, abs=2)
    assert room(3200) == 4096 - 3200 - 768 - 32
    assert room(4000) == 0
