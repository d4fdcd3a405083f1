"""Turns in which something is done: what the person is asked, told and shown, and what is on disk of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.assistant.acting.plans import moving
from app.assistant.assistant import Assistant
from app.base.actions import Approval, Change
from app.base.turn_events import TurnEvent
from app.base.values import Answer
from tests.support.acting_room import ActingRoom
from tests.support.caller import Caller
from tests.support.scripted_model import Calls, ScriptedModel, assistant_over, calls


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ActingRoom]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    room = ActingRoom(tmp_path)
    room.write("a.txt", "The lease of Ann ends in May 2027.")
    yield room
    room.close()


def _asked(room: ActingRoom, *rounds: str | Calls, approves: bool = True) -> tuple[Answer, Caller]:
    model = ScriptedModel(rounds=rounds, context=16_384)
    caller = Caller(assistant_over(room.store, room.library, model, acting=room.acting))

    def hear(event: TurnEvent) -> None:
        if isinstance(event, Approval):
            room.person.hear(event)

    caller.on_event = hear
    return caller.ask("Rename the file of the lease to lease.txt", approves=approves), caller


RENAME = calls(("move_files", {"moves": [{"from": "a.txt", "to": "lease.txt"}]}))


def test_what_was_done_is_told_in_our_words_and_kept(room: ActingRoom) -> None:
    answer, caller = _asked(room, RENAME, "I have sold your house.")
    assert answer.text == "Renamed a.txt to lease.txt."
    assert answer.unfounded == "I have sold your house."
    assert len(answer.actions) == 1 and answer.mode == "chat" and answer.state == "done"
    kept = room.store.turns.answer(answer.turn)
    assert (kept.text, kept.actions, kept.steps) == (answer.text, answer.actions, answer.steps)
    approvals = [event for event in caller.events if isinstance(event, Approval)]
    assert [one.state for one in approvals] == ["waiting", "allowed"]
    assert approvals[0].sources == (str(room.files / "a.txt"),)
    assert approvals[0].turn == answer.turn


def test_model_that_says_nothing_after_a_change_has_answered(room: ActingRoom) -> None:
    answer, _ = _asked(room, RENAME, "")
    assert (answer.text, answer.error) == ("Renamed a.txt to lease.txt.", "")


def test_what_the_files_bear_out_stands_below_what_was_done(room: ActingRoom) -> None:
    answer, _ = _asked(room, RENAME, "The lease of Ann ends in May 2027 [1].")
    assert answer.text == "Renamed a.txt to lease.txt.\n\nThe lease of Ann ends in May 2027 [1]."
    (claim,) = answer.claims
    assert answer.text[claim.start : claim.end].startswith("The lease of Ann") and claim.verdict == "supported"


def test_no_is_told_too_and_the_model_hears_it(room: ActingRoom) -> None:
    room.person.answer = lambda _: (False, ())
    model = ScriptedModel(rounds=[RENAME, "Fine."], context=16_384)
    caller = Caller(assistant_over(room.store, room.library, model, acting=room.acting))
    caller.on_event = lambda event: room.person.hear(event) if isinstance(event, Approval) else None
    answer = caller.ask("Rename the file of the lease", approves=True)
    assert answer.text == "Not done: Rename a.txt; you did not allow it."
    assert answer.actions == () and answer.steps[-1].effect == "write"
    assert "did not allow" in model.prompts[1][-1].content
    assert room.tree().keys() == {"a.txt"}


def test_client_that_cannot_ask_gets_no_approval_and_nothing_is_done(room: ActingRoom) -> None:
    answer, caller = _asked(room, RENAME, "Renamed.", approves=False)
    assert not any(isinstance(event, Approval) for event in caller.events)
    assert answer.text == "Not done: Rename a.txt; nobody could be asked."
    assert room.tree().keys() == {"a.txt"}


def test_stop_while_the_person_is_asked_ends_the_turn_and_the_approval(room: ActingRoom) -> None:
    room.person.answer = lambda _: None
    model = ScriptedModel(rounds=[RENAME, "Done."], context=16_384)
    assistant = assistant_over(room.store, room.library, model, acting=room.acting)
    caller = Caller(assistant)

    def hear(event: TurnEvent) -> None:
        if isinstance(event, Approval) and event.state == "waiting":
            assistant.stop(event.turn)

    caller.on_event = hear
    answer = caller.ask("Rename the file of the lease", approves=True)
    assert answer.state == "stopped" and answer.actions == ()
    approvals = [event for event in caller.events if isinstance(event, Approval)]
    assert [one.state for one in approvals] == ["waiting", "expired"]
    assert room.events() == ["asked", "expired"]
    assert room.tree().keys() == {"a.txt"}


def test_more_than_twelve_calls_want_the_persons_word(room: ActingRoom) -> None:
    searches = [calls(("search_files", {"query": f"lease {n}"})) for n in range(14)]
    answer, _ = _asked(room, *searches, "The lease of Ann ends in May 2027 [1].")
    assert sum(step.state == "done" for step in answer.steps) == 14
    (asked,) = room.person.asked
    assert asked.title == "Go on with this question" and "12 calls" in asked.why[0]
    room.person.answer = lambda _: (False, ())
    room.person.asked.clear()
    again, _ = _asked(room, *searches, "The lease of Ann ends in May 2027 [1].")
    assert sum(step.state == "done" for step in again.steps) == 12 and len(room.person.asked) == 1


def test_engine_that_died_while_something_was_done_finds_out_what(room: ActingRoom) -> None:
    action = room.store.actions.begin("move_files", "Rename", room_changes(room), room.turn.turn)
    room.store.actions.mark(action.id, 1, "begun")
    (room.files / "a.txt").rename(room.files / "b.txt")
    assistant: Assistant = assistant_over(room.store, room.library, acting=room.acting)
    assistant.mark_interrupted()
    assert room.acting.carrying.newest(1)[0].effects[0].state == "done"
    assert room.store.turns.answer(room.turn.turn).actions == (action.id,)
    room.acting.carrying.undo(action.id)
    assert room.tree().keys() == {"a.txt"}


def room_changes(room: ActingRoom) -> tuple[Change, ...]:
    """A rename of the only file, as it would be planned."""
    return moving([(str(room.files / "a.txt"), str(room.files / "b.txt"))]).changes
