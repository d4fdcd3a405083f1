"""What was measured and found out about chat models on this machine: speeds, aptitude, headers, templates, deaths.

One JSON file; all of it can be measured again, so a damaged file is only begun anew.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from app.base.aptitude import Aptitude
from app.base.chat import BenchReport, ModelHead, Slice, TemplateReport
from app.base.errors import Problem
from app.base.files import write_durably
from app.base.prefill_cost import PrefillCost
from app.base.values import Value

log = logging.getLogger("familiar.store")
T = TypeVar("T")
_DEBOUNCE_S = 2.0
_MOST = 4000  # entries of one sort; the oldest go first
_NEW_SHARE = 0.3
_LEAST_TOKENS = 8
_ODD = 2.0


class Pace(Value, frozen=True, kw_only=True):
    """How fast a model reads and writes on one backend. decode: tokens a second, 0 if not known. at: Unix ms."""

    backend: str
    threads: int
    cost: PrefillCost = PrefillCost()
    decode: float = 0.0
    at: int = 0

    def after_writing(self, tokens: int, ms: float) -> Pace:
        """The pace with one more answer taken in; very short ones tell nothing."""
        if tokens < _LEAST_TOKENS or ms <= 0:
            return self
        rate = tokens / ms * 1000
        if self.decode:  # one odd answer does not rule the next
            rate = min(max(rate, self.decode / _ODD), self.decode * _ODD)
        decode = rate if not self.decode else (1 - _NEW_SHARE) * self.decode + _NEW_SHARE * rate
        return msgspec.structs.replace(self, decode=decode, at=time.time_ns() // 1_000_000)


class Probe(Value, frozen=True, kw_only=True):
    """What a look at a file gave: its head, or why it is no model. identity: of the file that was looked at."""

    identity: str
    head: ModelHead | None = None
    code: str = ""
    title: str = ""
    hint: str = ""

    def outcome(self) -> ModelHead:
        """The head. Raises Problem model.* if there is none."""
        if self.head is None:
            raise Problem(self.code, self.title, self.hint)
        return self.head


class Deaths(Value, frozen=True, kw_only=True):
    """How often a model's process died in a row, and how it ran then."""

    count: int
    context: int = 0
    gpu_layers: int = 0


class _Contents(msgspec.Struct, kw_only=True):
    version: int = 1
    probes: dict[str, Probe] = msgspec.field(default_factory=dict)
    templates: dict[str, TemplateReport] = msgspec.field(default_factory=dict)
    paces: dict[str, dict[str, Pace]] = msgspec.field(default_factory=dict)
    deaths: dict[str, Deaths] = msgspec.field(default_factory=dict)
    aptitudes: dict[str, Aptitude] = msgspec.field(default_factory=dict)


class Measurements:
    """The measurements of one home. Thread-safe; written some seconds after a change, and by `close`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._contents = _read(path)

    def probe(self, path: str, look: Callable[[], ModelHead]) -> ModelHead:
        """The head of the file at `path`: as it was found before if the file is the same, else by `look`.

        Raises the Problem of that look, now or then. A file that cannot be read is looked at every time.
        """
        identity = identify(path)
        with self._lock:
            known = self._contents.probes.get(path)
        if known is not None and identity and known.identity == identity:
            return known.outcome()
        try:
            probe = Probe(identity=identity, head=look())
        except Problem as problem:
            if not problem.code.startswith("model."):
                raise  # the worker's trouble, not the file's
            probe = Probe(identity=identity, code=problem.code, title=problem.title, hint=problem.hint)
        if identity:
            with self._lock:
                _put(self._contents.probes, path, probe)
                self._note_change()
        return probe.outcome()

    def knows(self, path: str) -> bool:
        """Whether `probe` would answer without a look."""
        with self._lock:
            known = self._contents.probes.get(path)
        return known is not None and known.identity == identify(path)

    def template(self, identity: str) -> TemplateReport | None:
        """What the template of a file can do, if it was looked at."""
        with self._lock:
            return self._contents.templates.get(identity)

    def keep_template(self, identity: str, report: TemplateReport) -> None:
        """Keep what a template can do."""
        with self._lock:
            _put(self._contents.templates, identity, report)
            self._note_change()

    def pace(self, identity: str, backend: str, threads: int) -> Pace:
        """How fast a model runs that way; nothing measured yet gives one of zeros."""
        with self._lock:
            paces = self._contents.paces.get(identity, {})
            return paces.get(f"{backend} {threads}", Pace(backend=backend, threads=threads))

    def paces(self, identity: str) -> list[Pace]:
        """How fast a model was in every way that it ran, last measured first."""
        with self._lock:
            return sorted(self._contents.paces.get(identity, {}).values(), key=lambda pace: -pace.at)

    def keep_pace(self, identity: str, pace: Pace) -> None:
        """Keep how fast a model runs."""
        with self._lock:
            paces = dict(self._contents.paces.get(identity, {}))
            _put(paces, f"{pace.backend} {pace.threads}", pace)
            _put(self._contents.paces, identity, paces)
            self._note_change()

    def keep_bench(self, identity: str, report: BenchReport) -> None:
        """Take in what `familiar models bench` measured."""
        pace = self.pace(identity, report.backend, report.threads)
        for line in report.lines:
            if line.prefill > 0 and line.decode > 0:
                read = Slice(position=0, tokens=line.tokens, ms=line.tokens / line.prefill * 1000)
                pace = pace.after_writing(_LEAST_TOKENS, _LEAST_TOKENS / line.decode * 1000)
                pace = msgspec.structs.replace(pace, cost=pace.cost.after([read]))
        self.keep_pace(identity, pace)

    def aptitude(self, identity: str) -> Aptitude | None:
        """What a model can do with files, if that was measured."""
        with self._lock:
            return self._contents.aptitudes.get(identity)

    def keep_aptitude(self, identity: str, aptitude: Aptitude) -> None:
        """Keep what a model can do with files."""
        with self._lock:
            _put(self._contents.aptitudes, identity, aptitude)
            self._note_change()

    def deaths(self, identity: str) -> Deaths:
        """How often the model's process died since it last answered."""
        with self._lock:
            return self._contents.deaths.get(identity, Deaths(count=0))

    def keep_deaths(self, identity: str, deaths: Deaths) -> None:
        """Keep that; written at once, because what died may take this process with it."""
        with self._lock:
            if deaths.count:
                _put(self._contents.deaths, identity, deaths)
            elif self._contents.deaths.pop(identity, None) is None:
                return
            self._write()

    def close(self) -> None:
        """Write what is not written yet."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._write()

    # ---- inner -----------------------------------------------------------------------------------------------------

    def _note_change(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(_DEBOUNCE_S, self._write_later)
            self._timer.daemon = True
            self._timer.start()

    def _write_later(self) -> None:
        with self._lock:
            if self._timer is not None:
                self._write()

    def _write(self) -> None:
        self._timer = None
        try:
            write_durably(self._path, msgspec.json.encode(self._contents))
        except OSError as error:
            log.warning("the measurements of models were not saved: %s", error.strerror)


def identify(path: str) -> str:
    """What tells a file from others and from its own earlier bytes: name, size, time of change; "" if unreadable."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):  # ValueError: a zero byte in the path
        return ""
    return f"{os.path.basename(path)}:{status.st_size}:{status.st_mtime_ns}"


def _read(path: Path) -> _Contents:
    try:
        contents = msgspec.json.decode(path.read_bytes(), type=_Contents)
    except FileNotFoundError:
        return _Contents()
    except (OSError, msgspec.DecodeError) as error:
        log.warning("the measurements of models cannot be read and are begun anew: %s", error)
        return _Contents()
    return contents if contents.version == 1 else _Contents()


def _put(entries: dict[str, T], key: str, value: T) -> None:
    """Set an entry as the newest, and let the oldest go where there are too many."""
    entries.pop(key, None)
    entries[key] = value
    while len(entries) > _MOST:
        entries.pop(next(iter(entries)))
