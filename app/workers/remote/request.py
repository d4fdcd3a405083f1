"""The body of a chat request, and how it is made again for a server that does not take all of it."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from app.base.chat import ChatMessage, Generate, ToolSpec
from app.workers.remote.failures import Failure

_OPTIONAL = ("stream_options", "seed", "temperature", "tool_choice")
_TOOLS = re.compile(r"\btools?\b|\bfunctions?\b|tool[_-](choice|call)", re.IGNORECASE)


class Fashion:
    """What one model of one server takes: learned from its refusals, and kept for later requests."""

    def __init__(self) -> None:
        self._left_out: set[str] = set()
        self._renamed = False
        self.tools = True

    def body(self, call: Generate, model: str) -> dict[str, Any]:
        """The request for this call."""
        limit = "max_completion_tokens" if self._renamed else "max_tokens"
        tools = call.tools if self.tools else ()
        body: dict[str, Any] = {
            "model": model,
            "messages": _messages(call.messages) if self.tools else _messages(_without_tools(call.messages)),
            "stream": True,
            "stream_options": {"include_usage": True},
            limit: max(call.max_tokens, 1),
            "temperature": call.temperature,
            "seed": call.seed,
        }
        if tools:
            body["tools"] = [_tool(tool) for tool in tools]
            if call.force:
                body["tool_choice"] = {"type": "function", "function": {"name": call.force}}
        return {key: value for key, value in body.items() if key not in self._left_out}

    def learn(self, failure: Failure, body: dict[str, Any], call: Generate) -> bool:
        """Whether the request is worth making again, a little simpler, after this refusal of `body`.

        The names that OpenAI gave later (max_completion_tokens) are tried; what is not needed is left out; at last, for
        a server that takes no tools, the tools, unless one is forced.
        """
        if failure.problem.code != "remote.refused" or failure.status not in (400, 422, 501):
            return False
        if "max_tokens" in body and "max_completion_tokens" in failure.said:
            self._renamed = True
            return True
        for name in _OPTIONAL:
            if name in body and name in failure.said and not (name == "tool_choice" and call.force):
                self._left_out.add(name)
                return True
        if self.tools and not call.force and _TOOLS.search(failure.said) and _uses_tools(call):
            self.tools = False
            return True
        return False


def _uses_tools(call: Generate) -> bool:
    return bool(call.tools) or any(message.role == "tool" for message in call.messages)


def _tool(tool: ToolSpec) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


def _messages(messages: list[ChatMessage]) -> list[dict[str, Any]]:
    return [_message(message) for message in messages]


def _message(message: ChatMessage) -> dict[str, Any]:
    value: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.role == "tool":
        value["tool_call_id"] = message.call_id
    if message.calls:
        value["content"] = message.content or None
        value["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": msgspec.json.encode(call.arguments).decode()},
            }
            for call in message.calls
        ]
    return value


def _without_tools(messages: list[ChatMessage]) -> list[ChatMessage]:
    """The same conversation told in plain messages, for a server that knows no tools."""
    told: list[ChatMessage] = []
    for message in messages:
        if message.role == "tool":
            told.append(ChatMessage(role="user", content=f"Result of {message.name or 'the tool'}:\n{message.content}"))
        elif message.calls:
            names = ", ".join(call.name for call in message.calls)
            told.append(ChatMessage(role="assistant", content=message.content or f"(I look it up: {names}.)"))
        else:
            told.append(message)
    return told
