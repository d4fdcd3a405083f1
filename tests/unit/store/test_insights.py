"""How answers have been, counted by week."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.base.insights import MOST_WEEKS, Failure, Insights
from app.base.turn_trace import PassageTrace, Stage, TurnTrace
from app.base.values import Answer, Claim, TurnId, Usage
from app.store.user import UserStore

NOON = datetime(2026, 11, 25, 12)  # a Wednesday
WEEK_MS = 7 * 24 * 3600 * 1000


class Clock:
    """The time, which tests set."""

    def __init__(self) -> None:
        self.ms = int(NOON.timestamp() * 1000)

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[UserStore]:
    made = UserStore.open(tmp_path / "user.db", now=clock)
    yield made
    made.close()


def answered(store: UserStore, trace: TurnTrace, **fields: Any) -> TurnId:
    """A turn that has ended so."""
    begun = store.turns.begin("When?", conversation=None, scope=[], attachments=[], mode="chat", again=None)
    whole = {"mode": "chat", "state": "done", "text": "In June.", "model": "qwen"} | fields
    store.turns.save(Answer(conversation=begun.conversation, turn=begun.turn, **whole), trace)
    return begun.turn


def claims(*verdicts: Any) -> tuple[Claim, ...]:
    return tuple(Claim(text="x", start=0, end=1, verdict=verdict) for verdict in verdicts)


def found(*similarities: float) -> TurnTrace:
    return TurnTrace(passages=tuple(PassageTrace(path="/a", similarity=one) for one in similarities))


def test_weeks_have_no_gap_and_end_with_this_one(store: UserStore, clock: Clock) -> None:
    assert store.insights.show(3) == Insights(weeks=store.insights.show(3).weeks)
    answered(store, TurnTrace())
    clock.ms += 2 * WEEK_MS
    answered(store, TurnTrace())
    weeks = store.insights.show(4).weeks
    assert [week.monday for week in weeks] == ["2026-11-16", "2026-11-23", "2026-11-30", "2026-12-07"]
    assert [week.answers for week in weeks] == [0, 1, 0, 1]
    assert len(store.insights.show(0).weeks) == 1
    assert len(store.insights.show(10_000).weeks) == MOST_WEEKS


def test_figures_are_medians_and_shares_of_what_was_measured(store: UserStore) -> None:
    answered(
        store, found(0.2, 0.7), claims=claims("supported", "supported", "partly"), usage=Usage(first_text_ms=3000.0)
    )
    answered(
        store, TurnTrace(passages=found(0.5).passages, first_quote_ms=150.0), claims=claims("not_found"),
        usage=Usage(first_text_ms=1000.0), mode="not_found",
    )  # fmt: skip
    quoted = answered(store, found(0.9), mode="quotes", model=None, usage=Usage(first_text_ms=50.0))
    nothing = answered(store, TurnTrace(), mode="quotes", model=None)
    store.ratings.rate(quoted, "up", "")
    store.ratings.rate(nothing, "down", "no")
    (week,) = store.insights.show(1).weeks
    assert (week.answers, week.first_word_ms, week.first_quote_ms, week.nearness) == (4, 2000.0, 100.0, 0.7)
    assert (week.claims, week.supported, week.supported_share) == (4, 2, 0.5)
    assert (week.not_found_share, week.up_share) == (0.25, 0.5)


def test_failures_are_counted_by_stage_the_most_frequent_first(store: UserStore) -> None:
    writing = (Stage(name="searching", began_ms=0, ms=1), Stage(name="writing", began_ms=1, ms=2))
    for _ in range(2):
        answered(store, TurnTrace(stages=writing, failed="chat.died"), state="failed")
    answered(store, TurnTrace(failed="remote.consent"), state="failed")
    shown = store.insights.show(1)
    assert shown.failures == (
        Failure(stage="writing", code="chat.died", turns=2),
        Failure(stage="", code="remote.consent", turns=1),
    )
    assert (shown.weeks[0].answers, shown.weeks[0].failed) == (0, 3)


def test_deleted_conversations_and_running_turns_do_not_count(store: UserStore) -> None:
    begun = store.turns.begin("When?", conversation=None, scope=[], attachments=[], mode="chat", again=None)
    answered(store, TurnTrace())
    store.conversations.delete(store.turns.answer(answered(store, TurnTrace())).conversation)
    assert store.insights.show(1).weeks[0].answers == 1
    assert begun.state == "streaming"


@pytest.mark.expects_warnings
def test_turn_that_cannot_be_read_is_left_out(store: UserStore) -> None:
    answered(store, TurnTrace())
    spoilt = answered(store, TurnTrace())
    with store.turns._database.writing() as connection:
        connection.execute("UPDATE turns SET trace = '{\"stages\": 3}' WHERE id = ?", (spoilt,))
    assert store.insights.show(1).weeks[0].answers == 1


def test_week_begins_on_monday_of_the_persons_own_clock(store: UserStore, clock: Clock) -> None:
    monday = NOON.replace(hour=0, minute=0) - timedelta(days=2)
    clock.ms = int(monday.timestamp() * 1000)
    answered(store, TurnTrace())
    clock.ms -= 1
    answered(store, TurnTrace())
    clock.ms += 1
    assert [week.answers for week in store.insights.show(2).weeks] == [1, 1]


def test_ten_thousand_turns_are_counted_in_a_second(store: UserStore) -> None:
    first = answered(store, TurnTrace(passages=found(*[0.5] * 20).passages), claims=claims(*["supported"] * 10))
    with store.turns._database.writing() as connection:
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)"
            " INSERT INTO turns (conversation, started_at, scope, mode, model, coverage, usage, error, trace, claims)"
            " SELECT conversation, started_at, scope, mode, model, coverage, usage, error, trace, claims"
            " FROM turns, n WHERE id = ?",
            (first,),
        )
        connection.execute(
            "INSERT INTO messages (turn, role, state, parts, at) SELECT id, 'assistant', 'done', '[]', 0 FROM turns"
            " WHERE id <> ?",
            (first,),
        )
    began = time.process_time()
    assert store.insights.show(12).weeks[-1].answers == 10_000
    assert time.process_time() - began < 1.0
