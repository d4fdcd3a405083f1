"""One answer: the prompt read, tokens drawn, text handed on as it comes, stopped when asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Literal

from app.base.chat import Generate, Generated, Prefill
from app.base.errors import Problem
from app.base.values import Usage
from app.link.peer import Incoming
from app.workers.chat.inference.model import Model, TokenizedPrompt
from app.workers.chat.inference.sampler import Sampler
from app.workers.chat.inference.sampling import Sampling
from app.workers.chat.inference.session import Outcome
from app.workers.chat.tool_calls.constraint import Constraint
from app.workers.chat.tool_calls.output import Channel

Reason = Literal["end", "stop", "length", "call"]
_CHARS_A_TOKEN = 128  # more than the longest tokens have that are of use
EXTENSION = 512
"""Tokens more for a call that `max_tokens` would cut."""
_REASONS: dict[Outcome, Reason] = {"stopped": "stop", "full": "length"}


def generate(model: Model, call: Generate, incoming: Incoming, on_read: Callable[[], None] = lambda: None) -> Generated:
    """Continue a conversation, emitting "prefill", "reasoning" and "text"; a cancelled call ends with reason "stop".

    on_read: called once the prompt is read.
    Raises Problem chat.too_long before anything is computed, chat.template, chat.failed.
    """
    started = time.perf_counter()
    with model.session.stop.armed(incoming.on_cancel):
        prompt = model.prompt(call.messages, call.tools, conversation=call.conversation)
        answer = max(call.max_tokens, 1)
        _refuse_what_is_too_long(len(prompt.tokens), answer, model.session.context)
        return _Answer(model, call, prompt, incoming, started, on_read).run(answer, call.temperature, call.seed)


def _refuse_what_is_too_long(prompt: int, answer: int, context: int) -> None:
    if prompt + answer > context:
        raise Problem(
            "chat.too_long",
            f"Question and passages are too long for this model: {prompt} tokens, and {answer} for the answer, "
            f"of {context}.",
            "Ask a shorter question, attach fewer files, or load the model with a larger context.",
        )


class _Answer:
    """One answer while it is made. started: when its request came (time.perf_counter)."""

    def __init__(
        self,
        model: Model,
        call: Generate,
        prompt: TokenizedPrompt,
        incoming: Incoming,
        started: float,
        on_read: Callable[[], None],
    ) -> None:
        self._model = model
        self._call = call
        self._prompt = prompt
        self._incoming = incoming
        self._started = started
        self._on_read = on_read
        self._stream = model.parser(prompt, call.tools, call.force)
        self._constraint: Constraint | None = None
        self._unconstrained = not call.tools
        self._extended = False
        self._drawn = 0
        self._written: list[int] = []
        self._text = ""
        self._first_text_at = started

    def run(self, limit: int, temperature: float, seed: int) -> Generated:
        """Read the prompt and write up to `limit` tokens."""
        if self._call.tools:
            self._model.constrainer.prepare()
        begun = time.perf_counter()
        reused = self._model.recall.bring(self._call.conversation, self._prompt.tokens)
        outcome = self._read(reused)
        read = time.perf_counter()
        if outcome == "done":
            self._on_read()
        reason = self._write(limit, temperature, seed) if outcome == "done" else _REASONS[outcome]
        self._emit(self._stream.finish())
        if outcome == "done":
            self._remember()
        calls = self._stream.calls if reason != "stop" else []
        if calls:
            reason = "call"
        elif self._stream.cut_call and reason == "end":
            reason = "length"
        ended = time.perf_counter()
        usage = Usage(
            prompt_tokens=len(self._prompt.tokens),
            reused_tokens=reused,
            generated_tokens=self._drawn,
            prefill_ms=_ms(begun, read),
            decode_ms=_ms(read, ended),
            total_ms=_ms(self._started, ended),
            first_text_ms=_ms(self._started, self._first_text_at),
        )
        return Generated(
            reason=reason,
            usage=usage,
            calls=tuple(calls),
            cut_call=self._stream.cut_call,
            refused=tuple(self._stream.refused),
            slices=tuple(self._model.session.slices),
        )

    def _read(self, reused: int) -> Outcome:
        """Read what the cache does not hold."""
        total = len(self._prompt.tokens)

        def progress(done: int) -> None:
            self._incoming.emit("prefill", Prefill(done=done, total=total, reused=reused))

        progress(reused)
        return self._model.session.read(self._prompt.tokens, progress)

    def _write(self, limit: int, temperature: float, seed: int) -> Reason:
        model, session = self._model, self._model.session
        if self._call.force:
            self._constraint = model.constraint(self._prompt, self._call.tools, force=self._call.force)
        sampling = model.sampling if self._call.suited else Sampling()
        temperature = temperature if sampling.temperature is None else sampling.temperature
        with Sampler(model.api, model.vocabulary, temperature=temperature, seed=seed, sampling=sampling) as sampler:
            while not session.stop.pressed:
                token = self._draw(sampler)
                if token is None:
                    return "end"
                self._drawn += 1
                if model.ends(token, answering=self._stream.answering) and not model.may_begin_call(token):
                    return "end"
                self._written.append(token)
                self._emit(self._stream.feed(model.piece(token)))
                if self._stream.ended or (self._constraint is not None and self._constraint.over):
                    return "end"
                self._constrain()
                if self._drawn == limit:
                    limit += self._extension()
                if self._drawn == limit or len(self._text) > limit * _CHARS_A_TOKEN:
                    return "length"
                outcome = session.append(token)
                if outcome != "done":
                    return _REASONS[outcome]
        return "stop"

    def _draw(self, sampler: Sampler) -> int | None:
        """The next token; None if a call is whole and nothing else should follow."""
        context = self._model.session.handle
        return sampler.draw(context) if self._constraint is None else sampler.draw_legal(context, self._constraint)

    def _constrain(self) -> None:
        """Hold a call that has just begun to its grammar; where that cannot be, it is only checked."""
        begun = None if self._unconstrained or self._constraint is not None else self._stream.call_begun
        if begun is not None:
            self._constraint = self._model.constrainer.begin(self._model.dialect.syntax, self._call.tools, begun)
            self._unconstrained = self._constraint is None

    def _extension(self) -> int:
        """How many tokens more there may be: once, and only within a call."""
        if self._extended or (self._constraint is None and self._stream.call_begun is None):
            return 0
        self._extended = True
        return min(EXTENSION, self._model.session.context - len(self._prompt.tokens) - self._drawn)

    def _remember(self) -> None:
        """Let the next prompt of this conversation go on from here, unless it will not repeat what was written."""
        if not (self._stream.cut_call or self._stream.refused):
            self._model.recall.answered(
                self._call,
                self._prompt.tokens,
                self._written,
                text=self._text,
                calls=self._stream.calls,
                cut=self._stream.ended and not self._stream.calls,
            )

    def _emit(self, texts: Sequence[tuple[Channel, str]]) -> None:
        for channel, text in texts:
            if channel == "text":
                self._text += text
                if self._first_text_at == self._started:
                    self._first_text_at = time.perf_counter()
            self._incoming.emit(channel, text)


def _ms(since: float, until: float) -> float:
    return (until - since) * 1000
