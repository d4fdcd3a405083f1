"""Figures of all turns that are kept, by week."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from statistics import median

import msgspec

from app.base.insights import MOST_WEEKS, Failure, Insights, Week
from app.store.database import Database

log = logging.getLogger("familiar.store")
_ENDED = ("done", "stopped")


class _Usage(msgspec.Struct):
    first_text_ms: float = 0.0


class _Claim(msgspec.Struct):
    verdict: str = ""


class _Named(msgspec.Struct):
    name: str = ""


class _Found(msgspec.Struct):
    similarity: float = 0.0


class _Trace(msgspec.Struct):
    """What of a trace is counted; the rest of it is not even decoded."""

    stages: list[_Named] = []
    passages: list[_Found] = []
    passed_over: list[_Found] = []
    first_quote_ms: float = 0.0
    failed: str = ""


class _Turn(msgspec.Struct):
    at: int
    state: str
    mode: str
    model: str | None
    thumb: str | None
    usage: _Usage
    claims: list[_Claim]
    trace: _Trace


class InsightsOfTurns:
    """Counts the turns of a user.db whose conversations are not deleted. now: Unix milliseconds."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._database = database
        self._now = now

    def show(self, weeks: int) -> Insights:
        """The last weeks, this one included; fewer than 1 count as 1, and MOST_WEEKS are the most."""
        weeks = max(1, min(weeks, MOST_WEEKS))
        this = _monday(self._now())
        mondays = [this - timedelta(weeks=back) for back in reversed(range(weeks))]
        by_monday: dict[date, list[_Turn]] = {monday: [] for monday in mondays}
        failures: Counter[tuple[str, str]] = Counter()
        began = datetime.combine(mondays[0], datetime.min.time()).timestamp()
        for turn in self._turns(int(began * 1000)):
            if turn.state == "failed":
                at = turn.trace.stages[-1].name if turn.trace.stages else ""
                failures[at, turn.trace.failed or "unknown"] += 1
            monday = _monday(turn.at)
            if monday in by_monday:  # the clock may have been set back since
                by_monday[monday].append(turn)
        return Insights(
            weeks=tuple(_week(monday, turns) for monday, turns in by_monday.items()),
            failures=tuple(
                Failure(stage=stage, code=code, turns=turns) for (stage, code), turns in failures.most_common()
            ),
        )

    def _turns(self, since: int) -> Iterator[_Turn]:
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT t.id, t.started_at, m.state, t.mode, t.model, r.thumb, t.usage, t.claims, t.trace"
                " FROM turns AS t JOIN messages AS m ON m.turn = t.id AND m.role = 'assistant'"
                " JOIN conversations AS c ON c.id = t.conversation LEFT JOIN ratings AS r ON r.turn = t.id"
                " WHERE t.started_at >= ? AND c.deleted_at IS NULL AND m.state <> 'streaming' ORDER BY t.id",
                (since,),
            )
            for turn, at, state, mode, model, thumb, *documents in rows:
                try:
                    yield _Turn(at, state, mode, model, thumb, *_decoded(*documents))
                except msgspec.DecodeError:
                    log.warning("what was kept of answer %s cannot be read; it is not counted", turn)


def _decoded(usage: str, claims: str, trace: str) -> tuple[_Usage, list[_Claim], _Trace]:
    """Raises msgspec.DecodeError."""
    return (
        msgspec.json.decode(usage, type=_Usage),
        msgspec.json.decode(claims, type=list[_Claim]),
        msgspec.json.decode(trace, type=_Trace),
    )


def _week(monday: date, turns: Sequence[_Turn]) -> Week:
    ended = [turn for turn in turns if turn.state in _ENDED]
    verdicts = [claim.verdict for turn in ended for claim in turn.claims]
    found = [(*turn.trace.passages, *turn.trace.passed_over) for turn in ended]
    return Week(
        monday=monday.isoformat(),
        answers=len(ended),
        first_quote_ms=_middle(
            turn.trace.first_quote_ms or (turn.usage.first_text_ms if turn.model is None else 0.0) for turn in ended
        ),
        first_word_ms=_middle(turn.usage.first_text_ms for turn in ended if turn.model is not None),
        nearness=_middle(max((one.similarity for one in passages), default=0.0) for passages in found),
        claims=len(verdicts),
        supported=verdicts.count("supported"),
        not_found=sum(turn.mode == "not_found" for turn in ended),
        up=sum(turn.thumb == "up" for turn in turns),
        down=sum(turn.thumb == "down" for turn in turns),
        failed=len([turn for turn in turns if turn.state == "failed"]),
    )


def _middle(values: Iterator[float]) -> float | None:
    """The median of what was measured: zeros were not."""
    measured = [value for value in values if value]
    return round(median(measured), 4) if measured else None


def _monday(at: int) -> date:
    """The Monday before a time in Unix milliseconds, or of it."""
    day = datetime.fromtimestamp(at / 1000).date()
    return day - timedelta(days=day.weekday())
