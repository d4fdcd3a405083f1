"""Tools to be called at random: those of AgentDojo, and nested ones of our own; their texts are kept short."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.base.chat import ToolSpec

SUITES = ("banking", "slack", "travel", "workspace")
_SHORT, _FEW = 20, 3
_NAMES = ("alpha", "beta", "gamma_2", "d", "longer_name")


def agentdojo_tools(yardsticks: Path) -> list[ToolSpec]:
    """The 74 tools of AgentDojo's four suites, as they are."""
    tools = []
    for suite in SUITES:
        data = json.loads((yardsticks / "agent" / "agentdojo" / f"{suite}.json").read_text("utf-8"))
        tools += [
            ToolSpec(name=tool["name"], description=tool["description"], parameters=tool["parameters"])
            for tool in data["tools"]
        ]
    return tools


def nested_tools(count: int) -> list[ToolSpec]:
    """Tools whose arguments are objects and lists within each other, alike at every call."""
    return [
        ToolSpec(name=f"nested_{number}", description="Nested", parameters=_object(random.Random(number), 0))
        for number in range(count)
    ]


def with_short_texts(tool: ToolSpec) -> ToolSpec:
    """The tool with texts of at most 20 characters and lists of 3: random weights never end one by themselves.

    Without its descriptions, which small vocabularies spell letter by letter.
    """
    return ToolSpec(name=tool.name, description="", parameters=_shortened(tool.parameters))


def _shortened(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_shortened(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    said = {"description", "title"}
    short = {key: _shortened(value) for key, value in schema.items() if not (key in said and isinstance(value, str))}
    if short.get("type") == "string" and "enum" not in short:
        short["maxLength"] = min(short.get("maxLength", _SHORT), _SHORT)
    if short.get("type") == "array":
        short["maxItems"] = min(short.get("maxItems", _FEW), _FEW)
    return short


def _object(rng: random.Random, depth: int) -> dict[str, Any]:
    names = rng.sample(_NAMES, rng.randint(1, 4))
    properties: Mapping[str, Any] = {name: _value(rng, depth + 1) for name in names}
    return {
        "type": "object",
        "properties": properties,
        "required": rng.sample(names, rng.randint(0, len(names))),
        "additionalProperties": False,
    }


def _value(rng: random.Random, depth: int) -> dict[str, Any]:
    plain = ["string", "integer", "boolean", "number", "enum", "either", "null"]
    kind = rng.choice(plain if depth > 3 else [*plain, "object", "object", "array", "array"])
    if kind == "object":
        return _object(rng, depth)
    if kind == "array":
        return {"type": "array", "items": _value(rng, depth + 1), "minItems": rng.randint(0, 1), "maxItems": _FEW}
    if kind == "enum":
        return {"enum": rng.choice([["a", "b c", "it's"], [1, 2], ["x", 3]])}
    if kind == "either":
        return {"anyOf": [{"type": "string", "maxLength": 10}, {"type": "null"}]}
    if kind == "string":
        return {"type": "string", "maxLength": _SHORT}
    if kind == "integer":
        return {"type": "integer", "minimum": 0, "maximum": rng.choice([9, 100])}
    return {"type": kind}
