"""The window's door: hands over to a window that is already there, quickly and without Qt; else opens one."""

from __future__ import annotations

import os
import sys

from app.base.calls import OpenWindow
from app.base.errors import Cancelled, Problem
from app.base.logs import start_logging
from app.base.paths import Home
from app.base.system_packages import missing, needs_of_window, report, this_distribution
from app.link.client import connect
from app.link.peer import Peer

ANSWER_S = 3.0


def main(view: str, paths: list[str], home: Home) -> int:
    """Open the main window or the sidebar, for `paths` if given, or have the running window do it.

    Returns the exit code: 0, also when another window took over; 1 if no window can be shown here.
    """
    launch = OpenWindow(view="sidebar" if view == "sidebar" else "main", paths=list(paths))
    if _handed_over(launch, home):
        return 0
    try:
        from app.window.shell.application import run
    except ImportError:  # Qt's own libraries come with it; what it takes from the system may be missing
        absent = missing(needs_of_window(os.environ))
        if not absent:
            raise
        reason = report(absent, "from this system", this_distribution())
        print(f"familiar: no window can be opened here.\n{reason}", file=sys.stderr)  # noqa: T201 - there is no window
        return 1
    start_logging(home, "window")

    def dial() -> Peer:
        return connect(home, role="window")

    return run(launch, home, dial)


def _handed_over(launch: OpenWindow, home: Home) -> bool:
    """Whether a running window of this home took it over."""
    try:
        peer = connect(home, role="cli", spawn=False)
    except Problem:
        return False  # no engine, so no window; or one that the window itself will have to speak about
    try:
        return peer.call(launch, timeout_s=ANSWER_S)
    except (Problem, Cancelled):
        return False
    finally:
        peer.close()
