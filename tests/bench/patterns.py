"""Every regular expression of Familiar over 100 kB of its worst texts: how long the slowest takes."""

from __future__ import annotations

from tests.bench.report import Report
from tests.support.hostile_texts import modules_of, patterns_of, worst

WANTED_MS = 50.0
TOLD = 10  # of the slowest


def run() -> int:
    """Measure and print; 0 if the bound holds."""
    report = Report("patterns")
    found = [(used.where, worst(used, WANTED_MS)) for module in modules_of("app") for used in patterns_of(module)]
    found.sort(key=lambda one: one[1].ms, reverse=True)
    for where, slowest in found[:TOLD]:
        report.note(f"{where}: {slowest}")
    report.figure("patterns", [float(len(found))], "", at_least=1)
    report.figure("slowest over its worst 100 kB", [found[0][1].ms], "ms of processor time", at_most=WANTED_MS)
    return report.end()
