"""An answer as it stands while its turn runs: told to whoever listens, and on disk before it is shown for long."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import msgspec

from app.assistant import citations
from app.assistant.cancellation import Stop
from app.assistant.citation_markers import used_numbers
from app.assistant.citation_numbers import CitationNumbers
from app.assistant.claims.grounding import Grounded, Grounding
from app.assistant.history import Sent
from app.assistant.ports import Passage, Similar
from app.assistant.prompt import Prompt
from app.base.actions import Action, Approval
from app.base.chat import ChatMessage, Prefill
from app.base.errors import Problem
from app.base.turn_events import Claims, Delta, FirstQuotes, Step, TurnEvent
from app.base.turn_trace import Stage, TurnTrace
from app.base.values import Answer, Citation, Claim, Coverage, Place, ToolStep
from app.store.turns import Turns

log = logging.getLogger("familiar.assistant")
CHECKPOINT_S = 1.0
_RESULTS, _TOLD = -1_000_000_000, -2_000_000_000


class TurnRecord:
    """Shows and saves one turn's answer. A `Stage` for its writing.

    trace: how it came about. outcomes: what became of what the model wanted done, in words for the person.
    """

    def __init__(
        self, turns: Turns, answer: Answer, question: str, *, emit: Callable[[TurnEvent], None], stop: Stop,
        similar: Similar,
    ) -> None:  # fmt: skip
        """answer: as `Turns.begin` gave it. stop: thrown where the answer can no longer be saved. similar: for its
        claims."""
        self.answer = answer
        self.trace = TurnTrace()
        self._checking_ms = 0.0
        self._turns = turns
        self._question = question
        self._emit = emit
        self._stop = stop
        self._similar = similar
        self._began = time.monotonic()
        self._saved_at = self._began
        self._first_text_ms = self._first_quote_ms = 0.0
        self._failure: Problem | None = None
        self._text: list[str] = []
        self._prompt: Prompt | None = None
        self._whole: tuple[str, ...] = ()
        self._written: list[str] = []
        self._grounding: Grounding | None = None
        self._told: Sequence[Passage] = ()
        self.outcomes: list[str] = []

    @property
    def text(self) -> str:
        """What was shown so far."""
        return "".join(self._text)

    @property
    def written(self) -> str:
        """What was written so far, numbers as the writer gave them."""
        return "".join(self._written)

    def change(self, **fields: Any) -> None:
        """Set some of the answer's fields; it is saved with the next that is told."""
        self.answer = msgspec.structs.replace(self.answer, **fields)

    def note(self, **fields: Any) -> None:
        """Set some of the trace's fields."""
        self.trace = msgspec.structs.replace(self.trace, **fields)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure what is done within, also if it fails."""
        began_ms = _ms_since(self._began)
        try:
            yield
        finally:
            self._add_stage(name, began_ms, _ms_since(self._began) - began_ms)

    def _add_stage(self, name: str, began_ms: float, ms: float) -> None:
        self.note(stages=(*self.trace.stages, Stage(name=name, began_ms=began_ms, ms=round(ms, 1))))

    def rest_on(self, prompt: Prompt, whole: tuple[str, ...], coverage: Coverage) -> None:
        """The answer is to be written from this prompt. whole: files of which it holds all, from this turn on."""
        self._prompt, self._whole = prompt, whole
        self.found(self._sources(), coverage)

    def check_claims(self, numbers: CitationNumbers | None, told: Sequence[Passage] = ()) -> None:
        """What is said from now on is held against passages, and against what tools have brought besides.

        None: it is the files' own words. told: what the person has told besides, which is in no file.
        """
        self._told = told
        self._grounding = (
            Grounding(lambda: self._evidence(numbers), lambda key: _shown(numbers, key), self._similar)
            if numbers
            else None
        )

    def found(self, cited: tuple[Citation, ...], coverage: Coverage) -> None:
        """Save and tell what the answer will rest on, before it begins."""
        self.change(citations=cited, coverage=coverage)
        self._turns.save(self.answer)
        title = f"Found {_count(len(cited))}" if cited else "Nothing found"
        self.step("found", title, citations=cited, coverage=coverage)

    def step(self, name: str, title: str, **more: Any) -> None:
        """Tell what the turn does now. more: further fields of `Step`."""
        self._emit(Step(name=name, title=title, conversation=self.answer.conversation, turn=self.answer.turn, **more))

    def first_quotes(self, text: str) -> None:
        """Tell quotes of what the model is reading. From any thread."""
        self._first_quote_ms = self._first_quote_ms or _ms_since(self._began)
        self._emit(FirstQuotes(text=text))

    def raise_failure(self) -> None:
        """Raise the Problem for which the answer could not be saved while it streamed, if there was one."""
        if self._failure is not None:
            raise self._failure

    # ---- while it is written, see `Stage` --------------------------------------------------------------------------

    def approval(self, approval: Approval) -> None:
        """Show what waits for the person's word, or that it does not any more."""
        self._emit(approval)

    def acted(self, told: str, action: Action | None) -> None:
        """Something that the model wanted done was done, or was not: in words for the person."""
        self.outcomes.append(told)
        if action is not None:
            self.change(actions=(*self.answer.actions, action.id))

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
        if not self._written:
            text = text.lstrip()
        if not text:
            return
        self._written.append(text)
        began = time.monotonic()
        shown = self._grounding.feed(text) if self._grounding is not None else (text, ())
        self._checking_ms += (time.monotonic() - began) * 1000
        self._show(*shown)

    def _show(self, text: str, claims: Sequence[Claim]) -> None:
        if text and not self._text:
            self._first_text_ms = _ms_since(self._began)
            self.step("generating", "Answering")
        if text:
            self._text.append(text)
            self._emit(Delta(text=text))
        if claims:
            self._emit(Claims(claims=tuple(claims)))
        if time.monotonic() - self._saved_at >= CHECKPOINT_S and self._failure is None:
            try:
                self._checkpoint()
            except Problem as problem:
                # nothing is shown for long that is not on disk: the model is stopped, then the failure told
                self._failure = problem
                self._stop.cancel()
            self._saved_at = time.monotonic()

    def take_back(self, count: int) -> None:
        """The last characters that were said are no part of the answer: its end tells the whole of it."""
        if count > 0:
            self._written = [self.written[:-count]]
            if self._grounding is None:
                self._text = [self.written]

    def grounded(self, *, ended: bool) -> Grounded | None:
        """All that was written, with its claims; None where it is not to be checked. ended: whether it is complete."""
        if self._grounding is None:
            return None
        began = time.monotonic()
        grounded = self._grounding.whole(self.written, ended=ended)
        self._checking_ms += (time.monotonic() - began) * 1000
        self._add_stage("checking", round((began - self._began) * 1000, 1), self._checking_ms)
        self._checking_ms = 0.0
        return grounded

    def settle(self, text: str) -> None:
        """This is the text of the answer; its end tells it."""
        if text.startswith(self.text):
            self._show(text.removeprefix(self.text), ())
        self._grounding, self._text, self._written = None, [text], [text]

    def add_note(self, text: str) -> None:
        """Have words of ours follow the answer, which is written."""
        self._text.append(text)
        self._emit(Delta(text=text))

    def start_over(self) -> None:
        """Nothing that was said so far is part of the answer, which is written anew."""
        self._text, self._written, self._grounding = [], [], None

    def tool(self, step: ToolStep) -> None:
        """Show and save a call that begins or has ended."""
        if self._grounding is not None:
            self._show(*self._grounding.feed("", pause=True))
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
            self._cut_off()
            cited = _used(self.answer.citations, self.text)
        self._settle(state, cited or (self.answer.citations if state == "stopped" else ()))
        self._save_end()

    def fail(self, problem: Problem) -> None:
        """Save that the turn failed and why, where the disk takes it."""
        self._cut_off()
        self._settle("failed", _used(self.answer.citations, self.text) or self.answer.citations)
        self.change(error=f"{problem.title} {problem.hint}".strip())
        self.note(failed=problem.code)
        try:
            self._save_end()
        except Problem as second:
            log.warning("a failed turn could not be saved: %s", second.code)

    def _save_end(self) -> None:
        """Save the answer with its trace, which a full disk does not take it along with. Raises Problem."""
        try:
            self._turns.save(self.answer, self.trace)
        except Problem as problem:
            self._turns.save(self.answer, TurnTrace(failed=self.trace.failed, lost=problem.title))
            log.warning("the trace of an answer is lost: %s", problem.code)

    def _cut_off(self) -> None:
        """What was written of an answer that is not ended, numbers as they hold."""
        grounded = self.grounded(ended=False)
        if grounded is not None:
            self.change(claims=grounded.claims)
            self.settle(grounded.text)

    def _settle(self, state: str, cited: tuple[Citation, ...]) -> None:
        usage = msgspec.structs.replace(
            self.answer.usage, total_ms=_ms_since(self._began), first_text_ms=self._first_text_ms
        )
        self.note(first_quote_ms=self._first_quote_ms)
        self.change(state=state, text=self.text.rstrip(), usage=usage, steps=_ended(self.answer.steps), citations=cited)

    def _checkpoint(self) -> None:
        cited = self._sources()
        if len(cited) == len(self.answer.citations):
            self._turns.checkpoint(self.answer.turn, self.text)
        else:  # an older passage was cited: it must be on disk with the text
            self.change(citations=cited)
            self._turns.save(msgspec.structs.replace(self.answer, text=self.text))

    def _evidence(self, numbers: CitationNumbers) -> dict[int, Passage]:
        """What claims are held against: passages by the person's numbers; negative those that have none yet."""
        brought = [step for step in self.answer.steps if step.state == "done" and step.lists]
        results = {_RESULTS - at: _as_passage(step.result) for at, step in enumerate(brought)}
        told = {_TOLD - at: passage for at, passage in enumerate(self._told)}
        return {**{-n: passage for n, passage in numbers.unshown.items()}, **told, **results, **numbers.answer}

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


def _shown(numbers: CitationNumbers, key: int) -> int:
    """The number that a person sees for a key of `_evidence`; 0 for a tool's result."""
    return key if key > 0 else 0 if key <= _RESULTS else numbers.shown(-key) or 0


def _as_passage(result: str) -> Passage:
    place = Place(kind="whole", first=1, last=1, label="", start=0, end=len(result))
    return Passage(path="", sha256="", place=place, text=result)


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
