"""Figures of answers that must not fall: a small evaluation in quotes, and one with a model that does as it is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from app.base.paths import Home
from app.base.settings import RemoteEntry, Settings, SettingsFile
from tests.support.fake_openai import FakeOpenAI
from tests.support.reading_model import read_aloud

ROOT = Path(__file__).resolve().parents[2]
FIGURES = Path(__file__).parents[1] / "fixtures" / "figures.toml"
PINNED = tomllib.loads(FIGURES.read_text("utf-8"))
LOWERED = ("refused",)
"""Figures that are the better the lower they are."""


def _measured(questions: Path, home: Path, *words: str) -> Any:
    command = [sys.executable, "-P", "-m", "app", "eval", "answers", str(questions), "--json", *words]
    variables = {"PYTHONPATH": str(ROOT), "FAMILIAR_HOME": str(home)}
    limit = ["--limit", str(PINNED["questions"]["limit"])]
    ran = subprocess.run(
        [*command, *limit], env=os.environ | variables, capture_output=True, text=True, timeout=400, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    return json.loads(ran.stdout)


def _expect(measured: Any, pinned: dict[str, float]) -> None:
    """Each figure at least as good as it is pinned, to the thousandth."""
    fell = {
        name: f"{measured[name]:.3f}, pinned {value:.3f}"
        for name, value in pinned.items()
        if (measured[name] - value if name in LOWERED else value - measured[name]) > 0.0005
    }
    assert pinned
    assert not fell, f"worse than in {FIGURES.name}"


@pytest.fixture
def questions(yardsticks: Path) -> Path:
    return yardsticks / "answers" / str(PINNED["questions"]["set"])


def test_quotes_are_as_good_as_they_were(questions: Path, tmp_path: Path) -> None:
    _expect(_measured(questions, tmp_path / "home"), PINNED["quotes"])


def test_prompts_bring_a_model_what_they_did(questions: Path, server: FakeOpenAI, tmp_path: Path) -> None:
    server.reader = read_aloud
    home = Home.find(str(tmp_path / "home"))
    home.create()
    remote = RemoteEntry(name="reader", url=server.url, model="one")
    SettingsFile(home.settings_toml).change(lambda _: Settings(remotes=(remote,)))
    measured = _measured(questions, home.root, "--model", "reader", "--consent")
    assert measured["model"] == "reader"
    assert measured["failed"] == 0
    _expect(measured, PINNED["reader"])
