"""What the person thinks of answers: kept beside their turns, and gone with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from app.base.errors import Problem
from app.base.ratings import LONGEST_NOTE, Rating, Thumb
from app.base.values import TurnId
from app.store.database import Database


class Ratings:
    """The ratings of a user.db."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._database = database
        self._now = now

    def rate(self, turn: TurnId, thumb: Thumb | None, note: str) -> Rating | None:
        """Keep a rating in place of the one before; thumb None takes it back. Returns what holds now.

        Raises Problem ask.no_turn, also where its conversation is deleted, rate.unsettled, rate.too_long.
        """
        note = note.replace("\0", "").strip()
        if len(note) > LONGEST_NOTE:
            raise Problem(
                "rate.too_long",
                f"The reason has {len(note):,} characters; {LONGEST_NOTE:,} is the most.",
                "Nothing was changed. Shorten it.",
            )
        with self._database.writing() as connection:
            _expect_settled(connection, turn)
            if thumb is None:
                connection.execute("DELETE FROM ratings WHERE turn = ?", (turn,))
            else:
                connection.execute(
                    "INSERT INTO ratings (turn, thumb, note, at) VALUES (?, ?, ?, ?)"
                    " ON CONFLICT (turn) DO UPDATE SET thumb = excluded.thumb, note = excluded.note, at = excluded.at",
                    (turn, thumb, note, self._now()),
                )
            return rating_of(connection, turn)

    def rated(self) -> list[TurnId]:
        """The turns with a rating whose conversations are not deleted, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT r.turn FROM ratings AS r JOIN turns AS t ON t.id = r.turn"
                " JOIN conversations AS c ON c.id = t.conversation WHERE c.deleted_at IS NULL ORDER BY r.turn"
            ).fetchall()
        return [TurnId(turn) for (turn,) in rows]


def rating_of(connection: sqlite3.Connection, turn: TurnId) -> Rating | None:
    """The rating of a turn, if it has one."""
    row = connection.execute("SELECT thumb, note, at FROM ratings WHERE turn = ?", (turn,)).fetchone()
    return None if row is None else Rating(thumb=row[0], note=row[1], at=row[2])


def _expect_settled(connection: sqlite3.Connection, turn: TurnId) -> None:
    row = connection.execute(
        "SELECT m.state FROM messages AS m JOIN turns AS t ON t.id = m.turn"
        " JOIN conversations AS c ON c.id = t.conversation"
        " WHERE m.turn = ? AND m.role = 'assistant' AND c.deleted_at IS NULL",
        (turn,),
    ).fetchone()
    if row is None:
        raise no_turn(turn)
    if row[0] == "streaming":
        raise Problem(
            "rate.unsettled", "This answer is still being written.", "Nothing was changed. Rate it when it is there."
        )


def no_turn(turn: TurnId) -> Problem:
    """What is said of a turn that is not there."""
    return Problem("ask.no_turn", f"There is no answer {turn}.", "Nothing was changed. It may have been deleted.")
