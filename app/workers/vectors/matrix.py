"""All vectors of a collection in a file of its own, compared with a question one by one, so that none is missed.

Chroma's graph has no way to a vector that stands alone among many that are alike. Comparing with each by its upper
bytes takes 12 ms of one core at 100,000 vectors of 384 numbers and 60 ms at 500,000; whichever could be among the
nearest by these is then compared by all its bytes.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.workers.vectors.matrix_file import SLOTS, MatrixFile
from app.workers.vectors.problems import closed
from app.workers.vectors.rows import Rows, cosines, to_rows

ALWAYS = 500_000  # vectors that each question is compared with, however long that takes: 60 ms on one core
PASS_S = 0.1  # for all vectors of a larger library
AT_ONCE = 512  # rows whose numbers as float32 stay in a core's cache
CERTAIN = 8.0  # standard deviations of two rows' rounding errors that may change their order: one in 10^8 goes further
MOST_EXACT = 4_000  # rows compared by all their bytes: 1 ms for the usual 350, 15 for all of these

Vectors = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Ids = npt.NDArray[np.int64]
Holds = Callable[[Ids], Mask]


class Matrix:
    """The vectors by id. Thread-safe: one thread at a time. Vectors are float32 (n, d) of unit length; ids are not
    negative. Raises OSError where the disk does, and keeps what was stored before; after `close` Problem
    vectors.closed.
    """

    def __init__(self, path: Path, name: str, d: int) -> None:
        """Open the file, or make it. name: what its vectors are of; those of another name are not taken."""
        self._lock = threading.Lock()
        self._closed = False
        self._file = MatrixFile(path, name, d)
        self._ids = np.full(self._file.slots, -1, np.int64)  # by slot; -1 where it is free
        self._scales = np.zeros(self._file.slots, np.float32)
        self._slots: dict[int, int] = {}
        try:
            twice = [row.slot for row in self._file.whole() if self._take(row.slot, row.ident, row.scale)]
            self._file.wipe(twice)  # what a power cut brought back
        except BaseException:
            self._file.close()
            raise
        self._free = np.flatnonzero(self._ids < 0)[::-1].tolist()

    def __contains__(self, ident: int) -> bool:
        return ident in self._slots

    @property
    def count(self) -> int:
        """Vectors there are."""
        return len(self._slots)

    def ids(self) -> frozenset[int]:
        """Every id."""
        with self._held():
            return frozenset(self._slots)

    def put(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Add vectors whose ids are not there yet, each given once."""
        rows = to_rows(np.asarray(vectors, np.float32))
        with self._held():
            while len(self._free) < len(ids):
                self._grow()
            slots = self._free[: -len(ids) - 1 : -1]
            self._file.write(slots, ids, rows)
            for slot, ident, scale in zip(slots, ids, rows.scale.tolist(), strict=True):
                self._take(slot, ident, scale)
            del self._free[len(self._free) - len(ids) :]

    def remove(self, ids: Sequence[int]) -> None:
        """Take vectors out; ids that are not there are fine."""
        with self._held():
            slots = [self._slots[ident] for ident in dict.fromkeys(ids) if ident in self._slots]
            self._file.wipe(slots)
            for slot in slots:
                del self._slots[int(self._ids[slot])]
                self._ids[slot] = -1
            self._free += slots

    def compare(self, ids: Sequence[int], vector: Vectors) -> dict[int, float]:
        """The cosine of each of these that are there."""
        with self._held():
            there = [ident for ident in ids if ident in self._slots]
            slots = np.array([self._slots[ident] for ident in there], np.int64)
            return dict(zip(there, self._exactly(slots, vector).tolist(), strict=True))

    def nearest(
        self, vector: Vectors, limit: int, holds: Holds | None = None, proposed: Sequence[int] = ()
    ) -> list[tuple[int, float]]:
        """At most `limit` (id, cosine), nearest first, ties by id.

        holds: which of many ids may be found; None for all. proposed: ids that are looked at in any case, where there
        are more than can be compared in time.
        """
        with self._held():
            wanted = self._ids >= 0
            if holds is not None:
                wanted &= holds(self._ids)
            scores = self._roughly(wanted, vector)
            found = self._candidates(scores, limit)
            also = [self._slots[ident] for ident in proposed if ident in self._slots]
            found = np.union1d(found, np.array([slot for slot in also if wanted[slot]], np.int64))
            exact = self._exactly(found, vector)
            ids = self._ids[found]
        order = np.lexsort((ids, -exact))[: max(limit, 0)]
        return list(zip(ids[order].tolist(), exact[order].tolist(), strict=True))

    def close(self) -> None:
        """Let go of the file, after what is being done with it."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._file.close()

    @contextmanager
    def _held(self) -> Iterator[None]:
        with self._lock:
            if self._closed:
                raise closed()
            yield

    def _take(self, slot: int, ident: int, scale: float) -> bool:
        """Note what is in a slot; True if that id has another slot already."""
        if ident in self._slots or ident < 0:
            return True
        self._slots[ident] = slot
        self._ids[slot] = ident
        self._scales[slot] = scale
        return False

    def _grow(self) -> None:
        fresh = self._file.grow()
        self._ids = np.concatenate([self._ids, np.full(len(fresh), -1, np.int64)])
        self._scales = np.concatenate([self._scales, np.zeros(len(fresh), np.float32)])
        self._free = [*reversed(fresh), *self._free]

    def _roughly(self, wanted: Mask, vector: Vectors) -> Vectors:
        """Cosines by the upper bytes, by slot; -inf for what is not wanted or was not reached. The newest blocks first:
        past ALWAYS rows only while there is time."""
        scores = np.zeros(len(wanted), np.float32)
        first = 0
        numbers = np.empty((AT_ONCE, vector.shape[0]), np.float32)
        until = time.monotonic() + PASS_S
        compared = 0
        for start in range(len(wanted) - AT_ONCE, -1, -AT_ONCE):
            some = wanted[start : start + AT_ONCE]
            count = int(np.count_nonzero(some))
            if count == 0:
                continue
            if compared >= ALWAYS and time.monotonic() > until:
                first = start + AT_ONCE
                break
            compared += count
            number, within = divmod(start, SLOTS)
            upper = self._file.uppers[number][within : within + AT_ONCE]
            if count > AT_ONCE // 2:
                np.copyto(numbers, upper)
                np.dot(numbers, vector, out=scores[start : start + AT_ONCE])
            else:
                np.copyto(numbers[:count], upper[some])
                scores[start : start + AT_ONCE][some] = numbers[:count] @ vector
        scores *= self._scales * np.float32(256.0)
        scores[~wanted] = -np.inf
        scores[:first] = -np.inf
        return scores

    def _candidates(self, scores: Vectors, limit: int) -> Ids:
        """The slots that may be among the nearest."""
        reached = np.flatnonzero(scores > -np.inf)
        if len(reached) > limit > 0:
            some = scores[reached]
            step = 256.0 * float(self._scales[reached].max())
            least = float(np.partition(some, len(some) - limit)[len(some) - limit])
            reached = reached[some >= least - CERTAIN * step / math.sqrt(12.0)]
            most = max(limit, MOST_EXACT)
            if len(reached) > most:
                reached = reached[np.argpartition(scores[reached], len(reached) - most)[len(reached) - most :]]
        return np.sort(reached) if limit > 0 else reached[:0]

    def _exactly(self, slots: Ids, vector: Vectors) -> Vectors:
        """Cosines by all bytes, of slots."""
        if len(slots) == 0:
            return np.empty(0, np.float32)
        numbers, withins = (part.tolist() for part in np.divmod(slots, SLOTS))
        upper = np.stack([self._file.uppers[number][within] for number, within in zip(numbers, withins, strict=True)])
        return cosines(Rows(self._scales[slots], upper, self._file.lower(slots.tolist())), vector)
