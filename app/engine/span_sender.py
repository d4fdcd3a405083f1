"""Sends what answers took to the collector that the settings name, behind everything else."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections.abc import Callable

from app.base.errors import Problem
from app.base.index_values import Check
from app.base.worker_calls import SendSpans, Span
from app.link.workers import Worker

log = logging.getLogger("familiar.engine")
MOST_WAITING = 64
EXPORT_S = 5.0
_KILL_S = 15.0


class SpanSender:
    """Sends one trace after another. Nobody waits for it: what cannot be sent, or comes too fast, is counted as lost.

    endpoint: of the collector, as the settings have it now, "" for none; then nothing is kept, started or imported.
    """

    def __init__(self, worker: Worker, endpoint: Callable[[], str]) -> None:
        self._worker = worker
        self._endpoint = endpoint
        self._waiting: queue.Queue[tuple[Span, ...] | None] = queue.Queue(MOST_WAITING)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._leaving = threading.Event()
        self._sent = self._lost = 0
        self._problem: Problem | None = None

    @property
    def wanted(self) -> bool:
        """Whether there is a collector to send to."""
        return bool(self._endpoint())

    def send(self, spans: tuple[Span, ...]) -> None:
        """Have a trace sent. Returns at once, never fails."""
        if not self.wanted or self._leaving.is_set():
            return
        try:
            self._waiting.put_nowait(spans)
        except queue.Full:
            self._lost += 1
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="spans", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Send no more, and end the worker; what waits is lost."""
        self._leaving.set()
        self._worker.stop()
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait(None)

    def checks(self) -> list[Check]:
        """What a person should know of it: nothing where no collector is named."""
        endpoint = self._endpoint()
        if not endpoint:
            return []
        told = f"{self._sent} traces were sent to {endpoint}, {self._lost} lost, since this start."
        if self._problem is None:
            return [Check(name="spans", level="ok", text=told)]
        return [Check(name="spans", level="warning", text=f"{self._problem.title} {told}", hint=self._problem.hint)]

    def _run(self) -> None:
        while (spans := self._waiting.get()) is not None and not self._leaving.is_set():
            endpoint = self._endpoint()
            if not endpoint:
                continue
            try:
                self._worker.call(SendSpans(endpoint=endpoint, spans=spans, timeout_s=EXPORT_S), timeout_s=_KILL_S)
            except Problem as problem:
                if self._leaving.is_set():
                    return
                self._lost += 1
                if self._problem is None:
                    log.warning("traces are not taken by the collector: %s", problem.code)
                self._problem = problem
            else:
                self._sent += 1
                self._problem = None
