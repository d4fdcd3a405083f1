"""Conversations as a list: found by words, renamed, deleted for 30 days and then for good."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

import msgspec

from app.base.errors import Problem
from app.base.values import Conversation, ConversationId
from app.store.database import Database

DELETED_FOR_MS = 30 * 24 * 3600 * 1000
TITLE_CHARS = 200
_QUERY_WORDS = 16
_WORD_CHARS = 200
_TRIGRAM = 3
_HEADS = """
    SELECT c.id, c.title, c.created_at, c.updated_at, coalesce(c.deleted_at, 0),
           2 * (SELECT count(DISTINCT coalesce(m.parent, 0)) -- a question and an answer, however often it was asked for
                FROM turns AS t JOIN messages AS m ON m.turn = t.id WHERE t.conversation = c.id AND m.role = 'user')
    FROM conversations AS c"""
_MATCHING = """
    SELECT t.conversation
    FROM message_words AS w JOIN messages AS m ON m.id = w.rowid JOIN turns AS t ON t.id = m.turn WHERE w.text MATCH ?
    UNION SELECT rowid FROM title_words WHERE text MATCH ?"""
_LIKE = """
    SELECT t.conversation
    FROM message_words AS w JOIN messages AS m ON m.id = w.rowid JOIN turns AS t ON t.id = m.turn
    WHERE w.text LIKE ? ESCAPE '\\'
    UNION SELECT rowid FROM title_words WHERE text LIKE ? ESCAPE '\\'"""


class Conversations:
    """The conversations of a user.db."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._database = database
        self._now = now

    def list(self, query: str = "", limit: int = 500) -> Sequence[Conversation]:
        """Conversations, last used first, without deleted ones.

        query: only those where each of its words (16 at most) stands in a message or the title, also inside a longer
        word, in any case of letters.
        """
        words = [word[:_WORD_CHARS] for word in query.replace("\0", " ").split()][:_QUERY_WORDS]
        with self._database.reading() as connection:
            if not words:
                sql = f"{_HEADS} WHERE c.deleted_at IS NULL ORDER BY c.updated_at DESC, c.id DESC LIMIT ?"
                return [_head(row) for row in connection.execute(sql, (limit,))]
            ids = set.intersection(*(_with_word(connection, word) for word in words))
            sql = f"{_HEADS} WHERE c.deleted_at IS NULL AND c.id = ?"
            rows = [row for id_ in ids for row in connection.execute(sql, (id_,))]
        return sorted((_head(row) for row in rows), key=lambda head: (-head.updated_at, -head.id))[:limit]

    def head(self, conversation: ConversationId) -> Conversation:
        """One conversation's head. Raises Problem chats.unknown, also for a deleted one."""
        with self._database.reading() as connection:
            row = connection.execute(f"{_HEADS} WHERE c.deleted_at IS NULL AND c.id = ?", (conversation,)).fetchone()
        if row is None:
            raise unknown(conversation)
        return _head(row)

    def ids(self) -> frozenset[ConversationId]:
        """All conversations, without deleted ones."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT id FROM conversations WHERE deleted_at IS NULL").fetchall()
        return frozenset(row[0] for row in rows)

    def rename(self, conversation: ConversationId, title: str) -> Conversation:
        """Give it a title of the person's own, on one line, at most 200 characters. Raises Problem chats.*."""
        clean = " ".join(title.split())[:TITLE_CHARS]
        if not clean:
            raise Problem("chats.no_title", "A title needs at least one letter.", "The old title was kept.")
        with self._database.writing() as connection:
            sql = "UPDATE conversations SET title = ? WHERE id = ? AND deleted_at IS NULL"
            changed = connection.execute(sql, (clean, conversation)).rowcount
        if not changed:
            raise unknown(conversation)
        return self.head(conversation)

    def delete(self, conversation: ConversationId) -> None:
        """Take it off the list; `restore` brings it back for 30 days. Raises Problem chats.unknown."""
        with self._database.writing() as connection:
            sql = "UPDATE conversations SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL"
            changed = connection.execute(sql, (self._now(), conversation)).rowcount
        if not changed:
            raise unknown(conversation)

    def restore(self, conversation: ConversationId) -> Conversation:
        """Bring a deleted one back; one that is not deleted stays. Raises Problem chats.unknown if it is gone."""
        with self._database.writing() as connection:
            connection.execute("UPDATE conversations SET deleted_at = NULL WHERE id = ?", (conversation,))
        return self.head(conversation)

    def deleted(self) -> Sequence[Conversation]:
        """Those that `restore` can bring back, last deleted first."""
        with self._database.reading() as connection:
            sql = f"{_HEADS} WHERE c.deleted_at IS NOT NULL ORDER BY c.deleted_at DESC, c.id DESC"
            return [_head(row) for row in connection.execute(sql)]

    def erase(self, conversation: ConversationId) -> None:
        """Remove a deleted one for good. Raises Problem chats.unknown, chats.not_deleted."""
        with self._database.writing() as connection:
            sql = "DELETE FROM conversations WHERE id = ? AND deleted_at IS NOT NULL"
            erased = connection.execute(sql, (conversation,)).rowcount
        if not erased:
            kept = self.head(conversation)
            raise Problem(
                "chats.not_deleted", f"“{kept.title}” is not deleted.",
                "It was kept. Delete it first; then it can be removed for good.",
            )  # fmt: skip

    def consents(self, conversation: ConversationId) -> Sequence[str]:
        """The hosts that the person agreed to send it to. Raises Problem chats.unknown."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT consents FROM conversations WHERE id = ?", (conversation,)).fetchone()
        if row is None:
            raise unknown(conversation)
        return msgspec.json.decode(row[0], type=list[str])

    def consent(self, conversation: ConversationId, host: str) -> None:
        """Keep that the person agreed to send it to a host. Raises Problem chats.unknown."""
        with self._database.writing() as connection:
            changed = connection.execute(
                "UPDATE conversations SET consents = CASE WHEN EXISTS"
                " (SELECT 1 FROM json_each(consents) WHERE value = ?1) THEN consents"
                " ELSE json_insert(consents, '$[#]', ?1) END WHERE id = ?2",
                (host, conversation),
            ).rowcount
        if not changed:
            raise unknown(conversation)

    def purge(self) -> int:
        """Remove for good what was deleted 30 days ago or earlier. Returns how many conversations."""
        with self._database.writing() as connection:
            sql = "DELETE FROM conversations WHERE deleted_at <= ?"
            return connection.execute(sql, (self._now() - DELETED_FOR_MS,)).rowcount


def unknown(conversation: ConversationId) -> Problem:
    """What is said of a conversation that is not there."""
    return Problem(
        "chats.unknown", f"There is no conversation {conversation}.", "Nothing was changed. It may have been deleted."
    )


def _head(row: tuple[int, str, int, int, int, int]) -> Conversation:
    ident, title, created_at, updated_at, deleted_at, messages = row
    return Conversation(
        id=ConversationId(ident), title=title, created_at=created_at, updated_at=updated_at, messages=messages,
        deleted_at=deleted_at,
    )  # fmt: skip


def _with_word(connection: sqlite3.Connection, word: str) -> set[int]:
    """The conversations with a word in a message or the title. The index knows runs of three characters or more."""
    if len(word) >= _TRIGRAM:
        sql, value = _MATCHING, '"' + word.replace('"', '""') + '"'
    else:
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        sql, value = _LIKE, f"%{escaped}%"
    return {row[0] for row in connection.execute(sql, (value, value))}
