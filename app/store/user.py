"""user.db, which cannot be made again: checked, backed up and migrated at opening; refused rather than overwritten."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from app.base.errors import Problem
from app.store import backups
from app.store.actions import Actions
from app.store.asked_before import AskedBefore
from app.store.conversations import Conversations
from app.store.database import Database
from app.store.insights import InsightsOfTurns
from app.store.memories import Memories
from app.store.migrations import Script, check_version, migrate, scripts
from app.store.ratings import Ratings
from app.store.said_before import SaidBefore
from app.store.sqlite import connect, convert, in_memory, quick_check
from app.store.turns import Turns

log = logging.getLogger("familiar.store")
SCRIPTS = Path(__file__).parent / "sql" / "user"
CACHE_KB = 256  # one conversation at a time is read; the system keeps the file's pages anyway
_DAMAGED = ("store.damaged", "store.stranger")


def now_ms() -> int:
    """The time, in Unix milliseconds."""
    return time.time_ns() // 1_000_000


class UserStore:
    """The person's conversations and memories. Thread-safe. One engine at a time may have it open."""

    def __init__(
        self, database: Database, version: int, now: Callable[[], int], *, audit_head: Path | None = None
    ) -> None:
        self._database = database
        self._version = version
        self._now = now
        self.conversations = Conversations(database, now)
        self.turns = Turns(database, now)
        self.ratings = Ratings(database, now)
        self.asked_before = AskedBefore(database)
        self.said_before = SaidBefore(database)
        self.insights = InsightsOfTurns(database, now)
        self.memories = Memories(database, now)
        self.actions = Actions(database, now, audit_head)

    @classmethod
    def open(cls, path: Path, *, now: Callable[[], int] = now_ms, steps: list[Script] | None = None) -> UserStore:
        """Open the file, or make it; bring it to this release's schema; purge what was deleted 30 days ago.

        steps: the migrations, this release's by default. A file that is damaged, newer or another program's is refused
        and not one byte of it is changed: Problem store.damaged (its hint names the newest good backup), store.newer,
        store.stranger. Also Problem store.full, store.read_only, ...
        """
        steps = scripts(SCRIPTS) if steps is None else steps
        with convert(path):
            present = path.exists() and path.stat().st_size > 0
        if present:
            _examine(path, len(steps))
        connection = connect(path, durable=True, cache_kb=CACHE_KB)
        try:
            with convert(path):
                migrate(connection, path, steps, lambda version: backups.take(path, version, now()))
            store = cls(Database(connection, path), len(steps), now, audit_head=path.with_name("audit.head"))
            store.conversations.purge()
            store.finish_forgetting()
        except BaseException:
            connection.close()
            raise
        return store

    @classmethod
    def transient(cls, first: int, *, now: Callable[[], int] = now_ms) -> UserStore:
        """A store in memory alone. first: the number of its first conversation and turn, so that none is the person's.

        Nothing of it is on disk, ever; it is gone when it is closed.
        """
        path, steps = Path(":memory:"), scripts(SCRIPTS)
        connection = in_memory()
        migrate(connection, path, steps, lambda _version: None)
        connection.executemany(
            "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)",
            [(table, first - 1) for table in ("conversations", "turns")],
        )
        return cls(Database(connection, path), len(steps), now)

    @property
    def path(self) -> Path:
        """The file; “:memory:” of a store in memory."""
        return self._database.path

    def back_up(self) -> bool:
        """Copy the file beside itself if it changed and the newest copy is a day old; True if it did.

        For once after the start and once a day, in any thread: others go on working. A failure is logged, not raised.
        """
        self.finish_forgetting()
        try:
            with self._database.copying, convert(self._database.path):
                due = backups.is_due(self._database.path, self._now())
                if due:
                    backups.take(self._database.path, self._version, self._now())
        except Problem as problem:
            log.warning("no backup of user.db: %s", problem.code)
            return False
        return due

    def finish_forgetting(self) -> None:
        """Remove from the disk what is forgotten and could not be removed before. A failure is logged, not raised."""
        try:
            self.memories.leave_no_trace()
        except Problem as problem:
            log.warning("what was forgotten is not gone: %s", problem.title)

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _examine(path: Path, newest: int) -> None:
    """Raise the Problem that forbids to open a file for writing. Reads through a connection that cannot write."""
    try:
        with closing(connect(path, durable=True, read_only=True)) as connection, convert(path):
            check_version(connection, path, newest)
            if not quick_check(connection):
                raise Problem("store.damaged", f"{path} is damaged.")
    except Problem as problem:
        if problem.code not in _DAMAGED:
            raise
        raise Problem(problem.code, problem.title, _way_back(path)) from problem


def _way_back(path: Path) -> str:
    """What a person can do about a damaged file, with the newest good backup by name."""
    backup = backups.newest_good(path)
    if backup is None:
        return (
            "Nothing was overwritten, and there is no backup of it. "
            f"Move {path.name} and {path.name}-wal elsewhere to begin anew, and keep them: a part may be saved."
        )
    day = datetime.fromtimestamp(backup.taken_at / 1000).strftime("%Y-%m-%d %H:%M")
    return (
        f"Nothing was overwritten. There is a good backup of {day}: move {path.name}, {path.name}-wal and "
        f"{path.name}-shm elsewhere, then copy {backup.path} to {path}."
    )
