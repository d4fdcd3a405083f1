"""PySide6 6.12.0 on Python 3.11 drops a reference to None at each void call: dead after some 5,000 (PYSIDE-3474)."""

from __future__ import annotations

import os
import subprocess
import sys

_CALLS = """
from PySide6.QtCore import QObject
thing = QObject()
for number in range(20_000):
    thing.setObjectName("x")
print("alive")
"""


def test_twenty_thousand_void_calls_survive() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", _CALLS],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "alive"), done.stderr
