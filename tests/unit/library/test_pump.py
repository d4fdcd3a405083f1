"""The pump and what may fail around it: the vectors process, the disk, our own code; it always goes on."""

from __future__ import annotations

import base64
import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Pipe
from pathlib import Path

import numpy as np
import pytest

import app.library.pump
from app.base.errors import Problem
from app.base.values import Chunk, Document, Place
from app.base.worker_calls import Embed, VectorsDelete, VectorsIds, VectorsInfo, VectorsOpen, VectorsUpsert
from app.library.pump import Pump
from app.link.call_threads import CallThreads
from app.link.peer import Peer
from app.store.embeddings import EmbeddingStore
from app.store.index import IndexStore
from app.store.index_files import Stat
from app.store.texts import Texts
from tests.support.live import until

VECTOR = base64.b64encode(np.ones(4, dtype="<f2").tobytes()).decode()
BROKEN = Problem("worker.broken", "The vectors process cannot start.", "It is tried again by itself.")
CLOSED = Problem("link.closed", "The other process has gone.")


class Vectors:
    """A vectors process of make-believe, over the real link. before_peer, before_embed: may raise or block."""

    def __init__(self) -> None:
        self.before_peer: Callable[[], object] = lambda: None
        self.before_embed: Callable[[], object] = lambda: None
        self.on_start: Callable[[Peer], object] = lambda _peer: None
        self.stored: set[int] = set()
        self.starts = 0
        self.given_up = 0
        self._threads = CallThreads(4)
        self._ends: list[Peer] = []
        self._peer: Peer | None = None

    def peer(self) -> Peer:
        """As `Worker.peer`."""
        self.before_peer()
        if self._peer is None or self._peer.closed:
            ours, theirs = Pipe()
            self._ends.append(
                Peer(
                    theirs, role="vectors", executor=self._threads,
                    handlers={
                        VectorsOpen: lambda *_: VectorsInfo(fingerprint="f", d=4, count=len(self.stored)),
                        VectorsIds: lambda *_: sorted(self.stored), Embed: self._embed,
                        VectorsUpsert: lambda call, _: self.stored.update(call.ids),
                        VectorsDelete: lambda call, _: self.stored.difference_update(call.ids),
                    },
                )
            )  # fmt: skip
            self._peer = Peer(ours, role="engine")
            self.starts += 1
            try:
                self.on_start(self._peer)
            except Problem:
                self._peer.close()
                raise
        return self._peer

    def give_up(self, peer: Peer) -> None:
        """As `Worker.give_up`."""
        self.given_up += 1
        peer.close()

    def die(self) -> None:
        """End as a process that was killed."""
        for end in self._ends:
            end.close()

    def end(self) -> None:
        """End for good."""
        self.die()
        assert self._threads.finish(10)

    def _embed(self, call: Embed, _incoming: object) -> list[str]:
        self.before_embed()
        return [VECTOR for _ in call.texts]


class Rig:
    """A pump between real stores and a vectors process of make-believe. Its pauses are kept, not waited for."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder / "vectors"
        self.index = IndexStore(folder / "index.db", chunker="1")
        self.embeddings = EmbeddingStore(folder / "embeddings.db")
        self.texts = Texts(self.index)
        self.vectors = Vectors()
        self.paused: Callable[[], str | None] = lambda: None
        self.on_change: Callable[[], object] = lambda: None
        self.failures: list[str] = []
        self.pauses: list[float] = []
        self.pump = Pump(
            self.index, self.embeddings, self.vectors, self.folder, paused=self._paused,
            on_change=lambda: _nothing(self.on_change()),
            on_failure=lambda problem: self.failures.append(problem.code),
        )  # fmt: skip
        self.vectors.on_start = self.pump.prepare
        self.index.set_roots([str(folder)])
        rest = self.pump._rest

        def note(seconds: float) -> None:
            self.pauses.append(seconds)
            rest(0.0)

        monkeypatch.setattr(self.pump, "_rest", note)

    def add(self, name: str, *texts: str) -> None:
        """A file that was read, its texts to be embedded."""
        (root,) = self.index.roots()
        path, stat = f"{root.path}/{name}", Stat(10, 1, 1, name)
        self.index.enqueue(root.id, [(path, stat)])
        file = self.index.by_path(path)
        assert file is not None
        place = Place(kind="whole", first=1, last=1, label="", start=0, end=1)
        chunks = tuple(Chunk(text=text, place=place) for text in texts)
        assert self.index.settle(file.id, stat, Document(state="ready", sha256="ab", chunks=chunks))
        self.pump.wake()

    def _paused(self) -> str | None:
        return self.paused()

    def settled(self) -> bool:
        """Whether every vector is stored, none too many."""
        return until(lambda: self.texts.count_pending() == 0 and self.vectors.stored == self.texts.ids(), 20)

    def end(self) -> None:
        """Stop everything."""
        self.pump.stop()
        self.vectors.end()
        assert self.pump.join(time.monotonic() + 20)


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """A pump that is not started, and two texts for it."""
    made = Rig(tmp_path, monkeypatch)
    made.add("a", "alpha", "beta")
    yield made
    made.end()


def _nothing(_result: object) -> None:
    return None


def _failing(times: float, error: Exception) -> Callable[[], object]:
    """Raises so many times."""
    left = [times]

    def fail() -> None:
        if left[0] > 0:
            left[0] -= 1
            raise error

    return fail


def test_what_is_read_is_embedded_and_stored(rig: Rig) -> None:
    rig.pump.start()
    assert rig.settled()
    rig.add("b", *(f"text {n}" for n in range(200)))
    assert rig.settled()
    assert len(rig.vectors.stored) == 202
    assert rig.pauses == []


def test_pump_outlives_failures_without_end(rig: Rig) -> None:
    logging.disable(logging.CRITICAL)
    try:
        rig.vectors.before_peer = _failing(1_500, BROKEN)
        rig.pump.start()
        assert rig.settled()
    finally:
        logging.disable(logging.NOTSET)
    assert len(rig.pauses) == 1_500
    assert rig.pauses[:4] == pytest.approx([0.1, 0.2, 0.4, 0.8])
    assert set(rig.pauses[10:]) == {app.library.pump.RETRY_S}
    assert until(lambda: rig.pump.error == "")


@pytest.mark.expects_warnings
def test_failure_that_goes_on_is_told_and_forgotten_once_it_is_over(rig: Rig) -> None:
    broken = threading.Event()
    broken.set()

    def fail() -> None:
        if broken.is_set():
            raise BROKEN

    rig.vectors.before_peer = fail
    rig.pump.start()
    assert until(lambda: rig.pump.error.startswith("The vectors process cannot start."))
    broken.clear()
    assert rig.settled()
    assert until(lambda: rig.pump.error == "")


@pytest.mark.expects_warnings
@pytest.mark.parametrize("embedded", range(4))
def test_process_that_dies_between_any_two_batches_loses_nothing(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, embedded: int
) -> None:
    monkeypatch.setattr(app.library.pump, "BATCH", 2)
    rig.add("b", *(f"text {n}" for n in range(10)))
    batches = itertools.count()
    rig.vectors.before_embed = lambda: rig.vectors.die() if next(batches) == embedded else None
    rig.pump.start()
    assert rig.settled()
    assert rig.vectors.starts >= 2


@pytest.mark.expects_warnings
def test_process_that_hangs_is_given_up(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.library.pump, "ANSWER_S", 0.3)
    go_on = threading.Event()
    hung: list[bool] = []

    def hang_once() -> None:
        if not hung:
            hung.append(True)
            go_on.wait(20)

    rig.vectors.before_embed = hang_once
    rig.pump.start()
    assert rig.settled()
    assert rig.vectors.given_up == 1
    go_on.set()


@pytest.mark.parametrize("where", ["paused", "on_change", "before_peer"])
def test_bug_around_the_pump_does_not_end_it(rig: Rig, where: str, caplog: pytest.LogCaptureFixture) -> None:
    fail = _failing(3, ZeroDivisionError())
    if where == "paused":
        rig.paused = lambda: _nothing(fail())
    elif where == "on_change":
        rig.on_change = fail
    else:
        rig.vectors.before_peer = fail
    rig.pump.start()
    assert rig.settled()
    assert until(lambda: "bug in the pump" in caplog.text)  # the last change is told after it can be seen
    assert until(lambda: rig.pump.error == "")


@pytest.mark.expects_warnings
def test_disk_that_cannot_be_written_is_told_and_nothing_is_lost(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    full = _failing(2, Problem("store.full", "The disk is full.", "Free some space."))
    keep = rig.embeddings.keep

    def keep_if_there_is_room(fingerprint: str, vectors: Sequence[tuple[bytes, bytes]]) -> None:
        full()
        keep(fingerprint, vectors)

    monkeypatch.setattr(rig.embeddings, "keep", keep_if_there_is_room)
    rig.pump.start()
    assert rig.settled()
    assert rig.failures == ["store.full", "store.full"]


@pytest.mark.expects_warnings
def test_index_that_cannot_be_opened_again_and_again_is_made_anew(rig: Rig) -> None:
    (rig.folder / "segment").mkdir(parents=True)
    rig.vectors.on_start = lambda peer: _failing(1, CLOSED)() if rig.folder.exists() else rig.pump.prepare(peer)
    rig.pump.start()
    assert rig.settled()
    assert not rig.folder.exists()


@pytest.mark.expects_warnings
def test_process_that_cannot_start_costs_no_index(rig: Rig) -> None:
    (rig.folder / "segment").mkdir(parents=True)
    rig.vectors.before_peer = _failing(20, BROKEN)
    rig.pump.start()
    assert rig.settled()
    assert (rig.folder / "segment").exists()


def test_paused_pump_embeds_nothing_until_it_may(rig: Rig) -> None:
    resting = threading.Event()

    def paused() -> str | None:
        resting.set()
        return "on battery" if waiting else None

    waiting = [True]
    rig.paused = paused
    rig.pump.start()
    assert resting.wait(10)
    assert rig.vectors.starts == 0
    waiting.clear()
    rig.pump.wake()
    assert rig.settled()


def test_pump_whose_worker_leaves_ends_without_a_word(rig: Rig) -> None:
    left = threading.Event()

    def leave() -> None:
        left.set()
        raise Problem("link.leaving", "Familiar is closing.")

    rig.vectors.before_peer = leave
    rig.pump.start()
    assert left.wait(10)
    assert rig.pump.error == ""
    assert rig.pauses == []
