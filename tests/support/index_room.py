"""A real index over real files, with the scanner and a reader whose worker is made of a function."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from app.base.errors import Problem
from app.base.values import Chunk, Document, Place
from app.base.worker_calls import ReadDocument
from app.library.reading import Reader
from app.library.scanner import Scanner
from app.store.index import IndexStore, Known


def document(text: str) -> Document:
    """What reading a text file gives."""
    place = Place(kind="line", first=1, last=1, label="line 1", start=0, end=len(text))
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Document(state="ready", kind="text", sha256=sha256, chunks=(Chunk(place=place, text=text),))


class TextWorker:
    """Reads files as text, in this process. calls: the paths so far. before: may do harm first, or raise."""

    def __init__(self, before: Callable[[ReadDocument], None] = lambda _: None) -> None:
        self.calls: list[str] = []
        self._before = before

    def call(self, call: ReadDocument, *, timeout_s: float | None = None) -> Document:
        """The text of the file."""
        self.calls.append(call.path)
        self._before(call)
        return document(Path(call.path).read_text(encoding="utf-8"))


class IndexRoom:
    """An index of `root` in `base`. problems: what the person was told of. A context manager that ends its threads."""

    def __init__(self, base: Path, *roots: Path, worker: TextWorker | None = None) -> None:
        self.index = IndexStore(base / "index.db", chunker="1")
        self.index.set_roots([str(root) for root in roots])
        self.problems: list[Problem] = []
        self.worker = worker or TextWorker()
        self.paused: str | None = None
        self.looks = 0
        self.scanner = Scanner(self.index, list, (), self._wake, self.problems.append)
        self.reader = Reader(
            self.index, [self.worker], max_bytes=lambda: 10**9, paused=lambda: self.paused, on_change=lambda: None,
            look=self._look, on_failure=self.problems.append,
        )  # fmt: skip

    def __enter__(self) -> IndexRoom:
        self.scanner.start()
        self.reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.reader.stop()
        self.scanner.stop()
        for thread in self.reader._threads:
            thread.join(10)
        self.index.close()

    def fail_at(self, name: str, *failures: Exception, patch: pytest.MonkeyPatch) -> None:
        """Have the next calls of a method of the index raise these, one each; those that follow work."""
        real, left = getattr(self.index, name), iter(failures)

        def failing(*given: object) -> object:
            for failure in left:
                raise failure
            return real(*given)

        patch.setattr(self.index, name, failing)

    def _wake(self) -> None:
        self.reader.wake()

    def _look(self, paths: list[str]) -> None:
        self.looks += 1
        self.scanner.look(paths)

    def scan(self) -> None:
        """A full scan, in this thread."""
        self.scanner._scan_all()

    def read_all(self) -> None:
        """Settle what waits, in this thread."""
        for file in self.index.waiting(1_000, frozenset()):
            self.reader._read(self.worker, file)

    def known(self, path: Path) -> Known:
        """A file as the index has it."""
        known = self.index.by_path(str(path))
        assert known is not None
        return known

    def state(self, path: Path) -> str:
        """How a file stands; "" if the index does not have it."""
        known = self.index.by_path(str(path))
        return known.state if known else ""

    def text(self, path: Path) -> str:
        """What was read of a file."""
        read = self.index.document(str(path))
        return "".join(chunk.text for chunk in read.chunks) if read else ""

    def settled(self) -> bool:
        """Whether the scanner rests and no file waits."""
        return not self.scanner.busy and self.index.pending_files() == 0
