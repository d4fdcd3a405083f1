"""How the index stands, as values that cross process borders: folders, files, the whole, and what is wrong with it."""

from __future__ import annotations

from typing import Literal

from app.base.values import FileState, Value


class Folder(Value):
    """A watched folder and how its index stands. state: "current", "reading", "offline" or "unreadable".

    problems: files that are not fully read for whatever reason; unread, partial: those of them that could not be read
    at all though they hold something, and those that were read in part.
    """

    path: str
    state: Literal["current", "reading", "offline", "unreadable"]
    files: int = 0
    ready: int = 0
    pending: int = 0
    problems: int = 0
    unread: int = 0
    partial: int = 0
    checked_at: int = 0
    reason: str = ""


class FileRow(Value):
    """One file of the index, as `familiar files` shows it. at: when it was last read, or 0.

    dated: when it is from, Unix ms, as dated_by says: "name" (its own or its folders'), "title", "document" (what it
    says of itself), "modified"; 0 and "" if nothing tells.
    """

    path: str
    state: FileState
    reason: str = ""
    hint: str = ""
    chunks: int = 0
    size_bytes: int = 0
    at: int = 0
    dated: int = 0
    dated_by: str = ""


class FilesFound(Value):
    """A stretch of the list of files. total: how many the whole list has. rows: from number `first` on."""

    total: int
    first: int
    rows: tuple[FileRow, ...]


class Pids(Value):
    """The processes of one home."""

    engine: int
    extract: tuple[int, ...] = ()
    vectors: int | None = None
    chat: tuple[int, ...] = ()


class Status(Value):
    """How the index stands. settled: see DESIGN: no scan running, no file pending, no vector or removal outstanding."""

    files: dict[str, int]
    chunks: int
    pending_vectors: int
    embedded_total: int
    settled: bool
    paused: str | None
    pids: Pids
    current: str = ""
    index_bytes: int = 0
    scanning: bool = False
    vectors_error: str = ""


class Check(Value):
    """One line of `familiar doctor`. level: "ok", "note", "warning" or "error"; hint says how to mend it."""

    name: str
    level: Literal["ok", "note", "warning", "error"]
    text: str
    hint: str = ""
