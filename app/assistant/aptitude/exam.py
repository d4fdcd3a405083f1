"""A chat model answers the built-in tasks, one at a time, and what it did tells what can be asked of it."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec

from app.assistant.aptitude.tasks import Kind, Task, TaskSet, cites
from app.assistant.cancellation import Stop
from app.assistant.passage_format import framed
from app.assistant.prompt import Prompts
from app.assistant.repetition import RepetitionGuard
from app.base.aptitude import Aptitude, Profile, Score, aptitude_words
from app.base.chat import ChatMessage, Generate, Generated, Prefill, ToolSpec
from app.base.chat_model import Cancellation, ChatModel, ModelEvent, Thought
from app.base.errors import Problem
from app.base.values import Value

_MOST_TOKENS = 64
_THINKING_TOKENS = 512
_WANTED: dict[Profile, dict[str, float]] = {
    "full": {"finds": 0.8, "admits": 0.8, "calls": 0.66, "speaks": 0.66, "ends": 0.9},
    "plain": {"finds": 0.66, "admits": 0.6, "ends": 0.8},
    "reader": {"phrases": 0.75, "ends": 0.8},
}
"""The least share of each that a profile wants."""


class Outcome(Value, frozen=True, kw_only=True):
    """What became of one task. cited: whether by the right number; ended: by itself, without repeating itself."""

    kind: Kind
    right: bool
    cited: bool = False
    ended: bool = True
    seconds: float = 0.0


class Exam:
    """The tasks as a model is asked them. It keeps nothing.

    tool: what a task of calling is to call, as the model sees it.
    """

    def __init__(self, tasks: TaskSet, prompts: Prompts, tool: ToolSpec) -> None:
        self._tasks = tasks
        self._prompts = prompts
        self._tool = tool
        self._passages = "\n".join(framed(n, passage) for n, passage in enumerate(tasks.passages, 1))

    @property
    def version(self) -> int:
        """Of the tasks."""
        return self._tasks.version

    @property
    def length(self) -> int:
        """How many tasks there are."""
        return len(self._tasks.tasks)

    def take(self, model: ChatModel, number: int, cancellation: Cancellation) -> Outcome | None:
        """Ask one task, numbered from 0; None if it was cut off by something else. Raises Problem.

        One that is longer than all that the model can read has come to nothing.
        """
        kind, task = self._tasks.tasks[number]
        began = time.monotonic()
        guard, pieces = RepetitionGuard(), list[str]()
        stop = Stop()
        cancellation.on_cancel(stop.cancel)
        thought = False

        def hear(event: ModelEvent) -> None:
            nonlocal thought
            if isinstance(event, Thought):
                thought = True
            elif not isinstance(event, Prefill):
                pieces.append(guard.feed(event))
                if guard.repeated:
                    stop.cancel()

        call = self._call(kind, task)
        try:
            generated = model.generate(call, on_event=hear, cancellation=stop)
        except Problem as problem:
            if problem.code != "chat.too_long":
                raise
            return Outcome(kind=kind, right=False, ended=False, seconds=time.monotonic() - began)
        if generated.reason == "length" and thought and not "".join(pieces).strip():
            call = msgspec.structs.replace(call, max_tokens=_THINKING_TOKENS)
            generated = model.generate(call, on_event=hear, cancellation=stop)
        if generated.reason == "stop" and not guard.repeated:
            return None
        text = "".join(pieces) + guard.finish()
        return Outcome(
            kind=kind, right=self._is_right(kind, task, text, generated), cited=kind == "find" and cites(task, text),
            ended=generated.reason in ("end", "call") and not guard.repeated and bool(text.strip() or generated.calls),
            seconds=time.monotonic() - began,
        )  # fmt: skip

    def aptitude(self, outcomes: Sequence[Outcome]) -> Aptitude:
        """What all outcomes tell together."""
        found = [one for one in outcomes if one.kind == "find"]
        scores = {
            "finds": _score([one.right for one in found]),
            "cites": _score([one.right and one.cited for one in found]),
            "admits": _score([one.right for one in outcomes if one.kind == "admit"]),
            "phrases": _score([one.right for one in outcomes if one.kind == "phrase"]),
            "speaks": _score([one.right for one in outcomes if one.kind == "speak"]),
            "calls": _score([one.right for one in outcomes if one.kind == "call"]),
            "ends": _score([one.ended for one in outcomes if one.kind != "call"]),
        }
        profile = profile_for(scores)
        return Aptitude(
            **scores, profile=profile, version=self.version, at=time.time_ns() // 1_000_000,
            says=aptitude_words(scores["finds"], scores["cites"], scores["admits"], profile),
            seconds=round(sum(one.seconds for one in outcomes), 1),
        )  # fmt: skip

    def _call(self, kind: Kind, task: Task) -> Generate:
        prompts = self._prompts
        tools: tuple[ToolSpec, ...] = ()
        if kind == "phrase":
            system = prompts.begin((), "reader")
            asked = prompts.sentence.substitute(sentence=task.sentence, question=task.question)
        elif kind == "call":
            tools = (self._tool,)
            system = prompts.begin(tools, "full")
            asked = prompts.question.substitute(passages=prompts.nothing, question=task.question)
        else:
            system = prompts.begin((), "plain")
            asked = prompts.question.substitute(passages=self._passages, question=task.question)
        return Generate(
            messages=[system, ChatMessage(role="user", content=asked)], tools=tools, max_tokens=_MOST_TOKENS,
            temperature=0.0, seed=1,
        )  # fmt: skip

    def _is_right(self, kind: Kind, task: Task, text: str, generated: Generated) -> bool:
        if kind == "call":
            text = " ".join(str(value) for call in generated.calls for value in call.arguments.values())
            if [call.name for call in generated.calls] != [self._tool.name]:
                return False
        return self._tasks.is_right(kind, task, text, self._prompts.not_found)


def profile_for(scores: dict[str, Score]) -> Profile:
    """The profile that asks most of what a model has shown that it can do."""
    for profile, wanted in _WANTED.items():
        if all(scores[name].share >= share for name, share in wanted.items()):
            return profile
    return "quotes"


def _score(right: Sequence[bool]) -> Score:
    return Score(right=sum(right), of=len(right))
