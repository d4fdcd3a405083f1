"""The one process that runs chat models: it loads what is asked for, one thing at a time, and its deaths are counted.

A model whose process died twice in a row without a whole answer between is in quarantine: it is not loaded again until
the person changes how it runs, or its file.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec
import psutil

from app.base.calls import Call
from app.base.chat import ForgetStates, Loaded, LoadModel
from app.base.errors import Cancelled, Problem
from app.base.kv_state_files import delete_states
from app.base.values import Value
from app.link.outgoing import Outgoing
from app.link.peer import Peer
from app.link.workers import Worker, WorkerDied
from app.models.death_problems import quarantined, stalled
from app.models.generation import once_more
from app.models.local_model import LocalModel
from app.store.measurements import Deaths, Measurements, identify

log = logging.getLogger("familiar.engine")
R = TypeVar("R")
LOAD_S = 900.0
LOAD_SILENCE_S = 15.0  # a process that loads tells every two seconds that it computes or reads
STALL_S = 120.0
MOST_DEATHS = 2
_POLL_S = 0.05
_LEAVES_S = 20.0
_CONVERSATIONS = 200


class _Running(Value, frozen=True, kw_only=True):
    model: LocalModel
    identity: str
    loaded: Loaded


class ChatProcess:
    """Runs models in the chat worker. Thread-safe; calls wait for one another, without a limit.

    prober: for what needs no model. states: private folder of kept states, "" for none. spare_threads: how many threads
    to use when the person did not say, 0 for the worker's own choice; asked at each loading.
    """

    def __init__(
        self,
        worker: Worker,
        prober: Worker,
        measurements: Measurements,
        *,
        states: str = "",
        spare_threads: Callable[[], int] = lambda: 0,
    ) -> None:
        self._worker = worker
        self._prober = prober
        self._measurements = measurements
        self._states = states
        self._spare_threads = spare_threads
        self._turn = threading.Lock()
        self._running: tuple[_Running, Peer] | None = None
        self._ended_by_us: Peer | None = None
        self._last_dead: Peer | None = None
        self._noting = threading.Lock()
        self._giving_way: Outgoing | None = None
        self._read_ahead: dict[tuple[str, int], int] = {}
        self._to_forget: deque[int] = deque()

    @property
    def loaded(self) -> tuple[LocalModel, Loaded] | None:
        """What is loaded now. Never waits."""
        running = self._running
        if running is None or self._worker.ready_peer is not running[1]:
            return None
        return running[0].model, running[0].loaded

    @property
    def busy(self) -> bool:
        """Whether something is asked of the model now."""
        return self._turn.locked() or self._worker.busy

    @property
    def held_bytes(self) -> int:
        """Memory that ending the process would give back; what it mapped of files counts as free already."""
        pid = self._worker.pid
        if pid is None or self.loaded is None:
            return 0
        try:
            memory = psutil.Process(pid).memory_info()
        except psutil.Error:
            return 0
        return max(int(memory.rss) - int(getattr(memory, "shared", 0)), 0)

    def load(self, model: LocalModel) -> Loaded:
        """Have the model loaded. Raises Problem model.*, chat.*."""
        with self._taking_turns(lambda: False):
            try:
                return self._load(model)
            except _Died as death:
                raise death.problem from death

    def call(
        self,
        model: LocalModel,
        call: Call[R],
        *,
        on_event: Callable[[str, msgspec.Raw], None] | None = None,
        on_started: Callable[[Outgoing], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        again: Callable[[], bool] = lambda: True,
    ) -> R:
        """Ask something of the model, which is loaded first if need be.

        again: whether it may be asked once more if the process dies. Raises Problem model.quarantined when the model's
        process died too often, WorkerDied if it died and is not asked again, Cancelled if `cancelled` before its turn.
        """
        with self._taking_turns(cancelled):
            try:
                return once_more(
                    lambda: self._ask(model, call, on_event, on_started), _Died,
                    again=lambda: again() and not cancelled(),
                )  # fmt: skip
            except _Died as death:
                raise death.problem from death

    def aside(
        self, model: LocalModel, call: Call[R], on_event: Callable[[str, msgspec.Raw], None] | None = None
    ) -> R | None:
        """Ask something that gives way to whatever else is asked; None if the model is busy, or not loaded."""
        if not self._turn.acquire(blocking=False) and not self._taken_over():
            return None
        held = True

        def release(_outgoing: Outgoing) -> None:
            nonlocal held
            held = False
            self._turn.release()

        try:
            running = self._running
            if running is None or not self._is_current(running, model):
                return None
            try:
                return self._worker.call(call, timeout_s=STALL_S, on_event=on_event, on_started=release)
            except (WorkerDied, Problem) as problem:
                if isinstance(problem, WorkerDied) or problem.code == "link.timeout":
                    self._note_death(running[0].model, running[0], running[1])
                return None
        finally:
            if held:
                self._turn.release()

    def give_way(
        self,
        model: LocalModel,
        call: Call[R],
        on_event: Callable[[str, msgspec.Raw], None],
        on_started: Callable[[Outgoing], None],
    ) -> R | None:
        """Ask something that takes seconds and ends as soon as anything else is asked; the reply is then what it had.

        None if the model is busy, or not loaded. Raises Problem, WorkerDied.
        """
        if not self._turn.acquire(blocking=False):
            return None
        try:
            running = self._running
            if running is None or not self._is_current(running, model):
                return None

            def begun(outgoing: Outgoing) -> None:
                self._giving_way = outgoing
                on_started(outgoing)

            with self._watching_for_death(model, running[0], lambda: running[1]):
                return self._worker.call(call, timeout_s=STALL_S, on_event=on_event, on_started=begun)
        except _Died as death:
            raise death.problem from death
        finally:
            self._giving_way = None
            self._turn.release()

    def finished(self, model: LocalModel) -> None:
        """The model wrote a whole answer: earlier deaths count no more."""
        self._measurements.keep_deaths(identify(model.path), Deaths(count=0))

    def rest(self, reason: str) -> bool:
        """Give the memory back if nothing is asked now; the next call loads again. Returns whether it was given."""
        if not self._turn.acquire(blocking=False):
            return False
        try:
            if not self._worker.rest():
                return False
            self._running = None
        finally:
            self._turn.release()
        log.info("the chat model was unloaded: %s", reason)
        return True

    def end(self) -> None:
        """Give the memory back now, whatever is under way."""
        if not self.rest("another is in use"):
            self._ended_by_us = self._worker.ready_peer
            self._running = None
            self._worker.kill()

    def note_read_ahead(self, model: LocalModel, conversation: int, tokens: int) -> None:
        """So much of a prompt to come was read by now."""
        self._read_ahead[(model.path, conversation)] = tokens
        while len(self._read_ahead) > _CONVERSATIONS:
            self._read_ahead.pop(next(iter(self._read_ahead)))

    def read_ahead(self, model: LocalModel, conversation: int) -> int:
        """How much of a prompt to come was read by now, in tokens."""
        return self._read_ahead.get((model.path, conversation), 0)

    def forget(self, conversation: int) -> None:
        """Delete what is kept of a conversation, soon; returns at once."""
        if not self._states:
            return
        with self._noting:
            self._to_forget.append(conversation)
            if len(self._to_forget) > 1:
                return  # the thread that forgets the first of them goes on with this one
        threading.Thread(target=self._forget_all, name="forget-states", daemon=True).start()

    def keep_states_of(self, conversations: Collection[int]) -> None:
        """Delete the states of all other conversations, which were deleted when nobody could do this. At the start."""
        if self._states:
            delete_states(Path(self._states), lambda one: one != 0 and one not in conversations, unfinished=True)

    def quarantine(self, model: LocalModel) -> str:
        """Why the model is not loaded any more, with what to do; "" if it is."""
        deaths = self._measurements.deaths(identify(model.path))
        if deaths.count < MOST_DEATHS:
            return ""
        problem = quarantined(model, deaths)
        return f"{problem.title} {problem.hint}"

    # ---- inner -----------------------------------------------------------------------------------------------------

    @contextmanager
    def _taking_turns(self, cancelled: Callable[[], bool]) -> Iterator[None]:
        while not self._turn.acquire(blocking=False) and not self._taken_over():
            if cancelled():
                raise Cancelled
        try:
            yield
        finally:
            self._turn.release()

    def _taken_over(self) -> bool:
        """Have what gives way end, and wait a moment for the turn. Returns whether it is ours."""
        yielding = self._giving_way
        if yielding is not None:
            yielding.cancel()
        return self._turn.acquire(timeout=_POLL_S)

    def _ask(
        self,
        model: LocalModel,
        call: Call[R],
        on_event: Callable[[str, msgspec.Raw], None] | None,
        on_started: Callable[[Outgoing], None] | None,
    ) -> R:
        self._load(model)
        running = self._running
        assert running is not None
        with self._watching_for_death(model, running[0], lambda: running[1]):
            return self._worker.call(call, timeout_s=STALL_S, on_event=on_event, on_started=on_started)

    def _is_current(self, running: tuple[_Running, Peer], model: LocalModel) -> bool:
        if (running[0].model.path, running[0].model.options) != (model.path, model.options):
            return False
        return self._worker.ready_peer is running[1] and identify(model.path) in (running[0].identity, "")

    def _load(self, model: LocalModel) -> Loaded:
        if self._running is not None and self._is_current(self._running, model):
            return self._running[0].loaded
        self._running = None
        identity = identify(model.path)
        deaths = self._measurements.deaths(identity)
        if deaths.count >= MOST_DEATHS:
            raise quarantined(model, deaths)
        options = model.options
        if not options.threads:
            options = msgspec.structs.replace(options, threads=self._spare_threads())
        started, peer = time.monotonic(), self._worker.peer()

        def hear(_event: str, _body: msgspec.Raw) -> None:
            if time.monotonic() - started > LOAD_S:
                self._worker.kill()

        with self._watching_for_death(model, None, lambda: peer):
            loaded = self._worker.call(
                LoadModel(path=model.path, options=options, states=self._states),
                timeout_s=LOAD_SILENCE_S,
                on_event=hear,
            )
        self._running = (_Running(model=model, identity=identity, loaded=loaded), peer)
        if loaded.report is not None and identity:
            self._measurements.keep_template(identity, loaded.report)
        return loaded

    @contextmanager
    def _watching_for_death(
        self, model: LocalModel, running: _Running | None, peer: Callable[[], Peer]
    ) -> Iterator[None]:
        """Within, a death of the process is noted, and raised as _Died with what a person is told."""
        try:
            yield
        except WorkerDied as death:
            raise _Died(self._note_death(model, running, peer()) or death) from death
        except Problem as problem:
            if problem.code != "link.timeout":
                raise
            raise _Died(self._note_death(model, running, peer()) or stalled(model)) from problem

    def _note_death(self, model: LocalModel, running: _Running | None, peer: Peer) -> Problem | None:
        """Count a death of the model's process. Returns what a person is told, None for the death's own words.

        Two calls can be under way when it dies, a question and what is read ahead: it is one death.
        """
        with self._noting:
            if self._running is not None and self._running[1] is peer:
                self._running = None
            if peer is self._ended_by_us or self._worker.ended:
                return None
            counted = peer is self._last_dead
            self._last_dead = peer
            return self._tell_of_death(model, running, counted=counted)

    def _tell_of_death(self, model: LocalModel, running: _Running | None, *, counted: bool) -> Problem | None:
        identity = identify(model.path)
        if not identity:
            return Problem(
                "model.missing",
                f"The file of {model.name} went away while it was used: {model.path}",
                "What was written was kept. Connect the drive that it is on, or choose another model.",
            )
        before = self._measurements.deaths(identity)
        if counted:
            return quarantined(model, before) if before.count >= MOST_DEATHS else None
        loaded = running.loaded if running is not None else None
        deaths = Deaths(
            count=before.count + 1,
            context=loaded.context if loaded is not None else before.context,
            gpu_layers=loaded.gpu_layers if loaded is not None else before.gpu_layers,
        )
        self._measurements.keep_deaths(identity, deaths)
        log.warning("the process of a chat model died, for the %d. time in a row", deaths.count)
        return quarantined(model, deaths) if deaths.count >= MOST_DEATHS else None

    def _forget_all(self) -> None:
        while True:
            with self._noting:
                conversation = self._to_forget[0]
            self._forget(conversation)
            with self._noting:
                self._to_forget.popleft()
                if not self._to_forget:
                    return

    def _forget(self, conversation: int) -> None:
        """By the process that may hold the states and write them again; where there is none, here."""
        until = time.monotonic() + _LEAVES_S
        while self._worker.ready_peer is None and self._worker.pid is not None and time.monotonic() < until:
            time.sleep(_POLL_S)  # one that leaves saves what it holds; one that starts can soon be asked
        if self._worker.ready_peer is None:
            delete_states(Path(self._states), lambda one: one == conversation)
            return
        try:
            self._worker.call(ForgetStates(states=self._states, conversation=conversation), timeout_s=LOAD_S)
        except Problem as problem:
            log.warning("what was kept of a deleted conversation could not be deleted: %s", problem.title)


class _Died(Exception):
    """The process died during a call. problem: what a person is told."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.title)
        self.problem = problem
