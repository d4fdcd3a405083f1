"""The command line as a process among others: Ctrl+C, closed pipes, full disks, terminals."""

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
from typing import Any

import pytest

from app.base.calls import Ask, Files, FoldersList, Index, Search
from app.base.index_values import FileRow, Pids, Status
from app.base.paths import Home
from app.base.turn_events import Delta
from app.base.values import Answer, ConversationId, TurnId
from app.link.peer import Incoming
from tests.support.cli_engine import CannedEngine

ROOT = Path(__file__).resolve().parents[2]
STATUS = Status(
    files={"ready": 30, "waiting": 10}, chunks=90, pending_vectors=0, embedded_total=0, settled=False, paused=None,
    pids=Pids(engine=1), current="/docs/a.pdf",
)  # fmt: skip
STOPPED = Answer(
    conversation=ConversationId(12), turn=TurnId(3), mode="chat", state="stopped", text="It ends in", model="tiny"
)


def _start(home: Home, *words: str, **settings: Any) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm"}
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | settings
    command = [sys.executable, "-P", "-m", "app", "--home", str(home.root), *words]
    return subprocess.Popen(command, env=environment, encoding="utf-8", **streams)


class _Waiting:
    """Answers a call only when it is cancelled; `begun` is set when it has come in."""

    def __init__(self, reply: object = None) -> None:
        self.begun = threading.Event()
        self.cancelled = threading.Event()
        self._reply = reply

    def __call__(self, call: Any, incoming: Incoming) -> object:
        if isinstance(call, Ask):
            incoming.emit("turn", Delta(text="It ends in"))
        self.begun.set()
        if incoming.wait_cancelled(60):
            self.cancelled.set()
        return self._reply


@pytest.mark.parametrize(("call", "words"), [(Search, ["search", "x"]), (Index, ["index", "--wait", "--json"])])
def test_ctrl_c_is_quiet_and_takes_the_request_back(call: Any, words: list[str], home: Home) -> None:
    waiting = _Waiting()
    with CannedEngine(home, {call: waiting}):
        process = _start(home, *words)
        assert waiting.begun.wait(30)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30) == ("", "")
        assert waiting.cancelled.wait(30)
    assert process.returncode == 130


def test_ctrl_c_stops_an_answer_and_prints_what_is_kept(home: Home) -> None:
    waiting = _Waiting(STOPPED)
    with CannedEngine(home, {Ask: waiting}):
        process = _start(home, "ask", "When?")
        assert waiting.begun.wait(30)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "")
    assert out.startswith("It ends in\n\nStopped. What was written so far is kept.\n")


def test_ctrl_c_ends_json_lines_with_the_answer(home: Home) -> None:
    waiting = _Waiting(STOPPED)
    with CannedEngine(home, {Ask: waiting}):
        process = _start(home, "ask", "When?", "--json")
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=30)
    events = [json.loads(line) for line in [first, *rest.splitlines()]]
    assert (process.returncode, err) == (130, "")
    assert [(event["event"], event.get("state")) for event in events] == [("delta", None), ("answer", "stopped")]


def test_killed_command_takes_its_request_back(home: Home) -> None:
    waiting = _Waiting()
    with CannedEngine(home, {Search: waiting}):
        process = _start(home, "search", "x")
        assert waiting.begun.wait(30)
        process.kill()
        process.communicate(timeout=30)
        assert waiting.cancelled.wait(30)


@pytest.mark.parametrize("words", [["files"], ["files", "--json"]])
def test_closed_pipe_is_quiet(words: list[str], home: Home) -> None:
    rows = [FileRow(path=f"/docs/{n:06}.txt", state="ready") for n in range(50_000)]
    with CannedEngine(home, {Files: rows}):
        process = _start(home, *words)
        assert process.stdout is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait(30) == 0


def test_full_disk_under_the_output_is_a_problem(home: Home) -> None:
    with CannedEngine(home, {FoldersList: []}), Path("/dev/full").open("w") as full:
        process = _start(home, "folders", "list", stdout=full)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert err == (
        "familiar: The output could not be written: No space left on device.\n"
        "Free some space, then try again.\n[output.failed]\n"
    )


@pytest.fixture
def terminal() -> Iterator[tuple[int, list[bytes]]]:
    """A terminal that shows what is written to it: its end for the command, and what came so far."""
    ours, theirs = pty.openpty()
    shown: list[bytes] = []

    def read() -> None:
        try:
            while data := os.read(ours, 4096):
                shown.append(data)
        except OSError:
            return  # the other end is closed

    reader = threading.Thread(target=read)
    reader.start()
    yield theirs, shown
    os.close(theirs)
    reader.join(30)
    os.close(ours)


def test_long_work_shows_a_progress_bar_on_a_terminal(home: Home, terminal: tuple[int, list[bytes]]) -> None:
    theirs, shown = terminal
    drawn = threading.Event()

    def index(_call: Index, incoming: Incoming) -> Status:
        incoming.emit("status", STATUS)
        while not drawn.wait(0.05):
            if "Reading files 30 of 40" in b"".join(shown).decode():
                drawn.set()
        return STATUS

    with CannedEngine(home, {Index: index}):
        process = _start(home, "index", "--wait", "--json", stderr=theirs)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert json.loads(out)["files"] == STATUS.files
    text = b"".join(shown).decode()
    assert "██████████████████░░░░░░  Reading files 30 of 40" in text
    assert "/docs/a.pdf" in text
    assert text.endswith("\r\x1b[K")


def test_short_commands_load_nothing_heavy(home: Home) -> None:
    program = (
        "import sys; from app.cli.main import main; code = main(sys.argv[1:]);"
        "print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr); sys.exit(code)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with CannedEngine(home, {FoldersList: []}):
        command = [sys.executable, "-c", program, "folders", "list", "--home", str(home.root)]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    heavy = {"PySide6", "chromadb", "onnxruntime", "llama_cpp", "kreuzberg", "numpy", "watchdog", "keyring", "tomlkit"}
    assert heavy & set(json.loads(ran.stderr.replace("'", '"'))) == set()


def test_help_waits_for_no_link_and_no_values() -> None:
    program = (
        "import sys; from app.cli.main import main; code = main(['--help']);"
        "print(sorted({'msgspec', 'app.link', 'app.base.paths', 'argparse'} & set(sys.modules)), file=sys.stderr)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert ran.stderr == "[]\n"
