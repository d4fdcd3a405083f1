"""Tools for models whose template knows none: explained in the system's text, called in plain text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.base.chat import ToolSpec
from app.workers.chat.tool_calls.syntax import CallSyntax, Slot

Call = tuple[str, Mapping[str, Any]]
WriteCall = Callable[[str, Mapping[str, Any]], str]


def write_calls(syntax: CallSyntax, calls: Sequence[Call]) -> str:
    """Calls in a syntax whose arguments are JSON."""
    written = []
    for name, arguments in calls:
        given = {Slot.NAME: json.dumps(name)[1:-1], Slot.ARGUMENTS: json.dumps(arguments, ensure_ascii=False)}
        written.append("".join(part if isinstance(part, str) else given.get(part, "") for part in syntax.call))
    return f"{syntax.open}{syntax.separator.join(written)}{syntax.close}"


def generic_instructions(tools: Sequence[ToolSpec], write: WriteCall) -> str:
    """What tells a model which tools there are and how to call one.

    write: one call as the model should write it.
    """
    example = write(tools[0].name, _example(tools[0].parameters))
    definitions = "\n".join(
        json.dumps(
            {"name": tool.name, "description": tool.description, "parameters": tool.parameters}, ensure_ascii=False
        )
        for tool in tools
    )
    return (
        f"You can call these tools. Each line is one, with the JSON Schema of its arguments:\n{definitions}\n\n"
        f"To call a tool, write nothing but the call, in exactly this form:\n{example}\n"
        "Then wait: the result comes in the next message. Call a tool only if you need it; otherwise answer."
    )


def _example(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of about the right shape; only the required ones."""
    properties = parameters.get("properties", {})
    wanted = parameters.get("required") or list(properties)[:1]
    return {name: _sample(properties.get(name, {})) for name in wanted}


def _sample(schema: Mapping[str, Any]) -> Any:
    if schema.get("enum"):
        return schema["enum"][0]
    samples: dict[Any, Any] = {"integer": 1, "number": 1.5, "boolean": True, "array": [], "object": {}, "null": None}
    kind = schema.get("type")
    return samples.get(kind if isinstance(kind, str) else "", "...")
