"""How the transcript bears a long conversation: opening, scrolling, and an answer of 2,000 words that streams in."""

from __future__ import annotations

import os
import random
import statistics
import time

from app.base.turn_events import Delta
from tests.bench.report import Report
from tests.support import markdown_corpus as corpus
from tests.support.answers import answer, citation, messages

EXCHANGES = 500
WORDS = 2_000
PIECE = 40


def run() -> int:
    """Measure; exit code 0 if the bounds held."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # Qt comes after the platform is chosen.
    from PySide6.QtCore import QCoreApplication, QEvent
    from PySide6.QtWidgets import QApplication

    from app.window.chat.transcript import TranscriptView
    from app.window.controls.theme import LIGHT, apply

    report = Report("TranscriptView")
    app = QApplication([])
    apply(app, LIGHT)

    def settle() -> None:
        app.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    source = random.Random(1)
    cited = [citation(n) for n in (1, 2, 3)]
    kept = messages(
        *((corpus.prose(source, 30), answer(corpus.text(source, 6), citations=cited)) for _ in range(EXCHANGES))
    )
    transcript = TranscriptView(LIGHT)
    transcript.resize(900, 900)
    transcript.show()
    settle()
    opened = []
    for _ in range(5):
        began = time.perf_counter()
        transcript.set_messages(kept)
        settle()
        opened.append((time.perf_counter() - began) * 1000)
    report.figure(f"{2 * EXCHANGES} messages opened", opened, "ms")

    bar = transcript.scroll_bar()
    scrolled = []
    for _ in range(200):
        began = time.perf_counter()
        bar.setValue(bar.value() - 120)
        settle()
        scrolled.append((time.perf_counter() - began) * 1000)
    report.figure("a step of scrolling", scrolled, "ms")

    text = "\n\n".join(corpus.prose(source, 60) for _ in range(WORDS // 30))
    pieces = [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
    ratios = []
    for _ in range(3):
        transcript.begin_turn("Tell me all")
        settle()
        took = []
        for piece in pieces:
            began = time.perf_counter()
            transcript.apply(Delta(text=piece))
            transcript.flush()
            settle()
            took.append((time.perf_counter() - began) * 1000)
        transcript.apply(answer(text))
        tenth = len(took) // 10
        ratios.append(statistics.median(took[-tenth:]) / statistics.median(took[:tenth]))
    report.figure(f"a piece of {PIECE} letters, drawn, last round", took, "ms")
    report.figure("last tenth of the pieces to the first", ratios, "times", at_most=2.0)
    transcript.clear()
    return report.end()
