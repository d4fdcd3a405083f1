"""What can be told of a model's file: head, fit, template, speed; asked of the prober once, then remembered."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from app.base.chat import Fit, FitModel, InspectTemplate, LoadOptions, ModelHead, ProbeModel, TemplateReport
from app.base.errors import Problem
from app.base.models import Speed
from app.link.workers import Worker
from app.store.measurements import Measurements, identify

PROBE_S = 30.0
CONFIRM_S = 120.0
_FIT_HOLDS_S = 60.0
_FIT_HOLDS_SHARE = 0.1  # of the free memory, by which it may have changed
_GAIN = 1.25  # how much faster a GPU should be than the processor
_MOST = 2000


class Facts:
    """Facts about model files. Thread-safe.

    held_bytes: what a loaded model would give back; so much counts as free when another is fitted.
    """

    def __init__(self, prober: Worker, measurements: Measurements, held_bytes: Callable[[], int]) -> None:
        self._prober = prober
        self._measurements = measurements
        self._held_bytes = held_bytes
        self._lock = threading.Lock()
        self._fits: dict[tuple[str, str, LoadOptions], tuple[Fit, float, int]] = {}

    def head(self, path: str, *, until: float | None = None) -> ModelHead | None:
        """The head of the file; None if it is not known and it is later than `until` (time.monotonic).

        Raises Problem model.* if it is no chat model, worker.* if it cannot be told now.
        """
        if until is not None and time.monotonic() > until and not self._measurements.knows(path):
            return None
        return self._measurements.probe(path, lambda: self._prober.call(ProbeModel(path=path), timeout_s=PROBE_S))

    def fit(self, path: str, options: LoadOptions, *, until: float | None = None) -> Fit | None:
        """How the model would run here, from its header; None if that is not known in time, or cannot be told."""
        key = (path, identify(path), options)
        free = psutil.virtual_memory().available
        with self._lock:
            known = self._fits.get(key)
        now = time.monotonic()
        if known is not None and now - known[1] < _FIT_HOLDS_S and abs(free - known[2]) < _FIT_HOLDS_SHARE * free:
            return known[0]
        if until is not None and now > until:
            return known[0] if known is not None else None
        try:
            fit = self._prober.call(
                FitModel(path=path, options=options, held_bytes=self._held_bytes()), timeout_s=PROBE_S
            )
        except Problem:
            return None
        with self._lock:
            self._fits[key] = (fit, now, free)
            while len(self._fits) > _MOST:
                self._fits.pop(next(iter(self._fits)))
        return fit

    def confirmed_fit(self, path: str, options: LoadOptions) -> Fit:
        """How the model would run here, by a dry load. Raises Problem."""
        return self._prober.call(
            FitModel(path=path, options=options, confirm=True, held_bytes=self._held_bytes()), timeout_s=CONFIRM_S
        )

    def template(self, path: str) -> TemplateReport | None:
        """What the model's template can do, if it was looked at."""
        return self._measurements.template(identify(path))

    def inspect_template(self, path: str) -> TemplateReport:
        """What the model's template can do, looked at now. Raises Problem."""
        report = self._prober.call(InspectTemplate(path=path), timeout_s=CONFIRM_S)
        self._measurements.keep_template(identify(path), report)
        return report

    def speed(self, path: str) -> Speed:
        """How fast the model was when it last ran."""
        paces = self._measurements.paces(identify(path))
        if not paces:
            return Speed()
        return Speed(prefill=paces[0].cost.rate, decode=paces[0].decode, backend=paces[0].backend)

    def lame_gpu(self, path: str) -> str:
        """A sentence if the GPU is measured to be hardly faster than the processor was, else ""."""
        paces = self._measurements.paces(identify(path))
        processor = max((pace.decode for pace in paces if pace.backend == "cpu"), default=0.0)
        newest = paces[0] if paces else None
        if newest is None or newest.backend == "cpu" or not processor or not newest.decode:
            return ""
        if newest.decode >= _GAIN * processor:
            return ""
        return f"It writes hardly faster on {newest.backend} than on the processor; the GPU's driver may be at fault."


def file_size(path: str) -> int:
    """Bytes of a file; 0 if it cannot be told."""
    try:
        return Path(path).stat().st_size
    except (OSError, ValueError):
        return 0
