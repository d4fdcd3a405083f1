"""embeddings.db: the vector of every text that was ever embedded, by its hash and the embedder's fingerprint.

A file of its own, so that a damaged index or a lost Chroma folder costs no embedding.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

from app.base.errors import Problem
from app.store.derived import discard, rebuild_mark, size_on_disk
from app.store.sqlite import connect, convert, quick_check, transaction

log = logging.getLogger("familiar.store")
SCHEMA = 1
_SQL = (
    "CREATE TABLE vectors (fingerprint TEXT NOT NULL, hash BLOB NOT NULL, vector BLOB NOT NULL,"
    " PRIMARY KEY (fingerprint, hash)) STRICT, WITHOUT ROWID",
    "CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT",
    "INSERT INTO counters (name, value) VALUES ('embedded_total', 0)",
)


class EmbeddingStore:
    """The file of vectors. Thread-safe. Vectors are float16 little-endian (d,), unit length."""

    def __init__(self, path: Path) -> None:
        """Open or make the file; a damaged one or one of an unknown version is begun afresh."""
        self._path = path
        self._lock = threading.Lock()
        try:
            if rebuild_mark(path).exists():
                raise Problem("store.damaged", "It was found damaged.")
            self._connection = connect(path, durable=False)
            with convert(path):
                if self._connection.execute("PRAGMA user_version").fetchone()[0] not in (0, SCHEMA):
                    raise Problem("store.damaged", "It is of another version.")
                self._connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except Problem as problem:
            if problem.code not in ("store.damaged", "store.io"):
                raise
            log.warning("the store of vectors cannot be used and is made anew")
            discard(path)
            self._connection = connect(path, durable=False)
        with convert(path):
            if self._connection.execute("PRAGMA user_version").fetchone()[0] == 0:
                with transaction(self._connection):
                    for statement in _SQL:
                        self._connection.execute(statement)
                    self._connection.execute(f"PRAGMA user_version = {SCHEMA}")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def find(self, fingerprint: str, hashes: Sequence[bytes]) -> dict[bytes, bytes]:
        """The vectors that are there, by hash."""
        found: dict[bytes, bytes] = {}
        with convert(self._path), self._lock:
            for at in range(0, len(hashes), 500):
                some = hashes[at : at + 500]
                found.update(
                    self._connection.execute(
                        f"SELECT hash, vector FROM vectors WHERE fingerprint = ? AND hash IN"
                        f" ({', '.join('?' * len(some))})",
                        [fingerprint, *some],
                    ).fetchall()
                )
        return found

    def keep(self, fingerprint: str, vectors: Sequence[tuple[bytes, bytes]]) -> None:
        """Store (hash, vector) pairs that were just embedded, and count them."""
        with convert(self._path), self._lock, transaction(self._connection):
            self._connection.executemany(
                "INSERT OR REPLACE INTO vectors (fingerprint, hash, vector) VALUES (?, ?, ?)",
                [(fingerprint, digest, vector) for digest, vector in vectors],
            )
            self._connection.execute(
                "UPDATE counters SET value = value + ? WHERE name = 'embedded_total'", (len(vectors),)
            )

    def embedded_total(self) -> int:
        """How many texts were ever embedded in this home."""
        with convert(self._path), self._lock:
            return int(
                self._connection.execute("SELECT value FROM counters WHERE name = 'embedded_total'").fetchone()[0]
            )

    def sound(self) -> bool:
        """Whether the whole file hangs together; reads all of it."""
        with self._lock:
            return quick_check(self._connection)

    def size_bytes(self) -> int:
        """Size on disk, with what is still in the log."""
        return size_on_disk(self._path)
