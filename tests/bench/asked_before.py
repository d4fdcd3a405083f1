"""Questions asked before: how many that mean the same share a key, and how many that differ in one thing do.

Pairs are made of XQuAD's English questions: PAIRS of the same with politeness around them, without capitals, articles
and question marks, which is less than people do to a question; three times as many with another number, name or denial.
What differs in a word that means the same ("end", "expire") is asked anew. How long a look into TURNS kept turns takes
is told, too.
"""

from __future__ import annotations

import json
import os
import random
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from app.base.values import TurnId
from app.language.facts.names import names
from app.language.facts.numbers import figures
from app.language.question.sameness import same_key
from app.store.user import UserStore
from tests.bench.report import Report

PAIRS = 200
TURNS = 20_000
_ANSWERS = Path(os.environ.get("FAMILIAR_YARDSTICKS", "../shared/yardsticks")) / "answers"
_SAME: tuple[Callable[[str], str], ...] = (
    lambda q: f"Please tell me: {q}",
    lambda q: f"Can you tell me, {q} Thanks!",
    lambda q: q.rstrip("?").lower(),
    lambda q: f"  {q.rstrip('?')}  ?",
    lambda q: f"Hello! {q}",
    lambda q: re.sub(r"\b(the|a|an) ", "", q, count=1),
    lambda q: q.replace("Which ", "What ").replace("'", "’"),
    lambda q: f"Do you know {q[:1].lower()}{q[1:]}",
)
_DENIED = re.compile(r"\b(is|was|are|were|did|does|do|can|could|has|had|have|will|would)\b")


def run() -> int:
    """Measure; exit code 0 if the bounds held."""
    chance = random.Random(9)
    questions = [
        json.loads(line)["text"] for line in (_ANSWERS / "xquad-en" / "questions.jsonl").open(encoding="utf-8")
    ]
    chance.shuffle(questions)
    known = sorted({one.text for question in questions for one in names(question)[1:]})
    same = [(q, _SAME[at % len(_SAME)](q)) for at, q in enumerate(questions[:PAIRS])]
    report = Report("Asked before")
    found = [same_key(one) == same_key(other) != "" for one, other in same]
    report.figure("of those that mean the same, with one key", [sum(found) / len(found)], "", at_least=0.8)
    for one, other in [pair for pair, held in zip(same, found, strict=True) if not held][:5]:
        report.note(f"missed: {one} | {other}")
    differing = _differing(questions, known, chance)
    confused = [(one, other) for one, other in differing if same_key(one) == same_key(other) != ""]
    report.figure(f"of {len(differing)} that differ in one thing, with one key", [len(confused)], "", at_most=0)
    for one, other in confused[:5]:
        report.note(f"confused: {one} | {other}")
    every = [same_key(question) for question in questions]
    twice = len(every) - len({*every})
    report.note(f"of {len(every):,} different questions {twice} share a key with another")
    report.figure("making a key", [_ms(same_key, q) for q in questions[:PAIRS]], "ms")
    report.figure(f"looking among {TURNS:,} turns", _lookups(questions), "ms", at_most=5.0)
    return report.end()


def _differing(questions: Sequence[str], known: Sequence[str], chance: random.Random) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for question in questions:
        counted = [one for one in figures(question) if not one.word]
        if counted:
            one = chance.choice(counted)
            value = re.sub(r"\d(?!.*\d)", lambda digit: str((int(digit[0]) + 1) % 10), one.text)
            pairs.append((question, question[: one.start] + value + question[one.end :]))
        named = names(question)[1:]
        if named:
            name = chance.choice(named).text
            pairs.append((question, question.replace(name, chance.choice([one for one in known if one != name]), 1)))
        denied = _DENIED.search(question)
        if denied:
            pairs.append((question, f"{question[: denied.end()]} not{question[denied.end() :]}"))
    chance.shuffle(pairs)
    return [pair for pair in pairs if pair[0] != pair[1]][: 3 * PAIRS]


def _lookups(questions: Sequence[str]) -> list[float]:
    with tempfile.TemporaryDirectory() as folder, closing(UserStore.open(Path(folder) / "user.db")) as store:
        begun = store.turns.begin(questions[0], mode="chat")
        store.turns.save(msgspec.structs.replace(begun, state="done", text="x"))
        with store.turns._database.writing() as connection:
            connection.executemany(
                "INSERT INTO turns (conversation, started_at, scope, mode, coverage, usage, error, trace, asked)"
                " VALUES (?, 0, '[]', 'chat', '{}', '{}', '', '{}', ?)",
                [(begun.conversation, f"{same_key(questions[n % len(questions)])} {n}") for n in range(TURNS)],
            )
        last = TurnId(1 << 40)
        return [_ms(lambda q: store.asked_before.find(q, [], last, 4), one) for one in questions[:PAIRS]]


def _ms(work: Callable[[str], object], question: str) -> float:
    began = time.perf_counter()
    work(question)
    return (time.perf_counter() - began) * 1000
