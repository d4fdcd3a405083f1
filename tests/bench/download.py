"""What interruptions cost: 200 MB from a site on loopback, the worker killed 20 times on the way, at random moments.

FAMILIAR_DOWNLOAD_MB sets another size. A first round is sent as fast as it goes, so that what the system holds for a
killed reader is at its largest; a second one at 60 MB a second.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import tempfile
import threading
import time
from pathlib import Path

from app.base.chat import FetchFile
from app.link.workers import Worker, WorkerDied
from tests.bench.report import Report
from tests.support.fake_hub import FakeHub

SIZE = int(os.environ.get("FAMILIAR_DOWNLOAD_MB", "200")) * 1_000_000
INTERRUPTIONS = 20
REPOSITORY, FILE = "maker/model-GGUF", "model-Q4_K_M.gguf"


def run() -> int:
    """Measure; exit code 0 if the bounds held."""
    report = Report(f"Download of {SIZE // 1_000_000} MB, killed {INTERRUPTIONS} times")
    data = b"GGUF" + os.urandom(SIZE - 4)
    for rate in (0, 60_000_000):
        with FakeHub() as hub, tempfile.TemporaryDirectory(prefix="familiar-bench-") as folder:
            sha256 = hub.add(REPOSITORY, FILE, data)
            hub.faults.rate = rate
            began = time.perf_counter()
            path, kills = _fetch(hub, Path(folder), sha256)
            seconds = time.perf_counter() - began
            speed = f"at {rate // 1_000_000} MB/s" if rate else "as fast as it goes"
            whole = hashlib.sha256(path.read_bytes()).hexdigest() == sha256
            report.figure(f"interruptions, {speed}", [kills], "", at_least=INTERRUPTIONS)
            report.figure(f"checksum right, {speed}", [float(whole)], "", at_least=1)
            report.figure(f"sent / size, {speed}", [hub.sent / SIZE], "", at_most=1.6)
            report.figure(f"time, {speed}", [seconds], "s")
    return report.end()


def _fetch(hub: FakeHub, folder: Path, sha256: str) -> tuple[Path, int]:
    """The whole file, and how often its worker was killed."""
    call = FetchFile(
        repository=REPOSITORY, file=FILE, revision="main", sources=[hub.url], partial=str(folder / "partial"),
        target=str(folder / FILE), sha256=sha256, size_bytes=SIZE,
    )  # fmt: skip
    dice = random.Random(0)
    moments = sorted(dice.randrange(SIZE // 100, SIZE) for _ in range(INTERRUPTIONS))
    kills = 0
    while True:
        worker = Worker("fetch")
        ended = threading.Event()
        moment = moments[kills] if kills < INTERRUPTIONS else SIZE + 1
        killer = threading.Thread(target=_kill_at, args=(worker, folder / "partial", moment, ended))
        try:
            worker.peer()
            killer.start()
            return Path(worker.call(call, timeout_s=120)), kills
        except WorkerDied:
            kills += 1
        finally:
            ended.set()
            killer.join()
            worker.stop()


def _kill_at(worker: Worker, partial: Path, moment: int, ended: threading.Event) -> None:
    """Kill the worker when so much of the file has come."""
    while not ended.wait(0.001):
        pid = worker.pid
        if pid is not None and sum(path.stat().st_size for path in partial.glob("*.part")) >= moment:
            os.kill(pid, signal.SIGKILL)
            return
