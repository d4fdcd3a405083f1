"""A public retrieval set in an index of its own, in this process: real files, read for real, vectors kept by hash."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.base.values import FileId, TextId
from app.base.worker_calls import Nearest, ReadDocument
from app.cli.evaluation.beir import RetrievalSet, documents, read_retrieval_set
from app.cli.evaluation.scratch import write_corpus
from app.store.embeddings import EmbeddingStore
from app.store.index import IndexStore
from app.store.index_files import Stat
from app.store.texts import Texts
from app.workers.extract.reading import read_file
from app.workers.extract.tokens import Tokens
from app.workers.vectors.embedder import Embedder
from app.workers.vectors.model import Model

CACHE = "FAMILIAR_BENCH_CACHE"
BATCH = 256


class KeptVectors:
    """Vectors of texts, each computed once for all runs. FAMILIAR_BENCH_CACHE names their folder."""

    def __init__(self) -> None:
        folder = Path(os.environ.get(CACHE) or Path(tempfile.gettempdir()) / "familiar-bench-cache")
        folder.mkdir(parents=True, exist_ok=True)
        self._store = EmbeddingStore(folder / "embeddings.db")
        self._embedder = Embedder(Model.bundled())
        self._fingerprint = self._embedder.model.fingerprint

    def of(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """float32 (n, d), rows of unit length, as precise as the index keeps them."""
        hashes = [hashlib.sha256(text.encode()).digest() for text in texts]
        found = self._store.find(self._fingerprint, hashes)
        missing = {digest: text for digest, text in zip(hashes, texts, strict=True) if digest not in found}
        wanted = list(missing)
        for at in range(0, len(wanted), BATCH):
            some = wanted[at : at + BATCH]
            rows = self._embedder.embed([missing[digest] for digest in some]).astype("<f2")
            self._store.keep(self._fingerprint, [(d, row.tobytes()) for d, row in zip(some, rows, strict=True)])
            found.update((digest, row.tobytes()) for digest, row in zip(some, rows, strict=True))
        stored = np.stack([np.frombuffer(found[digest], "<f2") for digest in hashes]).astype(np.float32)
        unit: npt.NDArray[np.float32] = stored / np.linalg.norm(stored, axis=1, keepdims=True)
        return unit

    def letters_a_token(self, text: str) -> float:
        """As the embedder says."""
        return self._embedder.letters_a_token(text)

    def close(self) -> None:
        """Close what is open."""
        self._store.close()
        self._embedder.close()


class IndexedSet:
    """A set's index, its questions and what answers them. As `Meaning`, it compares with every vector."""

    def __init__(self, tests: RetrievalSet, index: IndexStore, by_path: dict[str, str], vectors: KeptVectors) -> None:
        self.tests = tests
        self.index = index
        self.by_path = by_path
        self._vectors = vectors
        texts = Texts(index)
        kept = texts.to_store(10_000_000)
        self._ids = np.array([text_id for text_id, _, _ in kept], np.int64)
        self._matrix = vectors.of([text for _, _, text in kept])
        texts.mark_stored([TextId(int(text_id)) for text_id in self._ids])
        self.documents: dict[FileId, str] = {
            known.id: document for path, document in by_path.items() if (known := index.by_path(path)) is not None
        }

    def begin(self, text: str, limit: int, among: str | None) -> Asked:
        """The nearest texts of all; a scope is not supported."""
        assert among is None
        cosines = self._matrix @ self._vectors.of([text])[0]
        best = np.argsort(-cosines, kind="stable")[:limit]
        texts = [(int(self._ids[at]), float(cosines[at])) for at in best]
        return Asked(Nearest(texts=texts, letters_a_token=self._vectors.letters_a_token(text)))


class Asked:
    """A question to the vectors that is answered already."""

    def __init__(self, nearest: Nearest) -> None:
        self._nearest = nearest

    def result(self) -> Nearest:
        """What is near."""
        return self._nearest


@contextmanager
def indexed(folder: Path, vectors: KeptVectors) -> Iterator[IndexedSet]:
    """The set of a BEIR folder, read and embedded."""
    tests = read_retrieval_set(folder)
    with tempfile.TemporaryDirectory(prefix="familiar-bench-") as scratch:
        root = Path(scratch).resolve() / "d"
        by_path = write_corpus(documents(tests.folder), root)
        index = IndexStore(Path(scratch) / "index.db", chunker="1")
        try:
            _read(index, root, list(by_path))
            yield IndexedSet(tests, index, by_path, vectors)
        finally:
            index.close()


def _read(index: IndexStore, root: Path, paths: Sequence[str]) -> None:
    tokens = Tokens.load()
    index.set_roots([str(root)])
    root_id = index.roots()[0].id
    index.enqueue(root_id, [(path, Stat(1, 1, 1, path)) for path in paths])
    for path in paths:
        known = index.by_path(path)
        assert known is not None
        index.settle(known.id, known.stat, read_file(ReadDocument(path=path), tokens, lambda: False))
