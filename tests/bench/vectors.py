"""The vectors worker alone: start, embedding beside the bare loop, storing, and what it finds at 20,000 and 100,000.

What it finds is compared with comparing all vectors in float32 (`likenesses.py` says what these are); one text that
stands alone among 1,000 that are alike must be found in each of 100 libraries.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from multiprocessing.connection import Pipe
from pathlib import Path

import numpy as np
import psutil

from app.base.id_set import map_ids, pack_ids
from app.base.worker_calls import Embed, VectorsInfo, VectorsOpen, VectorsQuery, VectorsUpsert
from app.link.outgoing import Outgoing
from app.link.peer import Peer
from app.workers.vectors.coding import decode_vectors, encode_vectors
from tests.bench.bare_embedding import texts_per_second, tokens
from tests.bench.likenesses import Vectors, percentile, sentence, spread, texts
from tests.bench.report import Report
from tests.bench.setting import SENTENCES

ROOT = Path(__file__).resolve().parents[2]
D = 384
SIZES = ((20_000, 30), (100_000, 60))  # how many vectors, and the most ms for 95 of 100 questions
REAL = 1500
QUESTIONS = 200
SCOPED = 60
LIBRARIES = 100
ALIKE = 1000
TEXTS = 160
ROUNDS = 3
BATCH, AHEAD = 8, 3  # as the pump does it
WORDS = (
    "river", "stone", "copper", "meadow", "winter", "archive", "signal", "harbour", "needle", "orchard",
    "velvet", "thunder", "compass", "ladder", "market", "engine", "window", "garden", "letter", "paper",
    "silver", "bridge", "corner", "kitchen", "doctor", "summer", "minute", "village", "teacher", "record",
)  # fmt: skip


def run() -> int:
    """Measure; exit code 0 if the bounds held."""
    report = Report("Vectors worker")
    with tempfile.TemporaryDirectory(prefix="familiar-bench-") as folder:
        began = time.perf_counter()
        process, peer = _start()
        peer.call(Embed(texts=["ready"]))
        report.figure("from start to a first vector", [time.perf_counter() - began], "s")
        _open(peer, folder)
        report.figure("from start to an open collection", [time.perf_counter() - began], "s")
        _embedding(report, peer)
        real = _embedded(peer, texts(REAL, 1))
        _libraries(report, peer, folder)
        _leave(process, peer)
        for count, most_ms in SIZES:
            _size(report, folder, spread(real, count, 7), most_ms)
    return report.end()


def _size(report: Report, folder: str, vectors: Vectors, most_ms: int) -> None:
    process, peer = _start()
    _open(peer, folder, f"of{len(vectors)}")
    report.note(f"{len(vectors):,} vectors")
    _storing(report, peer, vectors)
    _asking(report, peer, vectors, most_ms)
    memory = psutil.Process(process.pid).memory_info().rss / 1e6
    report.figure("memory of the worker, all that was stored in it", [memory], "MB", at_most=500)
    _while_embedding(report, peer, len(vectors), most_ms)
    _leave(process, peer)
    began = time.perf_counter()
    process, peer = _start()
    _open(peer, folder, f"of{len(vectors)}")
    peer.call(VectorsQuery(text="the lighthouse"))
    report.figure("from start to an answer", [time.perf_counter() - began], "s", at_most=3.5 + len(vectors) / 40_000)
    _leave(process, peer)


def _start() -> tuple[subprocess.Popen[bytes], Peer]:
    ours, theirs = Pipe()
    command = [sys.executable, "-P", "-m", "app", "worker", "vectors", str(theirs.fileno())]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=environment)
    theirs.close()
    return process, Peer(ours, role="engine")


def _leave(process: subprocess.Popen[bytes], peer: Peer) -> None:
    peer.close()
    process.wait(10)


def _open(peer: Peer, folder: str, generation: str = "bench") -> VectorsInfo:
    return peer.call(VectorsOpen(folder=folder, generation=generation), timeout_s=120)


def _embedded(peer: Peer, some: list[str]) -> Vectors:
    parts = [peer.call(Embed(texts=some[at : at + 32]), timeout_s=120) for at in range(0, len(some), 32)]
    return decode_vectors([row for part in parts for row in part], D)


def _embedding(report: Report, peer: Peer) -> None:
    chosen = random.Random(5)
    some = [
        " ".join(chosen.choice(SENTENCES).format(n=chosen.randrange(1000)) for _ in range(chosen.randint(4, 14)))
        for _ in range(TEXTS)
    ]
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        running: deque[Outgoing] = deque()
        for start in range(0, TEXTS, BATCH):
            running.append(peer.start(Embed(texts=some[start : start + BATCH])))
            if len(running) == AHEAD:
                running.popleft().result()
        for outgoing in running:
            outgoing.result()
        ours.append(TEXTS / (time.perf_counter() - began))
        bare.append(texts_per_second(some))
    report.figure("tokens embedded a second", [rate * tokens(some) / TEXTS for rate in ours], "/s")
    report.figure("bare onnxruntime loop, same texts", [rate * tokens(some) / TEXTS for rate in bare], "/s")
    report.figure("ratio", [a / b for a, b in zip(ours, bare, strict=True)], "", at_least=0.9)


def _libraries(report: Report, peer: Peer, folder: str) -> None:
    """Notes of one kind, and one of another kind that is asked for in other words."""
    chosen = random.Random(3)
    notes = _embedded(peer, [" ".join(chosen.choice(WORDS) for _ in range(60)) for _ in range(ALIKE)])
    found = asked = 0
    for number in range(LIBRARIES):
        _open(peer, folder, f"lone{number}")
        vectors = spread(notes, ALIKE, number, (0.05, 0.2))
        said = f"{sentence(chosen)} {sentence(chosen)}"
        lone, question = _embedded(peer, [said, said.split(".", maxsplit=1)[0].removeprefix("The ")])
        peer.call(VectorsUpsert(ids=list(range(ALIKE)), vectors=encode_vectors(vectors)), timeout_s=60)
        peer.call(VectorsUpsert(ids=[ALIKE], vectors=encode_vectors(lone[np.newaxis])), timeout_s=60)
        if int((vectors @ question > float(lone @ question)).sum()) >= 10:
            continue  # not among the ten nearest of all
        asked += 1
        near = peer.call(VectorsQuery(text=said.split(".", maxsplit=1)[0].removeprefix("The "), limit=10)).texts
        found += ALIKE in [ident for ident, _ in near]
    report.note(f"the lone one is among the ten nearest in {asked} of {LIBRARIES} libraries")
    report.figure("and found in, of these", [found / max(1, asked)], "", at_least=1.0)


def _storing(report: Report, peer: Peer, vectors: Vectors) -> None:
    began = time.perf_counter()
    running: deque[Outgoing] = deque()
    for start in range(0, len(vectors), 100):
        some = encode_vectors(vectors[start : start + 100])
        running.append(peer.start(VectorsUpsert(ids=list(range(start, start + len(some))), vectors=some)))
        if len(running) == AHEAD:
            running.popleft().result()
    for outgoing in running:
        outgoing.result()
    report.figure("vectors stored a second", [len(vectors) / (time.perf_counter() - began)], "/s", at_least=500)


def _asking(report: Report, peer: Peer, vectors: Vectors, most_ms: int) -> None:
    chosen = random.Random(6)
    questions = [sentence(chosen) for _ in range(QUESTIONS)]
    asked = _embedded(peer, questions)
    for name, share in (("", 1.0), ("among half, ", 0.5), ("among a tenth, ", 0.1), ("among 0.1 %, ", 0.001)):
        inside = (
            np.ones(len(vectors), np.bool_) if share == 1.0 else np.random.default_rng(2).random(len(vectors)) < share
        )
        among = None if share == 1.0 else pack_ids(map_ids(np.flatnonzero(inside).tolist()))
        took: list[float] = []
        right: list[float] = []
        for text, vector in list(zip(questions, asked, strict=True))[: QUESTIONS if share == 1.0 else SCOPED]:
            began = time.perf_counter()
            near = peer.call(VectorsQuery(text=text, limit=100, among=among)).texts
            took.append(1000 * (time.perf_counter() - began))
            scores = np.where(inside, vectors @ vector, -2.0)
            truth = np.argpartition(-scores, 100)[: min(100, int(inside.sum()))]
            right.append(len({ident for ident, _ in near} & set(truth.tolist())) / len(truth))
        report.figure(f"{name}recall@100", [float(np.mean(right))], "", at_least=0.999)
        report.figure(f"{name}median", [percentile(took, 0.5)], "ms")
        report.figure(f"{name}95th percentile", [percentile(took, 0.95)], "ms", at_most=most_ms)


def _while_embedding(report: Report, peer: Peer, count: int, most_ms: int) -> None:
    """Questions while texts are embedded on all cores and their vectors stored, as when a library is first read."""
    ended = threading.Event()
    some = texts(BATCH * AHEAD, 9)

    def index() -> None:
        stored = count
        while not ended.is_set():
            running = [peer.start(Embed(texts=some[at : at + BATCH])) for at in range(0, len(some), BATCH)]
            coded = [row for outgoing in running for row in outgoing.result(timeout_s=60)]
            peer.call(VectorsUpsert(ids=list(range(stored, stored + len(coded))), vectors=coded), timeout_s=60)
            stored += len(coded)

    indexing = threading.Thread(target=index)
    indexing.start()
    took: list[float] = []
    for n in range(QUESTIONS):
        began = time.perf_counter()
        peer.call(VectorsQuery(text=SENTENCES[n % len(SENTENCES)].format(n=n), limit=100), timeout_s=60)
        took.append(1000 * (time.perf_counter() - began))
    ended.set()
    indexing.join()
    report.figure("while texts are embedded and stored, median", [percentile(took, 0.5)], "ms")
    report.figure("95th percentile", [percentile(took, 0.95)], "ms", at_most=3 * most_ms)
