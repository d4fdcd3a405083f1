"""What takes the engine some seconds a model: measuring it, looking closer at it. It goes on wherever one looks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

import msgspec
from PySide6.QtCore import QObject, Signal

from app.base.chat import BenchReport
from app.base.errors import Problem
from app.base.models import ModelInfo, ModelsBench, ModelsBenchAnswers, ModelsInspect
from app.window.engine_client import EngineClient
from app.window.pending_request import PendingRequest


@dataclass(eq=False)
class Job:
    """What is, or was last, done with a model. text: how far it is. pending: None when it has ended."""

    kind: Literal["measure", "test", "inspect"]
    text: str
    pending: PendingRequest | None = None
    report: BenchReport | None = None
    problem: Problem | None = None

    @property
    def is_running(self) -> bool:
        """Whether its end is still to come."""
        return self.pending is not None


class ModelJobs(QObject):
    """All of them. changed(str): something is new about the job of the model of this name."""

    changed = Signal(str)

    def __init__(self, client: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._jobs: dict[str, Job] = {}

    def job(self, name: str) -> Job | None:
        """What is, or was last, done with this model."""
        return self._jobs.get(name)

    def measure(self, name: str) -> None:
        """Measure how fast a model reads and writes here."""
        job = self._begin(name, Job("measure", "Loading the model…"))
        if job is not None:
            job.pending = self._client.request(
                ModelsBench(name=name),
                partial(self._on_measured, name, job),
                partial(self._on_failed, name, job),
                lambda event, body: self._on_progress(name, job, event, body),
            )
            self.changed.emit(name)

    def test(self, name: str) -> None:
        """Have a model answer the built-in tasks."""
        job = self._begin(name, Job("test", "Loading the model…"))
        if job is not None:
            job.pending = self._client.request(
                ModelsBenchAnswers(name=name),
                lambda _: self._on_tested(name, job),
                partial(self._on_failed, name, job),
                lambda event, body: self._on_progress(name, job, event, body),
            )
            self.changed.emit(name)

    def inspect(self, name: str) -> None:
        """Have a model's memory confirmed and its template looked at."""
        job = self._begin(name, Job("inspect", "Trying how it loads…"))
        if job is not None:
            job.pending = self._client.request(
                ModelsInspect(name=name), partial(self._on_inspected, name, job), partial(self._on_failed, name, job)
            )
            self.changed.emit(name)

    def cancel(self, name: str) -> None:
        """End what is being done with a model."""
        job = self._jobs.get(name)
        if job is not None and job.pending is not None:
            job.pending.cancel()

    def _begin(self, name: str, job: Job) -> Job | None:
        """The job, kept; None while another is running for this model."""
        before = self._jobs.get(name)
        if before is not None and before.is_running:
            return None
        job.report = before.report if before is not None else None
        self._jobs[name] = job
        return job

    def _on_progress(self, name: str, job: Job, event: str, body: msgspec.Raw) -> None:
        if event == "progress":
            job.text = msgspec.json.decode(body, type=str)
            self.changed.emit(name)

    def _on_measured(self, name: str, job: Job, report: BenchReport) -> None:
        job.pending, job.report = None, report
        self.changed.emit(name)
        self._client.refresh_models()

    def _on_tested(self, name: str, job: Job) -> None:
        job.pending = None
        self.changed.emit(name)
        self._client.refresh_models()

    def _on_inspected(self, name: str, job: Job, model: ModelInfo) -> None:
        job.pending = None
        self.changed.emit(name)
        self._client.take_model(model)

    def _on_failed(self, name: str, job: Job, problem: Problem) -> None:
        job.pending = None
        job.problem = None if problem.code == "cancelled" else problem
        self.changed.emit(name)
