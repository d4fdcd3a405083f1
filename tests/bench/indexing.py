"""Words of 1,000 small files; the embedding rate beside the bare loop; how soon a saved file is found."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from app.base.calls import FoldersAdd, Pause, Read, Search
from app.base.index_values import Status
from app.base.values import embedded_text
from tests.bench.bare_embedding import texts_per_second
from tests.bench.report import Report
from tests.bench.setting import Setting, until

FILES = 1000
SAVES = 7


def run() -> int:
    """Measure; exit code 0 if the bounds held."""
    report = Report("Indexing")
    with Setting() as setting:
        setting.write_documents(FILES, 14)
        peer = setting.start()
        began = time.perf_counter()
        peer.call(FoldersAdd(paths=[str(setting.files)]), timeout_s=60)
        until(lambda: _ready(setting.status()) == FILES, 120, 0.05)
        report.figure(f"{FILES:,} files searchable by words", [time.perf_counter() - began], "s", at_most=10)
        rates = _rates(setting.status)
        texts = [
            embedded_text("", chunk.heading, chunk.text)
            for path in sorted(setting.files.rglob("*.txt"))[:300]
            for chunk in peer.call(Read(path=str(path)), timeout_s=30).chunks
        ]
        peer.call(Pause(reason="the bare loop is measured"), timeout_s=30)
        time.sleep(3)  # what the worker has in hand comes to its end
        bare = texts_per_second(texts)
        peer.call(Pause(reason=None), timeout_s=30)
        report.figure("chunks embedded a second", rates, "/s")
        report.figure("bare onnxruntime loop, same chunks", [bare], "/s")
        report.figure("ratio", [rate / bare for rate in rates], "", at_least=0.85)
        until(lambda: setting.status().settled, 600, 0.2)
        _freshness(report, setting)
    return report.end()


def _ready(status: Status) -> int:
    return status.files["ready"]


def _rates(status: Callable[[], Status]) -> list[float]:
    """Chunks embedded a second in consecutive stretches of some five seconds, while only vectors are pending."""
    rates: list[float] = []
    for _ in range(5):
        before, at = status(), time.perf_counter()
        if before.pending_vectors < 100:
            break
        time.sleep(5)
        after = status()
        rates.append((after.embedded_total - before.embedded_total) / (time.perf_counter() - at))
        if after.pending_vectors == 0:
            rates.pop()  # it ran dry within the stretch
            break
    return rates


def _freshness(report: Report, setting: Setting) -> None:
    """How long after a save the file is the first hit for its own word, then for a paraphrase without its words."""
    peer = setting.start()
    words: list[float] = []
    meaning: list[float] = []
    for n in range(SAVES):
        path: Path = setting.files / f"fresh {n}.txt"
        word = f"quetzalcoatl{n}"
        text = f"The {word} flew over the northern lighthouse and rested on its lantern.\n"

        def finds(query: str, wanted: str = str(path)) -> bool:
            hits = peer.call(Search(query=query, limit=1), timeout_s=30).hits
            return bool(hits) and hits[0].path == wanted

        path.write_text(text, encoding="utf-8")
        began = time.perf_counter()
        until(lambda: finds(word), 30)  # noqa: B023 - called within this round only
        words.append(time.perf_counter() - began)
        until(lambda: finds("a bird landing upon a beacon by the sea"), 30)
        meaning.append(time.perf_counter() - began)
        path.unlink()
        until(lambda: not finds(word), 30)  # noqa: B023 - called within this round only
    report.figure("saved file found by words", words, "s", at_most=1.0)
    report.figure("saved file found by meaning", meaning, "s", at_most=3.0)
