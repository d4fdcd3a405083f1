"""familiar doctor: what is wrong with this home and this machine, even when the engine cannot start."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
from pathlib import Path

from app.base.calls import Doctor
from app.base.errors import Problem
from app.base.paths import Home
from app.base.values import Check
from app.cli.about import version
from app.cli.context import Context
from app.cli.output import size
from app.cli.usage import Parser

_MARKS = {"ok": "✓", "note": "·", "warning": "!", "error": "✗"}
_LOW_DISK_BYTES = 1_000_000_000
_FEW_WATCHES = 65_536
_INOTIFY = Path("/proc/sys/fs/inotify")


def declare(_name: str, parser: Parser) -> None:
    """The words of `doctor`."""
    parser.set_defaults(run=_doctor)


def _doctor(_options: argparse.Namespace, context: Context) -> int:
    try:
        checks = context.call(Doctor())
    except Problem as problem:
        checks = [
            Check(name="Engine", level="error", text=problem.title, hint=problem.hint),
            *checks_without_engine(context.home),
        ]
    output = context.output
    if output.json:
        output.document(checks)
    else:
        width = max(len(check.name) for check in checks)
        for check in checks:
            output.line(f"{_MARKS[check.level]} {output.bold(f'{check.name:<{width}}')}  {check.text}")
            if check.hint:
                output.line(f"  {'':<{width}}  {output.faint(check.hint)}")
    return 1 if any(check.level == "error" for check in checks) else 0


def checks_without_engine(home: Home) -> list[Check]:
    """What can be told without an engine: versions, room on the disk, how much may be watched."""
    checks = [
        Check(name="Familiar", level="ok", text=f"version {version()} at {Path(__file__).resolve().parents[2]}"),
        Check(name="Python", level="ok", text=f"{platform.python_version()} at {sys.executable}"),
        Check(name="System", level="ok", text=platform.platform()),
        disk_check(home.root),
    ]
    watches = inotify_check(_INOTIFY)
    return checks if watches is None else [*checks, watches]


def disk_check(folder: Path) -> Check:
    """Room where `folder` lies or will lie."""
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        return Check(name="Disk", level="error", text=f"{there} cannot be looked at: {error.strerror or error}")
    text = f"{size(free)} free for {folder}"
    if not os.access(there, os.W_OK):
        return Check(
            name="Disk", level="error", text=f"{there} cannot be written to",
            hint="Make it writable, or choose another home with --home DIR.",
        )  # fmt: skip
    if free < _LOW_DISK_BYTES:
        return Check(name="Disk", level="warning", text=text, hint="Free some space; the index needs room to grow.")
    return Check(name="Disk", level="ok", text=text)


def inotify_check(folder: Path) -> Check | None:
    """How many folders this system lets programs watch; None where there is no inotify."""
    try:
        watches = int((folder / "max_user_watches").read_text())
        instances = int((folder / "max_user_instances").read_text())
    except (OSError, ValueError):
        return None
    text = f"up to {watches:,} folders may be watched, by {instances:,} programs"
    if watches < _FEW_WATCHES:
        return Check(
            name="Watching", level="warning", text=text,
            hint="For large folders, raise it: sudo sysctl fs.inotify.max_user_watches=524288",
        )  # fmt: skip
    return Check(name="Watching", level="ok", text=text)
