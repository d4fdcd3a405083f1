"""How the next token is drawn: by llama.cpp's own chain of samplers, computed in C, under a constraint or freely."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import c_char_p
from types import ModuleType, TracebackType

import numpy as np

from app.workers.chat.inference.sampling import Sampling
from app.workers.chat.tool_calls.constraint import Constraint
from app.workers.chat.vocabulary import Vocabulary

_HOTTEST = 5.0
_SEED_MASK = 0xFFFF_FFFF
_RUN_WEIGHT, _RUN_BASE = 0.8, 1.75
_RUN_FREE = 8  # tokens that may come back in a row at no cost: names, dates and figures do
_RUN_LAST = 512


class Sampler:
    """Draws tokens; a context manager that frees what it holds.

    vocabulary: the model's. temperature: 0 or less always takes the likeliest token; more than 5 counts as 5. seed:
    equal ones draw alike.
    """

    def __init__(
        self,
        api: ModuleType,
        vocabulary: Vocabulary,
        *,
        temperature: float,
        seed: int,
        sampling: Sampling = Sampling(),  # noqa: B008 - frozen
    ) -> None:
        self._api = api
        self._chain: int = api.llama_sampler_chain_init(api.llama_sampler_chain_default_params())
        for step in self._guards(vocabulary, sampling):
            api.llama_sampler_chain_add(self._chain, step)
        if temperature <= 0:
            steps = [api.llama_sampler_init_greedy()]
        else:
            steps = [
                api.llama_sampler_init_top_k(sampling.top_k),
                api.llama_sampler_init_top_p(sampling.top_p, 1),
                api.llama_sampler_init_min_p(sampling.min_p, 1),
                api.llama_sampler_init_temp(min(temperature, _HOTTEST)),
                api.llama_sampler_init_dist(seed & _SEED_MASK),
            ]
        for step in steps:
            api.llama_sampler_chain_add(self._chain, step)

    def _guards(self, vocabulary: Vocabulary, sampling: Sampling) -> Iterator[int]:
        """What makes repeats less likely. It counts what was drawn, never the prompt: quoting costs nothing."""
        if sampling.repeat_penalty != 1.0 and sampling.repeat_last:
            yield self._api.llama_sampler_init_penalties(
                vocabulary.size, sampling.repeat_last, sampling.repeat_penalty, 0.0, 0.0
            )
        if sampling.guards_runs:
            breakers = (c_char_p * 0)()
            yield self._api.llama_sampler_init_dry(
                vocabulary.handle, _RUN_WEIGHT, _RUN_BASE, _RUN_FREE, _RUN_LAST, breakers, 0
            )

    def __enter__(self) -> Sampler:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._api.llama_sampler_free(self._chain)

    def draw(self, context: int) -> int:
        """The next token after what `context` (llama.cpp's handle) has read. It must have read something."""
        token: int = self._api.llama_sampler_sample(self._chain, context, -1)
        return token

    def draw_legal(self, context: int, constraint: Constraint) -> int | None:
        """The next token that the constraint allows, which has taken it.

        None if what was written is whole and the model would go on with something else, or nothing is allowed.
        """
        token = self.draw(context)
        if constraint.take(token):
            return token
        legal = constraint.legal()
        if constraint.complete or not legal.any():
            return None
        logits = np.ctypeslib.as_array(self._api.llama_get_logits_ith(context, -1), (len(legal),))
        logits[~legal] = -np.inf
        token = self.draw(context)
        return token if constraint.take(token) else None
