"""What `familiar models bench` measures: our loop beside llama.cpp's bare one, in turn, in one process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from app.base.chat import BenchLine, BenchModel
from app.base.errors import Cancelled, Problem
from app.link.peer import Incoming
from app.workers.chat.inference.model import Model, TokenizedPrompt
from app.workers.chat.inference.sampler import Sampler

_TEMPERATURE = 0.8
_SEED = 1
_SPARED_TOKENS = 8


@dataclass(frozen=True)
class _Rates:
    """Tokens a second."""

    prefill: float
    decode: float


def bench(model: Model, call: BenchModel, incoming: Incoming) -> tuple[BenchLine, ...]:
    """Medians of both loops at each length that fits the context, emitting "progress": str.

    Raises Cancelled; Problem chat.failed, model.memory.
    """
    decode = max(call.decode_tokens, 2)
    room = model.session.context - decode - _SPARED_TOKENS
    lengths = sorted({min(max(length, 1), room) for length in call.lengths})
    lines = []
    with model.session.stop.armed(incoming.on_cancel):
        for length in lengths:
            ours: list[_Rates] = []
            bare: list[_Rates] = []
            tokens = _some_tokens(model, length)
            for number in range(max(call.rounds, 1)):
                incoming.emit("progress", f"{length} tokens, round {number + 1} of {max(call.rounds, 1)}")
                ours.append(_ours(model, tokens, decode))
                incoming.check()
                bare.append(_bare(model, tokens, decode))
                incoming.check()
            lines.append(
                BenchLine(
                    tokens=length,
                    prefill=statistics.median(one.prefill for one in ours),
                    bare_prefill=statistics.median(one.prefill for one in bare),
                    decode=statistics.median(one.decode for one in ours),
                    bare_decode=statistics.median(one.decode for one in bare),
                    rounds=len(ours),
                )
            )
    model.session.clear()
    return tuple(lines)


def _some_tokens(model: Model, count: int) -> list[int]:
    text = " ".join(f"{number} times {number + 1}" for number in range(count))
    return model.vocabulary.tokens(text)[:count]


def _ours(model: Model, tokens: Sequence[int], count: int) -> _Rates:
    """As an answer is made: slices, stop byte, parser. Its text goes nowhere."""
    session, parser = model.session, model.parser(TokenizedPrompt(list(tokens), ""))
    model.recall.bring(0, tokens)
    session.clear()
    begun = time.perf_counter()
    _go_on(session.read(tokens, lambda _: None))
    read = time.perf_counter()
    with Sampler(model.api, model.vocabulary, temperature=_TEMPERATURE, seed=_SEED) as sampler:
        for _ in range(count):
            token = sampler.draw(session.handle)
            model.ends(token, answering=parser.answering)
            parser.feed(model.piece(token))
            _go_on(session.append(token))
    ended = time.perf_counter()
    return _Rates(len(tokens) / (read - begun), count / (ended - read))


def _go_on(outcome: str) -> None:
    if outcome != "done":
        raise Cancelled


def _bare(model: Model, tokens: Sequence[int], count: int) -> _Rates:
    """llama_decode over the whole prompt, then a draw and a llama_decode a token."""
    api = model.api
    context = model.session.bare_context(len(tokens) + count + _SPARED_TOKENS)
    try:
        with Sampler(api, model.vocabulary, temperature=_TEMPERATURE, seed=_SEED) as sampler:
            begun = time.perf_counter()
            _decode(model, context, tokens)
            read = time.perf_counter()
            for _ in range(count):
                _decode(model, context, (sampler.draw(context),))
            ended = time.perf_counter()
    finally:
        api.llama_free(context)
    return _Rates(len(tokens) / (read - begun), count / (ended - read))


def _decode(model: Model, context: int, tokens: Sequence[int]) -> None:
    api = model.api
    part = (api.llama_token * len(tokens))(*tokens)
    code = api.llama_decode(context, api.llama_batch_get_one(part, len(tokens)))
    if code != 0:
        raise Problem("chat.failed", f"llama.cpp could not go on (error {code}).", "Measure shorter prompts.")
