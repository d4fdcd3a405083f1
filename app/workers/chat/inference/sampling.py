"""With which settings a model's next token is drawn: its makers' own where its file has them, else ours."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.workers.chat.inference.header import Header

SMALL_PARAMETERS = 2_000_000_000
"""Models with fewer than these fall into repeating what they wrote."""


@dataclass(frozen=True)
class Sampling:
    """temperature: the makers' own, None if they name none. repeat_penalty: of single tokens among the last
    `repeat_last`, 1 for none.

    guards_runs: whether a run of tokens that was written before is made less likely the longer it goes on.
    """

    temperature: float | None = None
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    repeat_last: int = 64
    guards_runs: bool = False


def sampling_of(header: Header, parameters: int) -> Sampling:
    """The settings for the model with this header. What makes no sense in it is passed over.

    Source: the keys general.sampling.* that llama.cpp reads (llama-arch.cpp).
    """
    ours = Sampling()
    return Sampling(
        temperature=None if (own := _number(header, "temp", 0.0, 5.0, -1.0)) < 0 else own,
        top_k=round(_number(header, "top_k", 0, 1_000_000, ours.top_k)),
        top_p=_number(header, "top_p", 0.01, 1.0, ours.top_p),
        min_p=_number(header, "min_p", 0.0, 0.99, ours.min_p),
        repeat_penalty=_number(header, "penalty_repeat", 0.5, 3.0, ours.repeat_penalty),
        repeat_last=round(_number(header, "penalty_last_n", 0, 4096, ours.repeat_last)),
        guards_runs=0 < parameters < SMALL_PARAMETERS,
    )


def _number(header: Header, key: str, least: float, most: float, otherwise: float) -> float:
    value = header.metadata.get(f"general.sampling.{key}")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return otherwise
    return float(value) if least <= value <= most else otherwise
