"""The vectors worker alone: start, embedding beside the bare loop, storing, asking and memory at 20,000 vectors."""

from __future__ import annotations

import base64
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import deque
from multiprocessing.connection import Pipe
from pathlib import Path

import numpy as np
import psutil

from app.base.worker_calls import Embed, VectorsInfo, VectorsOpen, VectorsQuery, VectorsUpsert
from app.link.outgoing import Outgoing
from app.link.peer import Peer
from tests.bench.bare_embedding import texts_per_second, tokens
from tests.bench.report import Report
from tests.bench.setting import SENTENCES

ROOT = Path(__file__).resolve().parents[2]
VECTORS = 20_000
TEXTS = 160
ROUNDS = 3
BATCH, AHEAD = 8, 3  # as the pump does it


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
        _storing(report, peer)
        memory = psutil.Process(process.pid).memory_info
        _asking(report, peer)
        report.figure("memory while asked", [memory().rss / 1e6], "MB", at_most=450)
        _leave(process, peer)
        began = time.perf_counter()
        process, peer = _start()
        _open(peer, folder)
        peer.call(VectorsQuery(text="the lighthouse"))
        report.figure(f"from start to an answer from {VECTORS:,}", [time.perf_counter() - began], "s", at_most=3.5)
        _leave(process, peer)
    return report.end()


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


def _open(peer: Peer, folder: str) -> VectorsInfo:
    return peer.call(VectorsOpen(folder=folder, generation="bench"), timeout_s=60)


def _embedding(report: Report, peer: Peer) -> None:
    chosen = random.Random(5)
    texts = [
        " ".join(chosen.choice(SENTENCES).format(n=chosen.randrange(1000)) for _ in range(chosen.randint(4, 14)))
        for _ in range(TEXTS)
    ]
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        running: deque[Outgoing] = deque()
        for start in range(0, TEXTS, BATCH):
            running.append(peer.start(Embed(texts=texts[start : start + BATCH])))
            if len(running) == AHEAD:
                running.popleft().result()
        for outgoing in running:
            outgoing.result()
        ours.append(TEXTS / (time.perf_counter() - began))
        bare.append(texts_per_second(texts))
    report.figure("tokens embedded a second", [rate * tokens(texts) / TEXTS for rate in ours], "/s")
    report.figure("bare onnxruntime loop, same texts", [rate * tokens(texts) / TEXTS for rate in bare], "/s")
    report.figure("ratio", [a / b for a, b in zip(ours, bare, strict=True)], "", at_least=0.9)


def _storing(report: Report, peer: Peer) -> None:
    """Vectors around some centres, as texts have them."""
    chosen = np.random.default_rng(7)
    centres = chosen.normal(size=(400, 384))
    rows = centres[chosen.integers(0, len(centres), VECTORS)] + 0.7 * chosen.normal(size=(VECTORS, 384))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    coded = [base64.b64encode(row.tobytes()).decode() for row in rows.astype("<f2")]
    began = time.perf_counter()
    running: deque[Outgoing] = deque()
    for start in range(0, VECTORS, 100):
        some = coded[start : start + 100]
        running.append(peer.start(VectorsUpsert(ids=list(range(start, start + len(some))), vectors=some)))
        if len(running) == AHEAD:
            running.popleft().result()
    for outgoing in running:
        outgoing.result()
    report.figure("vectors stored a second", [VECTORS / (time.perf_counter() - began)], "/s", at_least=700)


def _asking(report: Report, peer: Peer) -> None:
    chosen = random.Random(6)
    for name, among in (("", 0), (" among 100 texts", 100), (" among 2,000 texts", 2000)):
        took: list[float] = []
        for n in range(200 if not among else 50):
            ids = chosen.sample(range(VECTORS), among) if among else None
            began = time.perf_counter()
            peer.call(VectorsQuery(text=SENTENCES[n % len(SENTENCES)].format(n=n), ids=ids))
            took.append(1000 * (time.perf_counter() - began))
        took.sort()
        report.figure(f"question{name}, median", [took[len(took) // 2]], "ms")
        report.figure(f"question{name}, 95th percentile", [took[int(0.95 * len(took))]], "ms", at_most=60)
