"""Numbers, times and names as a person reads them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from app.base.index_values import Folder, Status
from app.base.values import FileState
from app.base.wording import count

STATE_WORDS: dict[FileState, str] = {
    "waiting": "Waiting",
    "reading": "Reading",
    "ready": "Ready",
    "partial": "Partly read",
    "empty": "No text",
    "locked": "Locked",
    "damaged": "Damaged",
    "too_large": "Too large",
    "unsupported": "Not supported",
    "unreadable": "Not readable",
    "ignored": "Left out",
    "placeholder": "In the cloud",
    "offline": "Not connected",
    "quarantined": "Set aside",
}
"""What each state of a file is called."""


def size(size_bytes: int) -> str:
    """ "0 KB", "412 MB", "1.3 GB": decimal units, as file managers show them."""
    if size_bytes < 1_000_000:
        return f"{-(-size_bytes // 1000)} KB"
    if size_bytes < 1_000_000_000:
        return f"{size_bytes / 1_000_000:.0f} MB"
    return f"{size_bytes / 1_000_000_000:.1f} GB"


def ago(then_ms: int, now_ms: int) -> str:
    """ "just now", "2 minutes ago", "3 hours ago", else "on 3 October"."""
    seconds = max(0, now_ms - then_ms) // 1000
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{count(seconds // 60, 'minute')} ago"
    then, now = datetime.fromtimestamp(then_ms / 1000), datetime.fromtimestamp(now_ms / 1000)
    if seconds < 12 * 3600 or then.date() == now.date():
        return f"{count(seconds // 3600, 'hour')} ago"
    return f"on {day(then_ms, now_ms)}"


def day(then_ms: int, now_ms: int) -> str:
    """ "3 October", with the year where it is another one."""
    then, now = datetime.fromtimestamp(then_ms / 1000), datetime.fromtimestamp(now_ms / 1000)
    return f"{then.day} {then:%B}" + (f" {then.year}" if then.year != now.year else "")


def age(then_ms: int, now_ms: int) -> str:
    """Which group of the conversation list a time falls into: "Today", "Yesterday" or "Earlier"."""
    then, now = datetime.fromtimestamp(then_ms / 1000).date(), datetime.fromtimestamp(now_ms / 1000).date()
    if then >= now:
        return "Today"
    return "Yesterday" if then == now - timedelta(days=1) else "Earlier"


def elapsed(seconds: int) -> str:
    """ "40 s", "3 min 05 s"."""
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min {seconds % 60:02d} s"


def about_seconds(seconds: float) -> str:
    """ "about 4 s", "about 2 min": a length of time that was predicted."""
    return f"about {max(1, round(seconds))} s" if seconds < 90 else f"about {round(seconds / 60)} min"


def remaining(seconds: float) -> str:
    """ "less than a minute left", "about 6 minutes left", "about 2 hours left"."""
    if seconds < 50:
        return "less than a minute left"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"about {count(max(1, minutes), 'minute')} left"
    return f"about {count(round(minutes / 60), 'hour')} left"


def folder_name(path: str) -> str:
    """A folder's own name; the whole path for a root such as "/"."""
    return os.path.basename(path.rstrip(os.sep)) or path


def under_home(path: str) -> str:
    """A path with the person's home folder written as "~"."""
    home = str(Path.home())
    return "~" + path[len(home) :] if path == home or path.startswith(home + os.sep) else path


def within(path: str, folders: Sequence[str]) -> str:
    """A file's path as seen from the watched folder that it lies in: "Documents/a/b.txt"; else under "~"."""
    for folder in sorted(folders, key=len, reverse=True):
        if path.startswith(folder.rstrip(os.sep) + os.sep):
            return os.path.join(folder_name(folder), os.path.relpath(path, folder))
    return under_home(path)


def one_line(text: str, most: int = 80) -> str:
    """The beginning of a text of any length on one line, for a title; a longer one ends in "…"."""
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most and len(text) <= 4 * most else line[:most].rstrip() + "…"


def listed(names: Sequence[str]) -> str:
    """ "A", "A and B", "A, B and 3 more"."""
    if len(names) <= 2:
        return " and ".join(names)
    if len(names) == 3:
        return f"{names[0]}, {names[1]} and {names[2]}"
    return f"{names[0]}, {names[1]} and {len(names) - 2} more"


def folder_summary(folder: Folder, now_ms: int | None = None) -> str:
    """One line about a watched folder: how many files, how far, or what is wrong. now_ms: to say when checked."""
    if folder.state == "offline":
        kept = f" · {count(folder.ready, 'file')} kept" if folder.ready else ""
        return f"Not connected{kept}"
    if folder.state == "unreadable":
        return folder.reason or "Cannot be opened"
    if folder.state == "reading" or folder.pending:
        done = folder.files - folder.pending
        return f"{done:,} of {count(folder.files, 'file')}" if folder.files else "Looking for files…"
    if not folder.files:
        return "No files to read in it"
    unread = f" · {folder.unread:,} could not be read" if folder.unread else ""
    problems = unread + (f" · {folder.partial:,} partly read" if folder.partial else "")
    if now_ms is None:
        checked = "" if problems else " · up to date"
    else:
        checked = f" · checked {ago(folder.checked_at, now_ms)}" if folder.checked_at else ""
    return f"{count(folder.files, 'file')}{problems}{checked}"


def index_summary(status: Status | None) -> str:
    """One line about the whole index."""
    if status is None:
        return "Starting…"
    if status.paused is not None:
        return f"Paused: {status.paused}" if status.paused else "Paused"
    waiting = status.files.get("waiting", 0) + status.files.get("reading", 0)
    if waiting:
        return f"Reading · {count(waiting, 'file')} to go"
    if status.pending_vectors:
        return f"Learning meanings · {count(status.pending_vectors, 'passage')} to go"
    return "Looking for changes…" if status.scanning else "Up to date"
