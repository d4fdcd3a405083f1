"""How the next token is drawn: by llama.cpp's own chain of samplers, computed in C, under a constraint or freely."""

from __future__ import annotations

from types import ModuleType, TracebackType

import numpy as np

from app.workers.chat.tool_calls.constraint import Constraint

TOP_K = 40
TOP_P = 0.95
MIN_P = 0.05
_HOTTEST = 5.0
_SEED_MASK = 0xFFFF_FFFF


class Sampler:
    """Draws tokens; a context manager that frees what it holds.

    temperature: 0 or less always takes the likeliest token; more than 5 counts as 5. seed: equal ones draw alike.
    """

    def __init__(self, api: ModuleType, *, temperature: float, seed: int) -> None:
        self._api = api
        self._chain: int = api.llama_sampler_chain_init(api.llama_sampler_chain_default_params())
        if temperature <= 0:
            steps = [api.llama_sampler_init_greedy()]
        else:
            steps = [
                api.llama_sampler_init_top_k(TOP_K),
                api.llama_sampler_init_top_p(TOP_P, 1),
                api.llama_sampler_init_min_p(MIN_P, 1),
                api.llama_sampler_init_temp(min(temperature, _HOTTEST)),
                api.llama_sampler_init_dist(seed & _SEED_MASK),
            ]
        for step in steps:
            api.llama_sampler_chain_add(self._chain, step)

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
