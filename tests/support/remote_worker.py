"""A remote worker for tests, and what it is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from app.base.chat import ChatMessage, Endpoint, Generate, ToolSpec
from app.base.errors import Problem
from app.link.outgoing import Outgoing
from app.link.workers import Worker
from tests.support.said import Said

KEY = "sk-very-secret-key-0123456789"
QUESTION = "When does the lease on the flat in Linden Court renew?"
THEIRS = {
    **{f"OPENAI_{name}": "theirs" for name in ("API_KEY", "ORG_ID", "PROJECT_ID", "BASE_URL")},
    "OPENAI_CUSTOM_HEADERS": "X-Theirs: theirs",
    "OPENAI_LOG": "debug",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
}
SEARCH = ToolSpec(
    name="search",
    description="Find passages.",
    parameters={
        "type": "object",
        "properties": {"query": {"type": "string"}, "limit": {"type": "integer", "minimum": 1}},
        "required": ["query"],
        "additionalProperties": False,
    },
)
TODAY = ToolSpec(name="today", description="The date.", parameters={"type": "object", "properties": {}})


class Remote:
    """A remote worker."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker

    def endpoint(self, url: str, **fields: Any) -> Endpoint:
        return msgspec.structs.replace(Endpoint(url=url, model="one", key=KEY, silence_s=10, connect_s=2), **fields)

    def ask(
        self,
        url: str,
        *,
        tools: tuple[ToolSpec, ...] = (),
        started: Callable[[Outgoing], None] | None = None,
        endpoint: Endpoint | None = None,
        **fields: Any,
    ) -> Said:
        events: list[tuple[str, Any]] = []
        call = Generate(
            messages=[ChatMessage(role="system", content="Be brief."), ChatMessage(role="user", content=QUESTION)],
            tools=tools,
            max_tokens=200,
            seed=7,
            endpoint=endpoint or self.endpoint(url),
        )
        result = self.worker.call(
            msgspec.structs.replace(call, **fields),
            on_event=lambda name, body: events.append((name, msgspec.json.decode(body))),
            on_started=started,
            timeout_s=40,
        )
        return Said(result, events)

    def problem(self, url: str, **fields: Any) -> Problem:
        with pytest.raises(Problem) as raised:
            self.ask(url, **fields)
        problem = raised.value
        for text in (problem.title, problem.hint):
            assert KEY not in text
            assert QUESTION not in text
        assert problem.title
        return problem
