"""Every file of the public test documents through the engine: all settled, no worker left dead, how long it takes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil

from app.base.calls import Files, FoldersAdd, Index
from app.base.values import ALL_STATES, PENDING_STATES
from tests.bench.report import Report
from tests.bench.setting import Setting


def run() -> int:
    """Measure; exit code 0 if the bounds held."""
    named = os.environ.get("FAMILIAR_YARDSTICKS")
    folder = (Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "yardsticks") / "docs"
    report = Report("Documents")
    with Setting() as setting:
        peer = setting.start()
        began = time.perf_counter()
        peer.call(FoldersAdd(paths=[str(folder)]), timeout_s=60)
        status = peer.call(Index(wait=True), timeout_s=3600)
        report.figure("settled, vectors included", [time.perf_counter() - began], "s")
        rows = peer.call(Files(), timeout_s=60)
        for state in ALL_STATES:
            count = sum(1 for row in rows if row.state == state)
            if count:
                report.figure(f"files {state}", [count], "")
        report.figure("files pending", [sum(1 for r in rows if r.state in PENDING_STATES)], "", at_most=0)
        silent = [row.path for row in rows if row.state != "ready" and not (row.reason and row.hint)]
        report.figure("files without a reason or a hint", [len(silent)], "", at_most=0)
        dead = [pid for pid in (*status.pids.extract, status.pids.vectors) if pid and not psutil.pid_exists(pid)]
        report.figure("dead workers", [len(dead)], "", at_most=0)
    return report.end()
