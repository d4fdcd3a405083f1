"""What is near to a question in meaning, as the vectors worker says."""

from __future__ import annotations

import base64
import logging
import operator
import struct
from collections.abc import Sequence

from app.base.errors import Problem
from app.base.worker_calls import Embed, Nearest, VectorsQuery
from app.link.outgoing import Outgoing
from app.link.workers import Worker

log = logging.getLogger("familiar.library")
MEANING_S = 3.0
SIMILAR_S = 0.5


class VectorsMeaning:
    """Asks the vectors worker for what is near; gives up where it is not ready or too slow."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def begin(self, text: str, limit: int, among: str | None) -> Asked | None:
        """Start asking; None while vectors are not ready. among: packed text ids to stay among; None for all."""
        peer = self._worker.ready_peer
        if peer is None:
            return None
        return Asked(peer.start(VectorsQuery(text=text, limit=limit, among=among)))

    def similar(self, text: str, others: Sequence[str]) -> list[float]:
        """The cosines of a text with others; none while vectors are not ready, or where they take too long."""
        peer = self._worker.ready_peer
        if peer is None:
            return []
        try:
            coded = peer.start(Embed(texts=[text, *others])).result(timeout_s=SIMILAR_S)
        except Problem as problem:
            log.warning("claims were compared without vectors: %s", problem.code)
            return []
        own, *rest = [struct.unpack(f"<{len(data) // 2}e", data) for data in map(base64.b64decode, coded)]
        return [sum(map(operator.mul, own, other)) for other in rest]


class Asked:
    """A question to the vectors worker under way."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing

    def result(self) -> Nearest | None:
        """What is near; None if the worker failed or took too long."""
        try:
            near: Nearest = self._outgoing.result(timeout_s=MEANING_S)
        except Problem as problem:
            log.warning("a search went without vectors: %s", problem.code)
            return None
        return near
