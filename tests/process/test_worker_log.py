"""What goes wrong inside a worker can be read in the engine's log: a worker has none."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.base.errors import Problem
from app.base.worker_calls import Embed
from app.link.frames import Logged
from app.link.worker_log import MOST_LINES, WorkerLog
from app.link.workers import Worker
from tests.support.live import until

COMMAND = [sys.executable, str(Path(__file__).parents[1] / "support" / "echo_worker.py")]

pytestmark = pytest.mark.expects_warnings


@pytest.fixture
def worker() -> Iterator[Worker]:
    """A supervised echo worker."""
    made = Worker("echo", COMMAND, environment={"PYTHONPATH": str(Path(__file__).parents[2])})
    yield made
    made.stop()


def test_mistake_in_a_worker_is_in_the_engines_log_without_what_it_says(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Problem) as problem:
        worker.call(Embed(texts=["bug"]))
    assert problem.value.code == "internal"
    assert until(lambda: "ZeroDivisionError < echo_worker.py:" in caplog.text, 30)
    assert "bug while answering Embed" in caplog.text
    assert "the text of a file" not in caplog.text


def test_what_is_logged_before_there_is_a_connection_is_not_lost(caplog: pytest.LogCaptureFixture) -> None:
    early = Worker("echo", COMMAND, environment={"PYTHONPATH": str(Path(__file__).parents[2]), "EARLY": "1"})
    try:
        assert early.call(Embed(texts=["a"])) == ["A"]
        assert until(lambda: "said before there was a connection" in caplog.text, 30)
    finally:
        early.stop()
    assert "said by a library" not in caplog.text


def test_worker_cannot_flood_the_log_nor_forge_a_line(caplog: pytest.LogCaptureFixture) -> None:
    write = WorkerLog("echo")
    for n in range(MOST_LINES * 3):
        write(Logged(50 if n else 7, "a\nb", f"{n}\n2026-01-01 ERROR forged \x1b[2J" + "x" * 10_000))
    assert len(caplog.records) == MOST_LINES
    assert {record.levelno for record in caplog.records} == {logging.WARNING, logging.CRITICAL}
    assert all(len(record.getMessage()) < 1_000 for record in caplog.records)
    assert not any(sign in record.getMessage() for record in caplog.records for sign in "\n\x1b")
