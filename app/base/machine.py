"""What can be told about this machine without an engine: versions, room on the disk, how much may be watched."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Mapping
from pathlib import Path

from app.base.index_values import Check
from app.base.system_packages import has_display, missing, named, needs_of_window, remedy, this_distribution

LOW_DISK_BYTES = 1_000_000_000
FEW_WATCHES = 65_536


def system_check() -> Check:
    """Versions of Python, SQLite and the system."""
    text = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.platform(terse=True)}"
    return Check(name="system", level="ok", text=f"{text}, {os.cpu_count()} processors")


def disk_check(folder: Path) -> Check:
    """Room for `folder`, which need not exist yet."""
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        return Check(name="disk", level="warning", text=f"Free space is not known: {error.strerror or error}")
    text = f"{free / 1e9:.1f} GB free for {folder}"
    if free < LOW_DISK_BYTES:
        return Check(name="disk", level="warning", text=text, hint="Free some space: a full disk stops the indexing.")
    return Check(name="disk", level="ok", text=text)


def window_check(environment: Mapping[str, str]) -> Check:
    """Whether the system brings what a window needs on the display that these variables name."""
    if not has_display(environment):
        return Check(name="window", level="note", text="There is no display here, so no window can be opened.")
    absent = missing(needs_of_window(environment))
    if not absent:
        return Check(name="window", level="ok", text="The system has what a window needs.")
    text = f"A window cannot be opened. Missing: {named(absent)}"
    return Check(name="window", level="error", text=text, hint=f"Install it: {remedy(absent, this_distribution())}")


def inotify_checks(limits: Path = Path("/proc/sys/fs/inotify")) -> list[Check]:
    """How many folders Linux lets one person watch; nothing on other systems."""
    if sys.platform != "linux":
        return []
    try:
        limit = int((limits / "max_user_watches").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return [Check(name="inotify", level="note", text="The limit of watched folders is not known.")]
    text = f"{limit:,} folders can be watched"
    if limit < FEW_WATCHES:
        hint = "Raise it: sudo sysctl fs.inotify.max_user_watches=524288"
        return [Check(name="inotify", level="warning", text=text, hint=hint)]
    return [Check(name="inotify", level="ok", text=text)]
