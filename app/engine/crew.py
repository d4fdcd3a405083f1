"""The processes that compute for one engine. Each is started when it is first wanted, and leaves when it is not."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from app.base.index_values import Pids
from app.base.telemetry import REFUSED
from app.link.peer import Peer
from app.link.workers import Worker, stop_together

WORKER_IDLE_S = 60.0
CHAT_IDLE_S = 15 * 60.0
NICE = 5


class Crew:
    """The workers by what they do.

    readers: of the library's files. attentive: reads and draws what a person looks at. tables: computes over tables,
    and may be ended at any time. prober: looks at models that are not in use. lister: asks sites what they offer.
    """

    def __init__(
        self, commands: Mapping[str, Sequence[str]], *, polite: bool, on_vectors: Callable[[Peer], None]
    ) -> None:
        """commands: how to start workers, by role, where not in the usual way. on_vectors: the vectors' has begun."""
        nice = NICE if polite else 0
        extract, chat, fetch = commands.get("extract"), commands.get("chat"), commands.get("fetch")
        readers = max(1, (os.cpu_count() or 2) - 1)
        self.readers = [Worker("extract", extract, idle_s=WORKER_IDLE_S, nice=nice) for _ in range(readers)]
        self.attentive = Worker("extract", extract, idle_s=WORKER_IDLE_S)
        self.tables = Worker("extract", extract, idle_s=WORKER_IDLE_S)
        self.vectors = Worker(
            "vectors", commands.get("vectors"), environment=REFUSED, nice=nice, on_start=on_vectors
        )  # fmt: skip
        self.chat = Worker("chat", chat, idle_s=CHAT_IDLE_S)
        self.prober = Worker("chat", chat, idle_s=WORKER_IDLE_S)
        self.remote = Worker("remote", commands.get("remote"), idle_s=CHAT_IDLE_S)
        self.fetcher = Worker("fetch", fetch, idle_s=WORKER_IDLE_S, nice=nice)
        self.lister = Worker("fetch", fetch, idle_s=WORKER_IDLE_S)
        self.spans = Worker("spans", commands.get("spans"), idle_s=WORKER_IDLE_S, nice=nice)

    def pids(self) -> Pids:
        """Those that run now."""
        return Pids(
            engine=os.getpid(),
            extract=_running(*self.readers, self.attentive, self.tables),
            vectors=self.vectors.pid,
            chat=_running(self.chat, self.prober, self.remote),
        )

    def stop(self) -> None:
        """End all but the spans', which its sender ends."""
        others = (
            self.attentive, self.tables, self.vectors, self.chat, self.prober, self.remote, self.fetcher, self.lister
        )  # fmt: skip
        stop_together((*self.readers, *others))


def _running(*workers: Worker) -> tuple[int, ...]:
    return tuple(pid for worker in workers if (pid := worker.pid) is not None)
