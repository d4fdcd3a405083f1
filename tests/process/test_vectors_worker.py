"""The vectors worker as a process: what it was given survives it, a question never queues."""

from __future__ import annotations

import base64
import os
import random
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psutil
import pytest

from app.base.errors import Cancelled, Problem
from app.base.id_set import map_ids, pack_ids
from app.base.worker_calls import (
    Embed,
    VectorsDelete,
    VectorsIds,
    VectorsInfo,
    VectorsOpen,
    VectorsQuery,
    VectorsUpsert,
)
from app.library.meaning import VectorsMeaning
from app.link.workers import Worker, WorkerDied
from app.workers.vectors.coding import decode_vectors, encode_vectors
from app.workers.vectors.model import fingerprint
from tests.support.small_disk import small_disk

ROOT = Path(__file__).parents[2]
D = 384
CHROMA_CONNECTIONS = 10  # to its database, at most: it opens one more whenever all are in use


def _start(command: list[str] | None = None, **environment: str) -> Worker:
    return Worker("vectors", command, environment={"PYTHONPATH": str(ROOT), **environment})


@pytest.fixture
def worker() -> Iterator[Worker]:
    """A supervised vectors worker."""
    started = _start()
    yield started
    started.stop()


def _open(worker: Worker, folder: Path, generation: str = "a1") -> VectorsInfo:
    return worker.call(VectorsOpen(folder=str(folder), generation=generation), timeout_s=120)


def _vectors(first: int, count: int) -> list[str]:
    """Coded vectors, always the same ones for the same numbers."""
    rows = np.stack([np.random.default_rng(number).normal(size=D) for number in range(first, first + count)])
    lengths: npt.NDArray[np.float64] = np.linalg.norm(rows, axis=1, keepdims=True)
    return encode_vectors((rows / lengths).astype(np.float32))


def _store(worker: Worker, first: int, count: int) -> None:
    worker.call(VectorsUpsert(ids=list(range(first, first + count)), vectors=_vectors(first, count)), timeout_s=60)


def test_sentences_are_compared_in_meaning_and_by_nobody_where_the_worker_is_not_there(
    worker: Worker, tmp_path: Path
) -> None:
    meaning = VectorsMeaning(worker)
    claim, others = "The automobile costs 900 euros.", ["The car's price is 900 euros.", "It rained in 900 towns."]
    assert meaning.similar(claim, others) == []  # it was not started
    _open(worker, tmp_path)
    near, far = meaning.similar(claim, others)
    assert near > 0.75 > 0.5 > far
    assert meaning.similar(claim, []) == []
    worker.stop()
    assert meaning.similar(claim, others) == []


def test_what_is_near_in_meaning_is_found(worker: Worker, tmp_path: Path) -> None:
    texts = ["The ferry leaves at noon.", "Bread needs flour, water and salt.", "The boiler must be serviced yearly."]
    info = _open(worker, tmp_path)
    assert info == VectorsInfo(fingerprint=fingerprint(), d=D, count=0)
    coded = worker.call(Embed(texts=texts), timeout_s=60)
    worker.call(VectorsUpsert(ids=[30, 20, 10], vectors=coded))
    best, second, third = worker.call(VectorsQuery(text="When does the boat depart?")).texts
    assert best[0] == 30
    assert 1 > best[1] > second[1] > third[1] > -1
    assert [ident for ident, _ in worker.call(VectorsQuery(text="baking a loaf", limit=1)).texts] == [20]
    among = pack_ids(map_ids([10, 30, 99]))
    assert worker.call(VectorsQuery(text="baking a loaf", among=among, limit=1)).texts[0][0] != 20
    worker.call(VectorsDelete(ids=[20, 99]))
    assert worker.call(VectorsIds()) == [10, 30]
    assert _open(worker, tmp_path).count == 2


def test_vectors_are_of_unit_length_whatever_the_text(worker: Worker) -> None:
    texts = ["", "word " * 5000, "\x00\ud7ff", "🦊", "a" * 100_000]
    coded = worker.call(Embed(texts=texts), timeout_s=60)
    vectors = decode_vectors(coded, D)
    assert vectors.shape == (len(texts), D)
    assert worker.call(Embed(texts=[])) == []


@pytest.mark.expects_warnings
def test_acknowledged_vectors_survive_sigkill(tmp_path: Path) -> None:
    """Ten times: store until killed in the middle, open again. Either all that was acknowledged is there, or the damage
    is told (Chroma was killed in the middle of writing its index files), never silence."""
    chosen = random.Random(11)
    acknowledged = 0
    told = 0
    for _ in range(10):
        worker = _start()
        try:
            try:
                _open(worker, tmp_path / "vectors")
            except Problem as problem:
                assert problem.code == "vectors.damaged"
                told += 1
                shutil.rmtree(tmp_path / "vectors")
                _open(worker, tmp_path / "vectors")
                acknowledged = 0
            ids = worker.call(VectorsIds(), timeout_s=60)
            assert ids[:acknowledged] == list(range(acknowledged))
            assert len(ids) - acknowledged in (0, 50)  # the batch that was under way is there as a whole or not at all
            if acknowledged:
                for number in (0, acknowledged // 2, acknowledged - 1):
                    again = VectorsUpsert(ids=[number], vectors=_vectors(number, 1))
                    worker.call(again, timeout_s=60)  # what is there already is fine
            pid = worker.pid
            assert pid is not None
            killing = threading.Timer(chosen.uniform(0.02, 1.0), os.kill, (pid, signal.SIGKILL))
            killing.start()
            with pytest.raises(Problem) as ended:
                for _ in range(10_000):
                    _store(worker, acknowledged, 50)
                    acknowledged += 50
            assert isinstance(ended.value, WorkerDied)
            killing.join()
        finally:
            worker.stop()
    assert told <= 2
    assert acknowledged > 0


@pytest.mark.expects_warnings
def test_damage_that_shows_in_use_is_told_by_the_next_process(worker: Worker, tmp_path: Path) -> None:
    folder = tmp_path / "vectors"
    _open(worker, folder)
    _store(worker, 0, 100)
    first = worker.pid
    own = next(folder.iterdir())
    (own / "chroma.sqlite3").write_bytes(os.urandom(200_000))
    for leftover in own.glob("chroma.sqlite3-*"):
        leftover.unlink()
    with pytest.raises(Problem):
        for start in range(100, 10_000, 100):
            _store(worker, start, 100)
    assert first is not None
    psutil.wait_procs([psutil.Process(first)] if psutil.pid_exists(first) else [], timeout=10)
    with pytest.raises(Problem) as told:
        _open(worker, folder)
    assert told.value.code == "vectors.damaged"
    shutil.rmtree(folder)
    assert _open(worker, folder).count == 0
    _store(worker, 0, 10)


@pytest.mark.parametrize(
    "damage",
    [
        Path.unlink,
        lambda path: os.truncate(path, path.stat().st_size // 2),
        lambda path: path.write_bytes(b"another embedder's"),
        lambda path: path.write_bytes(os.urandom(path.stat().st_size)),
    ],
    ids=["gone", "cut off", "of something else", "overwritten"],
)
def test_damaged_matrix_is_stored_again_beside_what_chroma_has(
    damage: Callable[[Path], object], worker: Worker, tmp_path: Path
) -> None:
    _open(worker, tmp_path)
    _store(worker, 0, 300)
    before = worker.call(VectorsQuery(text="a lighthouse"), timeout_s=60)
    worker.kill()
    (matrix,) = tmp_path.glob("*/matrix.bin")
    damage(matrix)
    assert _open(worker, tmp_path).count == len(worker.call(VectorsIds())) < 300
    _store(worker, 0, 300)
    assert worker.call(VectorsIds()) == list(range(300))
    assert worker.call(VectorsQuery(text="a lighthouse")) == before
    worker.kill()
    assert _open(worker, tmp_path).count == 300


def test_vectors_are_written_over_and_over_without_growth(worker: Worker, tmp_path: Path) -> None:
    _open(worker, tmp_path)
    _store(worker, 0, 100)
    (matrix,) = tmp_path.glob("*/matrix.bin")
    size, pid = matrix.stat().st_size, worker.pid
    assert pid is not None
    files = 0
    for round_ in range(1, 30):
        worker.call(VectorsDelete(ids=list(range((round_ - 1) * 100, round_ * 100))), timeout_s=60)
        _store(worker, round_ * 100, 100)
        worker.call(VectorsQuery(text="a lighthouse", among=pack_ids(map_ids([round_ * 100]))), timeout_s=60)
        if round_ == 3:
            files = _open_files(pid)[0]
    assert worker.call(VectorsIds()) == list(range(2900, 3000))
    assert matrix.stat().st_size == size
    other, pooled = _open_files(pid)
    assert other <= files
    assert pooled <= CHROMA_CONNECTIONS


def _open_files(pid: int) -> tuple[int, int]:
    """How many files a process holds open: without Chroma's connections to its database, and these."""
    process = psutil.Process(pid)
    pooled = sum(Path(file.path).name == "chroma.sqlite3" for file in process.open_files())
    return process.num_fds() - pooled, pooled


@pytest.mark.expects_warnings
def test_full_disk_is_told_and_nothing_acknowledged_is_lost(worker: Worker, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 8) as disk:
        try:
            _open(worker, disk / "vectors")
            stored = 0
            with pytest.raises(Problem) as told:
                for _ in range(200):
                    _store(worker, stored, 100)
                    stored += 100
            assert told.value.code == "vectors.unwritable"
            assert stored > 0
            worker.kill()
            subprocess.run(["mount", "-o", "remount,size=100m", str(disk)], check=True)
            try:
                _open(worker, disk / "vectors")
                ids = worker.call(VectorsIds())
                assert ids[:stored] == list(range(stored))
            except Problem as problem:  # the index files were cut short by the lack of room
                assert problem.code == "vectors.damaged"
                shutil.rmtree(disk / "vectors")
                _open(worker, disk / "vectors")
            _store(worker, stored, 100)
        finally:
            worker.stop()


MALFORMED: list[VectorsUpsert | VectorsQuery] = [
    VectorsUpsert(ids=[1], vectors=["no base64!"]),
    VectorsUpsert(ids=[1], vectors=[base64.b64encode(b"short").decode()]),
    VectorsUpsert(ids=[1], vectors=[base64.b64encode(bytes(2 * D)).decode()]),
    VectorsUpsert(ids=[1], vectors=[base64.b64encode(b"\xff" * 2 * D).decode()]),
    VectorsUpsert(ids=[1, 2], vectors=_vectors(1, 1)),
    VectorsUpsert(ids=[-1], vectors=_vectors(1, 1)),
    VectorsQuery(text="a", among="no base64!"),
    VectorsQuery(text="a", among=base64.b64encode(b"not deflated").decode()),
    VectorsQuery(text="a", among=pack_ids(bytes(1000))[:8]),
]


def test_malformed_requests_are_refused_and_survived(worker: Worker, tmp_path: Path) -> None:
    with pytest.raises(Problem) as told:
        worker.call(VectorsIds(), timeout_s=60)
    assert told.value.code == "vectors.closed"
    with pytest.raises(Problem) as told:
        _open(worker, tmp_path, "../elsewhere")
    assert told.value.code == "vectors.invalid"
    _open(worker, tmp_path)
    pid = worker.pid
    for call in MALFORMED:
        with pytest.raises(Problem) as told:
            worker.peer().start(call).result(timeout_s=60)
        assert told.value.code == "vectors.invalid"
    assert worker.call(VectorsQuery(text="x" * 100_000, limit=0, among=pack_ids(b"")), timeout_s=60).texts == []
    worker.call(VectorsDelete(ids=[-5, 10**15]), timeout_s=60)
    assert worker.call(VectorsIds()) == []
    assert worker.pid == pid


def test_question_is_answered_while_texts_are_embedded(worker: Worker, tmp_path: Path) -> None:
    _open(worker, tmp_path)
    worker.call(VectorsUpsert(ids=[1], vectors=worker.call(Embed(texts=["A lighthouse."]), timeout_s=60)))
    many = [f"Sentence {number} of a very long text about nothing. " * 30 for number in range(400)]
    running = [worker.peer().start(Embed(texts=many)) for _ in range(3)]
    assert worker.call(VectorsQuery(text="lighthouse"), timeout_s=60).texts[0][0] == 1
    for outgoing in running:
        outgoing.cancel()
    for outgoing in running:
        with pytest.raises(Cancelled):  # so each was still running when the question was answered
            outgoing.result(timeout_s=60)


def test_surroundings_do_not_turn_chroma_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "project"
    elsewhere.mkdir()
    lines = "CHROMA_API_IMPL=chromadb.api.fastapi.FastAPI\nCHROMA_SERVER_THREAD_POOL_SIZE=many\nALLOW_RESET=perhaps\n"
    (elsewhere / ".env").write_text(lines)
    monkeypatch.chdir(elsewhere)
    worker = _start(CHROMA_API_IMPL="chromadb.api.fastapi.FastAPI", CHROMA_SERVER_HTTP_PORT="no port")
    try:
        assert _open(worker, tmp_path / "vectors").count == 0
        _store(worker, 0, 3)
        assert worker.call(VectorsIds()) == [0, 1, 2]
    finally:
        worker.stop()
    assert sorted(path.name for path in elsewhere.iterdir()) == [".env"]


def test_worker_leaves_with_its_engine_and_leaves_no_thread_spinning(worker: Worker, tmp_path: Path) -> None:
    _open(worker, tmp_path)
    worker.call(Embed(texts=["Warm."] * 20), timeout_s=60)
    pid = worker.pid
    assert pid is not None
    process = psutil.Process(pid)
    before = process.cpu_times()
    threading.Event().wait(2.0)  # idleness is what is measured
    after = process.cpu_times()
    assert after.user + after.system - before.user - before.system <= 0.04
    worker.stop()
    assert not process.is_running()
