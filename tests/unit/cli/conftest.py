"""Runs the command line in this process, against a home of the test's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.base.paths import Home
from app.cli.main import main
from tests.support.ran import Ran

Familiar = Callable[..., Ran]


@pytest.fixture
def familiar(home: Home, capsys: pytest.CaptureFixture[str]) -> Familiar:
    """familiar("search", "x") runs that command on the test's home."""

    def run(*words: str) -> Ran:
        code = main([*words[:1], "--home", str(home.root), *words[1:]])
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run
