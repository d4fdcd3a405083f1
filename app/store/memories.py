"""What the person has told Familiar: kept in user.db, and when it is forgotten, nowhere."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from app.base.errors import Problem
from app.base.memory import LONGEST, MOST, Memory, Origin
from app.base.values import TurnId
from app.store import backups
from app.store.database import Database

_COLUMNS = "id, text, at, origin, turn, kept"


class Memories:
    """The memories of a user.db."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._database = database
        self._now = now

    def search(self, query: str = "") -> list[Memory]:
        """Those proposed first, then the newest. query: only those with all of these words, in whatever case."""
        words = query.casefold().split()
        with self._database.reading() as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM memories ORDER BY kept, at DESC, id DESC").fetchall()
        return [one for one in map(_memory, rows) if all(word in one.text.casefold() for word in words)]

    def kept(self) -> Sequence[Memory]:
        """Those that may be used, newest first."""
        return [one for one in self.search() if one.kept]

    @property
    def changed_at(self) -> int:
        """When any of them last changed, Unix ms; 0 if none ever did."""
        with self._database.reading() as connection:
            return int(connection.execute("SELECT at FROM memory_changed").fetchone()[0])

    def add(self, text: str, *, origin: Origin = "person", turn: TurnId | None = None) -> Memory:
        """Keep what the person says; what an assistant says is only proposed. The same text stays one.

        Raises Problem memory.empty, memory.too_long, memory.full.
        """
        text = _checked(text)
        kept = int(origin == "person")
        with self._database.writing() as connection:
            there = connection.execute(f"SELECT {_COLUMNS} FROM memories WHERE text = ?", (text,)).fetchone()
            if there is None:
                _expect_room(connection)
                connection.execute(
                    "INSERT INTO memories (text, at, origin, turn, kept) VALUES (?, ?, ?, ?, ?)",
                    (text, self._now(), origin, turn, kept),
                )
            elif kept:
                connection.execute("UPDATE memories SET at = ?, kept = 1 WHERE id = ?", (self._now(), there[0]))
            self._note_change(connection)
            row = connection.execute(f"SELECT {_COLUMNS} FROM memories WHERE text = ?", (text,)).fetchone()
        return _memory(row)

    def edit(self, ident: int, text: str) -> Memory:
        """Say one otherwise; it is the person's own word then, and kept.

        Raises Problem memory.unknown, memory.empty, memory.too_long, memory.twice; memory.left if what it said before
        is not gone.
        """
        text = _checked(text)
        with self._database.writing() as connection:
            _expect(connection, [ident])
            if connection.execute("SELECT 1 FROM memories WHERE text = ? AND id <> ?", (text, ident)).fetchone():
                raise Problem("memory.twice", "That is remembered already.", "Nothing was changed.")
            before = connection.execute("SELECT text FROM memories WHERE id = ?", (ident,)).fetchone()[0]
            connection.execute(
                "UPDATE memories SET text = ?, at = ?, kept = 1 WHERE id = ?", (text, self._now(), ident)
            )
            self._note_change(connection, [ident] if before != text else [])
            row = connection.execute(f"SELECT {_COLUMNS} FROM memories WHERE id = ?", (ident,)).fetchone()
        self.leave_no_trace()
        return _memory(row)

    def forget(self, idents: Sequence[int]) -> list[Memory]:
        """Forget these for good, in backups too; all where none is named. Returns them.

        Raises Problem memory.unknown, and nothing was forgotten; memory.left if they are forgotten but not gone.
        """
        with self._database.writing() as connection:
            _expect(connection, idents)
            where = f"WHERE id IN ({', '.join('?' * len(idents))})" if idents else ""
            gone = [
                _memory(row)
                for row in connection.execute(f"DELETE FROM memories {where} RETURNING {_COLUMNS}", [*idents])
            ]
            self._note_change(connection, [one.id for one in gone])
        self.leave_no_trace()
        return gone

    def leave_no_trace(self) -> None:
        """Have nothing of what was forgotten be left on the disk, neither in the log nor in copies of the file.

        What could not be done is done the next time, also after a crash. Raises Problem memory.left.
        """
        with self._database.copying:
            with self._database.reading() as connection:
                left = [row[0] for row in connection.execute("SELECT memory FROM memories_to_scrub")]
            if not left:
                return
            try:
                self._database.checkpoint()
                backups.scrub(self._database.path, "DELETE FROM memories WHERE id = ?", [(one,) for one in left])
            except Problem as problem:
                raise _left(problem) from problem
            with self._database.writing() as connection:
                connection.executemany("DELETE FROM memories_to_scrub WHERE memory = ?", [(one,) for one in left])

    def _note_change(self, connection: sqlite3.Connection, gone: Sequence[int] = ()) -> None:
        """gone: those whose words are to be left nowhere, noted with the change itself."""
        connection.execute("UPDATE memory_changed SET at = ?", (self._now(),))
        connection.executemany("INSERT OR IGNORE INTO memories_to_scrub VALUES (?)", [(one,) for one in gone])


def _checked(text: str) -> str:
    text = text.replace("\0", "").strip()
    if not text:
        raise Problem("memory.empty", "There is nothing to remember.", "Write what is to be remembered.")
    if len(text) > LONGEST:
        raise Problem(
            "memory.too_long", f"This has {len(text):,} characters; {LONGEST:,} is the most.",
            "Nothing was kept. Shorten it, or keep it as a file in a folder that Familiar reads.",
        )  # fmt: skip
    return text


def _left(problem: Problem) -> Problem:
    return Problem(
        "memory.left", f"It is forgotten, but its words are still on the disk. {problem.title}",
        "They are removed with the next thing that is forgotten, or when Familiar starts anew.",
    )  # fmt: skip


def _expect_room(connection: sqlite3.Connection) -> None:
    if connection.execute("SELECT count(*) FROM memories").fetchone()[0] >= MOST:
        raise Problem(
            "memory.full", f"{MOST:,} things are remembered; that is the most.",
            "Nothing was kept. Forget some first: familiar memory list shows them.",
        )  # fmt: skip


def _expect(connection: sqlite3.Connection, idents: Sequence[int]) -> None:
    for ident in idents:
        if connection.execute("SELECT 1 FROM memories WHERE id = ?", (ident,)).fetchone() is None:
            raise Problem(
                "memory.unknown", f"There is no memory {ident}.",
                "Nothing was changed. familiar memory list shows them all.",
            )  # fmt: skip


def _memory(row: tuple[int, str, int, Origin, int | None, int]) -> Memory:
    ident, text, at, origin, turn, kept = row
    return Memory(
        id=ident, text=text, at=at, origin=origin, turn=None if turn is None else TurnId(turn), kept=bool(kept)
    )
