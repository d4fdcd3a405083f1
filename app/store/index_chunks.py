"""A file's chunks, their texts and their words in index.db, within a transaction that somebody else has begun."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from app.base.values import Chunk, FileId, embedded_text
from app.language.hyphenation import across
from app.language.languages import ENOUGH_OF_A_FILE, language_of
from app.language.stemming import STEMMED
from app.language.words import words
from app.store.full_text import Searchable, indexer
from app.store.people import person_id

_BORDER = 200  # characters on either side of a border, as many as a phrase may have
_SAMPLE = 600  # characters of the first chunk, of one in the middle and of the last, which tell a file's language


def add_chunk(
    connection: sqlite3.Connection, file_id: FileId, ordinal: int, chunk: Chunk, title: str, dated: int
) -> None:
    """Add a chunk that points to its text, which is there once whoever points to it. Its words come with `word`.

    dated: when its file is from.
    """
    digest = hashlib.sha256(embedded_text(title, chunk.heading, chunk.text).encode()).digest()
    row = connection.execute("SELECT id FROM texts WHERE hash = ?", (digest,)).fetchone()
    text_id = row[0] if row else connection.execute("INSERT INTO texts (hash) VALUES (?)", (digest,)).lastrowid
    place = chunk.place
    connection.execute(
        'INSERT INTO chunks (file_id, ordinal, text_id, kind, first, last, label, start, "end", sender_id, sent_at,'
        " dated, heading, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            file_id, ordinal, text_id, place.kind, place.first, place.last, place.label, place.start, place.end,
            person_id(connection, chunk.sender), chunk.dated, chunk.dated or dated, chunk.heading, chunk.text,
        ),
    )  # fmt: skip


def word(connection: sqlite3.Connection, file_id: FileId) -> None:
    """Put the words of a file's chunks, and of its name, into the full text."""
    language, rows, borders = _searchable(connection, file_id)
    if not rows:
        return
    connection.executemany(
        "INSERT INTO words (rowid, body, name, extra) VALUES (?, ?, ?, ?)", [_columns(*row) for row in rows]
    )
    connection.executemany("INSERT INTO borders (rowid, body) VALUES (?, ?)", borders)
    _count_language(connection, language, 1)
    spellings = frozenset().union(*(said.spellings for _, said, _ in rows), rows[0][2].spellings)
    connection.executemany(
        "INSERT OR IGNORE INTO vocabulary (word) VALUES (?)", [(word,) for word in spellings if word]
    )


def unword(connection: sqlite3.Connection, file_ids: Sequence[FileId]) -> None:
    """Take the words of files out; FTS5 needs to be told the very text that went in."""
    for file_id in file_ids:
        language, rows, borders = _searchable(connection, file_id)
        if rows:
            _count_language(connection, language, -1)
        connection.executemany(
            "INSERT INTO words (words, rowid, body, name, extra) VALUES ('delete', ?, ?, ?, ?)",
            [_columns(*row) for row in rows],
        )
        connection.executemany("INSERT INTO borders (borders, rowid, body) VALUES ('delete', ?, ?)", borders)


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


def _searchable(
    connection: sqlite3.Connection, file_id: FileId
) -> tuple[str, list[tuple[int, Searchable, Searchable]], list[tuple[int, str]]]:
    """The language of a file; of each chunk its id, what it says and what its file is called; and of each that another
    follows, its id and the words around its end.
    """
    rows = connection.execute(
        "SELECT c.id, f.title, c.heading, c.text, f.path FROM chunks AS c JOIN files AS f ON f.id = c.file_id"
        " WHERE c.file_id = ? ORDER BY c.ordinal",
        (file_id,),
    ).fetchall()
    if not rows:
        return "", [], []
    sample = [rows[at][3][:_SAMPLE] for at in sorted({0, len(rows) // 2, len(rows) - 1})]
    language = language_of("\n".join(sample), enough=ENOUGH_OF_A_FILE)
    language = language if language in STEMMED else "en"
    made = indexer(language)
    name = made.searchable(Path(rows[0][4]).name)
    found = []
    before = ""
    for row in rows:
        divided = across(before, row[3]) if before else []
        found.append((row[0], made.searchable(embedded_text(row[1], row[2], row[3]), divided), name))
        before = row[3]
    borders = [(row[0], made.searchable(_border(row[3], after[3])).body) for row, after in pairwise(rows)]
    return language, found, borders


def _border(before: str, after: str) -> str:
    """The last words of a text and the first of the one that follows it, all of them whole."""
    last, first = words(before[-_BORDER:]), words(after[:_BORDER])
    return " ".join([*(last[1:] if len(before) > _BORDER else last), *(first[:-1] if len(after) > _BORDER else first)])


def _count_language(connection: sqlite3.Connection, language: str, more: int) -> None:
    connection.execute(
        "INSERT INTO languages (language, files) VALUES (?, ?)"
        " ON CONFLICT DO UPDATE SET files = files + excluded.files",
        (language, more),
    )


def _columns(chunk_id: int, said: Searchable, name: Searchable) -> tuple[int, str, str, str]:
    return chunk_id, said.body, f"{name.body} {name.extra}", said.extra
