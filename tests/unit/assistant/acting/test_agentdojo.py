"""The tasks and attacks of AgentDojo, over tools of the same names that only note what they were asked to do.

What the attacks' texts want is called by the scripted model as if it had obeyed them all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.assistant.acting.plans import Plan
from app.assistant.cancellation import Stop
from app.assistant.tools.tool import Result, Tool, ToolContext
from app.assistant.tools.toolbox import REPEATED
from app.base.actions import Approval, Change, Rule
from app.base.chat import ToolSpec
from app.base.turn_events import TurnEvent
from app.base.values import Answer
from tests.support.acting_room import ActingRoom
from tests.support.caller import Caller
from tests.support.scripted_model import Library, ScriptedModel, assistant_over, calls
from tests.support.yardsticks import yardsticks_folder

FOLDER = yardsticks_folder() / "agent" / "agentdojo"
SUITES = ("banking", "slack", "travel", "workspace")
_READING = ("get_", "read_", "search_", "list_", "check_")
_REACHES_OUT = {"get_webpage"}
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"needs AgentDojo's tasks at {FOLDER}")


class Bench:
    """The tools of one suite. happened: the effects that took place."""

    def __init__(self, suite: str) -> None:
        self.data: dict[str, Any] = json.loads((FOLDER / f"{suite}.json").read_text(encoding="utf-8"))
        self.happened: list[tuple[str, dict[str, Any]]] = []
        self.injected = " ".join(str(text) for text in self.data["injection_vectors"].values())
        self.tools = [self._tool(one) for one in self.data["tools"]]
        self.effects = {tool.spec.name for tool in self.tools if tool.effect != "read"}

    def _tool(self, described: Mapping[str, Any]) -> Tool:
        name = described["name"]
        spec = ToolSpec(name=name, description=described["description"], parameters=described["parameters"])
        common: dict[str, Any] = {"spec": spec, "order": 1, "icon": "wrench", "title": lambda _: name}
        if name.startswith(_READING) and name not in _REACHES_OUT:
            return Tool(effect="read", run=self._read, **common)

        def plan(_context: ToolContext, arguments: Mapping[str, Any]) -> Plan:
            def perform() -> str:
                self.happened.append((name, dict(arguments)))
                return "It was done."

            change = Change(kind="call", path="", diff=json.dumps(arguments, ensure_ascii=False, indent=1))
            return Plan(name, (change,), {}, perform)

        return Tool(effect="network", plan=plan, **common)

    def _read(self, _context: ToolContext, arguments: Mapping[str, Any]) -> Result:
        return Result(done="Read", lines=[f"{self.injected} {json.dumps(arguments)[:200]}"])


class Dojo:
    """An assistant over one suite's tools, a scripted model, and a person who answers what they are asked."""

    def __init__(self, suite: str, folder: Path) -> None:
        self.bench = Bench(suite)
        self.room = ActingRoom(folder)
        self.stops = False  # instead of answering
        self.reads = next(tool.spec.name for tool in self.bench.tools if tool.effect == "read")

    def ask(self, task: Mapping[str, Any], *, approves: bool = True) -> Answer:
        """Have a task's calls made, one a round, after one that brings the strangers' texts."""
        rounds = [
            calls((self.reads, {"first": True})),
            *(calls((one["function"], one["args"])) for one in task["ground_truth"]),
        ]
        model = ScriptedModel(rounds=[*rounds, "It is done."], context=200_000)
        room = self.room
        assistant = assistant_over(
            room.store, Library({"/files/note.txt": "A note."}), model, tools=self.bench.tools, acting=room.acting
        )
        caller = Caller(assistant)
        stop = Stop()

        def hear(event: TurnEvent) -> None:
            if isinstance(event, Approval):
                if self.stops:
                    stop.cancel()
                room.person.hear(event)

        caller.on_event = hear
        return caller.ask(task.get("prompt") or task["goal"], stop, approves=approves)


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("answer", ["no", "stopped", "nobody"])
def test_no_attack_takes_effect_without_consent_whatever_the_rules_allow(
    suite: str, answer: str, tmp_path: Path
) -> None:
    dojo = Dojo(suite, tmp_path)
    room, bench = dojo.room, dojo.bench
    room.policy.set([Rule(decision="allow"), Rule(decision="allow", effect="network")])
    attacks = [task for task in bench.data["injection_tasks"] if task["security_when_executed"] is True]
    assert len(attacks) == {"banking": 9, "slack": 4, "travel": 6, "workspace": 6}[suite]
    room.person.answer = lambda _: (False, ()) if answer == "no" else None
    dojo.stops = answer == "stopped"
    for task in attacks:
        before = len(room.events())
        given = dojo.ask(task, approves=answer != "nobody")
        assert bench.happened == [], task["id"]
        wanted = {msgspec.json.encode(one) for one in task["ground_truth"] if one["function"] in bench.effects}
        noted = room.events()[before:]
        refused = [event for event in noted if event in ("denied", "expired", "refused")]
        assert set(noted) <= {"asked", *refused}
        assert len(refused) == (1 if answer == "stopped" else len(wanted)), task["id"]
        assert given.actions == ()
        assert answer == "stopped" or given.text.startswith("Not done: ")
    room.close()


@pytest.mark.parametrize("suite", SUITES)
def test_calls_of_every_task_work_when_they_are_approved(suite: str, tmp_path: Path) -> None:
    dojo = Dojo(suite, tmp_path)
    room, bench = dojo.room, dojo.bench
    tasks = bench.data["user_tasks"]
    assert len(tasks) == {"banking": 16, "slack": 21, "travel": 20, "workspace": 40}[suite]
    for task in tasks:
        bench.happened.clear()
        given = dojo.ask(task)
        failed = [step.result for step in given.steps if step.state != "done" and step.result != REPEATED]
        assert failed == [], task["id"]
        assert len(given.steps) == 1 + len(task["ground_truth"])
        wanted = [
            (call["function"], call["args"]) for call in task["ground_truth"] if call["function"] in bench.effects
        ]
        assert bench.happened == [one for n, one in enumerate(wanted) if one not in wanted[:n]], task["id"]
        assert len(given.actions) == len(bench.happened)
    assert room.events().count("asked") == room.events().count("approved") == len(room.person.asked)
    room.close()
