"""familiar eval answers with a real engine: its figures, what it refuses, and that nothing of it is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.ran import Ran
from tests.support.small_disk import small_disk

ROOT = Path(__file__).resolve().parents[2]
ANIMALS = {"otter": "river bank", "badger": "old quarry", "heron": "reed pond", "marten": "pine loft"}
SHARES = [
    "first_source_right", "first_quote_holds", "any_quote_holds", "answer_holds", "exact_match", "f1", "refused",
    "nearest_holds", "abstained", "with_source",
]  # fmt: skip


class _Bench:
    """A test set, a home, and a folder for temporary files, all of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.set = folder / "set"
        self.home = folder / "home"
        self.temporary = folder / "t"
        self.set.mkdir()
        self.temporary.mkdir()
        self.write(
            "corpus",
            [
                {"_id": animal, "text": f"In spring the {animal} was seen. The {animal} lives at the {place}."}
                for animal, place in ANIMALS.items()
            ],
        )
        known = [
            {"_id": animal, "text": f"Where does the {animal} live?", "answers": [place], "evidence": [animal]}
            for animal, place in ANIMALS.items()
        ]
        unknown = [
            {"_id": f"n{n}", "text": f"Zxqv {n} wvutk?", "answers": [], "evidence": []} for n in range(len(ANIMALS))
        ]
        self.write("questions", [*known, *unknown])

    def write(self, name: str, rows: Sequence[object]) -> None:
        (self.set / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def start(self, *words: str, folder: bool = True, **environment: str) -> subprocess.Popen[str]:
        return self._start("eval", "answers", *([str(self.set)] if folder else []), *words, **environment)

    def _start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-P", "-m", "app", *words]
        variables = {"PYTHONPATH": str(ROOT), "TMPDIR": str(self.temporary), "FAMILIAR_HOME": str(self.home)}
        return subprocess.Popen(
            command, env=os.environ | variables | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *words: str, folder: bool = True, **environment: str) -> Ran:
        return _end(self.start(*words, folder=folder, **environment))

    def familiar(self, *words: str) -> Any:
        """The last JSON line of another command, which must succeed."""
        ran = _end(self._start(*words, "--json"))
        assert (ran.code, ran.err) == (0, ""), ran
        return json.loads(ran.out.splitlines()[-1])

    def left(self) -> list[str]:
        return [path.name for path in self.temporary.iterdir() if path.name.startswith("fe-")]


def _end(running: subprocess.Popen[str]) -> Ran:
    out, err = running.communicate(timeout=90)
    return Ran(running.returncode, out, err)


@pytest.fixture
def bench(tmp_path: Path) -> _Bench:
    return _Bench(tmp_path)


def test_answers_are_measured_in_a_home_of_its_own(bench: _Bench, tmp_path: Path) -> None:
    ran = bench.run("--json", "--misses", str(tmp_path / "misses.jsonl"))
    assert (ran.code, ran.err) == (0, "")
    figures = ran.json
    expected = ["model", "answerable", "unanswerable"]
    for share in SHARES:
        expected += [share, f"{share}_ci95"]
    assert list(figures) == [
        *expected,
        "claims",
        "supported_true",
        "supported_true_ci95",
        "seconds",
        "failed",
        "complete",
        "strict",
    ]
    assert (figures["model"], figures["answerable"], figures["unanswerable"]) == (None, 4, 4)
    assert (figures["failed"], figures["complete"]) == (0, True)
    assert (figures["first_source_right"], figures["any_quote_holds"], figures["refused"]) == (1.0, 1.0, 0.0)
    assert 0 < figures["seconds"]["p50"] <= figures["seconds"]["p95"] <= figures["seconds"]["max"]
    low, high = figures["first_source_right_ci95"]
    assert 0.4 < low < high <= 1.0
    wrong = [json.loads(line) for line in (tmp_path / "misses.jsonl").read_text().splitlines()]
    assert round(figures["abstained"] * 4) == 4 - sum(one["wrong"] == ["not_abstained"] for one in wrong)
    assert bench.left() == []
    assert not (bench.home / "user.db").exists()


def test_people_read_figures_with_their_bounds(bench: _Bench) -> None:
    ran = bench.run("--limit", "2", "--model", "quotes")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "2 questions with an answer, 1 without · quotes"
    assert lines[1].split("  ")[1] == "first source is the right one"
    assert lines[1].endswith("1.000  0.342 to 1.000")


def test_curve_tells_refusing_against_abstaining(bench: _Bench) -> None:
    curve = bench.run("--strict", "0,1", "--json").json["curve"]
    assert [point["strict"] for point in curve] == [0.0, 1.0]
    assert all(point["answerable"] == 4 and point["unanswerable"] == 4 for point in curve)
    assert curve[0]["refused"] <= curve[1]["refused"]
    assert curve[0]["abstained"] <= curve[1]["abstained"]
    head, *rows = bench.run("--strict", "0.5,0.25", "--limit", "2").out.splitlines()
    assert head.split("  ")[0] == "strict"
    assert [row.split()[0] for row in rows] == ["0.5", "0.25"]


@pytest.mark.parametrize(
    "words",
    [["--strict", "2"], ["--strict", "much"], ["--strict", "0.5,"], ["--strict", "nan"], ["--mine", "--strict", "1"]],
)
def test_strict_that_makes_no_sense_is_wrong_usage(words: list[str], bench: _Bench) -> None:
    assert bench.run(*words, folder="--mine" not in words).code == 2


def test_corpus_of_one_document_is_enough(bench: _Bench) -> None:
    bench.write("corpus", [{"_id": "otter", "text": "The otter lives at the river bank."}])
    bench.write(
        "questions", [{"_id": "q", "text": "Where lives the otter?", "answers": ["river bank"], "evidence": ["otter"]}]
    )
    figures = bench.run("--json").json
    assert (figures["answerable"], figures["first_source_right"]) == (1, 1.0)
    assert (figures["unanswerable"], figures["abstained"], figures["abstained_ci95"]) == (0, None, None)


def test_unknown_model_is_refused_before_anything_is_read(bench: _Bench) -> None:
    ran = bench.run("--model", "nobody", "--json")
    assert (ran.code, ran.error) == (1, "model.unknown")
    assert bench.left() == []


def test_misses_that_cannot_be_written_are_a_problem_at_once(bench: _Bench, tmp_path: Path) -> None:
    ran = bench.run("--json", "--misses", str(tmp_path / "gone" / "misses.jsonl"))
    assert (ran.code, ran.error) == (1, "eval.misses")
    assert bench.left() == []


@pytest.mark.parametrize(
    ("documents", "code"),
    [(4000, "eval.no_room"), (100, "index.paused")],
    ids=["for the documents", "for the index"],
)
def test_full_disk_is_a_problem_and_leaves_nothing(documents: int, code: str, bench: _Bench, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 3) as disk:
        bench.temporary = disk
        bench.write("corpus", [{"_id": str(n), "text": f"Number {n}. " + "x y " * 500} for n in range(documents)])
        bench.write("questions", [{"_id": "q", "text": "Where?", "answers": [], "evidence": []}])
        ran = bench.run("--json")
        assert (ran.code, ran.error) == (1, code)
        assert bench.left() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl+C", "terminated"])
def test_what_ended_early_leaves_nothing_and_tells_what_it_has(
    number: signal.Signals, bench: _Bench, tmp_path: Path
) -> None:
    question = {"_id": "", "text": "Where does the otter live?", "answers": ["pine loft"], "evidence": ["marten"]}
    bench.write("questions", [question | {"_id": f"q{n}"} for n in range(5000)])
    misses = tmp_path / "misses.jsonl"
    running = bench.start("--json", "--misses", str(misses))
    while not (misses.exists() and len(misses.read_text().splitlines()) >= 3):
        assert running.poll() is None
    running.send_signal(number)
    ran = _end(running)
    assert (ran.code, ran.err) == (130, "")
    assert 3 <= ran.json["answerable"] < 5000
    assert (ran.json["complete"], ran.json["first_source_right"]) == (False, 0.0)
    assert bench.left() == []


def test_own_ratings_are_measured_and_nothing_is_kept(bench: _Bench, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for animal, place in ANIMALS.items():
        (docs / f"{animal}.txt").write_text(f"In spring the {animal} was seen. The {animal} lives at the {place}.\n")
    bench.familiar("folders", "add", str(docs))
    bench.familiar("index", "--wait")
    try:
        assert bench.run("--mine", folder=False).code == 1
        turns = [bench.familiar("ask", f"Where does the {animal} live?")["turn"] for animal in ANIMALS]
        for turn, thumb in zip(turns, ("up", "up", "down", "down"), strict=True):
            bench.familiar("chats", "rate", str(turn), thumb)
        bench.familiar("chats", "rate", str(turns[3]), "clear")
        chats = bench.familiar("chats", "list")
        figures = bench.run("--mine", "--json", folder=False).json
        assert (figures["answerable"], figures["unanswerable"], figures["failed"]) == (2, 0, 0)
        assert (figures["first_source_right"], figures["first_quote_holds"]) == (1.0, 1.0)
        outcomes = {"questions": 1, "same_again": 1, "changed": 0, "abstained": 0, "failed": 0}
        assert figures["marked_wrong"] == outcomes
        assert figures["left_out"] == {"without_source": 0, "gone": 0}
        assert bench.familiar("chats", "list") == chats
        told = bench.run("--mine", folder=False).out
        assert "Of 1 answer that you found wrong, 1 came again, 0 differ now, 0 are not given any more." in told
    finally:
        bench.familiar("stop")


@pytest.mark.parametrize("words", [[], ["--mine", "set"]])
def test_either_a_folder_or_the_persons_own(words: list[str], bench: _Bench) -> None:
    ran = bench.run(*words, folder=False)
    assert ran.code == 2
    assert "name either a folder or --mine" in ran.err
