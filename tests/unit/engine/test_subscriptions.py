"""What is told of the background build."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from app.base.calls import Follow, SetupProgress
from app.base.errors import Cancelled
from app.base.index_values import Pids, Status
from app.engine.subscriptions import Subscriptions, setup_progress
from tests.support.live import until

STATUS = Status(
    files={}, chunks=0, pending_vectors=0, embedded_total=0, settled=True, paused=None, pids=Pids(engine=1)
)  # fmt: skip


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The set-up's file, in an environment of the test's own."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    return tmp_path / "familiar-setup.json"


def test_running_build_is_told_and_an_ended_one_is_not_called_running(file: Path) -> None:
    building = SetupProgress(state="building", text="compiling 7 of 193", elapsed_s=40)
    file.write_bytes(msgspec.json.encode(building))
    assert setup_progress() == building
    os.utime(file, (time.time() - 120, time.time() - 120))
    assert setup_progress().state == "failed"


def test_without_a_build_there_is_nothing_to_tell(file: Path) -> None:
    assert setup_progress() == SetupProgress()
    file.write_bytes(b"{")
    assert setup_progress() == SetupProgress()


class _Client:
    """A client that notes what it is told, until it goes."""

    cancelled = False

    def __init__(self) -> None:
        self.told: list[str] = []
        self._wake: Callable[[], None] = lambda: None

    def emit(self, name: str, _body: object = None) -> None:
        self.told.append(name)

    def on_cancel(self, callback: Callable[[], None]) -> None:
        self._wake = callback

    def go(self) -> None:
        self.cancelled = True
        self._wake()


def test_subscribers_hear_that_the_list_of_models_differs() -> None:
    subscriptions = Subscriptions(lambda: STATUS, list)
    client = _Client()

    def follow() -> None:
        with pytest.raises(Cancelled):
            subscriptions.follow(Follow(), client)  # type: ignore[arg-type]  # all that it uses of an Incoming

    thread = threading.Thread(target=follow)
    thread.start()
    assert until(lambda: client.told.count("models") == 1, 10)  # what it may have missed
    subscriptions.models_changed()
    assert until(lambda: client.told.count("models") == 2, 10)
    client.go()
    thread.join(10)
    assert not thread.is_alive()
