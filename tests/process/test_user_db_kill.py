"""A turn whose process is killed, at every event that it emits, comes back as interrupted with its text."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from app.base.turn_events import Delta, Step, TurnEvent
from app.store.user import UserStore
from tests.support.scripted_model import Library, assistant_over

ROOT = Path(__file__).parents[2]
TEXTS = {"/docs/lease.txt": "The lease ends on 30 June 2027. The landlord is Greta Olsen."}
QUESTION = "When does the lease end?"
TURN = """
import sys
from pathlib import Path
import msgspec
from app.assistant import turn_record as record
from app.base.calls import Ask
from app.base.turn_events import FirstQuotes
from app.store.user import UserStore
from tests.support.scripted_model import Library, Never, ScriptedModel, assistant_over

record.CHECKPOINT_S = 0.0
def emit(event):
    if isinstance(event, FirstQuotes):
        return  # a thread of its own tells them, sooner or later
    print(msgspec.json.encode(event).decode(), flush=True)
    sys.stdin.readline()  # the parent goes on, or kills

texts = msgspec.json.decode(sys.argv[2])
store = UserStore.open(Path(sys.argv[1]))
model = ScriptedModel("It ends", " on 30 June 2027 [1]", ", so says", " the lease [1].")
assistant_over(store, Library(texts), model).ask(Ask(question=sys.argv[3]), emit, Never())
print("finished", flush=True)
"""


def killed_after(events: int, path: Path) -> list[TurnEvent]:
    """Run a turn in a process and kill it while it emits its event number `events`; the events until then.

    Ends the list early if the turn had fewer.
    """
    command = [sys.executable, "-c", TURN, str(path), msgspec.json.encode(TEXTS).decode(), QUESTION]
    child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None
    assert child.stdout is not None
    seen: list[TurnEvent] = []
    with child:
        for line in child.stdout:
            if line == "finished\n":
                break
            seen.append(msgspec.json.decode(line, type=TurnEvent))
            if len(seen) == events:
                child.kill()
                break
            child.stdin.write("\n")
            child.stdin.flush()
    return seen


@pytest.mark.parametrize("events", range(1, 10))
def test_killed_turn_comes_back_interrupted_with_its_text(events: int, tmp_path: Path) -> None:
    path = tmp_path / "user.db"
    seen = killed_after(events, path)
    assert len(seen) == events, "the turn has at least as many events"
    store = UserStore.open(path)
    assistant = assistant_over(store, Library(TEXTS))
    assert assistant.mark_interrupted() == 1
    first = seen[0]
    assert isinstance(first, Step)
    question, reply = assistant.show(first.conversation)
    assert question.text == QUESTION
    answer = reply.answer
    assert answer is not None
    assert answer.state == "interrupted"
    pieces = [event.text for event in seen if isinstance(event, Delta)]
    on_disk = "".join(pieces[:-1]).rstrip()
    assert reply.text in (on_disk, "".join(pieces).rstrip()), "all but the piece that was being shown"
    if pieces:
        assert (answer.model, answer.coverage.read) == ("Scripted", 1)
    # What it was given stands under an answer that was cut off, whether or not it had come to cite it.
    assert [one.quote for one in answer.citations] == (
        ["The lease ends on 30 June 2027."] if answer.coverage.read else []
    )
    assert [head.title for head in store.conversations.list("lease")] == [QUESTION]
    store.close()
