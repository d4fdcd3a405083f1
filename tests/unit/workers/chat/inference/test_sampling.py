"""Settings for drawing tokens: the model's own where its file has them, and a guard for small ones."""

from __future__ import annotations

import math

import pytest

from app.workers.chat.inference.header import Header, Metadata
from app.workers.chat.inference.sampling import Sampling, sampling_of


def header(**values: float | str | bool) -> Header:
    metadata: Metadata = {f"general.sampling.{key}": value for key, value in values.items()}
    return Header(3, metadata, (), 0, 0)


def test_makers_settings_are_taken_from_the_header() -> None:
    given = header(temp=0.6, top_k=20, top_p=0.9, min_p=0.0, penalty_repeat=1.05, penalty_last_n=128)
    assert sampling_of(given, 4_000_000_000) == Sampling(
        temperature=0.6, top_k=20, top_p=0.9, min_p=0.0, repeat_penalty=1.05, repeat_last=128
    )


def test_without_any_ours_stand() -> None:
    assert sampling_of(header(), 4_000_000_000) == Sampling()


@pytest.mark.parametrize("parameters", [260_000, 135_000_000, 1_700_000_000])
def test_small_model_is_guarded_against_runs(parameters: int) -> None:
    assert sampling_of(header(), parameters).guards_runs


@pytest.mark.parametrize("parameters", [0, 4_000_000_000])
def test_large_or_unknown_one_is_not(parameters: int) -> None:
    assert not sampling_of(header(), parameters).guards_runs


@pytest.mark.parametrize("value", [math.nan, math.inf, -1, 1e9, "hot", True])
def test_what_makes_no_sense_is_passed_over(value: float | str | bool) -> None:
    nonsense = header(temp=value, top_p=value, min_p=value, penalty_repeat=value, penalty_last_n=value, top_k=value)
    found = sampling_of(nonsense, 4_000_000_000)
    assert (found.temperature, found.top_p, found.min_p, found.repeat_penalty) == (None, 0.95, 0.05, 1.0)
