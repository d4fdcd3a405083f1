"""Vectors survive the link, malformed ones are refused."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from app.base.errors import Problem
from app.workers.vectors.coding import decode_vectors, encode_vectors


def test_coded_vectors_come_back_at_unit_length() -> None:
    vectors = np.random.default_rng(3).normal(size=(20, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    back = decode_vectors(encode_vectors(vectors), 384)
    assert back.dtype == np.float32
    np.testing.assert_allclose(back, vectors, atol=2e-4)
    np.testing.assert_allclose(np.linalg.norm(back, axis=1), 1.0, atol=1e-6)


def _coded(*numbers: float) -> str:
    return base64.b64encode(np.array(numbers, "<f2").tobytes()).decode()


@pytest.mark.parametrize(
    "coded",
    ["", "!!!!", "AAA", "é", _coded(1), _coded(1, 0, 0), _coded(0, 0), _coded(np.nan, 1), _coded(np.inf, 1)],
    ids=["empty", "no base64", "cut", "no ASCII", "short", "long", "zero", "not a number", "infinite"],
)
def test_malformed_vector_is_refused(coded: str) -> None:
    with pytest.raises(Problem) as told:
        decode_vectors([_coded(1, 0), coded], 2)
    assert told.value.code == "vectors.invalid"
