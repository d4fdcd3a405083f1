"""Which earlier turns asked the same."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from app.base.values import TurnId
from app.language.question.sameness import same_key
from app.store.database import Database


class AskedBefore:
    """Looks among the turns of a user.db."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, question: str, scope: Sequence[str], before: TurnId, limit: int) -> list[tuple[TurnId, int]]:
        """Turns that asked the same within the same paths and have ended well, newest first, each with when it began.

        before: an earlier one than this. Not those with attachments, whose answer was itself taken from another, or
        that the person thinks ill of; not of deleted conversations.
        """
        key = same_key(question)
        if not key:
            return []
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT t.id, t.started_at FROM turns AS t JOIN messages AS m ON m.turn = t.id AND m.role = 'assistant'"
                " JOIN conversations AS c ON c.id = t.conversation LEFT JOIN ratings AS r ON r.turn = t.id"
                " WHERE t.asked = ? AND t.asked <> '' AND t.scope = ? AND t.id < ? AND t.mode = 'chat'"
                " AND m.state = 'done' AND t.error = '' AND t.reused = '' AND c.deleted_at IS NULL"
                " AND coalesce(r.thumb, '') <> 'down'"
                " AND NOT EXISTS (SELECT 1 FROM attachments AS a WHERE a.turn = t.id)"
                " ORDER BY t.id DESC LIMIT ?",
                (key, msgspec.json.encode(list(scope)).decode(), before, limit),
            ).fetchall()
        return [(TurnId(turn), at) for turn, at in rows]
