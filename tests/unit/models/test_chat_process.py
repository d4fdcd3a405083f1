"""What the chat process is asked aside: bounded, however often."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, cast

import pytest

from app.models import chat_process
from app.models.chat_process import ChatProcess
from app.store.measurements import Measurements
from tests.support.live import until


class Absent:
    """A worker that does not run."""

    pid = None
    ready_peer = None


def test_conversations_are_forgotten_by_one_thread_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = threading.Event()
    deleted: list[int] = []
    at_once: list[int] = []

    def delete(_folder: Path, which: Any) -> None:
        may_go_on.wait(30)
        at_once.append(sum(thread.name == "forget-states" for thread in threading.enumerate()))
        deleted.extend(n for n in range(100) if which(n))

    monkeypatch.setattr(chat_process, "delete_states", delete)
    measurements = Measurements(tmp_path / "m.json")
    process = ChatProcess(cast("Any", Absent()), cast("Any", Absent()), measurements, states=str(tmp_path))
    for n in range(50):
        process.forget(n)
    may_go_on.set()
    assert until(lambda: len(deleted) == 50)
    assert deleted == list(range(50))
    assert set(at_once) == {1}
    process.forget(70)
    assert until(lambda: deleted[-1] == 70)
