"""The record of what was asked, allowed, refused and done: append-only, chained, and true after any failure."""

from __future__ import annotations

import errno
import sqlite3
import threading
from pathlib import Path

import pytest

from app.assistant.acting.approvals import Approvals
from app.assistant.cancellation import Stop
from app.base import changing
from app.base.actions import Approval, Change, Decide, EffectState
from app.base.errors import Cancelled, Problem
from app.base.values import ConversationId, TurnId
from app.store.user import UserStore
from tests.support.acting_room import ActingRoom


def _tampered(room: ActingRoom, *statements: str) -> str:
    """What verifying says once somebody has changed the file behind Familiar's back."""
    path = room.store.path
    room.close()
    connection = sqlite3.connect(path)
    for trigger in ("audit_is_not_changed", "audit_is_not_shortened"):
        connection.execute(f"DROP TRIGGER {trigger}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    room.store = UserStore.open(path)
    return room.store.actions.audit(10, verify=True).problem


def _filled(room: ActingRoom) -> None:
    for n in range(3):
        room.run("create_file", path=f"{n}.txt", text="x")
    assert len(room.events()) == 12


@pytest.mark.parametrize(
    ("statements", "problem"),
    [
        (["UPDATE audit SET body = json_set(body, '$.reason', 'you') WHERE id = 4"], "Line 4 is not"),
        (["UPDATE audit SET at = at + 1 WHERE id = 1"], "Line 1 is not"),
        (["UPDATE audit SET event = 'approved' WHERE id = 9"], "Line 9 is not"),
        (["DELETE FROM audit WHERE id = 5"], "Line 5 is missing"),
        (["DELETE FROM audit WHERE id > 10"], "missing at the end"),
        (["DELETE FROM audit"], "missing at the end"),
        (["DELETE FROM audit WHERE id = 5", "UPDATE audit SET id = id - 1 WHERE id > 5"], "Line 5 is not"),
    ],
)  # fmt: skip
def test_changed_or_removed_line_is_found(room: ActingRoom, statements: list[str], problem: str) -> None:
    _filled(room)
    assert problem in _tampered(room, *statements)


def test_note_of_the_end_that_goes_is_told(room: ActingRoom) -> None:
    _filled(room)
    (room.home / "audit.head").unlink()
    assert "may have gone from its end" in room.store.actions.audit(1, verify=True).problem


def test_audit_cannot_be_changed_through_the_file_as_it_is(room: ActingRoom) -> None:
    _filled(room)
    connection = sqlite3.connect(room.store.path)
    for statement in ("UPDATE audit SET event = 'x'", "DELETE FROM audit"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    connection.close()


def test_record_has_no_word_of_what_is_written(room: ActingRoom) -> None:
    room.run("create_file", path="a.txt", text="A very private sentence")
    room.run("edit_file", path="a.txt", old="private", new="secret")
    room.store.close()
    assert b"private sentence" not in room.store.path.read_bytes()


def test_disk_that_fills_in_the_middle_of_a_plan_ends_it_and_says_so(
    room: ActingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, made = changing.move, []

    def move(*arguments: str) -> None:
        made.append(arguments)
        if len(made) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(*arguments)

    monkeypatch.setattr(changing, "move", move)
    for n in range(6):
        room.write(f"{n}.txt", str(n))
    step = room.run("move_files", moves=[{"from": f"{n}.txt", "to": f"{n}.md"} for n in range(6)])
    assert step.state == "done" and step.result.count("No space left") == 4
    assert sorted(room.tree()) == ["0.md", "1.md", "2.txt", "3.txt", "4.txt", "5.txt"]
    room.acting.carrying.undo(None)
    assert sorted(room.tree()) == [f"{n}.txt" for n in range(6)]


def test_record_that_cannot_be_written_stops_everything_before_it_happens(
    room: ActingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.write("a.txt", "A")
    real = room.store.actions.mark

    def mark(action: int, n: int, state: EffectState, reason: str = "") -> None:
        if state == "begun":
            raise Problem("store.full", "The disk is full.")
        real(action, n, state, reason)

    monkeypatch.setattr(room.store.actions, "mark", mark)
    with pytest.raises(Problem):
        room.run("trash_files", paths=["a.txt"])
    assert room.tree() == {"a.txt": b"A"}
    monkeypatch.undo()
    room.acting.carrying.settle()
    assert room.acting.carrying.newest(1)[0].effects[0].state == "failed"


# ---- approvals ------------------------------------------------------------------------------------------------------


def _approval(ident: str = "x", changes: int = 3) -> Approval:
    return Approval(
        id=ident, conversation=ConversationId(1), turn=TurnId(1), call="c", tool="t", title="T",
        changes=tuple(Change(kind="folder", path=f"/{n}") for n in range(changes)),
    )  # fmt: skip


def test_two_windows_that_answer_the_same_are_one_answer() -> None:
    approvals, told = Approvals(), threading.Event()
    answers: list[Decide | None] = []
    thread = threading.Thread(target=lambda: answers.append(approvals.ask(_approval(), Stop(), lambda _: told.set())))
    thread.start()
    assert told.wait(5)
    outcomes: list[str] = []

    def decide(allow: bool) -> None:
        try:
            approvals.decide(Decide(approval="x", allow=allow))
            outcomes.append("taken")
        except Problem as problem:
            outcomes.append(problem.code)

    both = [threading.Thread(target=decide, args=(allow,)) for allow in (True, False) * 8]
    for one in both:
        one.start()
    for one in (*both, thread):
        one.join(5)
    assert sorted(outcomes) == ["approval.settled"] * 15 + ["taken"]
    assert len(answers) == 1 and answers[0] is not None


def test_answer_is_good_for_its_own_plan_alone_and_only_while_it_waits() -> None:
    approvals = Approvals(longest_s=0.05)
    for ident in ("x", "", "y"):
        with pytest.raises(Problem) as raised:
            approvals.decide(Decide(approval=ident, allow=True))
        assert raised.value.code == "approval.settled"
    assert approvals.ask(_approval(), Stop(), lambda _: None) is None
    with pytest.raises(Problem):
        approvals.decide(Decide(approval="x", allow=True))

    def strike(approval: Approval) -> None:
        for struck in ((0,), (4,), (-1,)):
            with pytest.raises(Problem) as raised:
                approvals.decide(Decide(approval=approval.id, allow=True, struck=struck))
            assert raised.value.code == "approval.struck"
        approvals.decide(Decide(approval=approval.id, allow=True, struck=(2,)))

    answer = approvals.ask(_approval(), Stop(), strike)
    assert answer is not None and answer.struck == (2,)


def test_approval_expires_with_its_turn() -> None:
    approvals, stop = Approvals(), Stop()
    with pytest.raises(Cancelled):
        approvals.ask(_approval(), stop, lambda _: stop.cancel())
    with pytest.raises(Problem):
        approvals.decide(Decide(approval="x", allow=True))


def test_all_lines_struck_is_a_no(room: ActingRoom) -> None:
    room.write("a.txt", "A")
    room.person.answer = lambda _: (True, (1,))
    assert room.run("trash_files", paths=["a.txt"]).state == "failed"
    assert room.events() == ["asked", "denied"] and room.tree() == {"a.txt": b"A"}


def test_copies_and_record_are_for_this_person_alone(room: ActingRoom) -> None:
    room.write("a.txt", "A\n")
    room.run("edit_file", path="a.txt", new="B")
    assert (room.home / "kept").stat().st_mode & 0o777 == 0o700
    for path in (*(room.home / "kept").iterdir(), room.home / "audit.head", Path(room.store.path)):
        assert path.stat().st_mode & 0o077 == 0, path


def test_conversation_that_is_removed_for_good_leaves_what_was_done_and_its_way_back(room: ActingRoom) -> None:
    room.write("a.txt", "A\n")
    step = room.run("edit_file", path="a.txt", new="B")
    before = room.events()
    room.store.conversations.delete(room.turn.conversation)
    room.store.conversations.erase(room.turn.conversation)
    (action,) = room.acting.carrying.newest(5)
    assert (action.id, action.turn, action.conversation, action.undoable) == (step.action, None, None, "")
    assert room.events() == before
    room.acting.carrying.undo(None)
    assert room.tree() == {"a.txt": b"A\n"}
