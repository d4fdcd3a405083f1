"""An answer as it stands while its turn runs: told to whoever listens, and on disk before it is shown for long."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

from app.assistant import citations
from app.assistant.cancellation import Stop
from app.assistant.citation_markers import used_numbers
from app.assistant.history import Sent
from app.assistant.prompt import Prompt
from app.base.chat import ChatMessage, Prefill
from app.base.errors import Problem
from app.base.values import Answer, Citation, Coverage, Delta, Step, ToolStep, TurnEvent
from app.store.turns import Turns

log = logging.getLogger("familiar.assistant")
CHECKPOINT_S = 1.0


class TurnRecord:
    """Shows and saves one turn's answer. A `Stage` for its writing.

    trace: what is kept of how it came about; JSON-ready.
    """

    def __init__(
        self, turns: Turns, answer: Answer, *, question: str, emit: Callable[[TurnEvent], None], stop: Stop
    ) -> None:
        """answer: as `Turns.begin` gave it. stop: thrown where the answer can no longer be saved."""
        self.answer = answer
        self.trace: dict[str, object] = {}
        self._turns = turns
        self._question = question
        self._emit = emit
        self._stop = stop
        self._began = time.monotonic()
        self._saved_at = self._began
        self._first_text_ms = 0.0
        self._failure: Problem | None = None
        self._text: list[str] = []
        self._prompt: Prompt | None = None
        self._whole: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What was written so far."""
        return "".join(self._text)

    def change(self, **fields: Any) -> None:
        """Set some of the answer's fields; it is saved with the next that is told."""
        self.answer = msgspec.structs.replace(self.answer, **fields)

    def rest_on(self, prompt: Prompt, whole: tuple[str, ...], coverage: Coverage) -> None:
        """The answer is to be written from this prompt. whole: files of which it holds all, from this turn on."""
        self._prompt, self._whole = prompt, whole
        self.found(self._sources(), coverage)

    def found(self, cited: tuple[Citation, ...], coverage: Coverage) -> None:
        """Save and tell what the answer will rest on, before it begins."""
        self.change(citations=cited, coverage=coverage)
        self._turns.save(self.answer)
        title = f"Found {_count(len(cited))}" if cited else "Nothing found"
        self.step("found", title, citations=cited, coverage=coverage)

    def step(self, name: str, title: str, **more: Any) -> None:
        """Tell what the turn does now. more: further fields of `Step`."""
        self._emit(Step(name=name, title=title, conversation=self.answer.conversation, turn=self.answer.turn, **more))

    def raise_failure(self) -> None:
        """Raise the Problem for which the answer could not be saved while it streamed, if there was one."""
        if self._failure is not None:
            raise self._failure

    # ---- while it is written, see `Stage` --------------------------------------------------------------------------

    def reading(self, prefill: Prefill, expected_s: float, *, results: bool) -> None:
        """Tell how far the prompt is read."""
        passages = len(self._prompt.passages) if self._prompt is not None else 0
        what = "what was found" if results else _count(passages) if passages else "the question"
        self.step("reading", f"Reading {what}", done=prefill.done, total=prefill.total, expected_s=expected_s)

    def thinking(self) -> None:
        """Tell that the model thinks."""
        self.step("thinking", "Thinking")

    def say(self, text: str) -> None:
        """Show more of the answer, and save it now and then. White space before its first word is dropped."""
        if not self._text:
            text = text.lstrip()
        if not text:
            return
        if not self._text:
            self._first_text_ms = _ms_since(self._began)
            self.step("generating", "Answering")
        self._text.append(text)
        self._emit(Delta(text=text))
        if time.monotonic() - self._saved_at >= CHECKPOINT_S and self._failure is None:
            try:
                self._checkpoint()
            except Problem as problem:
                # nothing is shown for long that is not on disk: the model is stopped, then the failure told
                self._failure = problem
                self._stop.cancel()
            self._saved_at = time.monotonic()

    def tool(self, step: ToolStep) -> None:
        """Show and save a call that begins or has ended."""
        steps = tuple(one for one in self.answer.steps if one.call != step.call or one.state != "running")
        self.change(steps=(*steps, step), citations=self._sources(), text=self.text.rstrip())
        self._turns.save(self.answer)
        self.step("tool", step.title, tool=step)

    def keep(self, messages: Sequence[ChatMessage]) -> None:
        """Save what the model was sent and wrote."""
        prompt = self._prompt
        assert prompt is not None
        since = prompt.kept.blocks[0].turn if prompt.kept.blocks else self.answer.turn
        passages = [*prompt.numbers.older, *prompt.numbers.own] if self._whole else prompt.numbers.own
        self._turns.save_sent(
            self.answer.turn,
            Sent(since=since, messages=tuple(messages), passages=tuple(passages), whole=self._whole),
        )

    # ---- the end ---------------------------------------------------------------------------------------------------

    def finish(self, state: Literal["done", "stopped"], cited: tuple[Citation, ...] | None = None) -> None:
        """Save the end. cited: the answer's citations, by default those of its sources that it uses.

        A stopped answer that cites none yet names what it was to rest on: somebody who stops it may look there.
        """
        if cited is None:
            cited = _used(self.answer.citations, self.text)
        self._settle(state, cited or (self.answer.citations if state == "stopped" else ()))
        self._turns.save(self.answer, self.trace)

    def fail(self, problem: Problem) -> None:
        """Save that the turn failed and why, where the disk takes it."""
        self._settle("failed", _used(self.answer.citations, self.text) or self.answer.citations)
        self.change(error=f"{problem.title} {problem.hint}".strip())
        try:
            self._turns.save(self.answer, {**self.trace, "failed": problem.code})
        except Problem as second:
            log.warning("a failed turn could not be saved: %s", second.code)

    def _settle(self, state: str, cited: tuple[Citation, ...]) -> None:
        usage = msgspec.structs.replace(
            self.answer.usage, total_ms=_ms_since(self._began), first_text_ms=self._first_text_ms
        )
        self.change(state=state, text=self.text.rstrip(), usage=usage, steps=_ended(self.answer.steps), citations=cited)

    def _checkpoint(self) -> None:
        cited = self._sources()
        if len(cited) == len(self.answer.citations):
            self._turns.checkpoint(self.answer.turn, self.text)
        else:  # an older passage was cited: it must be on disk with the text
            self.change(citations=cited)
            self._turns.save(msgspec.structs.replace(self.answer, text=self.text))

    def _sources(self) -> tuple[Citation, ...]:
        """All that the answer may cite so far, by the person's numbers; in quotes mode what it has."""
        if self._prompt is None or self.answer.mode != "chat":
            return self.answer.citations
        return citations.sent(self._question, self._prompt.numbers.answer)


def interrupted(answer: Answer) -> Answer:
    """An answer whose turn was cut off by the engine's death: what is on disk of it, with the citations it uses.

    One that cites none yet names what it was to rest on.
    """
    cited = _used(answer.citations, answer.text) or answer.citations
    return msgspec.structs.replace(
        answer, state="interrupted", text=answer.text.rstrip(), citations=cited,
        steps=_ended(answer.steps),
    )  # fmt: skip


def _ended(steps: Sequence[ToolStep]) -> tuple[ToolStep, ...]:
    """Steps of a turn that has ended: a call that was still running has brought nothing."""
    return tuple(
        step
        if step.state != "running"
        else msgspec.structs.replace(step, state="failed", result="The turn ended before there was a result.")
        for step in steps
    )


def _used(cited: Sequence[Citation], text: str) -> tuple[Citation, ...]:
    numbers = used_numbers(text)
    return tuple(citation for citation in cited if citation.n in numbers)


def _count(passages: int) -> str:
    return "one passage" if passages == 1 else f"{passages} passages"


def _ms_since(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 1)
