"""Bringing user.db up to this release's schema by numbered SQL files, or not at all."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec

from app.base.errors import Problem

_NAME = re.compile(r"(\d{4})_\w+\.sql")


class Script(msgspec.Struct, frozen=True):
    """One step. version: what `PRAGMA user_version` is after it."""

    version: int
    sql: str


def scripts(folder: Path) -> list[Script]:
    """The steps in a folder of files named 0001_what.sql, in order; their numbers count up from 1 without a gap."""
    found = [
        Script(int(name[1]), path.read_text(encoding="utf-8"))
        for path in sorted(folder.iterdir())
        if (name := _NAME.fullmatch(path.name))
    ]
    if [script.version for script in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"migrations in {folder} are not numbered 1, 2, 3, ...")
    return found


def check_version(connection: sqlite3.Connection, path: Path, newest: int) -> int:
    """The schema version of an open file: 0 if it is empty.

    Raises Problem store.newer if a later release wrote it, store.stranger if it is another program's.
    """
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > newest:
        raise Problem(
            "store.newer",
            f"{path} was written by a newer Familiar (format {version}, this one knows {newest}).",
            "Nothing was changed. Update Familiar, or choose another folder with --home.",
        )
    if version == 0 and connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        raise Problem(
            "store.stranger", f"{path} is not one of Familiar's files.", "Nothing was changed. Move it elsewhere."
        )
    return version


def migrate(connection: sqlite3.Connection, path: Path, steps: list[Script], back_up: Callable[[int], object]) -> None:
    """Run the steps that the file lacks, and set its version, in one transaction.

    back_up(version) is called first if the file holds anything; when it raises, nothing has been changed.
    """
    version = check_version(connection, path, len(steps))
    missing = steps[version:]
    if not missing:
        return
    if version:
        back_up(version)
    # executescript ends a running transaction, so that the script brings its own
    body = "\n".join(f"{step.sql}\nPRAGMA user_version = {step.version};" for step in missing)
    try:
        connection.executescript(f"BEGIN IMMEDIATE;\n{body}\nCOMMIT;")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
