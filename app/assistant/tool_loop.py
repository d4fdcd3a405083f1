"""How a model comes to its answer: it writes, may call tools, reads what they found, and writes on.

The prompt only ever grows, so that each round reads no more than its new end.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

import msgspec

from app.assistant import budget
from app.assistant.cancellation import Stop
from app.assistant.citation_markers import CitationMarkers, Thoughts
from app.assistant.prompt import Prompt
from app.assistant.repetition import RepetitionGuard
from app.assistant.tools.toolbox import LIMIT, Toolbox
from app.base.chat import ChatMessage, Generate, Generated, Prefill, ToolCall, ToolSpec
from app.base.chat_model import ChatModel, ModelEvent, Thought
from app.base.turn_trace import RoundTrace
from app.base.values import ToolStep, Usage

PARAGRAPH = "\n\n"
_UNREADABLE = "(A tool call that could not be made.)"


class Stage(Protocol):
    """Who shows and saves what happens while a model works."""

    def reading(self, prefill: Prefill, expected_s: float, *, results: bool) -> None:
        """A prompt is being read; results: what tools found."""

    def thinking(self) -> None:
        """The model thinks."""

    def say(self, text: str) -> None:
        """More of the answer, numbers as the person sees them."""

    def take_back(self, count: int) -> None:
        """The last characters that were said are no part of the answer after all."""

    def tool(self, step: ToolStep) -> None:
        """A call begins, or has ended."""

    def keep(self, messages: Sequence[ChatMessage]) -> None:
        """The turn's messages so far; these can be gone on with."""


REPEATED = "repeated"
"""Reason of a `Written` that was ended because the model began to repeat itself."""


REFUSED = "refused"
"""Reason of one that ended with a call that could not be made, after the model was told so once."""


class Written(msgspec.Struct, frozen=True):
    """How writing ended. messages: all that the turn adds to the prompt. rounds: for the trace."""

    reason: str
    usage: Usage
    messages: tuple[ChatMessage, ...]
    rounds: tuple[RoundTrace, ...]


class ToolLoop:
    """One answer being written by a model."""

    def __init__(
        self,
        model: ChatModel,
        prompt: Prompt,
        *,
        toolbox: Toolbox,
        stage: Stage,
        stop: Stop,
        seed: int,
        conversation: int,
        target_s: float,
    ) -> None:
        self._model = model
        self._prompt = prompt
        self._toolbox = toolbox
        self._stage = stage
        self._stop = stop
        self._seed = seed
        self._conversation = conversation
        self._target_s = target_s
        self._own = list(prompt.own)
        self._begins_with = prompt.messages[: len(prompt.messages) - len(prompt.own)]
        self._held = prompt.total  # tokens of prompt and answer so far
        self._said = False
        self._usage = Usage()
        self._fresh = 0
        self._rounds: list[RoundTrace] = []
        self._repeated = False

    def run(self) -> Written:
        """Let the model write until it has answered, is stopped, or may not go on. Raises Problem, Cancelled."""
        self._stage.keep(self._own)
        tools, corrected, warned, refused = self._toolbox.specs, False, False, False
        expected_s = self._prompt.predicted_s
        while True:
            text, generated = self._generate(tools, expected_s)
            if self._stop.cancelled or self._repeated or not tools:
                break
            if not (generated.calls or generated.refused or generated.cut_call):
                break
            held = self._held
            if generated.calls:
                if self._toolbox.spent and not self._toolbox.extend(generated.calls[0]):
                    # Without tools the prompt begins otherwise and is read anew; so only if it will not hear.
                    tools = () if warned else tools
                    warned = True
                self._call(text, generated)
            elif corrected:
                refused = True
                break
            else:
                corrected = True
                self._correct(text, generated)
            self._stage.keep(self._own)
            new = self._held - held
            expected_s = self._model.cost.seconds(new, held) if self._model.cost.known else 0.0
        if text.strip():
            self._own.append(ChatMessage(role="assistant", content=text))
        self._stage.keep(self._own)
        reason = REPEATED if self._repeated else REFUSED if refused else generated.reason
        return Written(reason, self._usage, tuple(self._own), tuple(self._rounds))

    def _generate(self, tools: tuple[ToolSpec, ...], expected_s: float) -> tuple[str, Generated]:
        """One round: what the model wrote, as it wrote it, and how that ended."""
        thoughts, markers = Thoughts(), CitationMarkers(self._prompt.numbers.shown)
        guard, ended = RepetitionGuard(), Stop(self._stop.threads)
        self._stop.on_cancel(ended.cancel)
        pieces: list[str] = []
        shown = 0
        lead = PARAGRAPH if self._said else ""
        began, first_s = time.monotonic(), 0.0
        results = len(self._own) > len(self._prompt.own)

        def show(text: str) -> None:
            nonlocal lead, shown
            shown += len(text)
            if lead:
                text = text.lstrip()
            if text:
                self._said = self._said or bool(text.strip())
                self._stage.say(lead + text)
                lead = ""

        def write(text: str, *, last: bool = False) -> None:
            text = guard.feed(text) + (guard.finish() if last else "")
            pieces.append(text)
            show(markers.feed(text))
            if guard.repeated:
                ended.cancel()

        def on_event(event: ModelEvent) -> None:
            nonlocal first_s
            if isinstance(event, Prefill):
                self._stage.reading(event, expected_s, results=results)
                return
            first_s = first_s or time.monotonic() - began
            if isinstance(event, Thought):
                self._stage.thinking()
            else:
                write(thoughts.feed(event))

        call = Generate(
            messages=[*self._begins_with, *self._own], tools=tools, max_tokens=self._prompt.max_tokens,
            suited=True, seed=self._seed, conversation=self._conversation,
        )  # fmt: skip
        generated = self._model.generate(call, on_event=on_event, cancellation=ended)
        write(thoughts.finish(), last=True)
        show(markers.finish())
        text = "".join(pieces)
        if guard.repeated:
            self._repeated = True
            text = text[: len(text) - guard.surplus]
            self._stage.take_back(shown - self._length_shown(text))
        self._account(generated, text, expected_s, first_s or generated.usage.prefill_ms / 1000)
        return text, generated

    def _length_shown(self, text: str) -> int:
        """Characters that a person sees of what the model wrote."""
        markers = CitationMarkers(self._prompt.numbers.shown)
        return len(markers.feed(text) + markers.finish())

    def _account(self, generated: Generated, text: str, expected_s: float, first_s: float) -> None:
        """Add up what a round cost. What it wrote is in the model's memory when the next one begins."""
        usage = generated.usage
        self._fresh += usage.prompt_tokens - usage.reused_tokens
        self._usage = Usage(
            prompt_tokens=usage.prompt_tokens,
            reused_tokens=max(0, usage.prompt_tokens - self._fresh),
            generated_tokens=self._usage.generated_tokens + usage.generated_tokens,
            prefill_ms=self._usage.prefill_ms + usage.prefill_ms,
            decode_ms=self._usage.decode_ms + usage.decode_ms,
        )
        if usage.prompt_tokens:
            self._held = usage.prompt_tokens + usage.generated_tokens
        else:  # a server that does not count
            self._held += sum(self._model.count([text])) + budget.MESSAGE_TOKENS
        self._rounds.append(
            RoundTrace(
                reason=generated.reason, calls=tuple(call.name for call in generated.calls),
                refused=len(generated.refused), cut_call=generated.cut_call, prompt=usage.prompt_tokens,
                reused=usage.reused_tokens, generated=usage.generated_tokens, predicted_s=round(expected_s, 3),
                measured_s=round(first_s, 3),
            )
        )  # fmt: skip

    def _call(self, text: str, generated: Generated) -> None:
        """Make the calls of a round and have their results stand after it."""
        answers: list[ChatMessage] = []
        self._toolbox.begin_together(generated.calls)
        for call in generated.calls:
            content = LIMIT if self._toolbox.spent and not self._toolbox.extend(call) else self._result(call)
            answers.append(ChatMessage(role="tool", content=content, call_id=call.id, name=call.name))
            self._held += sum(self._model.count([content])) + budget.MESSAGE_TOKENS
        if generated.refused:
            last = answers[-1]
            answers[-1] = msgspec.structs.replace(last, content=f"{last.content}\n\n{_refusal(generated)}")
        self._own += [ChatMessage(role="assistant", content=text, calls=generated.calls), *answers]

    def _result(self, call: ToolCall) -> str:
        step = self._toolbox.begin(call)
        self._stage.tool(step)
        room = budget.result_room(
            context=self._model.context, used=self._held, answer=self._prompt.max_tokens, cost=self._model.cost,
            target_s=self._target_s,
        )  # fmt: skip
        step = self._toolbox.run(call, step, room)
        self._stage.tool(step)
        return step.result

    def _correct(self, text: str, generated: Generated) -> None:
        """Tell the model why its call was not made."""
        said = text if text.strip() else _UNREADABLE
        self._own += [
            ChatMessage(role="assistant", content=said),
            ChatMessage(role="user", content=_refusal(generated)),
        ]
        self._held += sum(self._model.count([_refusal(generated)])) + budget.MESSAGE_TOKENS


def _refusal(generated: Generated) -> str:
    reasons = [*generated.refused]
    if generated.cut_call:
        reasons.append(f"the call of {generated.cut_call} was cut off before it was whole")
    return (
        f"A tool call was not made: {'; '.join(reasons)}. "
        "Answer the question now, or make one short call with valid arguments."
    )
