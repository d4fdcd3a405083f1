"""Who wrote messages and documents, in index.db, within a transaction that somebody else has begun."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from app.base.values import FileId
from app.language.question.tokens import plain
from app.store.index_file import IndexFile


def person_id(connection: sqlite3.Connection, name: str) -> int | None:
    """The id of whoever is called so, who is there from now on; None for nobody."""
    if not name:
        return None
    row = connection.execute("SELECT id FROM people WHERE name = ?", (name,)).fetchone()
    if row is not None:
        return int(row[0])
    return connection.execute("INSERT INTO people (name, plain) VALUES (?, ?)", (name, plain(name))).lastrowid


def people_of(connection: sqlite3.Connection, file_ids: Iterable[FileId]) -> set[int]:
    """Whoever wrote these files or something in them."""
    found: set[int] = set()
    for file_id in file_ids:
        found.update(
            row[0]
            for row in connection.execute(
                "SELECT author_id FROM files WHERE id = ?1 AND author_id IS NOT NULL"
                " UNION SELECT sender_id FROM chunks WHERE file_id = ?1 AND sender_id IS NOT NULL",
                (file_id,),
            )
        )
    return found


def drop_strangers(connection: sqlite3.Connection, people: set[int]) -> None:
    """Forget those of them who wrote nothing that is there."""
    connection.executemany(
        "DELETE FROM people WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM chunks WHERE sender_id = ?1)"
        " AND NOT EXISTS (SELECT 1 FROM files WHERE author_id = ?1)",
        [(person,) for person in people],
    )


def names_of_people(index: IndexFile) -> list[str]:
    """Whoever wrote something that is there, folded: names with their addresses."""
    return [row[0] for row in index.query("SELECT plain FROM people")]
