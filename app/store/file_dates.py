"""When a file is from: what is newest, and what a search is limited to, goes by it."""

from __future__ import annotations

import sqlite3
import time
from datetime import UTC, date, datetime
from datetime import time as clock

from app.base.values import FileId
from app.language.named_dates import Period, date_in_path, date_in_title
from app.store.subtrees import separator

MAILS = ("mail", "mbox", "msg")
DAY_MS = 24 * 3600 * 1000
EARLIEST_MS = 366 * DAY_MS  # a time in 1970 is that of a clock that was never set


def dating(path: str, root: str, title: str, kind: str, said_ms: int, mtime_ms: int) -> tuple[int, str]:
    """When a file is from, Unix ms, and what says so: "name", "title", "document", "modified"; (0, "") if nothing does.

    Its name or the folders in `root` that it lies in come first, which a person gave it and a copy keeps, then its
    title, then what the document says of itself (said_ms; 0 for nothing), then when it was last written. A mail is from
    when it was sent. What leaves days open (“2024”) takes the day within them that the next says, or is nearest to it.
    A day is its noon, UTC: that lies in it nearly everywhere.
    """
    if kind in MAILS and said_ms:
        return said_ms, "document"
    now_ms = time.time_ns() // 1_000_000
    written = mtime_ms if EARLIEST_MS < mtime_ms <= now_ms + DAY_MS else 0
    moment, by = (said_ms, "document") if said_ms else (written, "modified" if written else "")
    latest = date(datetime.now(UTC).year + 1, 12, 31)
    mark = separator(path)
    titled, named = date_in_title(title, latest), date_in_path(path.removeprefix(root).split(mark), latest)
    if titled is not None and (named is None or named.holds(titled)):
        moment, by = _within(titled, moment), "title"
    if named is not None:
        moment, by = _within(named, moment), "name"
    return moment, by


def date_file(connection: sqlite3.Connection, file_id: FileId) -> int:
    """Say anew when a file is from, and its chunks: it was read, written or moved. Returns it."""
    row = connection.execute(
        "SELECT f.path, r.path, f.title, f.kind, f.said_dated, f.mtime_ns FROM files AS f"
        " JOIN roots AS r ON r.id = f.root_id WHERE f.id = ?",
        (file_id,),
    ).fetchone()
    path, root, title, kind, said, mtime_ns = row
    dated, dated_by = dating(path, root, title, kind, said, mtime_ns // 1_000_000)
    connection.execute("UPDATE files SET dated = ?, dated_by = ? WHERE id = ?", (dated, dated_by, file_id))
    connection.execute(
        "UPDATE chunks SET dated = CASE sent_at WHEN 0 THEN ?1 ELSE sent_at END WHERE file_id = ?2"
        " AND dated <> CASE sent_at WHEN 0 THEN ?1 ELSE sent_at END",
        (dated, file_id),
    )
    return dated


def _within(period: Period, moment: int) -> int:
    return min(max(moment, _noon(period.first)), _noon(period.last))


def _noon(day: date) -> int:
    return int(datetime.combine(day, clock(12), UTC).timestamp()) * 1000
