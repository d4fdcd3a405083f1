"""nDCG@10 through the real pipeline on scifact and Cranfield: `familiar eval retrieval` on the public test data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.bench.report import Report

BOUNDS = {"scifact": 0.72, "cranfield": 0.40}


def run() -> int:
    """Measure; exit code 0 if the bounds held."""
    named = os.environ.get("FAMILIAR_YARDSTICKS")
    folder = (Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "yardsticks") / "retrieval"
    report = Report("Retrieval")
    for name, bound in BOUNDS.items():
        done = subprocess.run(
            [sys.executable, "-m", "app", "eval", "retrieval", str(folder / name), "--json"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        figures = json.loads(done.stdout)
        report.figure(f"{name}: nDCG@10", [figures["ndcg@10"]], "", at_least=bound)
        report.figure(f"{name}: recall@100", [figures["recall@100"]], "")
        report.figure(f"{name}: search p95", [figures["search_ms"]["p95"]], "ms")
    return report.end()
