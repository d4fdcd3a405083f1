"""Choosing how a model runs: context, layers, cache and threads, on machines of every size."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from app.base.chat import Fit, LoadOptions
from app.base.errors import Problem
from app.workers.chat.inference.fit import Fitting, refuse_what_is_too_large
from app.workers.chat.inference.llama import Device
from app.workers.chat.inference.machine import Machine
from app.workers.chat.inference.model_file import ModelFile, read_model_file
from tests.support.gguf_models import Shape, write_header_only, write_random_model
from tests.support.sparse_models import Type, write_sparse_model

GB = 1_000_000_000
EIGHT_BILLION = Shape(32, 4096, 32, 8, 14_336, 1000, 131_072)
"""Llama 3's dimensions but for its vocabulary; 4.1 GB as Q4_K, and 131 kB of KV cache a token."""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    path = tmp_path_factory.mktemp("fit") / "large.gguf"
    return read_model_file(write_sparse_model(path, "llama", EIGHT_BILLION, Type.Q4_K))


def _machine(free: float, total: float = 0.0, gpus: tuple[float, ...] = (), kind: str = "gpu") -> Machine:
    devices = tuple(
        Device(f"GPU{n}", "A card", kind, int(size * GB), int(size * GB))  # type: ignore[arg-type]  # one of its values
        for n, size in enumerate(gpus)
    )
    return Machine(int(free * GB), int((total or free * 1.3) * GB), 8, 4, bool(gpus), devices)


def _fit(file: ModelFile, machine: Machine, **options: object) -> Fit:
    return Fitting(file, LoadOptions(**options), machine).fit()  # type: ignore[arg-type]  # a options's own fields


def test_context_is_as_long_as_a_quarter_of_what_is_free_allows(large: ModelFile) -> None:
    assert large.head.parameters > 6 * 10**9
    contexts = [_fit(large, _machine(free)).context for free in (64, 14, 12, 8)]
    assert contexts == [32_768, 24_576, 16_384, 12_288]
    for free in (64, 14, 12, 8):
        fit = _fit(large, _machine(free))
        assert fit.verdict == "fits"
        assert fit.cache_bytes <= free * GB / 4
        assert fit.total_bytes <= 0.85 * free * GB


def test_short_memory_takes_a_coarser_cache_before_a_shorter_context(large: ModelFile) -> None:
    fit = _fit(large, _machine(5.3))
    assert (fit.context, fit.cache, fit.verdict) == (4096, "q8_0", "fits")
    assert "8 bits" in fit.note
    shorter = _fit(large, _machine(5.1))
    assert (shorter.cache, shorter.verdict) == ("q8_0", "fits")
    assert shorter.context < 4096


def test_little_memory_is_tight_and_less_than_the_model_is_too_large(large: ModelFile) -> None:
    tight = _fit(large, _machine(4.6, 8))
    assert tight.verdict == "tight"
    assert "4.6 GB of 8.0 GB are free" in tight.note
    huge = _fit(large, _machine(3.5, 4))
    assert huge.verdict == "too_large"
    with pytest.raises(Problem) as caught:
        refuse_what_is_too_large(huge)
    assert caught.value.code == "model.memory"
    assert "4.0 GB" in caught.value.title


def test_context_longer_than_trained_is_cut_and_said(tmp_path: Path) -> None:
    file = read_model_file(write_random_model(tmp_path / "m.gguf"))
    fit = _fit(file, _machine(8), context=100_000)
    assert fit.context == 4096
    assert "trained on 4,096" in fit.note
    assert _fit(file, _machine(8)).note == ""


def test_model_trained_on_less_than_the_smallest_step_keeps_all_of_it(tmp_path: Path) -> None:
    file = read_model_file(write_random_model(tmp_path / "m.gguf", Shape(context=2048)))
    assert (_fit(file, _machine(8)).context, _fit(file, _machine(8)).note) == (2048, "")
    odd = read_model_file(write_random_model(tmp_path / "o.gguf", Shape(context=10_000)))
    assert _fit(odd, _machine(8)).context == 10_000


def test_wishes_stand_where_they_can(large: ModelFile) -> None:
    fit = _fit(large, _machine(32), context=5000, threads=3, cache="q8_0")
    assert (fit.context, fit.threads, fit.cache, fit.note) == (5000, 3, "q8_0", "")
    assert _fit(large, _machine(32), threads=99).threads == 8
    refused = _fit(large, _machine(8), context=131_072)
    assert (refused.context, refused.verdict) == (131_072, "too_large")


def test_narrow_heads_keep_their_cache_at_16_bits_and_say_so(tmp_path: Path) -> None:
    fit = _fit(read_model_file(write_random_model(tmp_path / "m.gguf")), _machine(8), cache="q8_0")
    assert fit.cache == "f16"
    assert "too narrow" in fit.note


def test_large_gpu_takes_every_layer(large: ModelFile) -> None:
    fit = _fit(large, _machine(16, gpus=(24,)))
    assert (fit.gpu_layers, fit.layers, fit.device, fit.context, fit.note) == (33, 33, "A card", 32_768, "")
    assert fit.available_bytes == 24 * GB


def test_small_gpu_takes_what_fits_beside_a_margin_and_says_how_much(large: ModelFile) -> None:
    fit = _fit(large, _machine(16, gpus=(3,)))
    assert 0 < fit.gpu_layers < 33
    assert fit.context == 4096
    assert f"{fit.gpu_layers} of 33 layers" in fit.note
    more = _fit(large, _machine(16, gpus=(4,)))
    assert fit.gpu_layers < more.gpu_layers < 33
    assert _fit(large, _machine(16, gpus=(3, 3))).gpu_layers == 33


def test_full_gpu_leaves_all_to_the_processor_and_says_so(large: ModelFile) -> None:
    fit = _fit(large, _machine(16, gpus=(0.4,)))
    assert (fit.gpu_layers, fit.device) == (0, "cpu")
    assert "processor runs it" in fit.note


def test_gpu_that_this_build_cannot_use_is_said_unless_none_was_wished(large: ModelFile) -> None:
    machine = replace(_machine(64), unused_gpu="NVIDIA")
    fit = _fit(large, machine)
    assert fit.device == "cpu"
    assert "a GPU by NVIDIA" in fit.note
    assert "doctor" in fit.note
    assert _fit(large, machine, gpu_layers=0).note == ""


def test_wish_for_layers_on_the_gpu_stands_even_for_none(large: ModelFile) -> None:
    machine = _machine(16, gpus=(24,))
    assert _fit(large, machine, gpu_layers=0).device == "cpu"
    assert _fit(large, machine, gpu_layers=5).gpu_layers == 5
    assert _fit(large, machine, gpu_layers=1 << 20).gpu_layers == 33
    without = _fit(large, _machine(16), gpu_layers=5)
    assert without.gpu_layers == 0
    assert "cannot use a GPU" in without.note


def test_built_in_gpu_counts_the_memory_once(large: ModelFile) -> None:
    fit = _fit(large, _machine(8, gpus=(16,), kind="igpu"))
    assert fit.gpu_layers == 33
    assert fit.total_bytes <= 0.85 * 8 * GB


@pytest.mark.parametrize("number", [0, 1, 3, 1 << 40, (1 << 64) - 1])
def test_numbers_that_make_no_sense_still_give_a_fit_that_can_be_sent(number: int, tmp_path: Path) -> None:
    keys = ("context_length", "embedding_length", "feed_forward_length", "attention.head_count",
            "attention.head_count_kv", "attention.key_length", "expert_used_count", "ssm.inner_size",
            "attention.sliding_window", "shortconv.l_cache", "full_attention_interval")  # fmt: skip
    words: dict[str, object] = {"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.tokens": ["a", "b"]}
    path = write_header_only(tmp_path / "m.gguf", "odd", words, "token_embd.weight")
    data = _with_numbers(path.read_bytes(), {"odd.block_count": 4} | {f"odd.{key}": number for key in keys})
    path.write_bytes(data)
    file = read_model_file(path)
    assert len(file.header.metadata) > len(keys)
    for machine in (_machine(8), _machine(8, gpus=(4,))):
        fit = _fit(file, machine)
        assert msgspec.json.decode(msgspec.json.encode(fit), type=Fit) == fit
    msgspec.json.encode(file.head)


def _with_numbers(data: bytes, numbers: dict[str, int]) -> bytes:
    """A GGUF file with more metadata, each number as 64 bits, and its tensors where they belong."""
    added = b"".join(
        struct.pack("<Q", len(key)) + key.encode() + struct.pack("<IQ", 10, value) for key, value in numbers.items()
    )
    entries = struct.unpack_from("<Q", data, 16)[0] + len(numbers)
    return data[:16] + struct.pack("<Q", entries) + added + data[24:] + b"\0" * 64
