"""Copies of user.db beside it: one before every migration, one a day when it changed, three of each kept."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from app.base.errors import Problem
from app.store.sqlite import connect, convert, locked, quick_check

KEPT = 3
DAY_MS = 24 * 3600 * 1000
_NAME = re.compile(r"\.backup-(\d+)-(\d{8}T\d{9})Z$")


class Backup(msgspec.Struct, frozen=True):
    """A whole copy of the database. version: of its schema; taken_at: Unix ms."""

    path: Path
    version: int
    taken_at: int


def take(database: Path, version: int, at: int) -> Backup:
    """Copy the database beside itself, durably, checked, mode 0600; then drop the oldest copies.

    Works while others write: it reads through a connection of its own. Cut off half-way it leaves only a `.part` file,
    which the next one replaces. Raises Problem store.*; then nothing was changed.
    """
    stamp = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y%m%dT%H%M%S") + f"{at % 1000:03d}Z"
    path = database.with_name(f"{database.name}.backup-{version}-{stamp}")
    part = _unfinished(database)
    with convert(path):
        part.unlink(missing_ok=True)
        try:
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            with closing(connect(database, durable=False, read_only=True)) as source:
                source.execute("VACUUM INTO ?", (str(part),))
            with closing(connect(part, durable=False, read_only=True)) as copy:
                if not quick_check(copy):
                    raise Problem("store.damaged", f"A backup of {database} could not be made whole.", "Try again.")
            _sync(part)
            os.replace(part, path)
            _sync(path.parent)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    _prune(database, version)
    return Backup(path, version, at)


def existing(database: Path) -> list[Backup]:
    """The copies of a database, newest first; unchecked."""
    found = []
    for path in database.parent.glob(f"{database.name}.backup-*"):
        if name := _NAME.search(path.name):
            second = datetime.strptime(name[2][:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
            found.append(Backup(path, int(name[1]), int(second.timestamp()) * 1000 + int(name[2][15:])))
    return sorted(found, key=lambda backup: backup.taken_at, reverse=True)


def newest_good(database: Path) -> Backup | None:
    """The newest copy that is whole; None if there is none."""
    for backup in existing(database):
        try:
            with closing(connect(backup.path, durable=False, read_only=True)) as copy:
                if quick_check(copy):
                    return backup
        except Problem:
            continue
    return None


def scrub(database: Path, sql: str, values: Sequence[Sequence[object]]) -> None:
    """Run a deletion, with each of these values, in every copy of a database, so that nothing of it is left in one.

    Copies that lack its table stay as they are; one that is damaged, or was not finished, is removed. Every copy is
    tried, whatever becomes of another. Raises Problem store.* of the first that could not be changed.
    """
    failures: list[Problem] = []
    with convert(database):
        _unfinished(database).unlink(missing_ok=True)
    for backup in existing(database):
        try:
            _delete(backup.path, sql, values)
        except Problem as problem:
            if problem.code == "store.damaged":
                with convert(backup.path):
                    backup.path.unlink(missing_ok=True)
            else:
                failures.append(problem)
    if failures:
        raise failures[0]


def _delete(path: Path, sql: str, values: Sequence[Sequence[object]]) -> None:
    with closing(connect(path, durable=True)) as copy, convert(path):
        tables = {name for (name,) in copy.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        if sql.split()[2] in tables:
            copy.executemany(sql, values)
        (busy, _, _) = copy.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise locked(path)
        copy.execute("PRAGMA journal_mode = DELETE").fetchall()


def _unfinished(database: Path) -> Path:
    """Where a copy is made until it is whole."""
    return database.with_name(f"{database.name}.backup.part")


def is_due(database: Path, at: int) -> bool:
    """Whether the database changed since its newest copy, and that is a day old or missing."""
    newest = next(iter(existing(database)), None)
    if newest is None:
        return True
    parts = (database, database.with_name(f"{database.name}-wal"))
    changed_at = max(part.stat().st_mtime_ns for part in parts if part.exists()) // 1_000_000
    return at - newest.taken_at >= DAY_MS and changed_at > newest.taken_at


def _prune(database: Path, version: int) -> None:
    """Keep the newest copies of this version, and as many of all others: a new release may have to be left again."""
    copies = existing(database)
    for group in ([c for c in copies if c.version == version], [c for c in copies if c.version != version]):
        for backup in group[KEPT:]:
            with convert(backup.path):
                backup.path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Push a file, or a folder's entries, to the disk."""
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot open folders and writes their entries itself
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
