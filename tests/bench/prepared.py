"""An index of many chunks, with their vectors, made without reading or embedding: only what a search asks is real.

The texts are generated, their vectors those of `likenesses.py`. The stores, the pump, the vectors worker and the search
are Familiar's own.
"""

from __future__ import annotations

import hashlib
import random
import tempfile
import time
from datetime import date
from pathlib import Path
from types import TracebackType

import psutil

from app.base.chunking import CHUNKER
from app.base.values import Chunk, Document, Place, SearchResult, embedded_text
from app.base.worker_calls import Embed
from app.library.finding import Finder
from app.library.meaning import VectorsMeaning
from app.library.pump import Pump
from app.library.search_result import search_result
from app.link.peer import Peer
from app.link.workers import Worker
from app.store.embeddings import EmbeddingStore
from app.store.index import IndexStore
from app.store.index_files import Stat
from app.store.texts import Texts
from app.workers.vectors.coding import decode_vectors
from app.workers.vectors.model import fingerprint
from tests.bench.likenesses import Vectors, sentence, spread, texts
from tests.bench.setting import until

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = 20
REAL = 1500
D = 384


class Prepared:
    """Use in a `with`: so many chunks, five a file, in 20 folders below /library."""

    def __init__(self, chunks: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="familiar-bench-")
        root = Path(self._folder.name)
        self._index = IndexStore(root / "index.db", chunker=str(CHUNKER))
        self._embeddings = EmbeddingStore(root / "embeddings.db")
        self._worker = Worker("vectors", environment={"PYTHONPATH": str(ROOT)}, on_start=self._prepare)
        self._pump = Pump(
            self._index, self._embeddings, self._worker, root / "vectors", paused=lambda: None,
            on_change=lambda: None, on_failure=lambda _: None,
        )  # fmt: skip
        self._finder = Finder(self._index, VectorsMeaning(self._worker))
        self._write(chunks)
        began = time.perf_counter()
        self._pump.start()
        owed = Texts(self._index)
        until(lambda: owed.count_pending() == 0, 3600, 1.0)
        self.stored_s = time.perf_counter() - began

    def __enter__(self) -> Prepared:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pump.stop()
        self._worker.stop()
        self._pump.join(time.monotonic() + 30)
        self._index.close()
        self._embeddings.close()
        self._folder.cleanup()

    def search(self, query: str, *paths: str) -> SearchResult:
        """What the engine answers."""
        began = time.perf_counter()
        return search_result(query, self._finder.find(query, paths, 20, today=date.today()), 20, began)

    def change(self) -> None:
        """Write to the index, so that nothing of it is remembered."""
        with self._index.writing():
            pass

    def worker_bytes(self) -> int:
        """Memory of the vectors worker."""
        return int(psutil.Process(self._worker.pid).memory_info().rss)

    def _prepare(self, peer: Peer) -> None:
        self._pump.prepare(peer)

    def _write(self, chunks: int) -> None:
        real = self._embed(texts(REAL, 1))
        vectors = spread(real, chunks, 7).astype("<f2")
        self._index.set_roots(["/library"])
        (root,) = self._index.roots()
        chosen = random.Random(4)
        place = Place(kind="whole", first=1, last=1, label="", start=0, end=1)
        for first in range(0, chunks, 5):
            path, stat = f"/library/{first // 5 % FOLDERS:02}/note {first}.txt", Stat(10, first, 1, str(first))
            self._index.enqueue(root.id, [(path, stat)])
            file = self._index.by_path(path)
            assert file is not None
            said = [
                f"{' '.join(sentence(chosen) for _ in range(chosen.randint(3, 12)))} Number {n}."
                for n in range(first, min(first + 5, chunks))
            ]
            read = Document(state="ready", sha256="ab", chunks=tuple(Chunk(text=text, place=place) for text in said))
            assert self._index.settle(file.id, stat, read)
            hashes = [hashlib.sha256(embedded_text("", "", text).encode()).digest() for text in said]
            rows = [row.tobytes() for row in vectors[first : first + len(said)]]
            self._embeddings.keep(fingerprint(), list(zip(hashes, rows, strict=True)))

    def _embed(self, some: list[str]) -> Vectors:
        parts = [self._worker.call(Embed(texts=some[at : at + 32]), timeout_s=120) for at in range(0, len(some), 32)]
        return decode_vectors([row for part in parts for row in part], D)
