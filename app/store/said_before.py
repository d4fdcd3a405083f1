"""What was said in conversations, found by its words."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence

import msgspec

from app.base.values import Claim, ConversationId, TurnId, Value
from app.store.database import Database
from app.store.turns import text_of

_WORDS, _WORD_CHARS, _TRIGRAM = 12, 100, 3
_MOST = 2000  # messages with one word


class Said(Value, frozen=True, kw_only=True):
    """A question that the person asked, with the answer that they got, "" where the files did not bear all of it out.

    at: Unix ms, when it was asked.
    """

    conversation: ConversationId
    turn: TurnId
    at: int
    question: str
    answer: str = ""


class SaidBefore:
    """The messages of a user.db."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, query: str, limit: int, *, but: ConversationId) -> list[Said]:
        """The turns in which most of the words stand, the newest first of those that have as many.

        but: a conversation that is not looked through; nor are deleted ones. A word of fewer than three letters counts
        only beside longer ones.
        """
        words = [word[:_WORD_CHARS] for word in query.replace("\0", " ").split() if len(word) >= _TRIGRAM][:_WORDS]
        found: Counter[int] = Counter()
        with self._database.reading() as connection:
            for word in dict.fromkeys(word.casefold() for word in words):
                found.update(_turns_with(connection, word, but))
            best = sorted(found, key=lambda turn: (-found[turn], -turn))[:limit]
            return [said for turn in best if (said := _said(connection, turn)) is not None]


def _turns_with(connection: sqlite3.Connection, word: str, but: ConversationId) -> set[int]:
    sql = (
        "SELECT DISTINCT m.turn FROM message_words AS w JOIN messages AS m ON m.id = w.rowid"
        " JOIN turns AS t ON t.id = m.turn JOIN conversations AS c ON c.id = t.conversation"
        " WHERE w.text MATCH ? AND c.deleted_at IS NULL AND c.id <> ? ORDER BY m.turn DESC LIMIT ?"
    )
    quoted = '"' + word.replace('"', '""') + '"'
    return {row[0] for row in connection.execute(sql, (quoted, but, _MOST))}


def _said(connection: sqlite3.Connection, turn: int) -> Said | None:
    row = connection.execute(
        "SELECT t.conversation, t.started_at, q.parts, a.parts, t.claims, t.mode, t.unfounded, a.state"
        " FROM turns AS t JOIN messages AS q ON q.turn = t.id AND q.role = 'user'"
        " JOIN messages AS a ON a.turn = t.id AND a.role = 'assistant' WHERE t.id = ?",
        (turn,),
    ).fetchone()
    if row is None:
        return None
    conversation, at, question, answer, claims, mode, unfounded, state = row
    checked: Sequence[Claim] = msgspec.json.decode(claims, type=tuple[Claim, ...])
    holds = mode == "quotes" or (bool(checked) and all(one.verdict == "supported" for one in checked))
    return Said(
        conversation=ConversationId(conversation), turn=TurnId(turn), at=at, question=text_of(question),
        answer=text_of(answer) if holds and not unfounded and state == "done" else "",
    )  # fmt: skip
