"""llama.cpp in this process, and models loaded into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.base.chat import LoadOptions
from app.base.errors import Problem
from app.workers.chat.inference.llama import Llama, open_llama
from app.workers.chat.inference.loading import load_model
from app.workers.chat.inference.model import Model
from app.workers.chat.inference.model_file import read_model_file

Load = Callable[[Path], Model]


@pytest.fixture
def llama() -> Llama:
    """The library, its log told to this object; the test is skipped where it is not installed."""
    try:
        return open_llama()
    except Problem as problem:
        pytest.skip(problem.title)


@pytest.fixture
def load(llama: Llama) -> Iterator[Load]:
    """Loads a file with a context of 2,048 tokens; the model is freed after the test."""
    models = []

    def load(path: Path) -> Model:
        model, _ = load_model(
            llama,
            read_model_file(path),
            LoadOptions(context=2048, threads=1, gpu_layers=0),
            lambda _: None,
            lambda: False,
        )
        models.append(model)
        return model

    yield load
    for model in models:
        model.close()
