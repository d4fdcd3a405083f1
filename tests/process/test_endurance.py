"""An engine that is asked again and again holds no more than at the start, also where the system gives it little."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.endurance import Endurance

FEW_FILES = 100
SPARE = 4
"""Files and threads that come and go: a worker that starts, a reader of the pool that is opened, a timer."""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_questions_and_tool_calls_leave_nothing_open(tmp_path: Path) -> None:
    with Endurance(tmp_path, open_files=FEW_FILES) as engine:
        engine.ask_for_quotes(20)
        engine.ask_with_tools(6)
        engine.search(5)
        first = engine.held()
        engine.ask_for_quotes(130)
        engine.ask_with_tools(24)
        engine.search(50)
        last = engine.held()
    assert first.files < FEW_FILES
    assert last.files <= first.files + SPARE
    assert last.threads <= first.threads + SPARE
    assert last.memory_bytes <= first.memory_bytes * 1.25
