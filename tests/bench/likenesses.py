"""Vectors as a library of texts has them, many at once: real embeddings, each again and again with some noise added.

Embedding 100,000 texts takes half an hour. 1,500 generated ones are embedded, and each vector of a library is one of
these plus noise of half its length or more, so that it has near neighbours, alike ones, and far ones, as texts do.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

THINGS = (
    "invoice", "lantern", "harbour", "contract", "membrane", "tax", "roof", "violin", "bridge", "vaccine",
    "orchard", "keyboard", "glacier", "insurance", "recipe", "lighthouse", "engine", "passport", "sculpture",
    "meeting", "password", "garden", "bicycle", "budget", "telescope", "wedding", "pump", "novel", "battery",
    "school", "dentist", "election", "mortgage", "volcano", "sample", "flight", "chess", "soup", "archive",
    "spider",
)  # fmt: skip
DOINGS = (
    "was paid by the office in Lisbon", "fell apart after forty years", "is due before the end of November",
    "surprised everybody at the table", "must be serviced once a year", "was measured at forty degrees for an hour",
    "belongs to the neighbour across the street", "cannot be found in any of the drawers", "was painted dark green",
    "keeps the whole family awake at night", "needs three signatures and a stamp", "made the front page of the paper",
    "was insured for twice its price", "is described in the second chapter", "smells of salt and tar",
)  # fmt: skip
PLACES = (
    "upstairs", "in the north", "by the river", "at the clinic", "in room 12", "on the coast",
    "under the stairs", "abroad",
)  # fmt: skip


def sentence(chosen: random.Random) -> str:
    """A sentence about something."""
    return f"The {chosen.choice(THINGS)} {chosen.choice(PLACES)} {chosen.choice(DOINGS)}."


def texts(count: int, seed: int) -> list[str]:
    """Texts of one to five sentences."""
    chosen = random.Random(seed)
    return [" ".join(sentence(chosen) for _ in range(chosen.randint(1, 5))) for _ in range(count)]


def spread(real: Vectors, count: int, seed: int, noise: tuple[float, float] = (0.5, 1.0)) -> Vectors:
    """So many vectors, each one of the real ones and noise of so much of its length: float32, unit length."""
    chosen = np.random.default_rng(seed)
    vectors = np.empty((count, real.shape[1]), np.float32)
    for start in range(0, count, 10_000):
        rows = real[chosen.integers(0, len(real), min(10_000, count - start))]
        wobble = chosen.normal(size=rows.shape) / np.sqrt(real.shape[1])
        rows = rows + wobble * chosen.uniform(*noise, size=(len(rows), 1))
        vectors[start : start + len(rows)] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return vectors


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share of these does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
