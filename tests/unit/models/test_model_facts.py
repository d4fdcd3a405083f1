"""What is told of a model's speed, and of a GPU that does not help."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.base.models import Speed
from app.link.workers import Worker
from app.models.model_facts import Facts
from app.store.measurements import Measurements, Pace, identify


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Measurements]:
    """Measurements of the test's own."""
    measurements = Measurements(tmp_path / "measurements.json")
    yield measurements
    measurements.close()


@pytest.fixture
def model(tmp_path: Path) -> str:
    """A file."""
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    return str(tmp_path / "m.gguf")


def _facts(kept: Measurements) -> Facts:
    return Facts(Worker("chat"), kept, lambda: 0)


def test_newest_speed_is_told(kept: Measurements, model: str) -> None:
    assert _facts(kept).speed(model) == Speed()
    for at, (backend, decode) in enumerate((("A card", 90.0), ("cpu", 20.0))):
        kept.keep_pace(identify(model), Pace(backend=backend, threads=4, decode=decode, at=at))
    assert _facts(kept).speed(model) == Speed(decode=20.0, backend="cpu")


@pytest.mark.parametrize(("on_card", "lame"), [(90.0, False), (22.0, True), (12.0, True), (0.0, False)])
def test_gpu_that_is_hardly_faster_than_the_processor_is_told(
    on_card: float, lame: bool, kept: Measurements, model: str
) -> None:
    kept.keep_pace(identify(model), Pace(backend="cpu", threads=4, decode=20.0, at=1))
    assert _facts(kept).lame_gpu(model) == ""
    kept.keep_pace(identify(model), Pace(backend="A card", threads=4, decode=on_card, at=2))
    assert bool(_facts(kept).lame_gpu(model)) is lame


def test_list_that_is_late_is_told_only_what_is_known(kept: Measurements, model: str) -> None:
    assert _facts(kept).head(model, until=0.0) is None
