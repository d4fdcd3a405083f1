"""Five hundred damaged models in a chat worker: each is answered, refused in words, or costs that process alone."""

from __future__ import annotations

import collections
import tempfile
from pathlib import Path

from tests.bench.report import Report
from tests.support.mutants import LIMIT_S, Trial, trials

MUTANTS = 500


def run() -> int:
    """Try them all and print what came of them; 0 if none hung. A worker that does not come back raises Problem."""
    report = Report("crashes")
    seen: list[Trial] = []
    with tempfile.TemporaryDirectory() as folder:
        for trial in trials(range(MUTANTS), Path(folder)):
            seen.append(trial)
            if trial.outcome in ("died", "hung"):
                report.note(f"{trial.outcome}: {trial.what}")
    for outcome, count in collections.Counter(trial.outcome for trial in seen).most_common():
        report.figure(outcome, [count], "models")
    report.figure("hung", [sum(trial.outcome == "hung" for trial in seen)], "models", at_most=0)
    report.figure("slowest", [max(trial.seconds for trial in seen)], "s", at_most=LIMIT_S)
    return report.end()
