"""Answers in quotes on public questions, through the real pipeline: `familiar eval answers` on two languages."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.bench.report import Report
from tests.support.yardsticks import yardsticks_folder

AT_LEAST = {
    "xquad-en": {"first_source_right": 0.97, "first_quote_holds": 0.93, "any_quote_holds": 0.97, "abstained": 0.65},
    "xquad-de": {"first_source_right": 0.95, "first_quote_holds": 0.90, "any_quote_holds": 0.95, "abstained": 0.55},
}
REFUSED_AT_MOST = {"xquad-en": 0.03, "xquad-de": 0.04}


def run() -> int:
    """Measure; exit code 0 if the bounds held."""
    report = Report("Answers in quotes")
    for name, bounds in AT_LEAST.items():
        done = subprocess.run(
            [sys.executable, "-m", "app", "eval", "answers", str(yardsticks_folder() / "answers" / name), "--json"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        figures = json.loads(done.stdout)
        for figure, bound in bounds.items():
            report.figure(f"{name}: {figure}", [figures[figure]], "", at_least=bound)
        report.figure(f"{name}: refused", [figures["refused"]], "", at_most=REFUSED_AT_MOST[name])
        report.figure(f"{name}: p95", [figures["seconds"]["p95"]], "s")
    return report.end()
