"""Search time at 20,000 chunks inside the engine and at 100,000, limited too; memory, and what an idle minute costs."""

from __future__ import annotations

import time

import psutil

from app.base.calls import Search
from tests.bench.likenesses import percentile
from tests.bench.prepared import Prepared
from tests.bench.report import Report
from tests.bench.setting import SENTENCES, Setting

CHUNKS = 20_000
MANY = 100_000
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
        for name, scope in (
            ("", []),
            (", in half of the folders", [str(setting.files / f"{n:03}") for n in range(CHUNKS // 200)]),
        ):
            for query in _queries()[:20]:
                peer.call(Search(query=query, scope=scope), timeout_s=30)
            results = [peer.call(Search(query=query, scope=scope), timeout_s=30) for query in _queries()]
            assert all(result.coverage.by_meaning for result in results)
            took = [result.took_ms for result in results]
            report.figure(f"median of {QUERIES}{name}", [percentile(took, 0.5)], "ms")
            report.figure(f"95th percentile{name}", [percentile(took, 0.95)], "ms", at_most=30)
        _idle(report, setting)
    _many(report)
    return report.end()


def _queries() -> list[str]:
    return [
        f"{SENTENCES[n % len(SENTENCES)].format(n=n * 37)} {'' if n % 2 else 'when and where was it'}"
        for n in range(QUERIES)
    ]


def _many(report: Report) -> None:
    """At 100,000 chunks, in a library that was not read but made (`prepared.py`)."""
    with Prepared(MANY) as library:
        report.note(f"{MANY:,} chunks, stored vectors written for search in {library.stored_s:.0f} s")
        for name, folders, forget in (
            ("", 0, False), (", in one of 20 folders", 1, True), (", in half of the folders", 10, False),
            (", in half, the index just changed", 10, True), (", in 19 of 20, just changed", 19, True),
        ):  # fmt: skip
            paths = [f"/library/{n:02}" for n in range(folders)]
            took: list[float] = []
            for number, query in enumerate(_queries()):
                if forget:
                    library.change()
                result = library.search(query, *paths)
                assert result.coverage.by_meaning
                if number >= 20:
                    took.append(result.took_ms)
            report.figure(f"median{name}", [percentile(took, 0.5)], "ms")
            report.figure(f"95th percentile{name}", [percentile(took, 0.95)], "ms", at_most=90)
        report.figure("vectors worker memory", [library.worker_bytes() / 1e6], "MB", at_most=500)


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
