"""One index generation's vectors: kept in Chroma, compared with a question in a matrix beside it (`matrix.py`).

What Chroma 1.5.9 wants, found by trying it: an upsert of an id that it has takes 20 ms; deleted vectors keep their room
for ever, a deleted collection its files; damaged index files may end the process. So its ids are known here too,
nothing is written twice, each collection has a folder of its own under a seal, and opening one touches what could break
later.

A vector counts as stored once both have it. Before Chroma replaces or loses one, the matrix does; it gets one after
Chroma. So whatever is cut short, the matrix has nothing that Chroma lacks, or it is taken out when both are opened; and
what the matrix lacks is no id of the collection's, so that whoever keeps the vectors stores it again.
"""

from __future__ import annotations

import errno
import re
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import chromadb
import numpy as np
import numpy.typing as npt
from chromadb.api.client import Client
from chromadb.config import Settings
from chromadb.errors import ChromaError

from app.base.errors import Problem
from app.workers.vectors.matrix import ALWAYS, Holds, Matrix
from app.workers.vectors.problems import DAMAGED, closed, damaged, unwritable
from app.workers.vectors.seal import Seal

SLICE = 256  # vectors written while questions wait
PAGE = 4_000  # ids read at once
SAMPLE = 256  # vectors looked at when opening
WORN = 5_000  # removed vectors that are worth a fresh start
LEAST_FREE_BYTES = 32 * 1024 * 1024
MARK = "damaged"
REMOVED = "removed"
MATRIX = "matrix.bin"
_NAME = re.compile(r"[0-9a-f]{16}-[0-9A-Za-z]{1,64}")
_SQLITE_REFUSED = {8, 13, 14}  # READONLY, FULL, CANTOPEN
_MOVED = 1032  # READONLY_DBMOVED: the file was removed under us, so what is open is lost
_SYSTEM_REFUSED = {errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EROFS, errno.EDQUOT}

Vectors = npt.NDArray[np.float32]


class Collection:
    """An open collection. Thread-safe. Vectors are float32 (n, d); ids are whole numbers.

    Every method raises Problem vectors.damaged if Chroma fails, vectors.unwritable if that is for want of room,
    vectors.closed after `close`.
    """

    def __init__(self, folder: Path, d: int) -> None:
        """Open the collection in `folder` (its name is the collection's), or create it."""
        self.d = d
        self._folder = folder
        self._lock = threading.Lock()
        self._closed = False
        self._seal = Seal(folder)
        with self._chroma():
            if not self._seal.holds():
                raise damaged(folder.parent)
            self._client = _client(folder)
        try:
            with self._chroma():
                self._vectors = self._client.get_or_create_collection(
                    folder.name,
                    embedding_function=None,
                    configuration={"hnsw": {"space": "cosine"}},
                )
                self._removed = int((self._vectors.metadata or {}).get(REMOVED, 0))
                self._ids = self._read_ids()
                self._matrix = self._open_matrix()
                self._seal.renew()
        except Problem:
            self._client.close()
            raise

    @property
    def count(self) -> int:
        """Vectors stored."""
        return self._matrix.count

    @property
    def worn(self) -> bool:
        """Whether removed vectors take more room than those that are left."""
        return self._removed > max(WORN, len(self._ids))

    def ids(self) -> list[int]:
        """Every id, ascending."""
        with self._held():
            return sorted(self._matrix.ids())

    def upsert(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Store vectors by id, replacing what was there. On disk when this returns."""
        rows = {ident: row for row, ident in enumerate(ids)}  # of an id given twice the last counts
        wanted = list(rows)
        for start in range(0, len(wanted), SLICE):
            some = wanted[start : start + SLICE]
            with self._held(), self._writing():
                there = [ident for ident in some if ident in self._ids]
                same = self._same(there, vectors[[rows[ident] for ident in there]])
                self._delete([ident for ident in there if ident not in same])
                fresh = [ident for ident in some if ident not in same]
                if fresh:
                    chosen = np.ascontiguousarray(vectors[[rows[ident] for ident in fresh]], np.float32)
                    self._vectors.upsert(ids=[str(ident) for ident in fresh], embeddings=chosen)
                    self._ids.update(fresh)
                lacking = [ident for ident in some if ident not in self._matrix]
                self._matrix.put(lacking, vectors[[rows[ident] for ident in lacking]])

    def delete(self, ids: Sequence[int]) -> None:
        """Remove vectors; ids that are not there are fine. On disk when this returns."""
        for start in range(0, len(ids), SLICE):
            with self._held(), self._writing():
                self._delete([ident for ident in set(ids[start : start + SLICE]) if ident in self._ids])

    def query(self, vector: Vectors, limit: int, holds: Holds | None = None) -> list[tuple[int, float]]:
        """At most `limit` (id, cosine similarity), nearest first, without waiting for what is being stored.

        holds: which ids may be found; None for all. Past ALWAYS vectors Chroma proposes, too.
        """
        proposed: list[int] = []
        if self._matrix.count > ALWAYS:
            with self._held(), self._chroma():
                proposed = [ident for ident, _ in self._propose(vector, limit)]
        return self._matrix.nearest(vector, limit, holds, proposed)

    def condemn(self) -> None:
        """Mark the folder so that no process opens it again."""
        try:
            (self._folder / MARK).touch()
        except OSError as error:
            raise unwritable(self._folder.parent) from error

    def close(self) -> None:
        """Let go of the files, after what is being done with them."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._matrix.close()
                self._client.close()

    def _propose(self, vector: Vectors, limit: int) -> list[tuple[int, float]]:
        """(id, cosine similarity) of what Chroma's graph leads to."""
        limit = min(limit, len(self._ids))
        if limit < 1:
            return []
        result = self._vectors.query(query_embeddings=vector[np.newaxis], n_results=limit, include=["distances"])
        ((names,), (distances,)) = result["ids"], result["distances"] or [[]]
        return [(int(name), 1.0 - distance) for name, distance in zip(names, distances, strict=True)]

    def _same(self, there: list[int], vectors: Vectors) -> set[int]:
        """Those of the stored ids whose vector would not change."""
        stored = self._stored(there)
        return {ident for ident, row in zip(there, vectors, strict=True) if float(stored[ident] @ row) > 0.999}

    def _stored(self, ids: list[int]) -> dict[int, Vectors]:
        """Stored vectors at unit length, by id."""
        if not ids:
            return {}
        result = self._vectors.get(ids=[str(ident) for ident in ids], include=["embeddings"])
        rows = np.asarray(result["embeddings"], np.float32).reshape(-1, self.d)
        lengths = np.linalg.norm(rows, axis=1)
        if len(rows) != len(ids) or not bool((np.abs(lengths - 1.0) < 0.01).all()):  # also what is not a number
            raise damaged(self._folder.parent)
        return {int(name): row / length for name, row, length in zip(result["ids"], rows, lengths, strict=True)}

    def _delete(self, ids: list[int]) -> None:
        if not ids:
            return
        self._matrix.remove(ids)
        self._vectors.delete(ids=[str(ident) for ident in ids])
        self._ids.difference_update(ids)
        self._removed += len(ids)
        self._vectors.modify(metadata={REMOVED: self._removed})

    def _read_ids(self) -> set[int]:
        found: set[int] = set()
        while page := self._vectors.get(include=[], limit=PAGE, offset=len(found))["ids"]:
            before = len(found)
            if not all(name.isdecimal() for name in page):
                raise damaged(self._folder.parent)
            found.update(map(int, page))
            if len(found) != before + len(page):
                raise damaged(self._folder.parent)
        return found

    def _open_matrix(self) -> Matrix:
        """The matrix, with nothing in it that Chroma does not have."""
        sample = self._sample()
        matrix = Matrix(self._folder / MATRIX, self._folder.name, self.d)
        try:
            others = [ident for ident, row in sample.items() if matrix.compare([ident], row).get(ident, 1.0) < 0.999]
            matrix.remove(list(matrix.ids() if others else matrix.ids() - self._ids))
        except BaseException:
            matrix.close()
            raise
        return matrix

    def _sample(self) -> dict[int, Vectors]:
        """Vectors that Chroma has, from all over, the newest above all; and it is asked for what is near to one."""
        if not self._ids:
            return {}
        ids = sorted(self._ids)
        half = SAMPLE // 2
        stored = self._stored(sorted({*ids[-half:], *ids[:: max(1, len(ids) // half)]}))
        newest = stored[ids[-1]]
        for ident, cosine in self._propose(newest, 1):
            if abs(float(self._stored([ident])[ident] @ newest) - cosine) > 0.001:
                raise damaged(self._folder.parent)
        return stored

    @contextmanager
    def _held(self) -> Iterator[None]:
        """The collection for one thread. Chroma fails where a vector goes while it is being asked for."""
        with self._lock:
            if self._closed:
                raise closed()
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Turns Chroma's failures into problems; after one, the ids are read again."""
        try:
            with self._chroma():
                yield
                self._seal.renew()
        except Problem as problem:
            if problem.code != DAMAGED:
                with self._chroma():
                    self._ids = self._read_ids()
            raise

    @contextmanager
    def _chroma(self) -> Iterator[None]:
        """Turns Chroma's failures into problems."""
        try:
            yield
        except ChromaError as error:
            raise self._problem(str(error)) from error
        except IsADirectoryError as error:
            raise damaged(self._folder.parent) from error
        except OSError as error:  # of the seal or the matrix
            raise unwritable(self._folder.parent) from error
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # Rust's panic; its class cannot be imported
                raise
            raise self._problem(str(error)) from error

    def _problem(self, said: str) -> Problem:
        home = self._folder.parent
        try:
            free = shutil.disk_usage(home).free
        except OSError:
            free = 0
        sqlite = {int(code) & 0xFF for code in re.findall(r"\(code: (\d+)\)", said) if int(code) != _MOVED}
        system = {int(code) for code in re.findall(r"\(os error (\d+)\)", said)}
        if free < LEAST_FREE_BYTES or sqlite & _SQLITE_REFUSED or system & _SYSTEM_REFUSED:
            return unwritable(home)
        return damaged(home)


def open_collection(folder: Path, fingerprint: str, generation: str, d: int) -> Collection:
    """The collection of an index generation below `folder`, created if need be; those of others are dropped.

    A worn one is made anew and empty: what it lacks is known to the index, and stored again from there.
    Raises Problem vectors.damaged, vectors.unwritable, or vectors.invalid for a name that cannot be.
    """
    name = f"{fingerprint}-{generation}"
    if not _NAME.fullmatch(name):
        raise Problem("vectors.invalid", f"“{name}” is no name for a vector index.", "Nothing was changed.")
    own = folder / name
    try:
        own.mkdir(parents=True, exist_ok=True, mode=0o700)
        for other in folder.iterdir():
            if other != own and _NAME.fullmatch(other.name):
                shutil.rmtree(other)
        if (own / MARK).exists():
            raise damaged(folder)
        collection = Collection(own, d)
        if collection.worn:
            collection.close()
            shutil.rmtree(own)
            own.mkdir(mode=0o700)
            collection = Collection(own, d)
    except (FileExistsError, NotADirectoryError) as error:
        raise damaged(folder) from error
    except OSError as error:
        raise unwritable(folder) from error
    return collection


def _client(folder: Path) -> Client:
    """Chroma in this process; nothing of the person's environment may turn it to a server or a tracer."""
    client = chromadb.PersistentClient(
        folder,
        settings=Settings(
            anonymized_telemetry=False,
            chroma_api_impl="chromadb.api.rust.RustBindingsAPI",
            chroma_otel_collection_endpoint="",
            chroma_otel_granularity=None,
            allow_reset=False,
        ),
    )
    assert isinstance(client, Client)  # what PersistentClient returns, though it declares less
    return client
