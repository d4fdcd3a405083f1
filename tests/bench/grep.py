"""Looking for exact text in all that was read: 20,000 chunks of 4,000 files, against reading the files' bytes anew.

Yardstick: the same text looked for in the files themselves, each opened and read once, in this process.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from app.base.chunking import CHUNKER
from app.language.text_match import TextPattern
from app.library.text_search import find_text
from app.store.index import IndexStore
from app.store.scope import Scope
from tests.bench.first_quote import CHUNKS, make_library
from tests.bench.report import Report
from tests.bench.setting import Setting

ROUNDS = 7
LOOKED_FOR = (
    ("a number", "19,999", False),
    ("words", "membrane held", False),
    ("an expression", r"item \d+7 was", True),
)


def run() -> int:
    """Measure; exit code 0 if the bounds held."""
    report = Report("Looking for exact text")
    with Setting() as setting:
        make_library(setting)
        files = list(setting.files.rglob("*.txt"))
        index = IndexStore(setting.home.index_db, chunker=str(CHUNKER))
        for name, text, regular in LOOKED_FOR:
            pattern = TextPattern(text, regular=regular)
            ours = _times(lambda pattern=pattern: find_text(index, pattern, Scope(), 24, 60.0))  # type: ignore[misc]
            plain = _times(lambda pattern=pattern: [list(pattern.lines(one.read_text("utf-8"))) for one in files])  # type: ignore[misc]
            report.figure(f"{name} in {CHUNKS:,} chunks", ours, "ms", at_most=500.0)
            report.figure(f"{name}, the files read anew", plain, "ms")
        index.close()
    return report.end()


def _times(look: Callable[[], object]) -> list[float]:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        look()
        times.append((time.perf_counter() - began) * 1000)
    return times
