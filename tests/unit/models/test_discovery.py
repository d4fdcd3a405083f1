"""Looking for models in the background: nothing slow is waited for, and what comes or goes is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.library.watch import Watcher
from app.models import discovery as discovery_module
from app.models.discovery import Discovery
from app.models.model_places import ModelPlace
from app.models.model_scan import FoundModel
from tests.support.live import until


@pytest.fixture
def look(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[..., Discovery]:
    """A discovery of some folders, closed after the test."""

    def make(*folders: Path, on_change: Callable[[], None] = lambda: None) -> Discovery:
        places = [ModelPlace(label=folder.name, folder=str(folder)) for folder in folders]
        made = Discovery(lambda: places, on_change, Watcher)
        request.addfinalizer(made.close)
        return made

    return make


def _names(discovery: Discovery) -> list[str]:
    return sorted(model.name for model in discovery.found())


def test_model_that_appears_or_goes_is_seen_at_the_next_look_and_told(
    look: Callable[..., Discovery], tmp_path: Path
) -> None:
    told = threading.Event()
    discovery = look(tmp_path, on_change=told.set)
    assert _names(discovery) == []
    (tmp_path / "new.gguf").write_bytes(b"GGUF")
    assert told.wait(10)
    assert until(lambda: _names(discovery) == ["new"], 10)
    told.clear()
    (tmp_path / "new.gguf").unlink()
    assert told.wait(10)
    assert until(lambda: _names(discovery) == [], 10)


def test_model_that_appears_behind_a_link_is_told(look: Callable[..., Discovery], tmp_path: Path) -> None:
    (tmp_path / "large disk").mkdir()
    (tmp_path / "models").symlink_to(tmp_path / "large disk")
    told = threading.Event()
    discovery = look(tmp_path / "models", on_change=told.set)
    assert _names(discovery) == []
    (tmp_path / "large disk" / "new.gguf").write_bytes(b"GGUF")
    assert told.wait(10)
    assert until(lambda: _names(discovery) == ["new"], 10)


def test_slow_place_keeps_nobody_waiting_and_comes_later(
    look: Callable[..., Discovery], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, quick = tmp_path / "slow", tmp_path / "quick"
    released = threading.Event()

    def scan(place: ModelPlace, _budget: object) -> list[FoundModel]:
        if place.label == "slow":
            released.wait(30)
        return [FoundModel(name=place.label, path=f"{place.folder}/m.gguf", place=place.label)]

    monkeypatch.setattr(discovery_module, "scan", scan)
    discovery = look(slow, quick)
    began = time.monotonic()
    assert [model.name for model in discovery.found(wait_s=0.2)] == ["quick"]
    assert time.monotonic() - began < 5
    released.set()
    assert until(lambda: _names(discovery) == ["quick", "slow"], 10)


def test_file_that_two_places_reach_is_listed_once(look: Callable[..., Discovery], tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "m.gguf").write_bytes(b"GGUF")
    assert _names(look(tmp_path, tmp_path / "inner")) == ["m"]


def test_place_that_comes_later_is_looked_at(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    places: list[ModelPlace] = []
    discovery = Discovery(lambda: places, lambda: None, Watcher)
    request.addfinalizer(discovery.close)
    assert discovery.found() == []
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    places.append(ModelPlace(label="mine", folder=str(tmp_path)))
    assert _names(discovery) == ["m"]
    places.clear()
    assert _names(discovery) == []
