"""Names on a Hugging Face site."""

from __future__ import annotations

import pytest

from app.base.hub import is_repository, quantisation_of, safe_parts, split_of


@pytest.mark.parametrize(
    ("name", "quantisation"),
    [
        ("Qwen3-4B-Instruct-2507-UD-Q4_K_XL.gguf", "UD-Q4_K_XL"),
        ("gpt-oss-20b-mxfp4.gguf", "MXFP4"),
        ("UD-IQ2_XXS/m-UD-IQ2_XXS-00001-of-00002.gguf", "UD-IQ2_XXS"),
        ("gemma-3-4b-it-q4_0.gguf", "Q4_0"),
        ("m.Q6_K.gguf", "Q6_K"),
        ("m-bf16.gguf", "BF16"),
        ("model.gguf", ""),
    ],
)
def test_quantisation_is_read_from_a_name(name: str, quantisation: str) -> None:
    assert quantisation_of(name) == quantisation


def test_part_of_a_split_model_knows_its_place() -> None:
    assert split_of("a/m-00002-of-00003.gguf") == ("a/m", 2, 3)
    assert split_of("m-00004-of-00003.gguf") is None
    assert split_of("m-00001-of-00001.gguf") is None


@pytest.mark.parametrize("name", ["m.gguf", "Q8_0/m 1.gguf", "模型.gguf"])
def test_plain_name_is_safe(name: str) -> None:
    assert safe_parts(name) == tuple(name.split("/"))


@pytest.mark.parametrize(
    "name", ["", "..", "a//b", "../a", "/a", "a/", "~a", "-a", "a\0b", "a|b", "con.gguf", "x" * 201, "a/b/c/d/e", "a "]
)
def test_name_that_could_lie_elsewhere_or_deceive_is_not(name: str) -> None:
    assert safe_parts(name) is None


def test_repository_is_an_owner_and_a_name() -> None:
    assert is_repository("Qwen/Qwen3-4B-GGUF")
    assert not any(is_repository(text) for text in ("a", "a/b/c", "../b", "a/..", "a/b c", "a/b--c", "", "a/b?x"))
