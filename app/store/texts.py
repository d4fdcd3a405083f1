"""Texts and what Chroma owes them: vectors to store, vectors to take out."""

from __future__ import annotations

from collections.abc import Sequence

from app.base.values import TextId, embedded_text
from app.store.index_file import IndexFile


class Texts:
    """The pump's side of index.db. Thread-safe."""

    def __init__(self, file: IndexFile) -> None:
        self._file = file

    def to_store(self, limit: int) -> list[tuple[TextId, bytes, str]]:
        """(id, hash, embedded text) of texts whose vectors Chroma lacks; those of the newest files first."""
        with self._file.reading() as connection:
            rows = connection.execute(
                "SELECT t.id, t.hash, f.title, c.heading, c.text FROM texts AS t"
                " JOIN chunks AS c ON c.id = (SELECT min(id) FROM chunks WHERE text_id = t.id)"
                " JOIN files AS f ON f.id = c.file_id WHERE t.stored = 0 ORDER BY t.id DESC LIMIT ?",
                (limit,),
            ).fetchall()
        return [(row[0], row[1], embedded_text(row[2], row[3], row[4])) for row in rows]

    def mark_stored(self, ids: Sequence[TextId]) -> None:
        """Chroma has the vectors of these texts."""
        with self._file.writing() as connection:
            connection.executemany("UPDATE texts SET stored = 1 WHERE id = ?", [(i,) for i in ids])

    def mark_unstored(self, but: frozenset[int] = frozenset()) -> None:
        """Chroma has lost its vectors, all but those of the texts in `but`."""
        with self._file.writing() as connection:
            ids = [row[0] for row in connection.execute("SELECT id FROM texts WHERE stored = 1")]
            lost = [(i,) for i in ids if i not in but]
            connection.executemany("UPDATE texts SET stored = 0 WHERE id = ?", lost)

    def ids(self) -> frozenset[int]:
        """Every text that some chunk points to."""
        with self._file.reading() as connection:
            return frozenset(row[0] for row in connection.execute("SELECT id FROM texts"))

    def count_pending(self) -> int:
        """Vectors and removals that Chroma still owes."""
        with self._file.reading() as connection:
            row = connection.execute(
                "SELECT (SELECT count(*) FROM texts WHERE stored = 0), (SELECT count(*) FROM removals)"
            ).fetchone()
            return int(row[0]) + int(row[1])

    def removals(self, limit: int) -> list[TextId]:
        """Texts whose vectors are to be taken out of Chroma."""
        with self._file.reading() as connection:
            return [r[0] for r in connection.execute("SELECT text_id FROM removals LIMIT ?", (limit,))]

    def clear_removals(self, ids: Sequence[TextId]) -> None:
        """Chroma no longer has these."""
        with self._file.writing() as connection:
            connection.executemany("DELETE FROM removals WHERE text_id = ?", [(i,) for i in ids])
