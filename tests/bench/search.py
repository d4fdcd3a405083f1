"""At 20,000 chunks: search time inside the engine, memory, and what an idle minute costs."""

from __future__ import annotations

import statistics
import time

import psutil

from app.base.calls import Search
from tests.bench.report import Report
from tests.bench.setting import SENTENCES, Setting

CHUNKS = 20_000
QUERIES = 300
IDLE_S = 60.0


def run() -> int:
    """Measure; exit code 0 if the bounds held."""
    report = Report("Search")
    with Setting() as setting:
        setting.write_documents(CHUNKS, 5)
        began = time.perf_counter()
        status = setting.index()
        took_s = time.perf_counter() - began
        report.note(f"{status.chunks} chunks of {status.files['ready']} files, settled in {took_s:.0f} s")
        peer = setting.start()
        queries = [
            f"{SENTENCES[n % len(SENTENCES)].format(n=n * 37)} {'' if n % 2 else 'when and where was it'}"
            for n in range(QUERIES)
        ]
        for query in queries[:20]:
            peer.call(Search(query=query), timeout_s=30)
        results = [peer.call(Search(query=query), timeout_s=30) for query in queries]
        assert all(result.coverage.by_meaning for result in results)
        took = sorted(result.took_ms for result in results)
        report.figure("median of 300", [statistics.median(took)], "ms")
        report.figure("95th percentile of 300", [took[int(0.95 * len(took))]], "ms", at_most=80)
        _idle(report, setting)
    return report.end()


def _idle(report: Report, setting: Setting) -> None:
    """Memory of engine and vectors worker, and the processor time of all processes over a minute."""
    pids = setting.status().pids
    processes = [psutil.Process(pid) for pid in (pids.engine, pids.vectors, *pids.extract) if pid]
    time.sleep(5)  # let what the queries began come to rest
    before = [process.cpu_times() for process in processes]
    began = time.perf_counter()
    time.sleep(IDLE_S)
    elapsed = time.perf_counter() - began
    spent = sum(
        now.user + now.system - was.user - was.system
        for now, was in zip((p.cpu_times() for p in processes), before, strict=True)
    )
    report.figure("idle: share of one processor", [100 * spent / elapsed], "%", at_most=1.0)
    report.figure("engine memory", [processes[0].memory_info().rss / 1e6], "MB", at_most=150)
    report.figure("vectors worker memory", [processes[1].memory_info().rss / 1e6], "MB", at_most=450)
