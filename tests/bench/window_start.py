"""From `python -m app` to the window's first paint, and the memory that the window takes.

With a DISPLAY the window is a real one; without, Qt draws off the screen.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import psutil

from app.base.calls import SetPreferences
from tests.bench.report import Report
from tests.bench.setting import Setting, until

ROUNDS = 7
SETTLE_S = 10.0
_PAINT = re.compile(r"first paint at (\d+\.\d+)")


def run() -> int:
    """Measure; exit code 0 if the bounds held."""
    environment = dict(os.environ)
    if "DISPLAY" not in environment:
        environment["QT_QPA_PLATFORM"] = "offscreen"
    report = Report("Window start")
    paints: list[float] = []
    memory: list[float] = []
    with Setting() as setting:
        setting.write_documents(300, 6)
        setting.index()
        setting.start().call(SetPreferences(first_run=False), timeout_s=30)
        log = setting.home.logs / "window.log"
        for n in range(ROUNDS):
            log.unlink(missing_ok=True)
            began = time.time()
            process = subprocess.Popen([sys.executable, "-m", "app", "--home", str(setting.home.root)], env=environment)
            until(lambda: _painted(log) > 0, 30)
            paints.append(_painted(log) - began)
            if n == ROUNDS - 1:
                time.sleep(SETTLE_S)
                memory.append(psutil.Process(process.pid).memory_info().rss / 1e6)
            process.terminate()
            process.wait(30)
    report.figure("first paint", paints, "s", at_most=1.0)
    report.figure("window memory", memory, "MB", at_most=150)
    return report.end()


def _painted(log: Path) -> float:
    """When the window first painted, in Unix seconds; 0 if it has not."""
    try:
        found = _PAINT.search(log.read_text(encoding="utf-8"))
    except OSError:
        return 0.0
    return float(found.group(1)) if found else 0.0
