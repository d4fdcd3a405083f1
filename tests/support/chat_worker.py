"""A chat worker's process, asked as the engine does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.base.calls import Call
from app.base.chat import ChatMessage, Generate, Loaded, LoadModel, LoadOptions
from app.base.errors import Problem
from app.link.outgoing import Outgoing
from app.link.workers import Worker
from tests.support.said import Said


class Chat:
    """A worker process, asked as the engine does; it must not die."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.worker.peer()
        self._pid = worker.pid
        self._running: Outgoing | None = None

    def call(self, call: Call[Any], on_event: Callable[[str, Any], None] | None = None) -> Any:
        """The reply; events decoded. The process that answers is still the first one."""
        try:
            return self.worker.call(
                call,
                timeout_s=60,
                on_event=lambda name, body: on_event(name, msgspec.json.decode(body)) if on_event else None,
                on_started=self._note,
            )
        finally:
            assert self.worker.pid == self._pid, "the worker died"

    def cancel(self) -> None:
        """Take the running call back."""
        assert self._running is not None
        self._running.cancel()

    def _note(self, running: Outgoing) -> None:
        self._running = running

    def load(self, path: Path, context: int = 2048, **more: Any) -> Loaded:
        loaded = self.call(LoadModel(path=str(path), options=LoadOptions(context=context, threads=1, **more)))
        assert isinstance(loaded, Loaded)
        return loaded

    def ask(self, *said: str, on_event: Callable[[str, Any], None] | None = None, **more: Any) -> Said:
        """Generate after these messages: of the user, the assistant, the user ..."""
        messages = [
            ChatMessage(role="assistant" if number % 2 else "user", content=content)
            for number, content in enumerate(said)
        ]
        events: list[tuple[str, Any]] = []

        def hear(name: str, body: Any) -> None:
            events.append((name, body))
            if on_event is not None:
                on_event(name, body)

        options = {"max_tokens": 64, "temperature": 0.0} | more
        return Said(self.call(Generate(messages=messages, **options), hear), events)

    def refuses(self, call: Call[Any]) -> str:
        """The code of the Problem that the call ends with."""
        with pytest.raises(Problem) as caught:
            self.call(call)
        assert caught.value.title
        assert caught.value.hint
        return caught.value.code
