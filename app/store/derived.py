"""Databases that can be made again: thrown away, marked to be thrown away, measured."""

from __future__ import annotations

from pathlib import Path


def discard(path: Path) -> None:
    """Remove a derived database with its companions and its rebuild mark."""
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm"), rebuild_mark(path)):
        name.unlink(missing_ok=True)


def size_on_disk(path: Path) -> int:
    """Bytes of a database and its write-ahead log; 0 for what is not there."""
    return sum(name.stat().st_size for name in (path, Path(f"{path}-wal")) if name.exists())


def rebuild_mark(path: Path) -> Path:
    """A file whose presence says that the database is to be made anew when next opened."""
    return path.with_name(f"{path.name}.rebuild")


def mark_for_rebuild(path: Path) -> None:
    """Have the derived database at `path` made anew when next opened."""
    rebuild_mark(path).touch()
