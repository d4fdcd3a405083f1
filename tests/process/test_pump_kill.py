"""SIGKILL at every step of the pump, of the engine and of the vectors worker: the index comes out like a fresh one."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from app.base.calls import Search
from app.base.chunking import CHUNKER
from app.base.paths import Home
from app.store.embeddings import EmbeddingStore
from app.store.index import IndexStore
from app.store.texts import Texts
from tests.support.live import Live, until

SCRIPT = Path(__file__).parents[1] / "support" / "killing_engine.py"
STEPS = [
    "IndexStore.settle", "Texts.to_store", "EmbeddingStore.find", "EmbeddingStore.keep",
    "Texts.mark_stored", "Texts.removals", "Texts.clear_removals",
]  # fmt: skip
QUERIES = ["lighthouse keeper", "bread with olives", "train timetable", "what did the owl see", "chapter 7"]


def write(folder: Path, round_: int) -> None:
    """Change some files, add some, remove some: each round another set."""
    folder.mkdir(exist_ok=True)
    for n in range(12):
        path = folder / f"note {n}.txt"
        if (n + round_) % 5 == 0:
            path.unlink(missing_ok=True)
        elif (n + round_) % 3 == 0 or not path.exists():
            path.write_text(
                f"Chapter {n} of round {round_}. The lighthouse keeper baked bread with olives.\n\n"
                f"The owl saw train number {n * round_} leave by the timetable of day {round_}.\n"
            )
    (folder / "constant.txt").write_text("This text never changes between rounds.")


def contents(live: Live) -> tuple[object, ...]:
    """What the index holds: states and texts by path, and what searches by words and meaning give."""
    rows = sorted((path, row.state, live.text(path)) for path, row in live.rows().items())
    assert until(lambda: live.peer.call(Search(query="owl"), timeout_s=30).coverage.by_meaning, 30)
    results = [live.peer.call(Search(query=query, limit=50), timeout_s=30) for query in QUERIES]
    # Which of several files that say the same leads the others is not settled by what they say.
    hits = [[(sorted([hit.path, *hit.alike]), round(hit.score, 3)) for hit in result.hits] for result in results]
    return rows, [sorted(h) for h in hits]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("victim", ["engine", "vectors"])
def test_index_after_kills_at_every_step_equals_a_fresh_one(tmp_path: Path, victim: str) -> None:
    folder = tmp_path / "files"
    home = Home.find(str(tmp_path / "home"))
    home.create()
    write(folder, 0)
    live = Live(home)
    live.watch(folder)
    live.stop()
    killed = 0
    for round_, (step, when) in enumerate([(s, w) for s in STEPS for w in ("before", "after")], 1):
        write(folder, round_)
        process = subprocess.Popen(
            [sys.executable, str(SCRIPT), str(home.root), step, when, victim, "2" if "settle" in step else "1"],
            env={"PYTHONPATH": str(SCRIPT.parents[2]), "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        if victim == "engine":
            assert process.wait(60) == -9, f"{step} was never reached"
            killed += 1
        else:
            live = Live(home)
            live.settle()
            live.stop()
            assert process.wait(30) == 0
    assert victim != "engine" or killed == 2 * len(STEPS)
    live = Live(home)
    live.settle()
    survived = contents(live)
    live.stop()
    fresh = Live(Home.find(str(tmp_path / "fresh")))
    fresh.watch(folder)
    assert survived == contents(fresh)
    fresh.stop()
    index = IndexStore(home.index_db, chunker=str(CHUNKER))
    assert Texts(index).count_pending() == 0
    index.close()


@pytest.mark.expects_warnings
def test_lost_matrix_lost_vectors_lost_index_and_index_of_another_version_embed_nothing_again(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    write(folder, 1)
    home = Home.find(str(tmp_path / "home"))
    live = Live(home)
    live.watch(folder)
    whole = contents(live)
    total = live.status().embedded_total
    live.stop()
    (matrix,) = home.vectors.glob("*/matrix.bin")
    for lost in (matrix, home.vectors, home.index_db, None):
        if lost is None:
            with closing(sqlite3.connect(home.index_db)) as index:
                index.execute("PRAGMA user_version = 1")
        elif lost.is_dir():
            for path in sorted(lost.rglob("*"), reverse=True):
                path.unlink() if path.is_file() else path.rmdir()
        else:
            lost.unlink()
        live = Live(home)
        live.settle()
        assert contents(live) == whole
        assert live.status().embedded_total == total, f"{lost or 'the version'} was made anew from the stored vectors"
        live.stop()
    embeddings = EmbeddingStore(home.embeddings_db)
    assert embeddings.embedded_total() == total
    embeddings.close()
