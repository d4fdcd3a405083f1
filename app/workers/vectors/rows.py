"""A vector as a row of 16-bit whole numbers at a scale of its own, in two planes: the upper bytes, and the lower ones.

The upper bytes alone tell a cosine to some thousandths, at a quarter of float32's memory; with the lower ones it is
right to a hundred-thousandth, better than of the float16 that vectors come as.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

LARGEST = 127 * 256

Vectors = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.int8]


class Rows(NamedTuple):
    """Rows of n vectors. scale: float32 (n,); upper, lower: int8 (n, d). A number is scale * (256 * upper + lower)."""

    scale: Vectors
    upper: Bytes
    lower: Bytes


def to_rows(vectors: Vectors) -> Rows:
    """The rows of float32 vectors (n, d), none of them all zeros."""
    scale = (np.abs(vectors).max(axis=1) / LARGEST).astype(np.float32)
    whole = np.rint(vectors / scale[:, np.newaxis]).astype(np.int32)
    upper = (whole + 128) >> 8
    return Rows(scale, upper.astype(np.int8), (whole - 256 * upper).astype(np.int8))


def cosines(rows: Rows, vector: Vectors) -> Vectors:
    """The inner product of each row with a vector, all of unit length: float32 (n,)."""
    whole = rows.upper.astype(np.float32) * np.float32(256.0) + rows.lower
    return np.asarray((whole @ vector) * rows.scale, np.float32)
