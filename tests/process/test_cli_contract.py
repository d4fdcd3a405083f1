"""The command line's contract, frozen: a real engine, workers and files, every word as another program sees it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.base.calls import Pause
from app.base.paths import Home
from app.base.values import ALL_STATES
from app.link.client import connect
from tests.support.ran import Ran

ROOT = Path(__file__).resolve().parents[2]
PLACE_KEYS = {"kind", "first", "last", "label", "start", "end"}
LEASE = """# Lease of the flat

The flat in Harbour Street is let to Ms Example.

## Term

The lease begins on 1 June 2028 and ends on 31 May 2031.
"""
RECIPE = "Pancakes: mix flour, milk and eggs. Rest the batter for half an hour, then fry in butter.\n"


@dataclass(frozen=True)
class Person:
    """Somebody with a folder of documents and a home of their own."""

    home: Home
    docs: Path

    def familiar(self, *words: str, **environment: str) -> Ran:
        """Run a command on this home; its output must be what it says it is, whatever the outcome."""
        command = [sys.executable, "-P", "-m", "app", *words, "--home", str(self.home.root)]
        ran = subprocess.run(
            command,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
            cwd=self.docs.parent,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    def done(self, *words: str, **environment: str) -> Any:
        """The JSON document of a command that must succeed quietly."""
        ran = self.familiar(*words, "--json", **environment)
        assert (ran.code, ran.err) == (0, ""), ran
        return ran.json


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """A person whose few files have just been indexed."""
    folder = tmp_path_factory.mktemp("contract")
    docs = folder / "docs"
    (docs / "kitchen").mkdir(parents=True)
    (docs / "lease.md").write_text(LEASE)
    (docs / "kitchen" / "pancakes \N{PANCAKES}.txt").write_text(RECIPE)
    (docs / "empty.txt").touch()
    (docs / "broken.pdf").write_bytes(b"%PDF-1.7\nno more of it")
    person = Person(Home.find(str(folder / "home")), docs)
    added = person.done("folders", "add", "docs")
    assert [one["path"] for one in added] == [str(docs)]
    status = person.done("index", "--wait")
    assert status["settled"] is True
    yield person
    person.familiar("stop")


def test_status_counts_every_state(person: Person) -> None:
    status = person.done("status")
    assert list(status)[:7] == ["files", "chunks", "pending_vectors", "embedded_total", "settled", "paused", "pids"]
    assert set(status["files"]) == set(ALL_STATES)
    assert {state: n for state, n in status["files"].items() if n} == {"ready": 2, "empty": 1, "damaged": 1}
    assert status["chunks"] >= 2
    assert (status["pending_vectors"], status["settled"], status["paused"]) == (0, True, None)
    assert status["embedded_total"] >= 2
    assert set(status["pids"]) == {"engine", "extract", "vectors", "chat"}
    assert psutil.pid_exists(status["pids"]["engine"])


def test_files_have_state_reason_and_hint(person: Person) -> None:
    rows = {Path(row["path"]).name: row for row in person.done("files")}
    assert set(rows) == {"lease.md", "pancakes \N{PANCAKES}.txt", "empty.txt", "broken.pdf"}
    assert {"path", "state", "reason", "hint", "chunks"} <= set(rows["lease.md"])
    assert (rows["lease.md"]["state"], rows["lease.md"]["reason"]) == ("ready", "")
    assert rows["broken.pdf"]["reason"] != ""
    problems = person.done("files", "--state", "problems")
    assert {Path(row["path"]).name for row in problems} == {"empty.txt", "broken.pdf"}
    assert [Path(row["path"]).name for row in person.done("files", "--state", "damaged")] == ["broken.pdf"]


def test_read_gives_text_with_places(person: Person) -> None:
    document = person.done("read", "docs/lease.md")
    text = "".join(chunk["text"] for chunk in document["chunks"])
    assert (document["path"], document["state"]) == (str(person.docs / "lease.md"), "ready")
    assert document["title"] == "Lease of the flat"
    assert "ends on 31 May 2031" in text
    assert document["sha256"] == hashlib.sha256(LEASE.encode()).hexdigest()
    for chunk in document["chunks"]:
        assert set(chunk["place"]) == PLACE_KEYS
        assert text[chunk["place"]["start"] : chunk["place"]["end"]] == chunk["text"]
    human = person.familiar("read", "docs/lease.md")
    assert (human.code, human.out.rstrip("\n")) == (0, text.rstrip("\n"))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["read", "/etc/hostname"], "file.outside"),
        (["read", "docs/gone.txt"], "file.missing"),
        (["folders", "add", "gone"], "folder.missing"),
        (["chats", "show", "999999"], "chats.unknown"),
        (["models", "use", "nobody"], "model.unknown"),
        (["models", "add", "docs/lease.md"], "model.not_gguf"),
        (["models", "add", "docs/gone.gguf"], "model.missing"),
        (["models", "begin-within", "0.1"], "settings.first_word"),
        (["ask", "x", "--model", "nobody"], "model.unknown"),
        (["eval", "retrieval", "docs"], "eval.malformed"),
        (["eval", "answers", "docs"], "eval.malformed"),
        (["eval", "answers", "docs/gone"], "eval.no_folder"),
    ],
)
def test_refusal_exits_1_with_its_code(words: list[str], code: str, person: Person) -> None:
    ran = person.familiar(*words, "--json")
    assert ran.code == 1
    assert ran.error == code
    assert f"[{code}]" in ran.err


def test_search_gives_one_hit_a_file_best_first(person: Person) -> None:
    found = person.done("search", "when does the lease end")
    assert list(found)[:4] == ["query", "took_ms", "hits", "coverage"]
    assert set(found) == {*list(found)[:4], "filters", "corrections", "certain", "notes", "weight"}
    assert found["query"] == "when does the lease end"
    assert 0 < found["weight"]["words"] < 1 and found["weight"]["why"]
    best = found["hits"][0]
    assert set(best) == {"path", "place", "quote", "score", "chunk_id", "alike", "unread"}
    assert best["path"] == str(person.docs / "lease.md")
    assert "31 May 2031" in best["quote"]
    assert set(best["place"]) == PLACE_KEYS
    scores = [hit["score"] for hit in found["hits"]]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert len({hit["path"] for hit in found["hits"]}) == len(found["hits"])
    assert len(person.done("search", "lease batter", "--limit", "1")["hits"]) == 1


def test_search_stays_in_its_scope(person: Person) -> None:
    hits = person.done("search", "lease", "batter", "--in", "docs/kitchen")["hits"]
    assert {Path(hit["path"]).parent.name for hit in hits} == {"kitchen"}
    hits = person.done("search", "lease", "batter", "--in", str(person.docs / "lease.md"))["hits"]
    assert {Path(hit["path"]).name for hit in hits} == {"lease.md"}


def test_search_finds_by_meaning(person: Person) -> None:
    found = person.done("search", "breakfast dish from a pan")
    assert found["coverage"]["by_meaning"] is True
    assert found["hits"][0]["path"].endswith("pancakes \N{PANCAKES}.txt")


def _ask(person: Person, *words: str) -> tuple[list[Any], Any]:
    """The events before the answer, and the answer."""
    ran = person.familiar("ask", *words, "--json")
    assert (ran.code, ran.err) == (0, ""), ran
    events = [json.loads(line) for line in ran.out.splitlines()]
    return events[:-1], events[-1]


def test_ask_answers_in_quotes_that_are_cited(person: Person) -> None:
    events, answer = _ask(person, "when does the lease end?", "--model", "quotes")
    assert {event["event"] for event in events} <= {"step", "delta"}
    assert events
    assert {"event", "conversation", "turn", "mode", "state", "text", "citations", "coverage", "usage", "model"} <= set(
        answer
    )
    assert (answer["event"], answer["mode"], answer["state"]) == ("answer", "quotes", "done")
    assert "31 May 2031" in answer["text"]
    assert "[1]" in answer["text"]
    first = answer["citations"][0]
    assert {"n", "path", "sha256", "place", "quote", "chunk_id"} <= set(first)
    assert (first["n"], first["path"]) == (1, str(person.docs / "lease.md"))
    assert first["sha256"] == hashlib.sha256(LEASE.encode()).hexdigest()
    assert {"matching", "read", "files"} <= set(answer["coverage"])
    assert {"path": first["path"]}.items() <= answer["coverage"]["files"][0].items()


def test_ask_says_when_nothing_is_found(person: Person) -> None:
    _, answer = _ask(person, "xylotomous quokka zyzzyva?", "--in", "docs/empty.txt", "--model", "quotes")
    assert (answer["mode"], answer["state"], answer["citations"]) == ("not_found", "done", [])


def test_conversation_goes_on_and_is_kept(person: Person) -> None:
    _, first = _ask(person, "when does the lease begin?", "--conversation", "new")
    ident = str(first["conversation"])
    _, second = _ask(person, "and when does the lease end?", "--conversation", ident)
    assert second["conversation"] == first["conversation"]
    chat = next(chat for chat in person.done("chats", "list") if chat["id"] == first["conversation"])
    assert {"id", "title", "created_at", "updated_at", "messages"} <= set(chat)
    shown = person.done("chats", "show", ident)
    assert [message["role"] for message in shown] == ["user", "assistant", "user", "assistant"]
    assert shown[0]["text"] == "when does the lease begin?"
    assert shown[-1]["answer"]["text"] == second["text"]
    assert first["conversation"] in [chat["id"] for chat in person.done("chats", "search", "lease", "begin")]
    assert person.done("chats", "search", "xylotomous", "lease") == []
    exported = person.done("chats", "export", ident)
    assert (exported["conversation"]["id"], exported["messages"]) == (first["conversation"], shown)
    markdown = person.familiar("chats", "export", ident)
    assert "> when does the lease begin?" in markdown.out
    assert person.done("chats", "delete", ident) == {"deleted": first["conversation"]}
    assert not [chat for chat in person.done("chats", "list") if chat["id"] == first["conversation"]]
    assert person.done("chats", "restore", ident)["id"] == first["conversation"]
    assert person.done("chats", "show", ident) == shown


def test_doctor_lists_checks_with_a_remedy_for_each_fault(person: Person) -> None:
    ran = person.familiar("doctor", "--json")
    checks = {check["name"]: check for check in ran.json}
    assert {"familiar", "system", "libraries", "disk", "index"} <= set(checks)
    faults = [check for check in ran.json if check["level"] in ("warning", "error")]
    assert all(check["hint"] for check in faults), faults
    assert ran.code == (1 if any(check["level"] == "error" for check in faults) else 0)


def test_no_model_is_listed_before_one_is_added(person: Person) -> None:
    assert person.done("models", "list") == []
    assert person.done("models", "use", "quotes") == []


def test_how_soon_answers_should_begin_is_kept(person: Person) -> None:
    assert person.done("models", "begin-within") == {"first_word_s": 4.0}
    assert person.done("models", "begin-within", "7.5") == {"first_word_s": 7.5}
    assert person.done("models", "begin-within") == {"first_word_s": 7.5}


def test_paused_index_does_not_let_anybody_wait(person: Person) -> None:
    peer = connect(person.home, role="cli")
    try:
        peer.call(Pause(reason="on battery"), timeout_s=30)
        ran = person.familiar("index", "--wait", "--json")
        assert (ran.code, ran.error) == (1, "index.paused")
        assert "on battery" in ran.err
        assert person.done("status")["paused"] == "on battery"
    finally:
        peer.call(Pause(reason=None), timeout_s=30)
        peer.close()
    assert person.done("index", "--wait")["settled"] is True


def test_saved_file_is_found_as_it_is_now(person: Person) -> None:
    notes = person.docs / "notes.txt"
    notes.write_text("The plumber comes on Tuesday.\n")
    person.done("index", "--wait")
    assert person.done("search", "plumber")["hits"][0]["quote"].strip() == "The plumber comes on Tuesday."
    notes.write_text("The plumber comes on Friday.\n")
    person.done("index", "--wait")
    assert person.done("search", "plumber")["hits"][0]["quote"].strip() == "The plumber comes on Friday."
    notes.unlink()
    person.done("index", "--wait")
    assert str(notes) not in [hit["path"] for hit in person.done("search", "plumber")["hits"]]


def test_retrieval_is_measured_in_a_home_of_its_own(person: Person, tmp_path: Path) -> None:
    topics = ["volcano eruption lava", "violin concerto orchestra", "sourdough bread oven", "bicycle chain gear"]
    (tmp_path / "set" / "qrels").mkdir(parents=True)
    documents = [
        {"_id": f"d{n}", "title": topic.split()[0], "text": f"About {topic}."} for n, topic in enumerate(topics)
    ]
    queries = [{"_id": f"q{n}", "text": topic.split()[1]} for n, topic in enumerate(topics)]
    for name, rows in (("corpus", documents), ("queries", queries)):
        (tmp_path / "set" / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "set" / "qrels" / "test.tsv").write_text("".join(f"q{n}\td{n}\t1\n" for n in range(len(topics))))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    figures = person.done("eval", "retrieval", str(tmp_path / "set"), TMPDIR=str(scratch))
    assert set(figures) == {"ndcg@10", "recall@100", "mrr@10", "queries", "documents", "search_ms"}
    assert (figures["ndcg@10"], figures["recall@100"], figures["mrr@10"]) == (1.0, 1.0, 1.0)
    assert (figures["queries"], figures["documents"]) == (4, 4)
    assert 0 < figures["search_ms"]["p50"] <= figures["search_ms"]["p95"]
    assert [path.name for path in scratch.iterdir() if path.name.startswith("fe-")] == []
    assert [chat["path"] for chat in person.done("folders", "list")] == [str(person.docs)]


def test_engine_stops_and_starts_again_with_nothing_lost(person: Person) -> None:
    before = person.done("status")
    assert person.done("stop") == {"stopped": True}
    assert not psutil.pid_exists(before["pids"]["engine"])
    assert person.done("stop") == {"stopped": False}
    assert person.done("index", "--wait")["files"] == before["files"]
    after = person.done("status")
    assert after["pids"]["engine"] != before["pids"]["engine"]
    assert after["embedded_total"] == before["embedded_total"]


def test_folder_that_is_removed_is_forgotten_and_untouched(person: Person, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("A marmalade sandwich under the hat.\n")
    person.done("folders", "add", str(tmp_path))
    person.done("index", "--wait")
    assert person.done("search", "marmalade")["hits"]
    assert [one["path"] for one in person.done("folders", "remove", str(tmp_path))] == [str(person.docs)]
    assert not [hit for hit in person.done("search", "marmalade")["hits"] if str(tmp_path) in hit["path"]]
    assert (tmp_path / "secret.txt").exists()


def test_second_home_is_another_person(tmp_path: Path, person: Person) -> None:
    other = Person(Home.find(tempfile.mkdtemp(dir=tmp_path)), person.docs)
    try:
        assert other.done("folders", "list") == []
        assert other.done("chats", "list") == []
    finally:
        other.familiar("stop")
