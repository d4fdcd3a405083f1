"""familiar insights."""

from __future__ import annotations

import json

import msgspec

from app.base.insights import Insights, ShowInsights, Week
from app.base.paths import Home
from app.link.peer import Incoming
from tests.support.cli_engine import CannedEngine
from tests.support.insights import insights
from tests.unit.cli.conftest import Familiar


def shown(call: ShowInsights, _incoming: Incoming) -> Insights:
    return insights(call.weeks)


def test_weeks_stand_in_columns_without_those_in_which_nothing_was_asked(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {ShowInsights: shown}):
        ran = familiar("insights", "--weeks", "4")
    lines = ran.out.splitlines()
    assert (ran.code, lines[0]) == (0, "64 answers in the last 4 weeks.")
    assert lines[2].split("  ")[0] == "Week of"
    table = [line for line in lines if line[:1].isdigit() and "Sep" in line]
    assert [line[:6].strip() for line in table] == ["7 Sep", "14 Sep", "28 Sep"]
    assert len({len(line) for line in (lines[2], *table)}) == 1
    assert table[0].split()[2:] == ["20", "120", "ms", "2.4", "s", "75%", "0%", "100%", "0.55"]
    assert lines[-1] == "2 answers failed at the model, reading and writing: chat.died."


def test_nothing_asked_is_said(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {ShowInsights: lambda _call, _incoming: Insights(weeks=(Week(monday="2026-11-23"),))}):
        ran = familiar("insights")
    assert ran.out == "No answers this week.\n"


def test_programs_get_every_week(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {ShowInsights: shown}):
        ran = familiar("insights", "--json")
    assert msgspec.convert(json.loads(ran.out), Insights) == insights(12)


def test_weeks_that_cannot_be_are_refused(home: Home, familiar: Familiar) -> None:
    assert familiar("insights", "--weeks", "0").code == 2
