"""What comes by the link: vectors, as base64 of float16, little-endian; and sets of ids."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from app.base.id_set import unpack_ids
from app.workers.vectors.matrix import Holds, Ids, Mask
from app.workers.vectors.problems import invalid

Vectors = npt.NDArray[np.float32]


def encode_vectors(vectors: Vectors) -> list[str]:
    """Each row of float32 (n, d), coded."""
    return [base64.b64encode(row.tobytes()).decode() for row in vectors.astype("<f2")]


def decode_vectors(coded: Sequence[str], d: int) -> Vectors:
    """Coded vectors as float32 (n, d). Raises Problem vectors.invalid unless each has d numbers and some length."""
    rows = np.empty((len(coded), d), np.float32)
    for number, text in enumerate(coded):
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise invalid("one is not base64") from error
        if len(data) != 2 * d:
            raise invalid(f"one has {len(data)} bytes instead of {2 * d}")
        rows[number] = np.frombuffer(data, "<f2")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not bool((np.isfinite(lengths) & (lengths > 0.0)).all()):
        raise invalid("one has no length")
    normalised: Vectors = rows / lengths
    return normalised


def decode_ids(coded: str) -> Holds:
    """Which of many ids are in a set that came packed; negative ones never are. Raises Problem vectors.invalid."""
    try:
        held = np.frombuffer(unpack_ids(coded) + b"\0", np.int8) != 0
    except ValueError as error:
        raise invalid("a set of ids cannot be read") from error

    def holds(ids: Ids) -> Mask:
        chosen: Mask = held[np.clip(ids, -1, len(held) - 1)]  # the last one stands for what is beyond, either way
        return chosen

    return holds
