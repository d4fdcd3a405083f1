"""2,000 questions and 500 tool calls in one engine: it ends with what it held after the first 50.

Once as the system gives files, once with 160 at most.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.bench.report import Report
from tests.support.endurance import Endurance

QUESTIONS = 2000
TOOL_CALLS = 500
FIRST = 50
ROUNDS = 10
FEW_FILES = 160
MOST_GROWTH = 1.05


def run() -> int:
    """Measure and print; 0 if every bound held."""
    report = Report("endurance")
    for open_files in (None, FEW_FILES):
        _measure(report, open_files)
    return report.end()


def _measure(report: Report, open_files: int | None) -> None:
    name = "no limit of its own" if open_files is None else f"{open_files} open files at most"
    with tempfile.TemporaryDirectory(prefix="familiar-bench-") as root, Endurance(
        Path(root), open_files=open_files
    ) as engine:  # fmt: skip
        began = time.monotonic()
        engine.ask_for_quotes(FIRST)
        engine.ask_with_tools(FIRST * TOOL_CALLS // QUESTIONS)
        first = engine.held()
        for _ in range(ROUNDS):
            engine.ask_for_quotes((QUESTIONS - FIRST) // ROUNDS)
            engine.ask_with_tools(-(-(TOOL_CALLS - engine.tool_calls) // ROUNDS) or 1)
        engine.ask_with_tools(max(0, TOOL_CALLS - engine.tool_calls))
        last = engine.held()
        took_s = time.monotonic() - began
    report.note(f"{name}: {engine.questions:,} questions and {engine.tool_calls} tool calls in {took_s:.0f} s")
    report.figure("open files after the first", [first.files], "")
    report.figure("open files at the end, of these", [last.files / first.files], "", at_most=MOST_GROWTH)
    report.figure("threads after the first", [first.threads], "")
    report.figure("threads at the end, of these", [last.threads / first.threads], "", at_most=MOST_GROWTH)
    report.figure("memory after the first", [first.memory_bytes / 2**20], "MB")
    report.figure("memory at the end, of this", [last.memory_bytes / first.memory_bytes], "", at_most=MOST_GROWTH)
