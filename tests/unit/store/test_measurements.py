"""What was measured of models: remembered by the file's identity, over restarts, and begun anew when damaged."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.base.chat import ModelHead, Slice, TemplateReport
from app.base.errors import Problem
from app.store.measurements import Deaths, Measurements, Pace, identify

HEAD = ModelHead(name="m", architecture="llama", context=4096, size_bytes=3, template=True)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"abc")
    return path


def test_file_is_looked_at_once_and_again_when_its_bytes_change(model: Path, tmp_path: Path) -> None:
    looks = 0

    def look() -> ModelHead:
        nonlocal looks
        looks += 1
        return HEAD

    kept = Measurements(tmp_path / "measurements.json")
    assert not kept.knows(str(model))
    assert kept.probe(str(model), look) == kept.probe(str(model), look) == HEAD
    kept.close()
    again = Measurements(tmp_path / "measurements.json")
    assert again.knows(str(model))
    assert (again.probe(str(model), look), looks) == (HEAD, 1)
    model.write_bytes(b"abcd")
    assert (again.probe(str(model), look), looks) == (HEAD, 2)
    again.close()


def test_refusal_is_remembered_but_not_the_trouble_of_the_one_who_looked(model: Path, tmp_path: Path) -> None:
    def refuse() -> ModelHead:
        raise Problem("model.adapter", "It is a LoRA.", "Choose another.")

    def fail() -> ModelHead:
        raise Problem("worker.died", "The process ended.")

    kept = Measurements(tmp_path / "measurements.json")
    with pytest.raises(Problem, match="ended"):
        kept.probe(str(model), fail)
    for look in (refuse, fail):
        with pytest.raises(Problem) as caught:
            kept.probe(str(model), look)
        assert (caught.value.code, caught.value.hint) == ("model.adapter", "Choose another.")
    with pytest.raises(Problem, match="ended"):
        kept.probe(str(tmp_path / "gone.gguf"), fail)
    kept.close()


def test_speeds_are_kept_for_each_backend_and_number_of_threads(model: Path, tmp_path: Path) -> None:
    kept = Measurements(tmp_path / "measurements.json")
    identity = identify(str(model))
    assert kept.pace(identity, "cpu", 4) == Pace(backend="cpu", threads=4)
    pace = kept.pace(identity, "cpu", 4).after_writing(100, 5000)
    kept.keep_pace(identity, pace)
    kept.keep_pace(identity, Pace(backend="A card", threads=4, decode=90, at=pace.at + 1))
    kept.close()
    again = Measurements(tmp_path / "measurements.json")
    assert again.pace(identity, "cpu", 4).decode == 20
    assert again.pace(identity, "cpu", 2).decode == 0
    assert [pace.backend for pace in again.paces(identity)] == ["A card", "cpu"]


def test_rate_follows_what_is_measured_and_ignores_a_few_tokens() -> None:
    pace = Pace(backend="cpu", threads=1).after_writing(100, 10_000)
    assert pace.decode == 10
    assert pace.after_writing(3, 1).decode == 10
    assert pace.after_writing(100, 5000).decode == pytest.approx(13)
    slices = (Slice(position=0, tokens=512, ms=5120),)
    assert Pace(backend="cpu", threads=1, cost=pace.cost.after(slices)).cost.rate == pytest.approx(100)


def test_one_odd_answer_does_not_rule_the_rate() -> None:
    pace = Pace(backend="cpu", threads=1).after_writing(100, 10_000)
    assert 8 <= pace.after_writing(100, 1_000_000).decode <= 10
    assert 10 <= pace.after_writing(100, 1).decode <= 13


def test_deaths_are_on_disk_at_once(model: Path, tmp_path: Path) -> None:
    identity = identify(str(model))
    Measurements(tmp_path / "m.json").keep_deaths(identity, Deaths(count=2, context=8192, gpu_layers=3))
    again = Measurements(tmp_path / "m.json")
    assert again.deaths(identity) == Deaths(count=2, context=8192, gpu_layers=3)
    again.keep_deaths(identity, Deaths(count=0))
    assert Measurements(tmp_path / "m.json").deaths(identity).count == 0


def test_templates_are_kept_with_their_file(model: Path, tmp_path: Path) -> None:
    report = TemplateReport(template="own", tools="verified", syntax="json", reasoning=False)
    kept = Measurements(tmp_path / "m.json")
    kept.keep_template(identify(str(model)), report)
    kept.close()
    assert Measurements(tmp_path / "m.json").template(identify(str(model))) == report
    os.utime(model, (1, 1))
    assert Measurements(tmp_path / "m.json").template(identify(str(model))) is None


@pytest.mark.expects_warnings
@pytest.mark.parametrize("data", [b"", b"{", b'{"probes": 3}', b"\xff" * 100])
def test_damaged_file_is_begun_anew(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "m.json").write_bytes(data)
    kept = Measurements(tmp_path / "m.json")
    kept.keep_deaths("x", Deaths(count=1))
    assert Measurements(tmp_path / "m.json").deaths("x").count == 1


@pytest.mark.expects_warnings
def test_full_disk_costs_the_measurements_and_nothing_else(tmp_path: Path) -> None:
    kept = Measurements(tmp_path / "no such folder" / "m.json")
    kept.keep_deaths("x", Deaths(count=1))
    assert kept.deaths("x").count == 1
