"""What several tests of processes stand on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.link.workers import Worker
from tests.support.fake_openai import FakeOpenAI, fake_openai
from tests.support.remote_worker import THEIRS, Remote


@pytest.fixture(scope="module")
def remote() -> Iterator[Remote]:
    """One worker for all, among variables that are meant for other programs."""
    worker = Worker("remote", environment=THEIRS)
    worker.peer()
    yield Remote(worker)
    worker.stop()


@pytest.fixture(scope="module")
def bare_remote() -> Iterator[Worker]:
    """A remote worker as the engine starts it."""
    worker = Worker("remote")
    worker.peer()
    yield worker
    worker.stop()


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    """A server that says what a test has it say."""
    with fake_openai() as fake:
        yield fake
