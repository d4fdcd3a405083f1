"""Something is done to files through a real engine: asked, allowed in another window or at a terminal, taken back."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app.base.actions import ActionsList, Approval, AuditShow, Decide, UndoAction
from app.base.calls import Ask, ChatShow, StopTurn
from app.base.errors import Problem
from app.base.paths import Home
from app.base.turn_events import TurnEvent
from app.base.values import Answer, ConversationId
from app.link.client import connect
from tests.support.live import Live, scripted_engine, until

ROOT = Path(__file__).parents[2]
RENAME = "Please rename lease.md to contract.md"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "lease.md").write_text("# Flat\n\nThe lease renews on 1 March 2027.\n")
    return folder


@pytest.fixture
def live(home: Home, files: Path, tmp_path: Path) -> Iterator[Live]:
    with scripted_engine(home, files, tmp_path / "script.gguf") as live:
        yield live


class Window:
    """Asks in a thread of its own, and hears what comes."""

    def __init__(self, live: Live, question: str, **more: object) -> None:
        self.peer = connect(live.home, role="cli")
        self.approvals: list[Approval] = []
        self.asked = threading.Event()
        self.answer: Answer | None = None
        self.problem: Problem | None = None
        self._call = msgspec.convert({"question": question, "approves": True, **more}, Ask)
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        try:
            self.answer = self.peer.call(self._call, on_event=self._hear, timeout_s=60)
        except Problem as problem:
            self.problem = problem

    def _hear(self, _name: str, body: msgspec.Raw) -> None:
        event = msgspec.json.decode(body, type=TurnEvent)
        if isinstance(event, Approval):
            self.approvals.append(event)
            self.asked.set()

    def wait(self) -> Answer:
        """The answer, when it is there."""
        self._thread.join(60)
        assert self.answer is not None, self.problem
        return self.answer

    def close(self) -> None:
        """Leave."""
        self.peer.close()
        self._thread.join(60)


def familiar(live: Live, *words: str, code: int = 0) -> str:
    """What a command prints; nobody sits at a terminal."""
    command = [sys.executable, "-P", "-m", "app", *words, "--home", str(live.home.root)]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, cwd=ROOT, input="")
    assert ran.returncode == code, ran.stderr
    return ran.stdout


def test_what_is_allowed_in_another_window_is_done_shown_and_undone(live: Live, files: Path) -> None:
    window = Window(live, RENAME)
    assert window.asked.wait(30)
    approval = window.approvals[0]
    assert approval.changes[0].path == str(files / "lease.md")
    assert (files / "lease.md").exists()
    live.peer.call(Decide(approval=approval.id, allow=True), timeout_s=30)
    with pytest.raises(Problem) as raised:
        live.peer.call(Decide(approval=approval.id, allow=False), timeout_s=30)
    assert raised.value.code == "approval.settled"
    answer = window.wait()
    window.close()
    assert answer.text.startswith("Renamed lease.md to contract.md.")
    assert os.listdir(files) == ["contract.md"]
    kept = live.peer.call(ChatShow(conversation=answer.conversation), timeout_s=30)[-1].answer
    assert kept is not None and kept.actions == answer.actions
    again = live.peer.call(Ask(question="When does the lease renew?", conversation=answer.conversation), timeout_s=60)
    assert again.state == "done"
    live.settle()
    assert [Path(path).name for path in live.rows()] == ["contract.md"]
    out = familiar(live, "undo")
    assert "Undone: Rename lease.md to contract.md." in out
    assert os.listdir(files) == ["lease.md"]
    assert "are as they were written" in familiar(live, "audit", "--verify")
    events = [entry["event"] for entry in json.loads(familiar(live, "audit", "--json"))["entries"]]
    assert events == ["asked", "approved", "intent", "outcome", "intent", "outcome"]
    assert "Rename lease.md" in familiar(live, "undo", "--list")
    familiar(live, "undo", code=1)


def test_nothing_is_done_where_nobody_can_be_asked(live: Live, files: Path) -> None:
    out = familiar(live, "ask", RENAME)
    assert "Not done: Rename lease.md; nobody could be asked." in out
    last = json.loads(familiar(live, "ask", RENAME, "--json").splitlines()[-1])
    assert last["text"].startswith("Not done:") and last["actions"] == []
    assert os.listdir(files) == ["lease.md"]


def test_client_that_goes_while_it_is_asked_has_not_agreed(live: Live, files: Path) -> None:
    window = Window(live, RENAME)
    assert window.asked.wait(30)
    approval = window.approvals[0]
    window.peer.close()

    def settled() -> bool:
        try:
            live.peer.call(Decide(approval=approval.id, allow=True, struck=(99,)), timeout_s=30)
        except Problem as problem:
            return problem.code == "approval.settled"
        return False

    assert until(settled, 20)
    with pytest.raises(Problem):
        live.peer.call(Decide(approval=approval.id, allow=True), timeout_s=30)
    assert os.listdir(files) == ["lease.md"]
    window.close()


def test_stop_while_it_is_asked_ends_the_turn(live: Live, files: Path) -> None:
    window = Window(live, RENAME)
    assert window.asked.wait(30)
    assert live.peer.call(StopTurn(turn=window.approvals[0].turn), timeout_s=30)
    assert window.wait().state == "stopped"
    assert window.approvals[-1].state == "expired"
    assert os.listdir(files) == ["lease.md"]
    window.close()


def test_engine_killed_while_it_asks_has_done_nothing_and_says_so(live: Live, files: Path) -> None:
    window = Window(live, RENAME)
    assert window.asked.wait(30)
    turn, conversation = window.approvals[0].turn, window.approvals[0].conversation
    live.kill()
    window.close()
    shown = live.peer.call(ChatShow(conversation=ConversationId(conversation)), timeout_s=60)[-1].answer
    assert shown is not None and (shown.turn, shown.state, shown.actions) == (turn, "interrupted", ())
    assert live.peer.call(ActionsList(), timeout_s=30) == []
    report = live.peer.call(AuditShow(verify=True), timeout_s=30)
    assert [entry.event for entry in report.entries] == ["asked"] and report.problem == ""
    with pytest.raises(Problem):
        live.peer.call(UndoAction(), timeout_s=30)
    assert os.listdir(files) == ["lease.md"]


@pytest.mark.parametrize(("typed", "done"), [("y\n", True), ("what\ny\n", True), ("\n", False), ("n\n", False)])
def test_person_at_a_terminal_is_asked_there(live: Live, files: Path, typed: str, done: bool) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-P", "-m", "app", "ask", RENAME, "--home", str(live.home.root)]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, cwd=ROOT, env={**os.environ, "TERM": "xterm"}
    )
    os.close(theirs)
    shown = b""
    try:
        for line in typed.splitlines(keepends=True):
            before = shown.count(b"Do this?")
            while shown.count(b"Do this?") == before:
                shown += os.read(ours, 4096)
            os.write(ours, line.encode())
        out, _ = process.communicate(timeout=60)  # which is piped elsewhere: the plan must stand at the terminal
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        os.close(ours)
    text = out.decode()
    assert process.returncode == 0
    asked = shown.decode()
    assert "Familiar asks: Rename lease.md" in asked and f"→ {files / 'contract.md'}" in asked
    assert "Familiar asks" not in text
    assert ("Renamed lease.md to contract.md." in text) == done
    assert os.listdir(files) == (["contract.md"] if done else ["lease.md"])
