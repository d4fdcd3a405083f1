"""A home of the benchmark's own, politeness off, with its engine, removed afterwards."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import psutil

from app.base.calls import Drain, FoldersAdd, GetStatus, Index
from app.base.index_values import Status
from app.base.paths import Home
from app.link.client import connect
from app.link.peer import Peer

SENTENCES = (
    "The meeting about item {n} was moved to the second week of the month.",
    "Invoice {n} over 120 euros was paid by the office in Lisbon.",
    "A note on sample {n}: the membrane held at forty degrees for an hour.",
    "Please send the drawing of part {n} to the workshop before Friday.",
    "The path to hut {n} is closed after heavy snow; take the lower bridge.",
    "Contract {n} renews by itself unless notice is given in November.",
)


class Setting:
    """Use in a `with`: `.home`, `.files` (an empty folder), `.peer` once `start`ed."""

    def __init__(self) -> None:
        self._root = Path(tempfile.mkdtemp(prefix="familiar-bench-"))
        self.home = Home.find(str(self._root / "home"))
        self.files = self._root / "files"
        self.files.mkdir()
        self.home.create()
        self.home.settings_toml.write_text("polite = false\n", encoding="utf-8")
        self.peer: Peer | None = None

    def __enter__(self) -> Setting:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._root, ignore_errors=True)

    def start(self) -> Peer:
        """A connection to the engine, started if need be."""
        if self.peer is None or self.peer.closed:
            self.peer = connect(self.home, role="cli")
        return self.peer

    def stop(self) -> None:
        """End the engine and wait until it has gone."""
        if self.peer is not None and not self.peer.closed:
            pid = self.peer.wait_hello(5).pid
            self.peer.call(Drain(), timeout_s=30)
            if psutil.pid_exists(pid):
                psutil.Process(pid).wait(30)
        self.peer = None

    def index(self) -> Status:
        """Watch `.files` and wait until the index has settled."""
        peer = self.start()
        peer.call(FoldersAdd(paths=[str(self.files)]), timeout_s=60)
        return peer.call(Index(wait=True), timeout_s=3600)

    def status(self) -> Status:
        """How the index stands."""
        return self.start().call(GetStatus(), timeout_s=60)

    def write_documents(self, count: int, sentences: int) -> None:
        """`count` different text files of so many sentences, in folders of a hundred."""
        for n in range(count):
            folder = self.files / f"{n // 100:03}"
            folder.mkdir(exist_ok=True)
            lines = [SENTENCES[(n + k) % len(SENTENCES)].format(n=n * sentences + k) for k in range(sentences)]
            (folder / f"note {n:05}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def write_corpus(self, corpus: Path, limit: int = 0) -> int:
        """The documents of a BEIR corpus.jsonl, one a file; returns how many."""
        count = 0
        with corpus.open(encoding="utf-8") as lines:
            for line in lines:
                if limit and count >= limit:
                    break
                row = json.loads(line)
                folder = self.files / f"{count // 500:03}"
                folder.mkdir(exist_ok=True)
                (folder / f"{count:06}.md").write_text(f"# {row['title']}\n\n{row['text']}\n", encoding="utf-8")
                count += 1
        return count


def until(condition: Callable[[], bool], limit_s: float, step_s: float = 0.005) -> float:
    """Seconds until the condition held. Raises TimeoutError past the limit."""
    began = time.perf_counter()
    while not condition():
        if time.perf_counter() - began > limit_s:
            raise TimeoutError(f"not within {limit_s} s")
        time.sleep(step_s)
    return time.perf_counter() - began
