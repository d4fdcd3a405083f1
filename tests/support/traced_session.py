"""A whole session with Familiar as one command, to be watched from outside.

`python -m tests.support.traced_session PLACE IDLE_S`

PLACE: an empty folder. Two hundred files of many formats are read, twenty questions asked (in quotes, then of a real
model, if llama.cpp is here), pages drawn, a real window shown, every kind of worker started; then all is left idle.
What was done is written to PLACE/done.json.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from app.base.calls import Ask, Call, Drain, FoldersAdd, GetStatus, Index, SetPreferences, ShowPlace
from app.base.chat import Endpoint, EndpointModels, ListRepository
from app.base.errors import Problem
from app.base.models import ModelsAdd
from app.base.paths import Home
from app.base.values import Answer
from app.link.client import connect
from app.link.peer import Peer
from app.link.workers import Worker
from tests.support.background_session import Done
from tests.support.gguf_models import Shape, write_random_model
from tests.support.sample_documents import docx, epub, odp, odt, pdf, pptx, scanned_pdf, xlsx

FILES, QUESTIONS = 200, 20
OF_A_MODEL = 4  # questions that a model of random weights answers; the others are answered in quotes
TOPICS = ("lease", "boat", "boiler", "garden", "invoice", "choir", "passport", "bicycle", "roof", "cellar")


def write_files(folder: Path) -> None:
    """Two hundred small files of many formats."""
    folder.mkdir()
    makers: tuple[tuple[str, Callable[[str, str], bytes]], ...] = (
        ("md", lambda title, text: f"# {title}\n\n{text}\n".encode()),
        ("txt", lambda title, text: f"{title}\n\n{text}\n".encode()),
        ("html", lambda title, text: f"<html><h1>{title}</h1><p>{text}</p></html>".encode()),
        ("csv", lambda title, text: f"topic,note\n{title},{text}\n".encode()),
        ("eml", lambda title, text: f"From: a@example.org\nTo: b@example.org\nSubject: {title}\n\n{text}\n".encode()),
        ("json", lambda title, text: json.dumps({"title": title, "text": text}).encode()),
        ("pdf", lambda title, text: pdf([[title, text]], title=title)),
        ("docx", lambda title, text: docx([(1, title), (0, text)])),
        ("xlsx", lambda title, text: xlsx({"One": [["topic", "note"], [title, text]]})),
        ("pptx", lambda title, text: pptx([(title, text)])),
        ("odt", lambda title, text: odt([(1, title), (0, text)])),
        ("odp", lambda title, text: odp([(title, text)])),
        ("epub", lambda title, text: epub(title, "A. Writer", [(title, f"<p>{text}</p>")])),
        ("py", lambda title, text: f'"""{title}"""\n\nNOTE = "{text}"\n'.encode()),
        ("rtf", lambda title, text: f"{{\\rtf1 {title}\\par {text}\\par}}".encode()),
    )
    for number in range(FILES - 1):
        topic = TOPICS[number % len(TOPICS)]
        ending, make = makers[number % len(makers)]
        text = f"The {topic} of house {number} is looked after on day {number % 28 + 1} and costs {number + 100} euros."
        (folder / f"{topic} {number}.{ending}").write_bytes(make(f"About the {topic} {number}", text))
    (folder / "scan.pdf").write_bytes(scanned_pdf(2))


def ask_all(peer: Peer, place: Path) -> tuple[list[Answer], int]:
    """Ask everything; the answers, and how many of them a model gave."""
    answers = [_ask(peer, number) for number in range(QUESTIONS - OF_A_MODEL)]
    if importlib.util.find_spec("llama_cpp") is not None:
        peer.call(ModelsAdd(path=str(write_random_model(place / "tiny.gguf", Shape(context=8192)))), timeout_s=120)
    last = [_ask(peer, number) for number in range(QUESTIONS - OF_A_MODEL, QUESTIONS)]
    return [one for one in (*answers, *last) if one is not None], sum(one is None or bool(one.model) for one in last)


def _ask(peer: Peer, number: int) -> Answer | None:
    """An answer; None if the model's random words came to nothing."""
    question = f"What does the {TOPICS[number % len(TOPICS)]} of house {number} cost?"
    try:
        return peer.call(Ask(question=question), timeout_s=180)
    except Problem as problem:
        if problem.code != "chat.empty":
            raise
        return None


def draw_pages(peer: Peer, answers: list[Answer]) -> int:
    """Draw the first page that each answer cites; how many were drawn or shown as text."""
    drawn = 0
    for answer in answers:
        for citation in answer.citations[:2]:
            peer.call(ShowPlace(path=citation.path, place=citation.place, quote=citation.quote), timeout_s=60)
            drawn += 1
    return drawn


def start_network_workers() -> list[Worker]:
    """The two workers whose trade is the network, with their libraries loaded and nothing to do."""
    remote, fetch = Worker("remote"), Worker("fetch")
    _refused(fetch, ListRepository(repository="a/b", endpoint="no address"))
    _refused(remote, EndpointModels(endpoint=Endpoint(url="no address", model="m")))
    return [remote, fetch]


def _refused(worker: Worker, call: Call[Any]) -> None:
    """Make a call that is refused for what it says, before anything is asked of the network."""
    try:
        worker.call(call, timeout_s=120)
    except Problem:
        return
    raise AssertionError("an address that is none was taken")


def main() -> int:
    """Do it all; returns the exit code."""
    place, idle_s = Path(sys.argv[1]), float(sys.argv[2])
    write_files(place / "files")
    home = Home.find(str(place / "home"))
    peer = connect(home, role="cli")
    peer.call(SetPreferences(first_run=False), timeout_s=60)
    peer.call(FoldersAdd(paths=[str(place / "files")]), timeout_s=60)
    peer.call(Index(wait=True), timeout_s=300)
    answers, of_model = ask_all(peer, place)
    pages = draw_pages(peer, answers)
    (place / "answers.json").write_bytes(msgspec.json.encode([one for one in answers if one.citations]))
    workers = start_network_workers()
    walk = [sys.executable, "-m", "tests.support.traced_window", str(home.root), str(place)]
    window = subprocess.Popen(walk)
    asked = subprocess.run(
        [sys.executable, "-m", "app", "--home", str(home.root), "ask", "Which boat?"],
        capture_output=True, check=False, timeout=180,
    )  # fmt: skip
    assert asked.returncode in (0, 1), asked.stderr
    threading.Event().wait(idle_s)  # idleness is what is looked at
    window.terminate()
    window.wait(30)
    for worker in workers:
        worker.stop()
    status = peer.call(GetStatus(), timeout_s=60)
    shown = place / "window.txt"
    done = Done(
        files=sum(status.files.values()),
        ready=status.files.get("ready", 0),
        answers=len(answers),
        of_model=of_model,
        pages=pages,
        window=shown.read_text() if shown.exists() else "",
        vectors=status.embedded_total,
        idle_s=idle_s,
    )
    peer.call(Drain(), timeout_s=60)
    peer.close()
    (place / "done.json").write_bytes(msgspec.json.encode(done))
    return 0


if __name__ == "__main__":
    sys.exit(main())
