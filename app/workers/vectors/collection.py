"""One index generation's vectors in Chroma: opened, checked, written, asked.

What Chroma 1.5.9 wants, found by trying it: a query among ids of which it lacks one fails; an upsert of an id that it
has takes 20 ms; deleted vectors keep their room for ever, a deleted collection its files; damaged index files may end
the process. So its ids are known here too, nothing is written twice, each collection has a folder of its own under a
seal, and opening one touches what could break later.
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
from app.workers.vectors.problems import DAMAGED, closed, damaged, unwritable
from app.workers.vectors.seal import Seal

EF_SEARCH = 300  # how widely the graph is walked: 0.994 of the true 100 nearest at 20,000 in 3 ms (0.955 with 100)
SLICE = 256  # vectors written while questions wait
PAGE = 4_000  # ids read at once
AMONG = 10_000  # ids a question may be limited to at once (SQLite takes 32,766)
EXACT = 256  # among so few ids, comparing with each is as fast as walking the graph
SAMPLE = 256  # vectors looked at when opening
WORN = 5_000  # removed vectors that are worth a fresh start
LEAST_FREE_BYTES = 32 * 1024 * 1024
MARK = "damaged"
REMOVED = "removed"
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
                    configuration={"hnsw": {"space": "cosine", "ef_search": EF_SEARCH}},
                )
                self._removed = int((self._vectors.metadata or {}).get(REMOVED, 0))
                self._ids = self._read_ids()
                self._check()
                self._seal.renew()
        except Problem:
            self._client.close()
            raise

    @property
    def count(self) -> int:
        """Vectors stored."""
        return len(self._ids)

    @property
    def worn(self) -> bool:
        """Whether removed vectors take more room than those that are left."""
        return self._removed > max(WORN, len(self._ids))

    def ids(self) -> list[int]:
        """Every id, ascending."""
        with self._held():
            return sorted(self._ids)

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

    def delete(self, ids: Sequence[int]) -> None:
        """Remove vectors; ids that are not there are fine. On disk when this returns."""
        for start in range(0, len(ids), SLICE):
            with self._held(), self._writing():
                self._delete([ident for ident in set(ids[start : start + SLICE]) if ident in self._ids])

    def query(self, vector: Vectors, limit: int, ids: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """At most `limit` (id, cosine similarity), nearest first; `ids`: only among these."""
        found: list[tuple[int, float]] = []
        with self._held(), self._chroma():
            if ids is None:
                found = self._nearest(vector, limit, None)
            else:
                among = sorted(self._ids.intersection(ids))
                if len(among) <= EXACT:
                    found = self._compare(vector, among)
                else:
                    for start in range(0, len(among), AMONG):
                        found += self._nearest(vector, limit, among[start : start + AMONG])
        found.sort(key=lambda pair: (-pair[1], pair[0]))
        return found[: max(limit, 0)]

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
                self._client.close()

    def _nearest(self, vector: Vectors, limit: int, among: list[int] | None) -> list[tuple[int, float]]:
        limit = min(limit, len(self._ids) if among is None else len(among))
        if limit < 1:
            return []
        result = self._vectors.query(
            query_embeddings=vector[np.newaxis],
            n_results=limit,
            ids=None if among is None else [str(ident) for ident in among],
            include=["distances"],
        )
        ((names,), (distances,)) = result["ids"], result["distances"] or [[]]
        return [(int(name), 1.0 - distance) for name, distance in zip(names, distances, strict=True)]

    def _compare(self, vector: Vectors, among: list[int]) -> list[tuple[int, float]]:
        stored = self._stored(among)
        return [(ident, float(row @ vector)) for ident, row in stored.items()]

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

    def _check(self) -> None:
        """Look at vectors from all over, the newest above all, and ask for one of them."""
        if not self._ids:
            return
        ids = sorted(self._ids)
        half = SAMPLE // 2
        stored = self._stored(sorted({*ids[-half:], *ids[:: max(1, len(ids) // half)]}))
        newest = ids[-1]
        if self._nearest(stored[newest], 1, None)[0][1] < 0.999:
            raise damaged(self._folder.parent)

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
        except OSError as error:  # of the seal
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
