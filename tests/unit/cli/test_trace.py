"""familiar trace."""

from __future__ import annotations

import json

import msgspec

from app.base.calls import TraceShow
from app.base.errors import Problem
from app.base.paths import Home
from app.base.turn_trace import AnswerTrace
from app.link.peer import Incoming
from tests.support.answers import answer
from tests.support.cli_engine import CannedEngine
from tests.support.traces import answer_trace
from tests.unit.cli.conftest import Familiar

SHOWN = msgspec.structs.replace(answer_trace(answer("It ends in June.")), question="When\x1b[1m does it end?")


def shown(call: TraceShow, _incoming: Incoming) -> AnswerTrace:
    if call.turn != 34:
        raise Problem("ask.no_turn", f"There is no answer {call.turn}.", "“familiar chats show” tells the numbers.")
    return SHOWN


def test_how_an_answer_came_about_is_told_in_lines(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {TraceShow: shown}):
        ran = familiar("trace", "34")
    assert ran.code == 0
    assert ran.out.startswith("When�[1m does it end?\n\nSearched\n  For")
    assert "\nGiven to the model\n  [1] lease.pdf · page 4  score 0.95 · meaning 0.70 · 210 tokens\n" in ran.out


def test_programs_get_the_whole_trace(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {TraceShow: shown}):
        ran = familiar("trace", "34", "--json")
    told = json.loads(ran.out)
    assert told["trace"]["search"]["query"] == "lease end"
    assert msgspec.convert(told, AnswerTrace) == SHOWN


def test_answer_that_is_not_there_is_a_problem(home: Home, familiar: Familiar) -> None:
    with CannedEngine(home, {TraceShow: shown}):
        ran = familiar("trace", "35")
    assert (ran.code, ran.out) == (1, "")
    assert "There is no answer 35." in ran.err
