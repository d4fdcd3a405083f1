"""familiar doctor: what is wrong with this home and this machine, even when the engine cannot start."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from app.base.calls import Doctor
from app.base.errors import Problem
from app.base.index_values import Check
from app.base.machine import disk_check, inotify_checks, system_check, window_check
from app.cli.about import version
from app.cli.command import command
from app.cli.context import Context

_MARKS = {"ok": "✓", "note": "·", "warning": "!", "error": "✗"}


@command("doctor")
def doctor(context: Context) -> int:
    """Examine this home and this machine."""
    checks = [_installation(), window_check(os.environ)]
    try:
        examined: list[Check] = context.call(Doctor())
        checks += examined
    except Problem as problem:
        checks.append(Check(name="engine", level="error", text=problem.title, hint=problem.hint))
        checks += [system_check(), disk_check(context.home.root), *inotify_checks()]
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


def _installation() -> Check:
    place = Path(__file__).resolve().parents[2]
    return Check(name="familiar", level="ok", text=f"version {version()} in {place}, run by {sys.executable}")
