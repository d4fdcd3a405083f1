"""What assistants did to files, kept in user.db with the record of it: intent before each effect, outcome after."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from app.base.actions import Action, AuditEntry, AuditReport, Change, Effect, EffectState, brief
from app.base.files import write_durably
from app.base.values import ConversationId, TurnId
from app.store.database import Database

log = logging.getLogger("familiar.store")
_EVENT_OF: dict[EffectState, str] = {"begun": "intent", "undoing": "intent"}
_FIRST = "0" * 64


class Actions:
    """The actions and the audit of a user.db.

    head: a file beside it that names the audit's last line, so that lines cannot go from its end unseen; None for a
    store in memory.
    """

    def __init__(self, database: Database, now: Callable[[], int], head: Path | None) -> None:
        self._database = database
        self._now = now
        self._head = head

    # ---- what was done ---------------------------------------------------------------------------------------------

    def begin(self, tool: str, title: str, changes: Sequence[Change], turn: TurnId | None) -> Action:
        """Keep what is about to be done, before anything is."""
        at = self._now()
        with self._database.writing() as connection:
            ident = connection.execute(
                "INSERT INTO actions (turn, at, tool, title) VALUES (?, ?, ?, ?)", (turn, at, tool, title)
            ).lastrowid
            connection.executemany(
                "INSERT INTO effects (action, n, change, state) VALUES (?, ?, ?, 'planned')",
                [(ident, n, _json(brief(change))) for n, change in enumerate(changes, 1)],
            )
        assert ident is not None
        return self.show(ident)

    def mark(self, action: int, n: int, state: EffectState, reason: str = "") -> None:
        """An effect is now in this state: kept with its line of the audit, both or neither."""
        with self._auditing() as connection:
            row = connection.execute("SELECT change FROM effects WHERE action = ? AND n = ?", (action, n)).fetchone()
            connection.execute(
                "UPDATE effects SET state = ?, reason = ? WHERE action = ? AND n = ?", (state, reason, action, n)
            )
            body = {"action": action, "n": n, "state": state, "reason": reason, "change": msgspec.json.decode(row[0])}
            self._append(connection, _EVENT_OF.get(state, "outcome"), body)

    def show(self, action: int) -> Action:
        """One action. Raises KeyError."""
        found = self._select("WHERE a.id = ?", (action,))
        if not found:
            raise KeyError(action)
        return found[0]

    def newest(self, limit: int) -> list[Action]:
        """The newest first."""
        return self._select("ORDER BY a.id DESC LIMIT ?", (limit,))

    def under_way(self) -> list[Action]:
        """Those that were cut off, oldest first."""
        return self._select(
            "WHERE a.id IN (SELECT action FROM effects WHERE state IN ('planned', 'begun', 'undoing')) ORDER BY a.id"
        )

    def to_bring_back(self, since: int) -> set[tuple[int, int]]:
        """The changes, by action and place, that were made since then (Unix ms) and are not undone."""
        with self._database.reading() as connection:
            return set(connection.execute(
                "SELECT e.action, e.n FROM effects AS e JOIN actions AS a ON a.id = e.action"
                " WHERE a.at >= ? AND e.state IN ('done', 'begun', 'undoing', 'unclear')",
                (since,),
            ))  # fmt: skip

    def last_done(self, since: int) -> Action | None:
        """The newest since then of which something stands that can be taken back; None if there is none."""
        found = self._select(
            "WHERE a.at >= ? AND a.id IN (SELECT action FROM effects WHERE state = 'done'"
            " AND json_extract(change, '$.kind') <> 'call') ORDER BY a.id DESC LIMIT 1",
            (since,),
        )
        return found[0] if found else None

    def _select(self, where: str, parameters: tuple[object, ...] = ()) -> list[Action]:
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT a.id, a.at, a.tool, a.title, a.turn, t.conversation"
                f" FROM actions AS a LEFT JOIN turns AS t ON t.id = a.turn {where}",
                parameters,
            ).fetchall()
            return [
                Action(
                    id=ident, at=at, tool=tool, title=title, turn=None if turn is None else TurnId(turn),
                    conversation=None if conversation is None else ConversationId(conversation),
                    effects=tuple(
                        Effect(n=n, change=msgspec.json.decode(change, type=Change), state=state, reason=reason)
                        for n, change, state, reason in connection.execute(
                            "SELECT n, change, state, reason FROM effects WHERE action = ? ORDER BY n", (ident,)
                        )
                    ),
                )
                for ident, at, tool, title, turn, conversation in rows
            ]  # fmt: skip

    # ---- the record ------------------------------------------------------------------------------------------------

    def note(self, event: str, body: Mapping[str, Any]) -> None:
        """Add a line to the audit."""
        with self._auditing() as connection:
            self._append(connection, event, body)

    def audit(self, limit: int, *, verify: bool = False) -> AuditReport:
        """The newest lines, oldest first. verify: check every line of the chain, and its end."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id, at, event, body, sha256 FROM audit ORDER BY id DESC LIMIT ?", (limit,)
            ).fetchall()
            total = connection.execute("SELECT count(*) FROM audit").fetchone()[0]
            problem = self._broken(connection) if verify else ""
        entries = tuple(
            AuditEntry(id=ident, at=at, event=event, body=msgspec.json.decode(body), sha256=sha256)
            for ident, at, event, body, sha256 in reversed(rows)
        )
        return AuditReport(entries=entries, total=total, verified=verify, problem=problem)

    def _broken(self, connection: sqlite3.Connection) -> str:
        """What is wrong with the chain, "" if nothing."""
        before, expected = _FIRST, 1
        head = self._read_head()
        met = head is None or head == (0, _FIRST)
        for ident, at, event, body, sha256 in connection.execute("SELECT * FROM audit ORDER BY id"):
            if ident != expected:
                return f"Line {expected} is missing."
            if sha256 != _chained(before, ident, at, event, body):
                return f"Line {ident} is not what was written."
            met = met or head == (ident, sha256)
            before, expected = sha256, expected + 1
        if head is None and self._head is not None and expected > 2:
            return f"{self._head.name}, which names its last line, is missing: lines may have gone from its end."
        if not met and head is not None:
            return f"Lines are missing at the end: line {head[0]} is not what was written last."
        return ""

    @contextmanager
    def _auditing(self) -> Iterator[sqlite3.Connection]:
        """A transaction in which lines are added; afterwards the last of them is named beside the file."""
        with self._database.writing() as connection:
            yield connection
            last = connection.execute("SELECT id, sha256 FROM audit ORDER BY id DESC LIMIT 1").fetchone()
        if self._head is not None and last is not None:
            try:
                write_durably(self._head, f"{last[0]} {last[1]}\n".encode())
            except OSError as error:  # the chain itself is whole; only its end is less sure
                log.warning("the end of the audit could not be noted: %s", error.strerror)

    def _append(self, connection: sqlite3.Connection, event: str, body: Mapping[str, Any]) -> None:
        row = connection.execute("SELECT id, sha256 FROM audit ORDER BY id DESC LIMIT 1").fetchone()
        last, before = row if row is not None else (0, _FIRST)
        at, text = self._now(), _json(body)
        connection.execute(
            "INSERT INTO audit (id, at, event, body, sha256) VALUES (?, ?, ?, ?, ?)",
            (last + 1, at, event, text, _chained(before, last + 1, at, event, text)),
        )

    def _read_head(self) -> tuple[int, str] | None:
        try:
            number, sha256 = self._head.read_text(encoding="ascii").split() if self._head is not None else ("", "")
            return int(number), sha256
        except (OSError, ValueError):
            return None


def _chained(before: str, ident: int, at: int, event: str, body: str) -> str:
    return hashlib.sha256(_json([before, ident, at, event, body]).encode()).hexdigest()


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
