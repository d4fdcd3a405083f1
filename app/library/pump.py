"""Brings Chroma to what SQLite says: embeds what has no vector, stores it, upserts, marks; deletes, clears.

Killed at any point it goes on where it was: every step can be done twice.
"""

from __future__ import annotations

import base64
import logging
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from app.base.backoff import pause_s
from app.base.errors import Problem
from app.base.values import TextId
from app.base.worker_calls import Embed, VectorsDelete, VectorsIds, VectorsInfo, VectorsOpen, VectorsUpsert
from app.link.outgoing import Outgoing
from app.link.peer import Peer
from app.store.embeddings import EmbeddingStore
from app.store.index_file import IndexFile
from app.store.texts import Texts

log = logging.getLogger("familiar.library")
BATCH = 16
IN_FLIGHT = 3
STORE_BATCH = 96
REMOVE_BATCH = 500
FIRST_RETRY_S = 0.1
RETRY_S = 5.0
ANSWER_S = 60.0
PATIENCE = 3

_Batch = list[tuple[TextId, bytes]]


class VectorsWorker(Protocol):
    """What the pump needs of the vectors worker."""

    def peer(self) -> Peer:
        """A connection to the running process; raises Problem, link.leaving at the end."""
        ...

    def give_up(self, peer: Peer) -> None:
        """End the process behind a connection that does not answer."""
        ...


class Pump:
    """One thread between index.db, embeddings.db and the vectors worker.

    The worker's `on_start` must be `prepare`. paused: why embedding rests, or None. on_change: something was stored.
    """

    def __init__(
        self,
        index: IndexFile,
        embeddings: EmbeddingStore,
        worker: VectorsWorker,
        folder: Path,
        *,
        paused: Callable[[], str | None],
        on_change: Callable[[], None],
        on_failure: Callable[[Problem], None],
    ) -> None:
        self._index = index
        self._texts = Texts(index)
        self._embeddings = embeddings
        self._worker = worker
        self._folder = folder
        self._paused = paused
        self._on_change = on_change
        self._on_failure = on_failure
        self._wake = threading.Condition()
        self._more = True
        self._ended = threading.Event()
        self._info: VectorsInfo | None = None
        self._failures = 0
        self.error = ""
        self._thread = threading.Thread(target=self._run, name="pump", daemon=True)

    @property
    def compared(self) -> bool:
        """Whether it is known which texts the vectors worker holds: before that none may be pending, and many lack."""
        return self._info is not None

    def start(self) -> None:
        """Begin; the vectors worker is started at once, so that it is warm for the first question."""
        self._thread.start()

    def stop(self) -> None:
        """End after the running batch."""
        with self._wake:
            self._ended.set()
            self._wake.notify_all()

    def join(self, until: float) -> bool:
        """Wait for the running batch after `stop`, until a time of the monotonic clock; False if it goes on."""
        if self._thread.is_alive():
            self._thread.join(max(0.0, until - time.monotonic()))
        return not self._thread.is_alive()

    def wake(self) -> None:
        """There may be texts to embed or to remove."""
        with self._wake:
            self._more = True
            self._wake.notify_all()

    def prepare(self, peer: Peer) -> None:
        """Open the collection in a fresh worker and bring both sides to the same ids."""
        self._info = None
        opening = VectorsOpen(folder=str(self._folder), generation=self._index.generation)
        try:
            info = peer.call(opening, timeout_s=ANSWER_S)
        except Problem as problem:
            if problem.code != "vectors.damaged":
                raise
            log.warning("the vector index is damaged and is made anew from the stored vectors")
            self._discard()
            info = peer.call(opening, timeout_s=ANSWER_S)
        listed: list[int] = peer.call(VectorsIds(), timeout_s=120)
        there = frozenset(listed)
        strangers = sorted(there - self._texts.ids())
        for at in range(0, len(strangers), REMOVE_BATCH):
            peer.call(VectorsDelete(ids=strangers[at : at + REMOVE_BATCH]), timeout_s=ANSWER_S)
        self._texts.mark_unstored(but=there)
        self._info = info
        self.wake()

    def _discard(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._wait_for_work()
                self._work()
            except Exception:  # the top of this thread: our own bug must not leave others waiting for ever
                self._failures += 1
                log.exception("bug in the pump")
                self.error = "Familiar made a mistake. The log has the details."
            if self._failures:
                self._rest(pause_s(self._failures, first_s=FIRST_RETRY_S, longest_s=RETRY_S))

    def _work(self) -> None:
        """Do what there is; at the end nothing."""
        if self._ended.is_set():
            return
        try:
            peer = self._worker.peer()
            self._process(peer)
            self._failures = 0
            self.error = ""
            self._on_change()
        except Problem as problem:
            if problem.code == "link.leaving":  # so does this pump, at once
                return
            self._failures += 1
            log.warning("the pump rests: %s", problem.code)
            self._on_problem(problem)

    def _process(self, peer: Peer) -> None:
        try:
            self._embed(peer)
            self._remove(peer)
        except Problem as problem:
            if problem.code == "link.timeout":
                self._worker.give_up(peer)
            raise

    def _wait_for_work(self) -> None:
        """Block until there may be something to do, or until the end."""
        with self._wake:
            while not self._ended.is_set() and not self._more:
                self._wake.wait()
            while not self._ended.is_set() and self._paused() is not None:
                self._wake.wait(1.0)
            self._more = False

    def _on_problem(self, problem: Problem) -> None:
        if problem.code.startswith("store."):
            self._on_failure(problem)
            return
        if self._info is None and self._failures == PATIENCE and problem.code != "worker.broken":
            log.warning("the vectors process keeps failing to open its index, which is made anew")
            self._discard()
        if self._failures > PATIENCE:
            self.error = f"{problem.title} {problem.hint}".strip()
            self._on_change()

    def _rest(self, seconds: float) -> None:
        with self._wake:
            self._more = True
            if not self._ended.is_set():
                self._wake.wait(seconds)

    def _embed(self, peer: Peer) -> None:
        """Embed, keep, upsert and mark until nothing is left; the worker has its next batch before it ends one."""
        info = self._info
        if info is None:
            return
        taken: set[TextId] = set()
        embedding: deque[tuple[_Batch, list[bytes], Outgoing | None, dict[bytes, bytes]]] = deque()
        ready: list[tuple[TextId, bytes]] = []
        storing: deque[tuple[list[TextId], Outgoing]] = deque()
        while not self._ended.is_set() and self._paused() is None:
            while len(embedding) < IN_FLIGHT:
                rows = self._texts.to_store(BATCH + len(taken))
                rows = [row for row in rows if row[0] not in taken][:BATCH]
                if not rows:
                    break
                taken.update(row[0] for row in rows)
                have = self._embeddings.find(info.fingerprint, [row[1] for row in rows])
                missing = {row[1]: row[2] for row in rows if row[1] not in have}
                outgoing = peer.start(Embed(texts=list(missing.values()))) if missing else None
                embedding.append(([(row[0], row[1]) for row in rows], list(missing), outgoing, have))
            if not embedding:
                break
            batch, missing_hashes, running, vectors = embedding.popleft()
            if running is not None:
                coded: list[str] = running.result(timeout_s=ANSWER_S)
                fresh = [(digest, base64.b64decode(v)) for digest, v in zip(missing_hashes, coded, strict=True)]
                self._embeddings.keep(info.fingerprint, fresh)
                vectors.update(fresh)
            ready += [(text_id, vectors[digest]) for text_id, digest in batch]
            if len(ready) >= STORE_BATCH or not embedding:
                storing.append(_upsert(peer, ready))
                ready = []
            while len(storing) > IN_FLIGHT:
                self._mark(storing, taken)
        if ready:
            storing.append(_upsert(peer, ready))
        while storing:
            self._mark(storing, taken)

    def _mark(self, storing: deque[tuple[list[TextId], Outgoing]], taken: set[TextId]) -> None:
        ids, outgoing = storing.popleft()
        outgoing.result(timeout_s=ANSWER_S)
        self._texts.mark_stored(ids)
        taken.difference_update(ids)
        self._on_change()

    def _remove(self, peer: Peer) -> None:
        while not self._ended.is_set() and (ids := self._texts.removals(REMOVE_BATCH)):
            peer.call(VectorsDelete(ids=list(ids)), timeout_s=ANSWER_S)
            self._texts.clear_removals(ids)


def _upsert(peer: Peer, vectors: list[tuple[TextId, bytes]]) -> tuple[list[TextId], Outgoing]:
    """Begin to store vectors in Chroma, many at once: each call there costs some 15 ms whatever it holds."""
    ids = [text_id for text_id, _ in vectors]
    coded = [base64.b64encode(vector).decode() for _, vector in vectors]
    return ids, peer.start(VectorsUpsert(ids=list(ids), vectors=coded))
