"""Questions and answers: on disk before the answer begins, while it streams, and when it ends."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable, Sequence

import msgspec

from app.base.errors import Problem
from app.base.turn_trace import TurnTrace
from app.base.values import (
    Answer,
    AnswerMode,
    AnswerState,
    Attachment,
    ChunkId,
    Citation,
    Claim,
    ConversationId,
    Coverage,
    Filter,
    Message,
    Place,
    Reused,
    ToolStep,
    TurnId,
    Usage,
    Value,
)
from app.language.question.sameness import same_key
from app.store.conversations import unknown
from app.store.database import Database
from app.store.ratings import no_turn, rating_of

log = logging.getLogger("familiar.store")
TITLE_AT = 60
_ANSWER = """
    SELECT t.conversation, t.id, t.mode, m.state, m.parts, t.coverage, t.usage, t.model, t.error, t.steps, t.query,
        t.filters, t.without, t.claims, t.unfounded, t.rung, t.reused, t.memories,
        (SELECT json_group_array(id) FROM (SELECT id FROM actions WHERE turn = t.id ORDER BY id))
    FROM turns AS t JOIN messages AS m ON m.turn = t.id AND m.role = 'assistant'"""


class TextPart(Value, frozen=True, kw_only=True, tag="text", tag_field="type"):
    """A stretch of text in a message's parts."""

    text: str


class Turns:
    """The turns of a user.db. A turn is saved as the `Answer` that it gives."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._database = database
        self._now = now

    def begin(
        self,
        question: str,
        *,
        conversation: ConversationId | None = None,
        scope: Sequence[str] = (),
        attachments: Sequence[Attachment] = (),
        mode: AnswerMode = "quotes",
        again: TurnId | None = None,
    ) -> Answer:
        """Save a question and the answer that is about to stream; returns that answer, still empty.

        conversation: None makes one, titled by the question. again: a turn of the conversation, whose answer is to get
        a new version: its question stands in the same place, with the same attachments. Raises Problem chats.unknown,
        ask.no_turn; then nothing was saved.
        """
        at = self._now()
        with self._database.writing() as connection:
            ident = _conversation(connection, conversation, question, at)
            turn = connection.execute(
                "INSERT INTO turns (conversation, started_at, scope, mode, coverage, usage, error, trace, asked)"
                " VALUES (?, ?, ?, ?, ?, ?, '', '{}', ?)",
                (ident, at, _json(list(scope)), mode, _json(Coverage()), _json(Usage()), same_key(question)),
            ).lastrowid
            if again is None:
                before = _last_message(connection, ident)
                connection.executemany(
                    "INSERT INTO attachments (turn, position, path, real, identity) VALUES (?, ?, ?, ?, ?)",
                    [(turn, position, one.path, one.real, one.identity) for position, one in enumerate(attachments)],
                )
            else:
                before = _message_before(connection, ident, again)
                connection.execute(
                    "INSERT INTO attachments (turn, position, path, real, identity)"
                    " SELECT ?, position, path, real, identity FROM attachments WHERE turn = ?",
                    (turn, again),
                )
            sql = "INSERT INTO messages (turn, parent, role, state, parts, at) VALUES (?, ?, ?, ?, ?, ?)"
            asked = connection.execute(sql, (turn, before, "user", "done", _parts(question), at)).lastrowid
            connection.execute(sql, (turn, asked, "assistant", "streaming", _parts(""), at))
        return Answer(
            conversation=ident, turn=TurnId(_there(turn)), mode=mode, state="streaming", text="", citations=()
        )

    def checkpoint(self, turn: TurnId, text: str) -> None:
        """Save the text so far of an answer that streams. Raises Problem chats.erased."""
        with self._database.writing() as connection:
            found = connection.execute(
                "UPDATE messages SET parts = ? WHERE turn = ? AND role = 'assistant'", (_parts(text), turn)
            )
            if found.rowcount == 0:
                raise _erased()

    def save(self, answer: Answer, trace: TurnTrace | None = None) -> None:
        """Save an answer whole as it stands: text, state, citations and all. trace: None leaves the old.

        Raises Problem chats.erased if its conversation was removed for good meanwhile.
        """
        with self._database.writing() as connection:
            found = connection.execute(
                "UPDATE turns SET mode = ?, model = ?, coverage = ?, usage = ?, error = ?, steps = ?,"
                " query = ?, filters = ?, without = ?, claims = ?, unfounded = ?, rung = ?, reused = ?, memories = ?,"
                " trace = coalesce(?, trace)"
                " WHERE id = ?",
                (
                    answer.mode, answer.model, _json(answer.coverage), _json(answer.usage), answer.error,
                    _json(answer.steps), answer.query, _json(answer.filters), _json(answer.without),
                    _json(answer.claims), answer.unfounded, answer.rung,
                    "" if answer.reused is None else _json(answer.reused), _json(answer.memories),
                    None if trace is None else _json(trace),
                    answer.turn,
                ),
            )  # fmt: skip
            if found.rowcount == 0:
                raise _erased()
            connection.execute(
                "UPDATE messages SET parts = ?, state = ? WHERE turn = ? AND role = 'assistant'",
                (_parts(answer.text), answer.state, answer.turn),
            )
            connection.execute("DELETE FROM citations WHERE turn = ?", (answer.turn,))
            connection.executemany(
                "INSERT INTO citations (turn, n, path, sha256, place, quote, chunk_id, caption)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (answer.turn, c.n, c.path, c.sha256, _json(c.place), c.quote, c.chunk_id, c.caption)
                    for c in answer.citations
                ],
            )

    def unfinished(self) -> list[Answer]:
        """The answers that are marked as streaming; after a start, those that a killed engine left."""
        with self._database.reading() as connection:
            rows = connection.execute(f"{_ANSWER} WHERE m.state = 'streaming' ORDER BY t.id").fetchall()
            return [_answer(connection, row) for row in rows]

    def messages(self, conversation: ConversationId) -> list[Message]:
        """A conversation's messages, oldest first, of each answer the newest version alone.

        Raises Problem chats.unknown, also for a deleted one.
        """
        with self._database.reading() as connection:
            _expect(connection, conversation)
            versions = _versions(connection, conversation)
            answers = {
                row[1]: _answer(connection, row)
                for row in connection.execute(f"{_ANSWER} WHERE t.conversation = ?", (conversation,)).fetchall()
            }
            files: dict[int, list[str]] = {}
            for turn, path in connection.execute(
                "SELECT a.turn, a.path FROM attachments AS a JOIN turns AS t ON t.id = a.turn"
                " WHERE t.conversation = ? ORDER BY a.turn, a.position",
                (conversation,),
            ):
                files.setdefault(turn, []).append(path)
            kept = {
                (turn, role): (turn, role, parts, at)
                for turn, role, parts, at in connection.execute(
                    "SELECT m.turn, m.role, m.parts, m.at FROM messages AS m JOIN turns AS t ON t.id = m.turn"
                    " WHERE t.conversation = ?",
                    (conversation,),
                )
            }
        newest = {each[-1]: tuple(map(TurnId, each)) for each in versions}
        rows = [kept[turn, role] for turn in newest for role in ("user", "assistant")]
        return [
            Message(
                turn=TurnId(turn),
                role=role,
                text=text_of(parts),
                at=at,
                answer=answers[turn] if role == "assistant" else None,
                attachments=tuple(files.get(turn, ())) if role == "user" else (),
                versions=newest[turn] if role == "assistant" and len(newest[turn]) > 1 else (),
            )
            for turn, role, parts, at in rows
        ]

    def answer(self, turn: TurnId) -> Answer:
        """The answer of one turn. Raises Problem ask.no_turn, also where its conversation is deleted."""
        with self._database.reading() as connection:
            row = connection.execute(
                f"{_ANSWER} JOIN conversations AS c ON c.id = t.conversation WHERE t.id = ? AND c.deleted_at IS NULL",
                (turn,),
            ).fetchone()
            if row is None:
                raise no_turn(turn)
            return _answer(connection, row)

    def question(self, turn: TurnId) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        """What a turn was asked, the paths that it was to stay in, and those attached to it.

        Raises Problem ask.no_turn.
        """
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT m.parts, t.scope FROM messages AS m JOIN turns AS t ON t.id = m.turn"
                " WHERE m.turn = ? AND m.role = 'user'",
                (turn,),
            ).fetchone()
            if row is None:
                raise no_turn(turn)
            sql = "SELECT path FROM attachments WHERE turn = ? ORDER BY position"
            attached = tuple(path for (path,) in connection.execute(sql, (turn,)))
        return text_of(row[0]), msgspec.json.decode(row[1], type=tuple[str, ...]), attached

    def attachments(self, conversation: ConversationId) -> list[Attachment]:
        """The files that were attached in a conversation, first attached first, without repeats.

        Each as it was when it was attached last, or when `renew` was told.
        """
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT a.path, a.real, a.identity FROM attachments AS a JOIN turns AS t ON t.id = a.turn"
                " WHERE t.conversation = ? ORDER BY a.turn, a.position",
                (conversation,),
            ).fetchall()
        latest = {row[0]: Attachment(path=row[0], real=row[1] or row[0], identity=row[2]) for row in rows}
        return list(latest.values())

    def attached_below(self, folder: str) -> set[str]:
        """The attached files of all conversations, deleted ones too, that lie below a folder."""
        with self._database.reading() as connection:
            sql = "SELECT DISTINCT path FROM attachments WHERE substr(path, 1, ?) = ?"
            top = os.path.join(folder, "")
            return {path for (path,) in connection.execute(sql, (len(top), top))}

    def renew(self, conversation: ConversationId, attachments: Sequence[Attachment]) -> None:
        """Other files stand in the place of these attachments, and the person was told: from now on they are meant."""
        with self._database.writing() as connection:
            connection.executemany(
                "UPDATE attachments SET real = ?, identity = ? WHERE path = ?"
                " AND turn IN (SELECT id FROM turns WHERE conversation = ?)",
                [(one.real, one.identity, one.path, conversation) for one in attachments],
            )

    def save_sent(self, turn: TurnId, sent: object) -> None:
        """Save what a model was sent and wrote in a turn, as its next prompt has to repeat it. sent: JSON-ready."""
        with self._database.writing() as connection:
            connection.execute("UPDATE turns SET sent = ? WHERE id = ?", (_json(sent), turn))

    def sent(self, conversation: ConversationId) -> dict[TurnId, bytes]:
        """What `save_sent` kept of a conversation's turns, oldest first, as JSON; turns without it are left out."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id, sent FROM turns WHERE conversation = ? AND sent IS NOT NULL ORDER BY id", (conversation,)
            ).fetchall()
        return {TurnId(turn): sent.encode() for turn, sent in rows}

    def trace(self, turn: TurnId) -> TurnTrace:
        """How an answer came about; an empty one if nothing was noted, or nothing that can be read."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT trace FROM turns WHERE id = ?", (turn,)).fetchone()
        try:
            return TurnTrace() if row is None else msgspec.json.decode(row[0], type=TurnTrace)
        except msgspec.DecodeError:
            log.warning("the trace of answer %s cannot be read", turn)
            return TurnTrace()


def title_of(question: str) -> str:
    """A conversation's title from its first question: about 60 characters of it, cut between words."""
    line = " ".join(question.split())
    if len(line) <= TITLE_AT:
        return line
    space = line.rfind(" ", TITLE_AT // 2, TITLE_AT + 1)
    return line[: space if space > 0 else TITLE_AT].rstrip(" ,;:.–-") + "…"


def _conversation(
    connection: sqlite3.Connection, wanted: ConversationId | None, question: str, at: int
) -> ConversationId:
    """The conversation to go on with, touched, or a new one."""
    if wanted is None:
        sql = "INSERT INTO conversations (title, created_at, updated_at) VALUES (?, ?, ?)"
        return ConversationId(_there(connection.execute(sql, (title_of(question), at, at)).lastrowid))
    _expect(connection, wanted)
    connection.execute("UPDATE conversations SET updated_at = ? WHERE id = ?", (at, wanted))
    return wanted


def _erased() -> Problem:
    return Problem(
        "chats.erased", "This conversation was removed while its answer was written.", "Nothing of it is kept."
    )


def _versions(connection: sqlite3.Connection, conversation: ConversationId) -> list[list[int]]:
    """The turns of a conversation in the order of their places; the versions of one answer together, oldest first.

    A question that was asked again stands beside the first one: both have the same parent.
    """
    places: dict[int | None, list[int]] = {}
    for turn, parent in connection.execute(
        "SELECT m.turn, m.parent FROM messages AS m JOIN turns AS t ON t.id = m.turn"
        " WHERE t.conversation = ? AND m.role = 'user' ORDER BY m.id",
        (conversation,),
    ):
        places.setdefault(parent, []).append(turn)
    return list(places.values())


def _last_message(connection: sqlite3.Connection, conversation: ConversationId) -> int | None:
    """The message that a new question follows: the newest version of the last answer."""
    versions = _versions(connection, conversation)
    if not versions:
        return None
    sql = "SELECT id FROM messages WHERE turn = ? AND role = 'assistant'"
    return int(connection.execute(sql, (versions[-1][-1],)).fetchone()[0])


def _message_before(connection: sqlite3.Connection, conversation: ConversationId, turn: TurnId) -> int | None:
    """The message that a turn's question follows. Raises Problem ask.no_turn."""
    row = connection.execute(
        "SELECT m.parent FROM messages AS m JOIN turns AS t ON t.id = m.turn"
        " WHERE t.conversation = ? AND m.turn = ? AND m.role = 'user'",
        (conversation, turn),
    ).fetchone()
    if row is None:
        raise no_turn(turn)
    return None if row[0] is None else int(row[0])


def _expect(connection: sqlite3.Connection, conversation: ConversationId) -> None:
    sql = "SELECT 1 FROM conversations WHERE id = ? AND deleted_at IS NULL"
    if connection.execute(sql, (conversation,)).fetchone() is None:
        raise unknown(conversation)


def _answer(
    connection: sqlite3.Connection,
    row: tuple[int, int, AnswerMode, str, str, str, str, str, str, str, str, str, str, str, str, str, str],
) -> Answer:
    """The Answer of an _ANSWER row, with its citations."""
    conversation, turn, mode, state, parts, coverage, usage, model, error, steps, query, *rest = row
    filters, without, claims, unfounded, rung, reused, memories, actions = rest
    citations = tuple(
        Citation(
            n=n, path=path, sha256=sha256, place=msgspec.json.decode(place, type=Place), quote=quote,
            chunk_id=ChunkId(chunk_id), caption=caption,
        )
        for n, path, sha256, place, quote, chunk_id, caption in connection.execute(
            "SELECT n, path, sha256, place, quote, chunk_id, caption FROM citations WHERE turn = ? ORDER BY n", (turn,)
        )
    )  # fmt: skip
    return Answer(
        conversation=ConversationId(conversation), turn=TurnId(turn), mode=mode,
        state=msgspec.convert(state, AnswerState), text=text_of(parts), citations=citations,
        coverage=msgspec.json.decode(coverage, type=Coverage), usage=msgspec.json.decode(usage, type=Usage),
        model=model, error=error, steps=msgspec.json.decode(steps, type=tuple[ToolStep, ...]), query=query,
        filters=msgspec.json.decode(filters, type=tuple[Filter, ...]),
        without=msgspec.json.decode(without, type=tuple[str, ...]), rating=rating_of(connection, TurnId(turn)),
        claims=msgspec.json.decode(claims, type=tuple[Claim, ...]), unfounded=unfounded, rung=rung,
        reused=None if not reused else msgspec.json.decode(reused, type=Reused),
        memories=msgspec.json.decode(memories, type=tuple[int, ...]),
        actions=msgspec.json.decode(actions, type=tuple[int, ...]),
    )  # fmt: skip


def _parts(text: str) -> str:
    return _json([TextPart(text=text)])


def text_of(parts: str) -> str:
    """The text of a message's parts."""
    return "\n".join(part.text for part in msgspec.json.decode(parts, type=list[TextPart]))


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _there(rowid: int | None) -> int:
    """The id of a row that was just inserted."""
    if rowid is None:
        raise RuntimeError("SQLite gave an inserted row no id")
    return rowid
