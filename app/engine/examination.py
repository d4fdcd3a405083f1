"""Having chat models answer the built-in tasks: when a person asks for it, and by itself once the machine has time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from app.assistant.aptitude.exam import Exam, Outcome
from app.assistant.cancellation import Stop
from app.base.aptitude import Aptitude
from app.base.chat_model import Cancellation
from app.base.errors import Cancelled, Problem
from app.models.models import Models

log = logging.getLogger("familiar.engine")
QUIET_S = 20.0
_LOOK_S = 4.0
_AGAIN_S = 0.2


class Examination:
    """Measures what models can do with files. It gives way to every question, task by task, and goes on after it.

    asking: whether a question is being answered now. quiet_s: how long nothing must have been asked of a model before
    it is measured by itself.
    """

    def __init__(self, exam: Exam, models: Models, asking: Callable[[], bool], *, quiet_s: float = QUIET_S) -> None:
        self._exam = exam
        self._models = models
        self._asking = asking
        self._quiet_s = quiet_s
        self._leaving = threading.Event()
        self._stop = Stop()  # of what is measured now, or was last
        self._alone = threading.Lock()
        self._given_up: set[str] = set()

    def start(self) -> None:
        """Measure, from now on, the model that is loaded and was not measured, whenever nobody needs it."""
        threading.Thread(target=self._watch, name="examination", daemon=True).start()

    def stop(self) -> None:
        """End it; a task that is being answered ends at once."""
        self._leaving.set()
        self._stop.cancel()

    def measure(self, name: str, cancellation: Cancellation, tell: Callable[[str], None]) -> Aptitude:
        """What a model can do, measured now and kept; tell: how far it is.

        Raises Cancelled, Problem model.*, chat.*, remote.*.
        """
        with self._alone:
            stop = self._begun()
            cancellation.on_cancel(stop.cancel)
            tell("Loading the model")
            outcomes: list[Outcome] = []
            while len(outcomes) < self._exam.length:
                tell(f"Task {len(outcomes) + 1} of {self._exam.length}")
                outcome = self._exam.take(self._models.examinee(name), len(outcomes), stop)
                if stop.cancelled:
                    raise Cancelled
                if outcome is not None:
                    outcomes.append(outcome)
                    continue
                tell(f"Waiting for a question to be answered, {len(outcomes)} of {self._exam.length} done")
                while self._asking() and not stop.cancelled:
                    self._leaving.wait(_AGAIN_S)
                self._leaving.wait(_AGAIN_S)
            return self._keep(name, outcomes)

    def _begun(self) -> Stop:
        """What ends that which begins now; thrown already if the engine leaves. Only within `_alone`."""
        self._stop = Stop()
        if self._leaving.is_set():
            self._stop.cancel()
        return self._stop

    def _keep(self, name: str, outcomes: list[Outcome]) -> Aptitude:
        aptitude = self._exam.aptitude(outcomes)
        self._models.keep_aptitude(name, aptitude)
        log.info("a chat model was measured to be fit for: %s", aptitude.profile)
        return aptitude

    # ---- by itself -------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        subject, outcomes = "", list[Outcome]()
        quiet_since = time.monotonic()
        while not self._leaving.wait(_LOOK_S):
            name = self._models.unmeasured(self._exam.version) if not self._asking() else ""
            if not name or name in self._given_up:
                quiet_since = time.monotonic()
                continue
            if time.monotonic() - quiet_since < self._quiet_s or not self._alone.acquire(blocking=False):
                continue
            try:
                if name != subject:
                    subject, outcomes = name, []
                if self._go_on(name, outcomes):
                    self._keep(name, outcomes)
                quiet_since = time.monotonic()
            except Problem as problem:  # a person who measures it hears why
                log.info("a chat model could not be measured: %s", problem.code)
                self._given_up.add(name)
            finally:
                self._alone.release()

    def _go_on(self, name: str, outcomes: list[Outcome]) -> bool:
        """Ask task after task until something else is asked. Returns whether all were answered. Raises Problem."""
        stop = self._begun()
        while len(outcomes) < self._exam.length:
            if self._asking() or self._models.unmeasured(self._exam.version) != name:
                return False
            outcome = self._exam.take(self._models.examinee(name), len(outcomes), stop)
            if outcome is None:
                return False
            outcomes.append(outcome)
        return True
