"""What index.db knows of the bytes that it read of a file, and how sure that is."""

from __future__ import annotations

import msgspec

from app.base.values import PENDING_STATES
from app.store.index import IndexStore
from app.store.index_files import Stat

RACY_MS = 2000
"""A file that changed so shortly before it was read may have changed again without its time telling (FAT's tick)."""


class FileStanding(msgspec.Struct, frozen=True):
    """A file as the index has it. stat: when it was last looked at. sha256: of the bytes that were read, "" if none.

    settled: whether what was read are the bytes that the file had at `stat`, beyond doubt.
    """

    stat: Stat
    sha256: str
    settled: bool


def file_standing(index: IndexStore, path: str) -> FileStanding | None:
    """How the file at `path` stands; None if the index does not have it."""
    rows = index.query(
        "SELECT size_bytes, mtime_ns, ctime_ns, inode, sha256, state, read_at FROM files WHERE path = ?", [path]
    )
    if not rows:
        return None
    size_bytes, mtime_ns, ctime_ns, inode, sha256, state, read_at = rows[0]
    calm = max(mtime_ns, ctime_ns) // 1_000_000 < read_at - RACY_MS
    settled = bool(sha256) and calm and state not in (*PENDING_STATES, "offline")
    return FileStanding(Stat(size_bytes, mtime_ns, ctime_ns, inode), sha256, settled)
