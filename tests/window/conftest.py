"""What window tests stand on: Python's collector runs in the window's thread only, as in the window itself."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tests.support.fake_engine import FakeEngine


@pytest.fixture(autouse=True)
def _collect_here_only() -> Iterator[None]:
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture
def engine() -> Iterator[FakeEngine]:
    """An engine of make-believe."""
    fake = FakeEngine()
    yield fake
    fake.close()
