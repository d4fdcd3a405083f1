"""Runs the command line in this process, against a home of the test's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from app.base.paths import Home
from app.cli.main import main


@dataclass(frozen=True)
class Ran:
    """What one run gave: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


Familiar = Callable[..., Ran]


@pytest.fixture
def familiar(home: Home, capsys: pytest.CaptureFixture[str]) -> Familiar:
    """familiar("search", "x") runs that command on the test's home."""

    def run(*words: str) -> Ran:
        code = main([*words[:1], "--home", str(home.root), *words[1:]])
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run
