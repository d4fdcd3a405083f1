"""A small real chat model with every tool on offer: does each turn end, in time, with an answer or a reason?

SmolLM2-135M-Instruct is far too weak for tools; it is told to use them all the same. The sample folder is asked about,
and asked to be changed; every approval is answered yes, so that whatever it calls is done. TURNS: how many, 200 if not
set.
"""

from __future__ import annotations

import itertools
import os
import shutil
import sys
import time
from collections import Counter

import msgspec

from app.base.actions import Approval, AuditShow, Decide
from app.base.calls import Ask
from app.base.errors import Problem
from app.base.models import ModelsAdd, ModelsProfile
from app.base.paths import resources
from app.base.turn_events import TurnEvent
from app.base.values import Answer
from app.link.peer import Peer
from tests.bench.report import Report
from tests.bench.setting import Setting
from tests.support.small_model import MISSING, MODEL

TURNS = int(os.environ.get("TURNS", "200"))
MOST_S = 180.0
QUESTIONS = (
    "When does the lease renew?", "Create a note called shopping.md that says milk and bread.",
    "Which files are about the kitchen?", "Rename About this folder.md to readme.md", "What is in the folder Lisbon?",
    "Move the oldest file to a folder called Old.", "How many files are there?", "Hello!",
    "Add the line “call Anna” to shopping.md", "What is 17 % of 1,250?", "Delete every file.",
    "Remember that I live in Basel.", "What did I ask before?", "Look everywhere for the word boat.",
)  # fmt: skip


def run() -> int:
    """Measure; exit code 0 if the bounds held."""
    if not MODEL.is_file():
        print(MISSING, file=sys.stderr)
        return 1
    report = Report("A small model with tools")
    with Setting() as setting:
        shutil.copytree(resources() / "sample", setting.files, dirs_exist_ok=True)
        setting.index()
        peer = setting.start()
        model = peer.call(ModelsAdd(path=str(MODEL)), timeout_s=120)
        peer.call(ModelsProfile(name=model.name, profile="full"), timeout_s=60)
        taken: list[float] = []
        ends: Counter[str] = Counter()
        silent = 0
        for question in itertools.islice(itertools.cycle(QUESTIONS), TURNS):
            began = time.monotonic()
            answer = _ask(peer, question)
            taken.append(time.monotonic() - began)
            said = answer.text.strip() if isinstance(answer, Answer) else answer.title
            silent += not said
            ends[_end(answer)] += 1
        record = peer.call(AuditShow(verify=True), timeout_s=60)
    report.note(", ".join(f"{count} {end}" for end, count in ends.most_common()))
    report.note(f"{record.total} lines of the record")
    report.figure("turns without a word", [silent], "", at_most=0)
    report.figure("seconds a turn", taken, "s", at_most=MOST_S)
    report.figure("lines of the record that are not whole", [float(bool(record.problem))], "", at_most=0)
    return report.end()


def _ask(peer: Peer, question: str) -> Answer | Problem:
    def hear(_name: str, body: msgspec.Raw) -> None:
        event = msgspec.json.decode(body, type=TurnEvent)
        if isinstance(event, Approval) and event.state == "waiting":
            peer.call(Decide(approval=event.id, allow=True), timeout_s=30)

    try:
        return peer.call(Ask(question=question, approves=True, anew=True), on_event=hear, timeout_s=2 * MOST_S)
    except Problem as problem:
        return problem


def _end(answer: Answer | Problem) -> str:
    if isinstance(answer, Problem):
        return answer.code
    called = f", {len(answer.steps)} calls" if answer.steps else ""
    return f"{answer.rung or answer.mode}{called}{', acted' if answer.actions else ''}"
