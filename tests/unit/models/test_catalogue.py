"""The catalogue is complete and plausible, and says what fits."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from app.base.hub import is_repository, quantisation_of, safe_parts
from app.base.models import CatalogueEntry
from app.base.paths import resources
from app.models.catalogue import judged, load_catalogue, memory_bytes, verdict

ENTRIES = load_catalogue(resources() / "catalogue.toml")
SPDX = {"Apache-2.0", "MIT"}
NAMED = {"LFM Open License v1.0"}
BITS = {"Q4_K_M": (4.5, 5.6), "Q8_0": (8.4, 9.0), "MXFP4": (4.2, 5.0)}
"""Bits a parameter in such a file; embeddings and some tensors are kept larger."""


def test_there_is_something_for_every_machine() -> None:
    assert 10 <= len(ENTRIES) <= 20
    assert ENTRIES[0].size_bytes < 1_000_000_000
    assert ENTRIES[-1].parameters > 25_000_000_000
    assert [entry.size_bytes for entry in ENTRIES] == sorted(entry.size_bytes for entry in ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_entry_is_complete_and_plausible(entry: CatalogueEntry) -> None:
    assert entry.task
    assert entry.languages
    assert len(set(entry.languages)) == len(entry.languages)
    assert entry.licence in SPDX | NAMED
    assert is_repository(entry.repository)
    assert safe_parts(entry.file) == (entry.file,)
    assert entry.file.endswith(".gguf")
    assert quantisation_of(entry.file) == entry.quantisation
    assert re.fullmatch(r"(?:[0-9a-f]{64})?", entry.sha256)
    least, most = BITS[entry.quantisation]
    assert least <= entry.size_bytes * 8 / entry.parameters <= most


def test_no_two_entries_are_the_same() -> None:
    for field in ("name", "repository", "size_bytes"):
        assert len({getattr(entry, field) for entry in ENTRIES}) == len(ENTRIES)
    pinned = [entry.sha256 for entry in ENTRIES if entry.sha256]
    assert len(set(pinned)) == len(pinned)


def test_verdict_follows_the_memory_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(total=8_000_000_000))
    assert verdict(2_500_000_000) == "fits"
    assert verdict(5_000_000_000) == "tight"
    assert verdict(12_000_000_000) == "too_large"
    judgements = judged(ENTRIES)
    assert {entry.verdict for entry in judgements} == {"fits", "tight", "too_large"}
    assert all(entry.memory_bytes == memory_bytes(entry.size_bytes) > entry.size_bytes for entry in judgements)
