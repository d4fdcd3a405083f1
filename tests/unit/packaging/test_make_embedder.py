"""The converter's graph computes what the model's definition says, and the same bytes come out every time."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import make_embedder
import numpy as np
import pytest

from app.base.paths import resources
from app.workers.vectors.embedder import runtime


def _random_weights() -> make_embedder.Weights:
    chosen = np.random.default_rng(8)
    d, inner = make_embedder.D, 4 * make_embedder.D

    def some(*shape: int) -> Any:
        return (0.05 * chosen.normal(size=shape)).astype(np.float32)

    def norm(part: str) -> make_embedder.Weights:
        return {part + "LayerNorm.weight": 1 + some(d), part + "LayerNorm.bias": some(d)}

    weights: make_embedder.Weights = {
        "embeddings.word_embeddings.weight": some(500, d),
        "embeddings.position_embeddings.weight": some(512, d),
        "embeddings.token_type_embeddings.weight": some(2, d),
        **norm("embeddings."),
    }
    for number in range(make_embedder.LAYERS):
        part = f"encoder.layer.{number}."
        sizes = {"intermediate.dense": (inner, d), "output.dense": (d, inner), "attention.output.dense": (d, d)}
        sizes |= {f"attention.self.{name}": (d, d) for name in ("query", "key", "value")}
        for name, size in sizes.items():
            weights |= {f"{part}{name}.weight": some(*size), f"{part}{name}.bias": some(size[0])}
        weights |= norm(part + "attention.output.") | norm(part + "output.")
    return weights


def test_converted_graph_computes_what_the_definition_says() -> None:
    weights = _random_weights()
    model = make_embedder.convert(weights)
    assert model == make_embedder.convert(weights)
    session = runtime().InferenceSession(model, providers=["CPUExecutionProvider"])
    original = make_embedder.Original(weights)
    for length in (2, 17, make_embedder.WINDOW):
        ids = np.random.default_rng(length).integers(0, 500, (3, length))
        for row, vector in zip(ids, session.run(None, {"ids": ids})[0], strict=True):
            assert float(original.vector(row.tolist()) @ vector) >= 0.9999


def test_error_function_is_that_of_the_library() -> None:
    points = np.linspace(-8, 8, 4001)
    truth = np.array([math.erf(point) for point in points])
    assert np.abs(make_embedder.ErrorFunction()(points) - truth).max() < 1e-12


def test_other_files_are_not_taken_for_the_original(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other")
    with pytest.raises(SystemExit):
        make_embedder.read_original(tmp_path)


def test_bundled_model_is_made_again_from_the_original(tmp_path: Path) -> None:
    source = os.environ.get("FAMILIAR_ORIGINAL_MODEL")
    if not source:
        pytest.skip("needs the original weights (FAMILIAR_ORIGINAL_MODEL, see packaging/make_embedder.py)")
    assert make_embedder.main([source, "--model", str(tmp_path), "--no-tests"]) == 0
    bundled = resources() / "models" / "all-MiniLM-L6-v2"
    for made in tmp_path.iterdir():
        assert made.read_bytes() == (bundled / made.name).read_bytes()
