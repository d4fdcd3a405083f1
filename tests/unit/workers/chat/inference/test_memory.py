"""Memory told from a header, against what llama.cpp reports of the same file."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.base.chat import LoadOptions
from app.workers.chat.inference.fit import Fitting
from app.workers.chat.inference.llama import Llama
from app.workers.chat.inference.loading import load_dry
from app.workers.chat.inference.machine import look_at_machine
from app.workers.chat.inference.memory import Anatomy
from app.workers.chat.inference.model_file import read_model_file
from tests.bench.fit import difference, predictions
from tests.support.gguf_models import TINY, write_random_model
from tests.support.sparse_models import ARCHITECTURES, SIZES, write_sparse_model


@pytest.mark.parametrize("size", ["tiny", "medium"])
@pytest.mark.parametrize("architecture", [name for name in ARCHITECTURES if name != "qwen3moe"])
def test_memory_is_predicted_within_a_tenth_of_what_llama_cpp_reports(
    architecture: str, size: str, llama: Llama, tmp_path: Path
) -> None:
    file = read_model_file(write_sparse_model(tmp_path / "m.gguf", architecture, *SIZES[size]))
    predicted, dry, real = predictions(llama, file, 3000)
    assert difference(predicted, real) < 0.1
    assert difference(dry, real) < 0.1


def test_experts_are_counted_though_few_of_them_compute(llama: Llama, tmp_path: Path) -> None:
    file = read_model_file(write_sparse_model(tmp_path / "m.gguf", "qwen3moe", *SIZES["tiny"]))
    predicted, dry, real = predictions(llama, file, 4096)
    assert max(difference(predicted, real), difference(dry, real)) < 0.1


@pytest.mark.parametrize("cache", ["f16", "q8_0"])
def test_dry_load_confirms_the_cache_of_each_type(cache: str, llama: Llama, tmp_path: Path) -> None:
    file = read_model_file(write_sparse_model(tmp_path / "m.gguf", "llama", *SIZES["medium"]))
    fitting = Fitting(file, LoadOptions(context=8192, cache=cache, gpu_layers=0), look_at_machine(llama))  # type: ignore[arg-type]  # one of its values
    fit = fitting.fit()
    dry = load_dry(llama, file, fitting)
    assert dry.confirmed
    assert dry.cache == cache
    assert abs(dry.cache_bytes - fit.cache_bytes) <= fit.cache_bytes // 100


def test_cache_grows_with_layers_heads_and_context_in_steps_of_256(tmp_path: Path) -> None:
    anatomy = Anatomy(read_model_file(write_random_model(tmp_path / "small.gguf")))
    of_token = TINY.layers * TINY.kv_heads * 2 * (TINY.width // TINY.heads) * 2
    assert anatomy.cache_bytes(1000, "f16") == 1024 * of_token
    assert anatomy.cache_bytes(1024, "f16", last=1) == 1024 * of_token // 2
    assert not anatomy.may_quantise  # heads of 16


def test_output_layer_is_the_first_on_a_device_and_all_layers_are_all_but_the_vocabulary(tmp_path: Path) -> None:
    anatomy = Anatomy(read_model_file(write_sparse_model(tmp_path / "m.gguf", "llama", *SIZES["tiny"])))
    vocabulary = SIZES["tiny"][0].vocabulary * SIZES["tiny"][0].width * 2
    assert anatomy.device_weights_bytes(0) == 0
    assert anatomy.device_weights_bytes(1) == vocabulary
    norm = SIZES["tiny"][0].width * 4
    assert anatomy.device_weights_bytes(anatomy.layers) == anatomy.weights_bytes - vocabulary - norm
