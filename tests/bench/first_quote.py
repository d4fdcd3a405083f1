"""From Enter to the first quote on screen, in a real window over a real engine of 20,000 chunks, also with a model.

The model is SmolLM2-135M-Instruct, where the set-up of the tests has fetched it: as it is used by itself, and with long
instructions, several passages and tools. With a DISPLAY the window is a real one; without, Qt draws off the screen.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy

from app.base.aptitude import Profile
from app.base.calls import Index, OpenWindow, Search, SetPreferences
from app.base.chunking import CHUNKER
from app.base.models import ModelsAdd, ModelsProfile
from app.base.opening import identity
from app.base.paths import Home
from app.base.values import Chunk, Document, Place, embedded_text
from app.link.client import connect
from app.link.peer import Peer
from app.store.embeddings import EmbeddingStore
from app.store.index import IndexStore
from app.store.index_files import Stat
from app.workers.vectors.model import fingerprint
from tests.bench.report import Report
from tests.bench.setting import SENTENCES, Setting
from tests.support.small_model import MISSING, MODEL

if TYPE_CHECKING:
    from app.window.shell.main_window import MainWindow

CHUNKS = 20_000
EACH = 5
DIMENSIONS = 384
QUESTIONS = 30
WARM_UP = 5
LIMIT_S = 30.0


def run() -> int:
    """Measure; exit code 0 if the bounds held."""
    if "DISPLAY" not in os.environ:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    report = Report("First quote")
    with Setting() as setting:
        make_library(setting)
        peer = setting.start()
        began = time.perf_counter()
        status = peer.call(Index(wait=True), timeout_s=1800)
        report.note(f"{status.chunks} chunks of {status.files['ready']} files, settled in {_since(began):.0f} s")
        peer.call(SetPreferences(first_run=False), timeout_s=30)
        for n in range(WARM_UP):
            result = peer.call(Search(query=_question(n)), timeout_s=30)
        assert result.coverage.by_meaning
        window = _window(setting.home)
        new, going_on = [], []
        for n in range(WARM_UP + QUESTIONS):
            window.open_conversation(None)
            first = _ask(window, _question(n))
            second = _ask(window, "and the next one?")
            if n >= WARM_UP:
                new.append(first * 1000)
                going_on.append(second * 1000)
        report.figure("a new question", new, "ms", at_most=300)
        report.figure("a question that goes on", going_on, "ms", at_most=300)
        report.figure("a new question, 95th percentile", [statistics.quantiles(new, n=20)[-1]], "ms")
        if MODEL.is_file():
            _with_model(report, peer, window)
        else:
            report.note(MISSING)
        window.close()
    return report.end()


def _with_model(report: Report, peer: Peer, window: MainWindow) -> None:
    """The same while a model reads; each answer is stopped once its quotes are there."""
    name = peer.call(ModelsAdd(path=str(MODEL), use=True), timeout_s=120).name
    profiles: tuple[Profile, ...] = ("reader", "full")
    for profile in profiles:
        peer.call(ModelsProfile(name=name, profile=profile), timeout_s=60)
        times = []
        for n in range(WARM_UP + QUESTIONS):
            window.open_conversation(None)
            took = _ask(window, _question(n), stop=True)
            if n >= WARM_UP:
                times.append(took * 1000)
        report.figure(f"a new question, a model as {profile}", times, "ms", at_most=300)


def make_library(setting: Setting) -> None:
    """Files with their chunks as reading them would give, and made vectors: neither reads nor embeds anything."""
    folder = str(setting.files)
    setting.home.settings_toml.write_text(f'polite = false\nfolders = ["{folder}"]\n', encoding="utf-8")
    setting.write_documents(CHUNKS // EACH, EACH)
    made = numpy.random.default_rng(5)
    index, vectors = IndexStore(setting.home.index_db, chunker=str(CHUNKER)), EmbeddingStore(setting.home.embeddings_db)
    index.set_roots([folder])
    (root,) = index.roots()
    for path in sorted(setting.files.rglob("*.txt")):
        status, text = path.stat(), path.read_text(encoding="utf-8")
        chunks, start = [], 0
        for number, line in enumerate(text.splitlines(keepends=True), 1):
            place = Place(
                kind="line", first=number, last=number, label=f"line {number}", start=start, end=start + len(line)
            )
            chunks.append(Chunk(text=line, place=place))
            start += len(line)
        stat = Stat(status.st_size, status.st_mtime_ns, status.st_ctime_ns, identity(status))
        index.enqueue(root.id, [(str(path), stat)])
        file = index.by_path(str(path))
        assert file is not None
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        assert index.settle(file.id, stat, Document(state="ready", kind="text", sha256=sha256, chunks=tuple(chunks)))
        rows = made.standard_normal((len(chunks), DIMENSIONS)).astype("float32")
        rows /= numpy.linalg.norm(rows, axis=1, keepdims=True)
        hashes = [hashlib.sha256(embedded_text("", "", chunk.text).encode()).digest() for chunk in chunks]
        vectors.keep(fingerprint(), list(zip(hashes, (row.astype("<f2").tobytes() for row in rows), strict=True)))
    index.close()
    vectors.close()


def _question(n: int) -> str:
    """A question about a sentence that stands in one of the files."""
    number = n * 1337 % CHUNKS
    document, line = divmod(number, EACH)
    return f"What is said about this: {SENTENCES[(document + line) % len(SENTENCES)].format(n=number)}"


def _window(home: Home) -> MainWindow:
    """The main window, on the screen and connected."""
    # Qt comes after the platform is chosen.
    from PySide6.QtWidgets import QApplication

    from app.window.shell.application import Application

    def dial() -> Peer:
        return connect(home, role="window")

    qt = QApplication([])
    made = Application(qt, home, dial, OpenWindow())
    made.client.open()
    qt.setProperty("made", made)  # it lives as long as the process
    _until(lambda: made.client.status is not None)
    assert made.main is not None
    return made.main


def _ask(window: MainWindow, question: str, *, stop: bool = False) -> float:
    """Seconds from Enter until an answer's first words, or its first quotes, were painted; its end is waited for, too.

    stop: whether it is ended then, by Esc.
    """
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from app.window.chat.answer import AnswerView
    from app.window.text.text_view import TextView

    chat, column = window.chat, window.chat.transcript.column
    asked = len(column.items)

    def said() -> TextView | None:
        view = column.view(len(column.items) - 1) if len(column.items) > asked else None
        texts = (view.text, view.first_quotes.text) if isinstance(view, AnswerView) else ()
        return next((one for one in texts if one.isVisible() and one.document().characterCount() > 1), None)

    chat.composer.set_text(question)
    _until(lambda: chat.composer.text() == question)
    began = time.perf_counter()
    QTest.keyClick(chat.composer.field, Qt.Key.Key_Return)
    _until(lambda: said() is not None)
    shown = said()
    assert shown is not None
    shown.viewport().repaint()
    took = time.perf_counter() - began
    if stop:
        QTest.keyClick(chat.composer.field, Qt.Key.Key_Escape)
    _until(lambda: not chat.is_busy)
    return took


def _since(began: float) -> float:
    return time.perf_counter() - began


def _until(condition: Callable[[], bool]) -> None:
    from PySide6.QtCore import QEventLoop
    from PySide6.QtWidgets import QApplication

    began = time.perf_counter()
    while not condition():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)
        time.sleep(0.001)  # what is waited for needs the processor, too
        if time.perf_counter() - began > LIMIT_S:
            raise TimeoutError(f"not within {LIMIT_S} s")
