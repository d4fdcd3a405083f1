"""Chats with tools through a real engine: a scripted model that looks further, and a real one of random weights."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app.assistant.tools.toolbox import MOST_CALLS
from app.base.calls import Ask, ChatShow, StopTurn
from app.base.errors import Problem
from app.base.models import ModelsAdd
from app.base.paths import Home
from app.base.turn_events import Delta, Step, TurnEvent
from app.base.values import Answer, ConversationId, ToolStep
from tests.support.gguf_models import Shape, write_random_model
from tests.support.live import Live, scripted_engine

ROOT = Path(__file__).parents[2]
LOOK = "When does the lease renew? Then look further for boat moored"
LOG_QUESTION = "Please look everywhere: for which minutes did the pump run?"
LEASE = "# Flat\n\nThe rent is 900 euros a month.\n\nThe lease renews on 1 March 2027 unless notice is given.\n"
BOAT = "# Boat\n\nThe boat is moored at pier seven until October.\n"
LOG = "".join(f"Entry {n}: the pump ran for {n} minutes.\n" for n in range(1, 400))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder to watch, and a secret beside it that a link leads to."""
    place = tmp_path
    files = place / "files"
    (files / "sea").mkdir(parents=True)
    (files / "lease.md").write_text(LEASE)
    (files / "sea" / "boat.md").write_text(BOAT)
    (files / "log.txt").write_text(LOG)
    (place / "secret.md").write_text("# Secret\n\nThe password is swordfish.\n")
    (files / "link.md").symlink_to(place / "secret.md")
    return place


@pytest.fixture
def live(home: Home, place: Path) -> Iterator[Live]:
    """An engine with the script as its chat model, and the folder indexed."""
    with scripted_engine(home, place / "files", place / "script.gguf") as live:
        yield live


def ask(live: Live, question: str, **more: object) -> tuple[Answer, list[TurnEvent]]:
    events: list[TurnEvent] = []
    call = msgspec.convert({"question": question, **more}, Ask)
    answer = live.peer.call(
        call, on_event=lambda _, body: events.append(msgspec.json.decode(body, type=TurnEvent)), timeout_s=120
    )
    return answer, events


def familiar(live: Live, *words: str) -> str:
    """What a command prints."""
    command = [sys.executable, "-P", "-m", "app", *words, "--home", str(live.home.root)]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


def tools(events: list[TurnEvent]) -> list[ToolStep]:
    return [event.tool for event in events if isinstance(event, Step) and event.tool is not None]


def test_model_looks_further_through_the_index_and_is_cited(live: Live, place: Path) -> None:
    answer, events = ask(live, LOOK)
    assert (answer.mode, answer.state) == ("chat", "done")
    running, done = tools(events)
    assert (running.state, running.title) == ("running", "Searching “boat moored”")
    assert (done.state, done.title, done.arguments) == ("done", "Searched “boat moored”", {"query": "boat moored"})
    assert answer.steps == (done,)
    (citation,) = answer.citations
    assert citation.path == str(place / "files" / "sea" / "boat.md")
    assert "The boat is moored at pier seven until October." in citation.quote
    assert BOAT[citation.place.start : citation.place.end] == citation.quote
    assert len(citation.sha256) == 64
    kept = live.peer.call(ChatShow(conversation=answer.conversation), timeout_s=30)[-1].answer
    assert kept is not None
    assert kept.steps == answer.steps
    assert kept.citations[0].checked == "exact"
    narrow, events = ask(live, LOG_QUESTION, scope=[str(place / "files" / "log.txt")])
    listed, read = [step for step in tools(events) if step.state == "done"]
    assert listed.result == str(place / "files" / "log.txt")
    assert read.title.startswith("Read log.txt, lines 1–")
    assert "log.txt has " in read.result
    assert {one.path for one in narrow.citations} == {str(place / "files" / "log.txt")}


def test_conversation_with_calls_and_stops_goes_on_word_for_word(live: Live) -> None:
    """The script refuses a prompt that does not begin with all that it was sent and has written before."""
    first, _ = ask(live, LOOK)
    second, events = ask(live, LOG_QUESTION, conversation=first.conversation)
    assert [step.name for step in tools(events) if step.state == "done"] == ["list_folder", "read_file"]
    third, _ = ask(live, "How much is the rent?", conversation=first.conversation)
    assert {second.state, third.state} == {"done"}
    assert third.citations
    assert all(one.n <= 12 for one in third.citations), "an answer's own numbers begin at 1 again"
    assert third.usage.reused_tokens > first.usage.prompt_tokens * 0.8
    heard: list[TurnEvent] = []
    stopped: list[bool] = []

    def hear(_name: str, body: msgspec.Raw) -> None:
        heard.append(msgspec.json.decode(body, type=TurnEvent))
        written = "".join(one.text for one in heard if isinstance(one, Delta))
        if len(written) > 60 and not stopped:
            turn = next(one.turn for one in heard if isinstance(one, Step))
            stopped.append(live.peer.call(StopTurn(turn=turn), timeout_s=10))

    slow = Ask(question="How much is the rent? Tell me slowly", conversation=first.conversation)
    assert live.peer.call(slow, on_event=hear, timeout_s=60).state == "stopped"
    last, events = ask(live, "When does the lease renew? But keep calling", conversation=first.conversation)
    assert len({step.call for step in tools(events)}) == MOST_CALLS
    assert last.state == "done"
    assert last.text


def test_command_line_streams_calls_as_steps_and_shows_them_again(live: Live) -> None:
    lines = [json.loads(line) for line in familiar(live, "ask", "--json", LOOK).splitlines()]
    states = [line["tool"]["state"] for line in lines if line["event"] == "step" and line["tool"]]
    assert states == ["running", "done"]
    assert lines[-1]["event"] == "answer"
    assert [step["name"] for step in lines[-1]["steps"]] == ["search_files"]
    assert "  Searched “boat moored” · " in familiar(live, "chats", "show", str(lines[-1]["conversation"]))


def test_random_model_with_tools_always_comes_to_an_end(home: Home, place: Path, tmp_path: Path) -> None:
    """Random weights make no sense; whatever they write, the turn is settled, kept, and the next one runs."""
    home.create()
    home.settings_toml.write_text("threads = 1\n")  # two that wait for each other take long on a busy machine
    live = Live(home)
    live.watch(place / "files")
    model = write_random_model(tmp_path / "tiny.gguf", Shape(context=8192))
    info = live.peer.call(ModelsAdd(path=str(model)), timeout_s=60)
    assert info.problem == ""
    conversation: ConversationId | None = None
    for question in ("When does the lease renew?", "And where is the boat?"):
        try:
            answer, events = ask(live, question, conversation=conversation)
        except Problem as problem:
            assert problem.code == "chat.empty"
            continue
        conversation = answer.conversation
        assert answer.state == "done"
        assert answer.model == "tiny"
        for step in tools(events):
            assert step.name in ("search_files", "list_folder", "read_file")
        shown = live.peer.call(ChatShow(conversation=conversation), timeout_s=30)[-1].answer
        assert shown is not None
        assert (shown.state, shown.text) == (answer.state, answer.text)
    live.stop()
