"""How soon a fresh engine says hello, answers by words and by meaning. Warm file cache, 300 files indexed."""

from __future__ import annotations

import time

from app.base.calls import Search
from app.link.client import connect
from tests.bench.report import Report
from tests.bench.setting import Setting

ROUNDS = 7


def run() -> int:
    """Measure; exit code 0 if the bounds held."""
    report = Report("Engine start")
    hello: list[float] = []
    words: list[float] = []
    meaning: list[float] = []
    with Setting() as setting:
        setting.write_documents(300, 6)
        setting.index()
        setting.stop()
        for _ in range(ROUNDS):
            began = time.perf_counter()
            setting.peer = peer = connect(setting.home, role="cli")
            hello.append(time.perf_counter() - began)
            found = peer.call(Search(query="invoice Lisbon"), timeout_s=30)
            words.append(time.perf_counter() - began)
            assert found.hits
            while not found.coverage.by_meaning:
                found = peer.call(Search(query="bill settled in Portugal"), timeout_s=30)
                time.sleep(0.02)
            meaning.append(time.perf_counter() - began)
            setting.stop()
    report.figure("hello", hello, "s", at_most=0.7)
    report.figure("search by words answered", words, "s", at_most=1.0)
    report.figure("search by meaning answered", meaning, "s", at_most=4.0)
    return report.end()
