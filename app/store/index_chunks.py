"""A file's chunks, their texts and their words in index.db, within a transaction that somebody else has begun."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from app.base.values import Chunk, FileId, embedded_text
from app.store.full_text import searchable


def add_chunk(connection: sqlite3.Connection, file_id: FileId, ordinal: int, chunk: Chunk, title: str) -> None:
    """Add a chunk that points to its text, which is there once whoever points to it. Its words come with `word`."""
    digest = hashlib.sha256(embedded_text(title, chunk.heading, chunk.text).encode()).digest()
    row = connection.execute("SELECT id FROM texts WHERE hash = ?", (digest,)).fetchone()
    text_id = row[0] if row else connection.execute("INSERT INTO texts (hash) VALUES (?)", (digest,)).lastrowid
    place = chunk.place
    connection.execute(
        'INSERT INTO chunks (file_id, ordinal, text_id, kind, first, last, label, start, "end", heading, text)'
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            file_id, ordinal, text_id, place.kind, place.first, place.last, place.label, place.start, place.end,
            chunk.heading, chunk.text,
        ),
    )  # fmt: skip


def word(connection: sqlite3.Connection, file_id: FileId) -> None:
    """Put the words of a file's chunks, and of its name, into the full text."""
    connection.executemany("INSERT INTO words (rowid, body, name) VALUES (?, ?, ?)", _word_rows(connection, file_id))


def unword(connection: sqlite3.Connection, file_ids: Sequence[FileId]) -> None:
    """Take the words of files out; FTS5 needs to be told the very text that went in."""
    for file_id in file_ids:
        connection.executemany(
            "INSERT INTO words (words, rowid, body, name) VALUES ('delete', ?, ?, ?)", _word_rows(connection, file_id)
        )


def unlink_chunks(connection: sqlite3.Connection, file_ids: Sequence[FileId]) -> set[int]:
    """Delete files' chunks and words; returns the texts that they pointed to, for `drop_orphans`."""
    texts: set[int] = set()
    for file_id in file_ids:
        unword(connection, [file_id])
        texts.update(r[0] for r in connection.execute("SELECT text_id FROM chunks WHERE file_id = ?", (file_id,)))
        connection.execute("DELETE FROM chunks WHERE file_id = ?", (file_id,))
    return texts


def drop_orphans(connection: sqlite3.Connection, texts: set[int]) -> None:
    """Of these texts, queue for removal those that no chunk points to any more."""
    for text_id in texts:
        if connection.execute("SELECT 1 FROM chunks WHERE text_id = ? LIMIT 1", (text_id,)).fetchone() is None:
            connection.execute("INSERT INTO removals (text_id) VALUES (?)", (text_id,))
            connection.execute("DELETE FROM texts WHERE id = ?", (text_id,))


def _word_rows(connection: sqlite3.Connection, file_id: FileId) -> list[tuple[int, str, str]]:
    rows = connection.execute(
        "SELECT c.id, f.title, c.heading, c.text, f.path FROM chunks AS c JOIN files AS f ON f.id = c.file_id"
        " WHERE c.file_id = ?",
        (file_id,),
    ).fetchall()
    return [(r[0], searchable(embedded_text(r[1], r[2], r[3])), searchable(Path(r[4]).name)) for r in rows]
