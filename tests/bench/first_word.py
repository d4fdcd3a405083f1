"""How well the time to the first word is predicted, on a random model of 0.5B's shape through the real chat process.

Thirty questions in ten conversations, with passages, targets and histories of many lengths, each asked through the
assistant as the engine asks it, and stopped at its first word. What counts is the predicted beside the measured time.
"""

from __future__ import annotations

import logging
import os
import random
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from app.assistant.assistant import Assistant
from app.assistant.prompt import Prompts
from app.assistant.tools.toolbox import find_tools
from app.assistant.turn_request import Wishes
from app.base.chat import LoadOptions
from app.base.paths import resources
from app.base.turn_events import Delta, Step, TurnEvent
from app.base.turn_trace import RoundTrace
from app.base.values import ConversationId
from app.link.workers import Worker
from app.models.chat_model import LoadedChat
from app.models.chat_process import ChatProcess
from app.models.local_model import LocalModel
from app.store.measurements import Measurements
from app.store.user import UserStore
from tests.bench.report import Report
from tests.support.caller import Caller
from tests.support.gguf_models import half_billion_model
from tests.support.scripted_model import Library, acting_over, sources_of

log = logging.getLogger("familiar.bench")
QUESTIONS = 30
TURNS = 3
CONTEXT = 8192
TARGETS_S = (1.0, 2.0, 4.0, 8.0)
WANTED_ERROR = 0.35
WORDS = ("meeting", "invoice", "membrane", "drawing", "contract", "lease", "harbour", "notice", "part", "office")


class Budgeted(msgspec.Struct, frozen=True):
    """What a trace says of how a prompt was planned."""

    new: int
    reused: int
    target_s: float
    floor_s: float


def run() -> int:
    """Measure and print; 0 if the bound holds."""
    logging.basicConfig(level=os.environ.get("LOG", "WARNING"))
    report = Report("first word")
    rng = random.Random(3)
    rounds: list[RoundTrace] = []
    plans: list[Budgeted] = []
    with _bench() as bench:
        bench.ask(rng, None)  # the law is not known yet
        conversation: ConversationId | None = None
        for number in range(QUESTIONS):
            conversation = None if number % TURNS == 0 else conversation
            conversation, plan, measured = bench.ask(rng, conversation)
            plans.append(plan)
            log.info("question %d: %s", number, measured)
            rounds.append(measured)
    errors = [abs(one.predicted_s - one.measured_s) / one.measured_s for one in rounds]
    biases = [one.predicted_s / one.measured_s for one in rounds]
    report.figure("measured time to the first word", [one.measured_s for one in rounds], "s")
    report.figure("new tokens", [one.prompt - one.reused for one in rounds], "tokens")
    report.figure("reused tokens", [one.reused for one in rounds], "tokens")
    report.figure("predicted beside measured new tokens", _ratios(plans, rounds), "")
    report.figure("predicted beside measured time", biases, "")
    quartiles = statistics.quantiles(errors, n=4)
    report.note(f"error of the prediction, quartiles: {quartiles[0]:.2f}, {quartiles[1]:.2f}, {quartiles[2]:.2f}")
    report.figure("error of the prediction", errors, "", at_most=WANTED_ERROR)
    late = [one.measured_s / plan.target_s for plan, one in zip(plans, rounds, strict=True) if not plan.floor_s]
    if late:
        report.figure("measured time beside the target, floor apart", late, "")
    report.note(f"the floor of two passages broke the target {sum(plan.floor_s > 0 for plan in plans)} times")
    return report.end()


def _ratios(plans: list[Budgeted], rounds: list[RoundTrace]) -> list[float]:
    return [plan.new / max(1, one.prompt - one.reused) for plan, one in zip(plans, rounds, strict=True)]


class _Bench:
    """An assistant over a real model; its library and target are new for each question."""

    def __init__(self, folder: Path, model: LoadedChat) -> None:
        self._store = UserStore.open(folder / "user.db")
        self._library = Library({})
        self._target_s = 4.0
        self._assistant = Assistant(
            self._store,
            sources=sources_of(self._library),
            models=lambda _name: model,
            prompts=Prompts.load(resources() / "prompts"),
            tools=find_tools(),
            wishes=Wishes(strict=lambda: 0.408, first_word_s=lambda: self._target_s),
            acting=acting_over(self._store),
        )

    def ask(
        self, rng: random.Random, conversation: ConversationId | None
    ) -> tuple[ConversationId, Budgeted, RoundTrace]:
        """Ask something new, until the first word."""
        self._target_s = rng.choice(TARGETS_S)
        self._library.texts = {f"/files/{rng.random()}.txt": _text(rng) for _ in range(rng.randint(1, 10))}
        caller = Caller(self._assistant)

        def stop(event: TurnEvent) -> None:
            if isinstance(event, Delta) or (isinstance(event, Step) and event.name == "thinking"):
                caller.assistant.stop(caller.step("started").turn)

        caller.on_event = stop
        answer = caller.ask(f"What about the {rng.choice(WORDS)} {_text(rng)[:60]}?", conversation=conversation)
        trace = self._store.turns.trace(answer.turn)
        return (
            answer.conversation,
            msgspec.convert(trace.budget, Budgeted),
            trace.rounds[0],
        )

    def close(self) -> None:
        self._store.close()


def _text(rng: random.Random) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(8, 40))) + "."


@contextmanager
def _bench() -> Iterator[_Bench]:
    with tempfile.TemporaryDirectory(prefix="familiar-bench-") as name:
        folder = Path(name)
        worker, prober = Worker("chat"), Worker("chat")
        measurements = Measurements(folder / "measurements.json")
        process = ChatProcess(worker, prober, measurements, states=str(folder / "states"))
        local = LocalModel(name="half billion", path=str(half_billion_model()), options=LoadOptions(context=CONTEXT))
        try:
            bench = _Bench(folder, LoadedChat(local, process, measurements, lambda: True))
            try:
                yield bench
            finally:
                bench.close()
        finally:
            worker.stop()
            prober.stop()
            measurements.close()
